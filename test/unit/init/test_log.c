/* SPDX-License-Identifier: BSD-2-Clause */
/* What /init says: in host.log, on consoles that may stand still. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/strbuf.h"
#include "initramfs/clock.h"
#include "initramfs/console.h"
#include "initramfs/log.h"
#include "test/unit/init/unit.h"

#define MANY 3000

/* A console of one line that nobody reads yet; its other end. */
static int open_line(struct console *console)
{
    int fds[2];

    *console = (struct console){0};
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    console_add(console, "ttyS0", fds[1]);
    assert_int_equal(console->count, 1);
    return fds[0];
}

static void close_line(struct console *console, int fd)
{
    close(fd);
    close(console->sinks[0].fd);
    free(console->sinks[0].pending);
}

/* Appends what has arrived to TEXT. */
static void take(int fd, struct strbuf *text)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read(fd, bytes, sizeof(bytes))) > 0)
        strbuf_append_bytes(text, bytes, (size_t)got);
    assert_int_equal(strbuf_status(text), STATUS_OK);
}

/* As if a dead peer held the line: writing to it must neither wait nor forget what it left out. */
static void a_line_that_stands_still_loses_a_counted_stretch(void **state)
{
    (void)state;
    struct console console;
    auto_strbuf text = STRBUF_INIT;
    int fd = open_line(&console);
    uint64_t start_ms = clock_mono_ms();
    char line[101];

    for (int i = 0; i < MANY; i++) {
        snprintf(line, sizeof(line), "%08d%092d", i, 0);
        console_write(&console, line, 100);
    }
    assert_true(clock_mono_ms() - start_ms < 5000);
    uint64_t lost = console.sinks[0].lost_total;
    assert_true(lost > 0 && lost % 100 == 0 && lost < MANY * 100);
    for (int i = 0; i < 100; i++) { /* somebody reads again */
        take(fd, &text);
        console_flush(&console);
    }
    assert_int_equal(console.sinks[0].lost_total, lost);
    console_write(&console, "after", 5);
    take(fd, &text);

    /* Whole lines from the first on, one gap that says how long it is, what came later. */
    size_t shown = MANY * 100 - (size_t)lost;
    for (size_t i = 0; i < shown / 100; i++)
        assert_int_equal(atoi(strndupa(strbuf_text(&text) + i * 100, 8)), i);
    char mark[128];
    snprintf(mark, sizeof(mark),
             "\r\n[hiperiso: this line was too slow, %llu bytes were left out]\r\nafter",
             (unsigned long long)lost);
    assert_string_equal(strbuf_text(&text) + shown, mark);
    close_line(&console, fd);
}

static void a_second_gap_counts_anew(void **state)
{
    (void)state;
    struct console console;
    auto_strbuf text = STRBUF_INIT;
    char block[1000];
    int fd = open_line(&console);
    memset(block, 'x', sizeof(block));
    for (int gap = 0; gap < 2; gap++) {
        uint64_t before = console.sinks[0].lost_total;
        for (int i = 0; i < 400 + gap; i++)
            console_write(&console, block, sizeof(block));
        uint64_t lost = console.sinks[0].lost_total - before;
        assert_true(lost > 0);
        strbuf_reset(&text);
        for (int i = 0; i < 100; i++) {
            take(fd, &text);
            console_flush(&console);
        }
        char mark[64];
        snprintf(mark, sizeof(mark), " %llu bytes were left out]", (unsigned long long)lost);
        assert_non_null(strstr(strbuf_text(&text), mark));
        assert_int_equal(console.sinks[0].lost, 0);
    }
    close_line(&console, fd);
}

static void a_line_that_is_gone_is_left_alone(void **state)
{
    (void)state;
    struct console console;
    int fd = open_line(&console);
    char bytes[16];
    assert_int_equal(console_read(&console, bytes, sizeof(bytes)), 0); /* a pipe's wrong end */
    assert_int_equal(console.sinks[0].fd, -1);
    console_write(&console, "x", 1);
    console_flush(&console);
    close(fd);
}

/* ---- log ---- */

static void keep(void *context, const char *bytes, size_t len)
{
    strbuf_append_bytes(context, bytes, len);
}

static void to_descriptor(void *context, const char *bytes, size_t len)
{
    const int *fd = context;
    assert_int_equal(write(*fd, bytes, len), (ssize_t)len);
}

static void lines_go_to_the_log_and_the_screen(void **state)
{
    (void)state;
    auto_strbuf shown = STRBUF_INIT, text = STRBUF_INIT;
    const struct log_screen screen = {keep, &shown};
    const struct log_screen none = {0};
    int fds[2];
    assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
    log_set_screen(&screen);
    log_set_file(&(struct log_file){to_descriptor, &fds[1]});
    log_note("number %d", 1);
    log_say("name %s", "a\x1B[31m\n\xE2\x80\xAE.iso");
    log_error("no %s", "stick");
    log_set_file(NULL);
    log_set_screen(&none);
    take(fds[0], &text);
    assert_string_equal(strbuf_text(&shown), "hiperiso: name a\\x1B[31m\\x0A\\u202E.iso\r\n"
                                             "hiperiso: error: no stick\r\n");
    static const char *const expected[] = {
        " init: number 1\n", " init: name a\\x1B[31m\\x0A\\u202E.iso\n", " error: no stick\n"};
    const char *line = strbuf_text(&text);
    for (size_t i = 0; i < 3; i++) {
        line = strchr(line, ' '); /* behind the time */
        assert_non_null(line);
        assert_int_equal(strncmp(line, expected[i], strlen(expected[i])), 0);
        line += strlen(expected[i]);
    }
    assert_string_equal(line, "");
    close(fds[0]);
    close(fds[1]);
}

/* Before there is a host.log. */
static void lines_without_room_are_counted(void **state)
{
    (void)state;
    char path[] = "/tmp/hiperiso-log-XXXXXX", word[1001];
    int fd = mkstemp(path);
    memset(word, 'x', 1000);
    word[1000] = '\0';
    for (int i = 0; i < 600; i++)
        log_note("%d %s", i, word);
    log_set_file(&(struct log_file){to_descriptor, &fd});
    log_set_file(NULL);
    auto_strbuf text = STRBUF_INIT;
    lseek(fd, 0, SEEK_SET);
    take(fd, &text);
    unsigned kept = 0, lost = 0;
    for (const char *p = strbuf_text(&text); (p = strstr(p, "xxx\n")) != NULL; p++)
        kept++;
    const char *told = strstr(strbuf_text(&text), " lines between the one above and this one");
    assert_non_null(told);
    while (told[-1] >= '0' && told[-1] <= '9')
        told--;
    lost = (unsigned)atoi(told);
    assert_true(kept > 400);
    assert_int_equal(kept + lost, 600);
    close(fd);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_that_stands_still_loses_a_counted_stretch),
        cmocka_unit_test(a_second_gap_counts_anew),
        cmocka_unit_test(a_line_that_is_gone_is_left_alone),
        cmocka_unit_test(lines_go_to_the_log_and_the_screen),
        cmocka_unit_test(lines_without_room_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
