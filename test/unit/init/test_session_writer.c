/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that writes the session's files: order, a stick that stands still, errors, its end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/clock.h"
#include "initramfs/session_writer.h"

#define WAIT_MS 60000

static int make_file(void)
{
    char path[] = "/tmp/hiperiso-writer-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static void assert_holds(int fd, const char *expected)
{
    char bytes[256];
    ssize_t got = pread(fd, bytes, sizeof(bytes), 0);
    assert_int_equal(got, (ssize_t)strlen(expected));
    assert_memory_equal(bytes, expected, strlen(expected));
}

static void each_file_gets_its_bytes_in_order(void **state)
{
    (void)state;
    struct session_writer writer;
    const int files[] = {make_file(), make_file(), make_file()};
    assert_int_equal(session_writer_start(&writer, files, 3), 0);
    assert_int_equal(session_writer_put(&writer, 0, "one ", 4), 0);
    assert_int_equal(session_writer_put(&writer, 2, "three", 5), 0);
    assert_int_equal(session_writer_put(&writer, 0, "two", 3), 0);
    assert_int_equal(session_writer_put(&writer, 1, "", 0), 0);
    assert_int_equal(session_writer_flush(&writer, WAIT_MS), 0);
    assert_holds(files[0], "one two");
    assert_holds(files[1], "");
    assert_holds(files[2], "three");
    assert_int_equal(session_writer_put(&writer, 1, "late", 4), 0);
    assert_int_equal(session_writer_stop(&writer, WAIT_MS), 0); /* writes what is left */
    assert_holds(files[1], "late");
    for (int i = 0; i < 3; i++)
        close(files[i]);
}

/* A pipe that nobody reads takes 64 KiB and then stands still like a broken stick. */
static void a_stick_that_stands_still_holds_up_nobody(void **state)
{
    (void)state;
    static char bytes[65536];
    struct session_writer writer;
    int pair[2];
    size_t put = 0, rooms = 0;
    int r;
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(session_writer_start(&writer, &pair[1], 1), 0);
    uint64_t begin_ms = clock_mono_ms();
    for (r = 0; r == 0 && put < 64; put++) {
        rooms += session_writer_has_room(&writer, 0);
        r = session_writer_put(&writer, 0, bytes, sizeof(bytes));
    }
    assert_int_equal(r, -EAGAIN);
    assert_true(clock_mono_ms() - begin_ms < WAIT_MS);
    assert_true(rooms >= 4 && rooms < put - 4); /* what is refused later is announced before */
    assert_int_equal(session_writer_flush(&writer, 20), -ETIMEDOUT);
    assert_int_equal(session_writer_stop(&writer, 20), -ETIMEDOUT);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* it is gone all the same */
    close(pair[0]);
    close(pair[1]);
}

static void a_stick_that_goes_on_gets_everything(void **state)
{
    (void)state;
    static char bytes[256 << 10]; /* what surely fits */
    struct session_writer writer;
    int pair[2];
    assert_int_equal(pipe(pair), 0);
    assert_int_equal(session_writer_start(&writer, &pair[1], 1), 0);
    close(pair[1]);
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)(i % 251);
    for (size_t done = 0; done < sizeof(bytes); done += 1000) {
        size_t len = sizeof(bytes) - done < 1000 ? sizeof(bytes) - done : 1000;
        assert_int_equal(session_writer_put(&writer, 0, bytes + done, len), 0);
    }
    for (size_t done = 0; done < sizeof(bytes);) {
        char part[5000];
        ssize_t got = read(pair[0], part, sizeof(part));
        assert_true(got > 0);
        assert_memory_equal(part, bytes + done, (size_t)got);
        done += (size_t)got;
    }
    assert_int_equal(session_writer_flush(&writer, WAIT_MS), 0);
    assert_true(session_writer_has_room(&writer, 0));
    assert_int_equal(session_writer_stop(&writer, WAIT_MS), 0);
    close(pair[0]);
}

static void the_first_error_of_a_file_is_told(void **state)
{
    (void)state;
    struct session_writer writer;
    int full = open("/dev/full", O_WRONLY);
    const int files[] = {make_file(), full};
    assert_int_equal(session_writer_start(&writer, files, 2), 0);
    assert_int_equal(session_writer_put(&writer, 1, "lost", 4), 0);
    assert_int_equal(session_writer_put(&writer, 0, "kept", 4), 0);
    assert_int_equal(session_writer_flush(&writer, WAIT_MS), 0);
    assert_int_equal(session_writer_error(&writer, 0), 0);
    assert_int_equal(session_writer_error(&writer, 1), -ENOSPC);
    assert_holds(files[0], "kept");
    assert_int_equal(session_writer_stop(&writer, WAIT_MS), 0);
    close(files[0]);
    close(full);
}

static void a_process_that_is_gone_is_told(void **state)
{
    (void)state;
    struct session_writer writer;
    int file = make_file();
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(session_writer_start(&writer, &file, 1), 0);
    assert_int_equal(kill(writer.pid, SIGKILL), 0);
    assert_int_equal(waitpid(writer.pid, NULL, 0), writer.pid);
    writer.pid = 0;
    assert_int_equal(session_writer_put(&writer, 0, "x", 1), -EPIPE);
    assert_int_equal(session_writer_stop(&writer, WAIT_MS), 0);
    close(file);
}

static void without_a_process_nothing_happens(void **state)
{
    (void)state;
    struct session_writer writer;
    session_writer_init(&writer);
    assert_int_equal(session_writer_put(&writer, 0, "x", 1), 0);
    assert_true(session_writer_has_room(&writer, 0));
    assert_int_equal(session_writer_error(&writer, 0), 0);
    assert_int_equal(session_writer_flush(&writer, 0), 0);
    assert_int_equal(session_writer_stop(&writer, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_file_gets_its_bytes_in_order),
        cmocka_unit_test(a_stick_that_stands_still_holds_up_nobody),
        cmocka_unit_test(a_stick_that_goes_on_gets_everything),
        cmocka_unit_test(the_first_error_of_a_file_is_told),
        cmocka_unit_test(a_process_that_is_gone_is_told),
        cmocka_unit_test(without_a_process_nothing_happens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
