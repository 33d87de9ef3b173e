/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs and calls with an end: what they say, how they end, what hangs. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "test/unit/init/unit.h"

static void output_and_errors_are_kept_apart(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c", "echo out; echo err >&2; exit 3", NULL};
    const struct child_options options = {.argv = argv};
    auto_strbuf out = STRBUF_INIT, err = STRBUF_INIT;
    int status;
    assert_int_equal(child_run(&options, 20000, &out, &err, &status), 0);
    assert_string_equal(strbuf_text(&out), "out\n");
    assert_string_equal(strbuf_text(&err), "err\n");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 3);
}

static void much_output_does_not_block_and_is_bounded(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sh", "-c", "head -c 3000000 /dev/zero", NULL};
    const struct child_options options = {.argv = argv};
    auto_strbuf out = strbuf_with_max(10000);
    int status;
    assert_int_equal(child_run(&options, 20000, &out, NULL, &status), 0);
    assert_true(out.len <= 10000);
    assert_int_equal(status, 0);
}

static void a_program_that_is_missing_is_an_error(void **state)
{
    (void)state;
    const char *const argv[] = {"/nowhere/program", NULL};
    const struct child_options options = {.argv = argv};
    pid_t pid;
    assert_int_equal(child_start(&options, &pid), -ENOENT);
}

static void a_program_that_hangs_is_killed(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/sleep", "100", NULL};
    const struct child_options options = {.argv = argv};
    uint64_t start = clock_mono_ms();
    int status;
    assert_int_equal(child_run(&options, 200, NULL, NULL, &status), -ETIMEDOUT);
    assert_true(clock_mono_ms() - start < 20000);
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1); /* nothing is left behind */
}

static void descriptors_lie_where_they_were_asked_for(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    const char *const argv[] = {"/bin/sh", "-c", "echo seven >&7; ls /proc/self/fd | wc -l >&7",
                                NULL};
    const struct child_fd fds[] = {{pipes[1], 7}};
    const struct child_options options = {.argv = argv, .fds = fds, .fd_count = 1};
    pid_t pid;
    int status;
    assert_int_equal(child_start(&options, &pid), 0);
    assert_int_equal(child_wait(pid, 20000, &status), 0);
    char text[64] = "";
    assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
    assert_string_equal(text, "seven\n5\n"); /* 0, 1, 2, 7, and the folder that ls reads */
    close(pipes[0]);
    close(pipes[1]);
}

static int return_nodev(void *context)
{
    (void)context;
    return -ENODEV;
}

static int hang(void *context)
{
    (void)context;
    while (pause() < 0)
        ;
    return 0;
}

static int crash(void *context)
{
    (void)context;
    signal(SIGABRT, SIG_DFL);
    raise(SIGKILL);
    return 0;
}

static void calls_return_their_value_or_time_out(void **state)
{
    (void)state;
    assert_int_equal(child_call(return_nodev, NULL, 20000), -ENODEV);
    assert_int_equal(child_call(hang, NULL, 100), -ETIMEDOUT);
    assert_int_equal(child_call(crash, NULL, 20000), -EFAULT);
}

static int say_why(void *context, struct strbuf *text)
{
    strbuf_append(text, context);
    return -ENODEV;
}

static int hang_silently(void *context, struct strbuf *text)
{
    (void)text;
    return hang(context);
}

static void calls_bring_their_text(void **state)
{
    (void)state;
    char long_text[6000];
    auto_strbuf text = STRBUF_INIT, cut = STRBUF_INIT, late = STRBUF_INIT;
    assert_int_equal(child_call_text(say_why, (char *)"no stick", 20000, &text), -ENODEV);
    assert_string_equal(strbuf_text(&text), "no stick");
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_int_equal(child_call_text(say_why, long_text, 20000, &cut), -ENODEV);
    assert_true(cut.len <= 4096);
    assert_int_equal(child_call_text(hang_silently, NULL, 100, &late), -ETIMEDOUT);
    assert_non_null(strstr(strbuf_text(&late), "no answer"));
}

static void ends_have_names(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *text;
    } cases[] = {{0, "exit code 0"},
                 {1 << 8, "exit code 1"},
                 {9, "signal 9 (SIGKILL)"},
                 {31, "signal 31 (SIGSYS)"},
                 {40, "signal 40"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf b = STRBUF_INIT;
        child_status_text(cases[i].status, &b);
        assert_string_equal(strbuf_text(&b), cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_errors_are_kept_apart),
        cmocka_unit_test(much_output_does_not_block_and_is_bounded),
        cmocka_unit_test(a_program_that_is_missing_is_an_error),
        cmocka_unit_test(a_program_that_hangs_is_killed),
        cmocka_unit_test(descriptors_lie_where_they_were_asked_for),
        cmocka_unit_test(calls_return_their_value_or_time_out),
        cmocka_unit_test(calls_bring_their_text),
        cmocka_unit_test(ends_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
