/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorders' books, the window, the indexes, the counts: what is pure of a session's record. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/line_index.h"
#include "initramfs/pcap_count.h"
#include "initramfs/record.h"
#include "initramfs/trace_kvm.h"
#include "initramfs/trigger.h"
#include "test/unit/init/unit.h"

#define MB ((uint64_t)1 << 20)

static uint64_t total_of(const struct record_state *states)
{
    uint64_t total = 0;
    for (int i = 0; i < RECORD_SOURCES; i++)
        total += states[i].limit_bytes;
    return total;
}

static void a_session_leaves_room_on_the_stick(void **state)
{
    (void)state;
    static const struct {
        uint64_t free_mb, max_mb, least_mb, most_mb; /* of all limits together */
    } cases[] = {
        {4096, 0, 1023, 1024},    /* a quarter of what is free */
        {4096, 100, 99, 100},     /* what the settings say */
        {4096, 8192, 4031, 4032}, /* never the last 64 MB */
        {80, 0, 15, 18},          /* ... */
        {64, 0, 2, 2},            /* what people read first, and nothing else */
        {0, 1000, 2, 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct record_state states[RECORD_SOURCES] = {0};
        for (int s = 0; s < RECORD_SOURCES; s++)
            states[s].is_active = true;
        record_share(states, cases[i].free_mb * MB, cases[i].max_mb * MB);
        assert_in_range(total_of(states), cases[i].least_mb * MB, cases[i].most_mb * MB);
        assert_true(states[RECORD_SERIAL].limit_bytes >= MB);
    }
}

static void what_records_nothing_leaves_its_share_to_the_others(void **state)
{
    (void)state;
    struct record_state states[RECORD_SOURCES] = {0};
    states[RECORD_SERIAL].is_active = true;
    record_share(states, 4096 * MB, 100 * MB);
    assert_in_range(states[RECORD_SERIAL].limit_bytes, 99 * MB, 100 * MB);
    assert_int_equal(states[RECORD_KVM].limit_bytes, 0);
}

static void a_recorder_stops_at_its_limit_once(void **state)
{
    (void)state;
    struct record_state one = {.is_active = true, .limit_bytes = 100};
    struct record_facts facts;
    assert_true(record_take(&one, 60, 1));
    assert_true(record_take(&one, 40, 2));
    assert_false(record_take(&one, 1, 3));
    assert_false(record_take(&one, 0, 4));
    record_stop(&one, RECORD_ERROR, -EIO, 5);
    record_read(&one, &facts);
    assert_int_equal(facts.bytes, 100);
    assert_int_equal(facts.stop, RECORD_LIMIT);
    assert_int_equal(facts.stop_t_ns, 3);
    assert_string_equal(record_stop_text(facts.stop), "limit");
    assert_non_null(strstr(record_stop_message(&facts), "log_max_mb"));
}

static void a_full_stick_is_no_error_like_others(void **state)
{
    (void)state;
    struct record_state full = {.is_active = true, .limit_bytes = 100}, broken = full;
    struct record_facts facts;
    record_stop(&full, RECORD_ERROR, -ENOSPC, 7);
    record_read(&full, &facts);
    assert_string_equal(record_stop_text(facts.stop), "full");
    record_stop(&broken, RECORD_ERROR, -EIO, 7);
    record_read(&broken, &facts);
    assert_string_equal(record_stop_text(facts.stop), "error");
    assert_string_equal(record_stop_message(&facts), strerror(EIO));
}

static void a_row_stands_for_each_line_that_begins(void **state)
{
    (void)state;
    static const struct {
        const char *pieces[4], *rows;
    } cases[] = {
        {{"one\ntwo\n"}, "0 10\n4 10\n"},   {{"one", "\n", "two", "\n"}, "0 10\n4 12\n"},
        {{"one\n", "two"}, "0 10\n4 11\n"}, {{"\n\n", "x"}, "0 10\n1 10\n2 11\n"},
        {{"a\r\nb"}, "0 10\n3 10\n"},       {{""}, ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct line_index index = {0};
        auto_strbuf rows = STRBUF_INIT;
        for (int n = 0; n < 4 && cases[i].pieces[n] != NULL; n++)
            line_index_add(&index, cases[i].pieces[n], strlen(cases[i].pieces[n]), 10 + n, &rows);
        assert_string_equal(strbuf_text(&rows), cases[i].rows);
    }
}

/* Feeds TEXT byte by byte, byte I at second I; what is then open as a text of '0' and '1'. */
static void opened(const char *from, const char *until, const char *text, char *ret_open)
{
    struct trigger *trigger = malloc(sizeof(*trigger));
    assert_non_null(trigger);
    trigger_init(trigger, from, until);
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        trigger_take(trigger, text + i, 1, (int64_t)i * 1000000000);
        ret_open[i] = trigger_is_open(trigger) ? '1' : '0';
    }
    ret_open[i] = '\0';
    free(trigger);
}

static void the_window_opens_and_closes(void **state)
{
    (void)state;
    static const struct {
        const char *from, *until, *text, *open;
    } cases[] = {
        {"", "", "abc", "111"},         {"b", "", "abc", "011"},
        {"ab", "", "aab", "001"},       {"abab", "", "ababab", "000111"},
        {"aab", "", "aaab", "0001"},    {"", "b", "abc", "100"},
        {"b", "b", "abab", "0110"},     {"2s", "", "abcd", "0011"},
        {"1.5s", "", "abcd", "0011"},   {"", "2s", "abcd", "1100"},
        {"1s", "3s", "abcde", "01100"}, {"3s", "1s", "abcde", "00000"},
        {"c", "1s", "abcde", "00000"},  {"1 s", "", "a1 sb", "00011"},
        {"s", "", "as", "01"},          {"x", "", "abc", "000"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char open[16];
        opened(cases[i].from, cases[i].until, cases[i].text, open);
        assert_string_equal(open, cases[i].open);
    }
}

static void one_piece_may_open_and_close_the_window(void **state)
{
    (void)state;
    struct trigger *trigger = malloc(sizeof(*trigger));
    assert_non_null(trigger);
    trigger_init(trigger, "begin", "end");
    assert_true(trigger_take(trigger, "end begin end", 13, 5));
    assert_false(trigger_is_open(trigger));
    assert_true(trigger->from.has_happened && trigger->until.has_happened);
    free(trigger);
}

static void statistics_of_the_ring_are_added(void **state)
{
    (void)state;
    struct trace_kvm_stats stats = {0};
    static const char text[] =
        "entries: 5\noverrun: 2\ncommit overrun: 1\nbytes: 9\noldest event ts:     1.0\n"
        "now ts:     2.0\ndropped events: 3\nread events: 7\n";
    trace_kvm_add_stats(text, &stats);
    trace_kvm_add_stats(text, &stats);
    trace_kvm_add_stats("", &stats);
    trace_kvm_add_stats("entries: ", &stats);
    assert_int_equal(stats.events, 24);
    assert_int_equal(stats.overrun, 4);
    assert_int_equal(stats.commit_overrun, 2);
    assert_int_equal(stats.dropped, 6);
}

static void behind_the_events_of_a_page_is_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t commit;
        size_t kept;
    } cases[] = {{0, 16}, {8, 24}, {4080, 4096}, {4000 | 1u << 31, 4016}, {0xFFFFF, 4096}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint8_t page[TRACE_KVM_PAGE_BYTES];
        memset(page, 0xEE, sizeof(page));
        memcpy(page + 8, &cases[i].commit, 8);
        trace_kvm_clean_page(page);
        for (size_t n = 16; n < sizeof(page); n++)
            assert_int_equal(page[n], n < cases[i].kept ? 0xEE : 0);
    }
}

static void add_packet(int fd, uint32_t len)
{
    uint32_t header[4] = {1, 2, len, len};
    uint8_t body[600] = {0};
    assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
    assert_int_equal(write(fd, body, len), len);
}

static void packets_of_a_growing_file_are_counted(void **state)
{
    (void)state;
    char path[] = "/tmp/hiperiso-pcap-XXXXXX";
    int fd = mkstemp(path);
    struct pcap_count count = {0};
    uint8_t header[24] = {0};
    assert_true(fd >= 0);
    unlink(path);
    pcap_count_update(&count, fd);
    assert_int_equal(count.packets, 0);
    assert_int_equal(write(fd, header, sizeof(header)), sizeof(header));
    for (int i = 0; i < 100; i++)
        add_packet(fd, 60 + (uint32_t)i * 5);
    pcap_count_update(&count, fd);
    assert_int_equal(count.packets, 100);
    assert_int_equal(write(fd, "half of a header", 10), 10);
    pcap_count_update(&count, fd);
    assert_int_equal(count.packets, 100);
    assert_int_equal(ftruncate(fd, (off_t)count.file_bytes - 10), 0);
    lseek(fd, 0, SEEK_END);
    add_packet(fd, 0);
    add_packet(fd, 1);
    pcap_count_update(&count, fd);
    assert_int_equal(count.packets, 102);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_leaves_room_on_the_stick),
        cmocka_unit_test(what_records_nothing_leaves_its_share_to_the_others),
        cmocka_unit_test(a_recorder_stops_at_its_limit_once),
        cmocka_unit_test(a_full_stick_is_no_error_like_others),
        cmocka_unit_test(a_row_stands_for_each_line_that_begins),
        cmocka_unit_test(the_window_opens_and_closes),
        cmocka_unit_test(one_piece_may_open_and_close_the_window),
        cmocka_unit_test(statistics_of_the_ring_are_added),
        cmocka_unit_test(behind_the_events_of_a_page_is_nothing),
        cmocka_unit_test(packets_of_a_growing_file_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
