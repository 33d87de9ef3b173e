/* SPDX-License-Identifier: BSD-2-Clause */
/* The recording process takes what QEMU traces, keeps to its limit and never lets QEMU wait. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/recorder.h"
#include "test/unit/init/unit.h"

#define MB ((size_t)1 << 20)

static char folder[64];

static int set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/hiperiso-recorder-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    return system(command);
}

/* A recorder of QEMU's trace with LIMIT bytes; what QEMU would write to is *RET_TO. */
static void start(struct recorder *recorder, uint64_t limit, const struct text_list *ports,
                  int *ret_to)
{
    static const struct text_list none = {0};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(recorder_init(recorder), 0);
    recorder->shared->states[RECORD_QEMU].is_active = true;
    recorder->shared->states[RECORD_QEMU].limit_bytes = limit;
    recorder->shared->qemu_start_ns = clock_mono_ns();
    const struct recorder_job job = {.folder = folder,
                                     .kernel = &none,
                                     .ports = ports != NULL ? ports : &none,
                                     .trace = ends[0],
                                     .network = -1,
                                     .sync = -1};
    assert_int_equal(recorder_start(recorder, &job), 0);
    close(ends[0]);
    *ret_to = ends[1];
}

static void read_log(struct strbuf *text)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/trace.log", folder);
    assert_int_equal(hosted_read_file(path, text), 0);
}

static void all_lines_arrive_and_are_counted(void **state)
{
    (void)state;
    struct recorder recorder;
    struct record_facts facts;
    auto_strbuf text = STRBUF_INIT, sent = STRBUF_INIT;
    int to;
    start(&recorder, 64 * MB, NULL, &to);
    for (int i = 0; i < 50000; i++) {
        char line[80];
        int len = snprintf(line, sizeof(line), "1@2.%06d:event number %d\n", i, i);
        assert_int_equal(write(to, line, (size_t)len), len);
        strbuf_append_bytes(&sent, line, (size_t)len);
    }
    close(to);
    recorder_stop(&recorder);
    record_read(&recorder.shared->states[RECORD_QEMU], &facts);
    read_log(&text);
    assert_string_equal(strbuf_text(&text), strbuf_text(&sent));
    assert_int_equal(facts.events, 50000);
    assert_int_equal(facts.bytes, text.len);
    assert_int_equal(facts.stop, RECORD_RUNS);
    assert_true(recorder.shared->is_ready && recorder.shared->free_bytes <= INT64_MAX);
    recorder_clear(&recorder);
}

static void the_limit_stops_the_record_and_not_the_writer(void **state)
{
    (void)state;
    struct recorder recorder;
    struct record_facts facts;
    auto_strbuf text = STRBUF_INIT;
    static char piece[4096];
    int to;
    start(&recorder, MB, NULL, &to);
    memset(piece, 'x', sizeof(piece) - 1);
    piece[sizeof(piece) - 1] = '\n';
    for (int i = 0; i < 2000; i++) /* 8 MB: eight times what the pipe holds */
        assert_int_equal(write(to, piece, sizeof(piece)), sizeof(piece));
    close(to);
    recorder_stop(&recorder);
    record_read(&recorder.shared->states[RECORD_QEMU], &facts);
    read_log(&text);
    assert_int_equal(facts.stop, RECORD_LIMIT);
    assert_true(facts.stop_t_ns > 0 && facts.bytes <= MB && facts.bytes > MB / 2);
    assert_int_equal(text.len, facts.bytes);
    assert_int_equal(facts.events, text.len / sizeof(piece));
    recorder_clear(&recorder);
}

/* Lines in pieces of every size, each second one of a device's memory. */
static void memory_is_left_out_where_ports_are_wanted(void **state)
{
    (void)state;
    char name[] = "memory_region_ops_read", *items[] = {name};
    const struct text_list ports = {items, 1};
    struct recorder recorder;
    auto_strbuf text = STRBUF_INIT, sent = STRBUF_INIT, expected = STRBUF_INIT;
    int to;
    for (int i = 0; i < 5000; i++) {
        strbuf_printf(&sent, "1@2.3:memory_region_ops_read cpu 0 mr 0x1 addr 0xfed%05x value\n", i);
        strbuf_printf(&sent, "1@2.3:memory_region_ops_read cpu 0 mr 0x1 addr 0x%x value\n", i);
        strbuf_printf(&expected, "1@2.3:memory_region_ops_read cpu 0 mr 0x1 addr 0x%x value\n", i);
    }
    start(&recorder, 64 * MB, &ports, &to);
    for (size_t off = 0, len; off < sent.len; off += len) {
        len = 1 + off % 3001;
        len = len > sent.len - off ? sent.len - off : len;
        assert_int_equal(write(to, sent.text + off, len), len);
    }
    close(to);
    recorder_stop(&recorder);
    read_log(&text);
    assert_string_equal(strbuf_text(&text), strbuf_text(&expected));
    recorder_clear(&recorder);
}

static void what_was_written_is_there_within_a_second(void **state)
{
    (void)state;
    struct recorder recorder;
    auto_strbuf text = STRBUF_INIT;
    int to;
    start(&recorder, MB, NULL, &to);
    assert_int_equal(write(to, "1@2.3:one\n", 10), 10);
    for (int i = 0; i < 500 && recorder.shared->states[RECORD_QEMU].events == 0; i++)
        clock_sleep_ms(20);
    read_log(&text); /* QEMU goes on; a power cut now would not lose it */
    assert_string_equal(strbuf_text(&text), "1@2.3:one\n");
    recorder_stop(&recorder);
    close(to);
    recorder_clear(&recorder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_lines_arrive_and_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_limit_stops_the_record_and_not_the_writer, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(memory_is_left_out_where_ports_are_wanted, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_written_is_there_within_a_second, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
