/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine that ends a session: lines of QMP in, actions and reasons out. */
#include <stdio.h>
#include <errno.h>
#include <string.h>

#include "initramfs/watch.h"
#include "test/unit/init/unit.h"

static unsigned feed(struct watch *w, const char *line, uint64_t now_ms)
{
    struct qmp_message message;
    assert_int_equal(qmp_parse(line, strlen(line), &message), STATUS_OK);
    return watch_message(w, &message, now_ms);
}

/* A guest that runs since millisecond 1000. */
static struct watch running(void)
{
    struct watch w;
    watch_init(&w, 0);
    assert_int_equal(feed(&w, "{\"QMP\": {\"version\": {}, \"capabilities\": []}}", 900),
                     WATCH_NOTHING);
    assert_int_equal(feed(&w, "{\"return\": {}, \"id\": \"qmp_capabilities\"}", 1000),
                     WATCH_QUERY_FACTS | WATCH_CONTINUE);
    assert_int_equal(w.phase, WATCH_RUNNING);
    return w;
}

static void events_end_the_session_with_their_reason(void **state)
{
    (void)state;
    static const struct {
        const char *lines[2];
        unsigned action; /* of the last line */
        enum watch_code code;
        const char *text;
    } cases[] = {
        {{"{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-shutdown\"}}"},
         WATCH_QUIT,
         WATCH_CODE_GUEST_POWEROFF,
         "guest powered off after 4.0 s"},
        {{"{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": \"guest-panic\"}}"},
         WATCH_QUIT,
         WATCH_CODE_GUEST_PANIC,
         "guest panicked after 4.0 s"},
        {{"{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": \"host-signal\"}}"},
         WATCH_QUIT,
         WATCH_CODE_QEMU_EXIT,
         "QEMU was told to end (host-signal) after 4.0 s"},
        {{"{\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"pause\"}}"},
         WATCH_QUIT,
         WATCH_CODE_GUEST_PANIC,
         "guest panicked after 4.0 s"},
        {{"{\"event\": \"STOP\"}"}, WATCH_QUERY_STATUS, WATCH_CODE_NONE, ""},
        {{"{\"event\": \"STOP\"}", "{\"return\": {\"status\": \"internal-error\", \"running\": "
                                   "false}, \"id\": \"query-status\"}"},
         WATCH_QUIT,
         WATCH_CODE_INTERNAL_ERROR,
         "KVM internal error: the processor cannot run what the guest did (its registers are in "
         "qemu.log); ended after 4.0 s"},
        {{"{\"event\": \"STOP\"}",
          "{\"return\": {\"status\": \"paused\", \"running\": false}, \"id\": \"query-status\"}"},
         WATCH_NOTHING,
         WATCH_CODE_NONE,
         ""},
        {{"{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"\", \"node-name\": \"image\", "
          "\"operation\": \"read\", "
          "\"action\": \"report\", \"nospace\": false, \"reason\": \"Input/output error\"}}"},
         WATCH_QUIT,
         WATCH_CODE_IO_ERROR,
         "I/O error (image, read: Input/output error), ended after 4.0 s"},
        {{"{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"node-name\": \"overlay\", \"operation\": "
          "\"write\", "
          "\"action\": \"stop\", \"nospace\": true, \"reason\": \"No space left on device\"}}"},
         WATCH_QUIT,
         WATCH_CODE_NO_SPACE,
         "the data partition is full, what the guest wrote found no room; ended after 4.0 s"},
        {{"{\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}"},
         WATCH_NOTHING,
         WATCH_CODE_NONE,
         ""},
        {{"{\"event\": \"NIC_RX_FILTER_CHANGED\", \"data\": {}}"},
         WATCH_NOTHING,
         WATCH_CODE_NONE,
         ""},
        {{"{\"return\": {}, \"id\": \"cont\"}"}, WATCH_NOTHING, WATCH_CODE_NONE, ""},
        {{"{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, \"id\": \"cont\"}"},
         WATCH_NOTHING,
         WATCH_CODE_NONE,
         ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct watch w = running();
        unsigned action = 0;
        for (int l = 0; l < 2 && cases[i].lines[l] != NULL; l++)
            action = feed(&w, cases[i].lines[l], 5000);
        assert_int_equal(action, cases[i].action);
        assert_int_equal(w.code, cases[i].code);
        assert_string_equal(w.text, cases[i].text);
    }
}

static void the_first_reason_wins(void **state)
{
    (void)state;
    struct watch w = running();
    assert_int_equal(feed(&w,
                          "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": "
                          "\"guest-shutdown\"}}",
                          2000),
                     WATCH_QUIT);
    assert_int_equal(feed(&w, "{\"event\": \"STOP\"}", 2001), WATCH_NOTHING);
    assert_int_equal(feed(&w,
                          "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": false, \"reason\": "
                          "\"host-qmp-quit\"}}",
                          2002),
                     WATCH_NOTHING);
    watch_exited(&w, false, 0, "exit code 0", "", "", 2100);
    assert_true(watch_is_over(&w));
    assert_string_equal(w.text, "guest powered off after 1.0 s");
}

static void five_resets_within_a_minute_are_a_loop(void **state)
{
    (void)state;
    static const char reset[] =
        "{\"event\": \"RESET\", \"data\": {\"guest\": true, \"reason\": \"guest-reset\"}}";
    struct watch w = running();
    for (uint64_t i = 0; i < 20; i++) /* one every 16 s: never five within a minute */
        assert_int_equal(feed(&w, reset, 1000 + i * 16000), WATCH_NOTHING);
    w = running();
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(feed(&w, reset, 2000 + i * 100), WATCH_NOTHING);
    assert_int_equal(feed(&w, "{\"event\": \"RESET\", \"data\": {\"guest\": false}}", 2500),
                     WATCH_NOTHING);
    assert_int_equal(feed(&w, reset, 3000), WATCH_QUIT);
    assert_int_equal(w.code, WATCH_CODE_RESET_LOOP);
    assert_string_equal(w.text, "guest reset 5 times within 60 s, ended after 2.0 s");
}

static void a_qemu_that_does_not_quit_is_terminated_then_killed_then_left(void **state)
{
    (void)state;
    struct watch w = running();
    uint64_t now = 5000;
    assert_int_equal(feed(&w, "{\"event\": \"GUEST_PANICKED\"}", now), WATCH_QUIT);
    assert_int_equal(watch_tick(&w, now + WATCH_QUIT_MS - 1), WATCH_NOTHING);
    now += WATCH_QUIT_MS;
    assert_int_equal(watch_tick(&w, now), WATCH_TERMINATE);
    now += WATCH_TERMINATE_MS;
    assert_int_equal(watch_tick(&w, now), WATCH_KILL);
    now += WATCH_KILL_MS;
    assert_int_equal(watch_tick(&w, now), WATCH_ABANDON);
    assert_true(watch_is_over(&w));
    assert_int_equal(w.code, WATCH_CODE_GUEST_PANIC);
}

static void a_silent_qemu_is_ended(void **state)
{
    (void)state;
    struct watch w;
    watch_init(&w, 1000);
    assert_int_equal(watch_tick(&w, 1000 + WATCH_GREETING_MS - 1), WATCH_NOTHING);
    assert_int_equal(watch_tick(&w, 1000 + WATCH_GREETING_MS), WATCH_TERMINATE);
    assert_int_equal(w.code, WATCH_CODE_QEMU_SILENT);
}

static void the_user_asks_twice(void **state)
{
    (void)state;
    struct watch w = running();
    assert_int_equal(watch_user(&w, 5000), WATCH_POWERDOWN);
    assert_int_equal(watch_user(&w, 6000), WATCH_QUIT);
    assert_int_equal(watch_user(&w, 7000), WATCH_NOTHING);
    assert_string_equal(w.text, "ended by the user after 4.0 s");

    w = running(); /* a guest that does not react */
    assert_int_equal(watch_user(&w, 5000), WATCH_POWERDOWN);
    assert_int_equal(watch_tick(&w, 5000 + WATCH_POWERDOWN_MS), WATCH_QUIT);

    watch_init(&w, 0); /* before the monitor talks */
    assert_int_equal(watch_user(&w, 10), WATCH_TERMINATE);
}

static void an_ended_qemu_is_named(void **state)
{
    (void)state;
    static const struct {
        bool by_signal;
        int number;
        const char *status, *last, *alarm;
        enum watch_code code;
        const char *text;
    } cases[] = {
        {true, 9, "signal 9 (SIGKILL)", "", "", WATCH_CODE_QEMU_SIGNAL,
         "QEMU was killed by signal 9 (SIGKILL) after 1.0 s"},
        {true, 11, "signal 11 (SIGSEGV)", "qemu: oops", "", WATCH_CODE_QEMU_SIGNAL,
         "QEMU was killed by signal 11 (SIGSEGV): qemu: oops after 1.0 s"},
        {true, 9, "signal 9 (SIGKILL)", "", "Memory cgroup out of memory: Killed process 77 (qemu)",
         WATCH_CODE_QEMU_SIGNAL,
         "the host ran out of memory, QEMU was killed by signal 9 (SIGKILL) (give the guest less "
         "RAM) after 1.0 s"},
        {true, 9, "signal 9 (SIGKILL)", "", "Out of memory: Killed process 77 (qemu)",
         WATCH_CODE_QEMU_SIGNAL,
         "the host ran out of memory, QEMU was killed by signal 9 (SIGKILL) (give the guest less "
         "RAM) after 1.0 s"},
        {true, 7, "signal 7 (SIGBUS)", "", "SQUASHFS error: zstd decompression failed",
         WATCH_CODE_QEMU_SIGNAL,
         "runtime.squashfs is damaged (write the stick anew), QEMU was killed by signal 7 (SIGBUS) "
         "after 1.0 s"},
        {false, 1, "exit code 1", "qemu-system-x86_64: -foo: invalid option", "",
         WATCH_CODE_QEMU_EXIT,
         "QEMU ended by itself with exit code 1: qemu-system-x86_64: -foo: invalid option after "
         "1.0 s"},
        {false, 0, "exit code 0", "", "", WATCH_CODE_QEMU_EXIT,
         "QEMU ended by itself with exit code 0 after 1.0 s"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct watch w = running();
        watch_exited(&w, cases[i].by_signal, cases[i].number, cases[i].status, cases[i].last,
                     cases[i].alarm, 2000);
        assert_true(watch_is_over(&w));
        assert_int_equal(w.code, cases[i].code);
        assert_string_equal(w.text, cases[i].text);
        assert_int_equal(watch_tick(&w, 1000000), WATCH_NOTHING);
    }
}

static void a_long_reason_keeps_its_end(void **state)
{
    (void)state;
    char last[2000];
    memset(last, 'x', sizeof(last) - 1);
    last[sizeof(last) - 1] = '\0';
    struct watch w = running();
    watch_exited(&w, false, 1, "exit code 1", last, "", 2000);
    assert_non_null(strstr(w.text, " after 1.0 s"));
}

static void durations_are_for_people(void **state)
{
    (void)state;
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = {
        {0, "0.0 s"},           {9999, "9.9 s"},          {10000, "10 s"},
        {59999, "59 s"},        {60000, "1 min 0 s"},     {3599000, "59 min 59 s"},
        {3600000, "1 h 0 min"}, {90061000, "25 h 1 min"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[32];
        watch_duration_text(cases[i].ms, text, sizeof(text));
        assert_string_equal(text, cases[i].text);
    }
}

static void losses_of_the_record_stand_behind_the_reason(void **state)
{
    (void)state;
    static const struct {
        int stick_error, record_error;
        const char *text;
    } cases[] = {
        {0, 0, "guest powered off"},
        {-EIO, -EIO,
         "guest powered off; the stick failed (Input/output error), the record may be "
         "incomplete"},
        {0, -ENOSPC, "guest powered off; the data partition is full, the record is incomplete"},
        {0, -EROFS, "guest powered off; the record is incomplete (Read-only file system)"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct watch watch;
        watch_init(&watch, 0);
        strcpy(watch.text, "guest powered off");
        watch_add_losses(&watch, cases[i].stick_error, cases[i].record_error);
        assert_string_equal(watch.text, cases[i].text);
    }
    struct watch watch;
    watch_init(&watch, 0);
    memset(watch.text, 'x', sizeof(watch.text) - 1);
    watch.text[sizeof(watch.text) - 1] = '\0';
    watch_add_losses(&watch, -EIO, 0);
    assert_int_equal(strlen(watch.text), sizeof(watch.text) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_end_the_session_with_their_reason),
        cmocka_unit_test(the_first_reason_wins),
        cmocka_unit_test(five_resets_within_a_minute_are_a_loop),
        cmocka_unit_test(a_qemu_that_does_not_quit_is_terminated_then_killed_then_left),
        cmocka_unit_test(a_silent_qemu_is_ended),
        cmocka_unit_test(the_user_asks_twice),
        cmocka_unit_test(an_ended_qemu_is_named),
        cmocka_unit_test(a_long_reason_keeps_its_end),
        cmocka_unit_test(losses_of_the_record_stand_behind_the_reason),
        cmocka_unit_test(durations_are_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
