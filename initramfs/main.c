/* SPDX-License-Identifier: BSD-2-Clause */
/* PID 1: starts the worker that does everything, reaps what is left to it, and brings the machine
 * back if the worker crashes. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/interrupts.h"
#include "initramfs/lease.h"
#include "initramfs/mounts.h"
#include "initramfs/power.h"
#include "initramfs/start.h"

#define CRASH_SHOW_MS 10000

static void say(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)!write(fd, text, strlen(text));
    close(fd);
}

static void say_everywhere(const char *text)
{
    say("/dev/tty0", text);
    say("/dev/ttyS0", text);
}

static void __attribute__((noreturn)) end_without_worker(const char *reason)
{
    char text[256];
    snprintf(text, sizeof(text), "\r\nhiperiso: error: %s; the machine restarts\r\n", reason);
    say_everywhere(text);
    kill(-1, SIGKILL);
    if (power_tell_reason(reason) < 0) /* the reason written before the guest's start stays */
        say_everywhere("hiperiso: the menu will not know the reason\r\n");
    mounts_release();
    clock_sleep_ms(CRASH_SHOW_MS);
    power_end(false);
}

/* The worker never ends by itself: it restarts the machine. */
static void __attribute__((noreturn)) end_after_crash(int status)
{
    auto_strbuf reason = STRBUF_INIT;
    strbuf_append(&reason, "/init crashed (");
    child_status_text(status, &reason);
    strbuf_append_char(&reason, ')');
    end_without_worker(reason.len > 0 ? strbuf_text(&reason) : "/init crashed");
}

/* The worker ends the guest; the third time within seconds says that it does not come to it. */
static void take_interrupt(struct interrupts *interrupts)
{
    if (interrupts_add(interrupts, clock_mono_ms()))
        end_without_worker("Ctrl-Alt-Del three times: the host did not react");
    if (interrupts_is_first(interrupts))
        say_everywhere("\r\nhiperiso: Ctrl-Alt-Del: ends the guest; three times within 5 s "
                       "restart the machine at once\r\n");
}

static pid_t start_worker(void)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    start_run();
}

int main(int argc, char **argv)
{
    sigset_t all;
    if (getpid() != 1 && argc == 2 && getenv("interface") != NULL)
        return lease_main(argv[1]); /* called by udhcpc */
    if (getpid() != 1) {
        static const char text[] =
            "init: runs only as the first process of the stick's host system\n";
        (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
        return 2;
    }
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    reboot(RB_DISABLE_CAD); /* Ctrl-Alt-Del comes as SIGINT */

    pid_t worker = start_worker();
    if (worker < 0)
        end_without_worker("/init cannot start its worker: the host has no memory left");
    struct interrupts interrupts = {0};
    for (;;) {
        siginfo_t info;
        if (sigwaitinfo(&all, &info) < 0)
            continue;
        if (info.si_signo == SIGINT || info.si_signo == SIGTERM)
            kill(worker, info.si_signo);
        if (info.si_signo == SIGINT)
            take_interrupt(&interrupts);
        int status;
        for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
            if (pid == worker)
                end_after_crash(status);
    }
}
