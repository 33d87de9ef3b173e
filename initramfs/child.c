/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts programs and bounded calls. */
#include "initramfs/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "initramfs/clock.h"
#include "initramfs/hosted.h"

#define CHILD_FD_SAFE      64 /* above every number that a program is given */
#define CHILD_KILL_WAIT_MS 5000
#define CHILD_EXEC_MS      60000 /* the program comes from a stick that may be slow, or dead */
#define CHILD_TEXT_MAX     4096  /* PIPE_BUF: written at once */

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

static const char *const child_environment[] = {
    "PATH=/usr/bin:/usr/sbin", "HOME=/", "TMPDIR=/var/tmp", "LC_ALL=C.UTF-8", "TERM=linux", NULL,
};

static int open_pidfd(pid_t pid)
{
    return (int)syscall(SYS_pidfd_open, pid, 0);
}

static void reset_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Puts the descriptors in their places; everything else closes at exec. */
static int place_fds(const struct child_options *options)
{
    int safe[CHILD_FDS_MAX];
    syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    for (size_t i = 0; i < options->fd_count; i++) {
        safe[i] = fcntl(options->fds[i].from, F_DUPFD_CLOEXEC, CHILD_FD_SAFE);
        if (safe[i] < 0)
            return -errno;
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        if (dup2(null, fd) < 0 || fcntl(fd, F_SETFD, 0) < 0) /* null may be one of the three */
            return -errno;
    for (size_t i = 0; i < options->fd_count; i++)
        if (dup2(safe[i], options->fds[i].to) < 0)
            return -errno;
    return 0;
}

/* Without the bounding set no program, set-user-ID or not, gets a capability again. */
static int drop_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0;
         capability++)
        if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0)
            return -errno;
    return 0;
}

int child_become(uid_t uid)
{
    int r = drop_bounding_set();
    if (r < 0)
        return r;
    if (setgroups(0, NULL) < 0 || setgid(uid) < 0 || setuid(uid) < 0)
        return -errno;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int copy_device(const char *folder, const char *name)
{
    char from[128], to[256];
    struct stat st;
    snprintf(from, sizeof(from), "/dev/%s", name);
    snprintf(to, sizeof(to), "%s/%s", folder, name);
    if (stat(from, &st) < 0)
        return errno == ENOENT ? 0 : -errno; /* no KVM */
    if (mknod(to, st.st_mode, st.st_rdev) < 0 || chown(to, st.st_uid, st.st_gid) < 0 ||
        chmod(to, st.st_mode & 07777) < 0)
        return -errno;
    return 0;
}

/* A /dev below ROOT that has nothing but NAMES, for this process alone. */
static int limit_devices(const char *root, const char *const *names)
{
    char folder[128];
    snprintf(folder, sizeof(folder), "%s/dev", root);
    if (unshare(CLONE_NEWNS) < 0 ||
        mount("tmpfs", folder, "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64k") < 0)
        return -errno;
    for (; *names != NULL; names++) {
        int r = copy_device(folder, *names);
        if (r < 0)
            return r;
    }
    return 0;
}

static int become(const struct child_options *options)
{
    int r = options->devices != NULL ? limit_devices(options->root, options->devices) : 0;
    if (r < 0)
        return r;
    if (options->is_oom_victim) /* a kernel without the file still starts the program */
        (void)!hosted_write_file("/proc/self/oom_score_adj", "800", 3);
    if (options->cgroup_procs != NULL && (r = hosted_write_file(options->cgroup_procs, "0", 1)) < 0)
        return r;
    if (options->root != NULL && (chroot(options->root) < 0 || chdir("/") < 0))
        return -errno;
    return options->uid == 0 ? 0 : child_become(options->uid);
}

static void __attribute__((noreturn)) run_program(const struct child_options *options, int report)
{
    setsid();
    reset_signals();
    int safe_report = fcntl(report, F_DUPFD_CLOEXEC, CHILD_FD_SAFE);
    int r = place_fds(options);
    if (r == 0 && options->has_terminal && ioctl(0, TIOCSCTTY, 0) < 0)
        r = -errno;
    if (r == 0)
        r = become(options);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives who looks after it */
    if (r == 0) {
        execve(options->argv[0], (char *const *)options->argv, (char *const *)child_environment);
        r = -errno;
    }
    (void)!write(safe_report, &r, sizeof(r));
    _exit(127);
}

int child_start(const struct child_options *options, pid_t *ret_pid)
{
    int report[2];
    if (options->fd_count > CHILD_FDS_MAX)
        return -E2BIG;
    if (pipe2(report, O_CLOEXEC) < 0)
        return -errno;
    pid_t pid = fork();
    if (pid == 0)
        run_program(options, report[1]);
    int failed = errno;
    close(report[1]);
    auto_close from = report[0];
    if (pid < 0)
        return -failed;

    if (!hosted_wait_pidfd(from, CHILD_EXEC_MS)) {
        int status;
        int ended = child_wait(pid, 0, &status);
        return ended < 0 ? ended : -ETIMEDOUT;
    }
    /* Nothing comes when exec succeeds: the descriptor just closes. */
    int r = 0;
    ssize_t got;
    do {
        got = read(from, &r, sizeof(r));
    } while (got < 0 && errno == EINTR);
    if (got == sizeof(r)) {
        waitpid(pid, NULL, 0);
        return r < 0 ? r : -EIO;
    }
    *ret_pid = pid;
    return 0;
}

int child_wait(pid_t pid, int timeout_ms, int *ret_status)
{
    bool was_killed = false;
    auto_close pidfd = open_pidfd(pid);
    if (pidfd < 0)
        return -errno;
    if (!hosted_wait_pidfd(pidfd, timeout_ms)) {
        was_killed = true;
        kill(pid, SIGKILL);
        if (!hosted_wait_pidfd(pidfd, CHILD_KILL_WAIT_MS))
            return -ETIMEDOUT; /* in the kernel on a dead device: left behind */
    }
    int status;
    if (waitpid(pid, &status, WNOHANG) != pid)
        return -ECHILD;
    if (was_killed)
        return -ETIMEDOUT;
    *ret_status = status;
    return 0;
}

/* Moves what is readable to B; false at the end of the file. */
static bool drain(int fd, struct strbuf *b)
{
    char piece[4096];
    ssize_t got = read(fd, piece, sizeof(piece));
    if (got > 0)
        strbuf_append_bytes(b, piece, (size_t)got); /* beyond the maximum it is dropped */
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
}

int child_run(const struct child_options *options, int timeout_ms, struct strbuf *output,
              struct strbuf *errors, int *ret_status)
{
    auto_strbuf dropped = strbuf_with_max(0);
    struct strbuf *to[2] = {output != NULL ? output : &dropped, errors != NULL ? errors : &dropped};
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) < 0)
        return -errno;
    if (pipe2(err, O_CLOEXEC) < 0) {
        int failed = errno;
        close(out[0]);
        close(out[1]);
        return -failed;
    }
    struct child_fd fds[] = {{out[1], 1}, {err[1], 2}};
    struct child_options wired = *options;
    wired.fds = fds;
    wired.fd_count = 2;
    pid_t pid;
    int r = child_start(&wired, &pid);
    close(out[1]);
    close(err[1]);
    auto_close out_fd = out[0];
    auto_close err_fd = err[0];
    if (r < 0)
        return r;

    uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
    struct pollfd polls[2] = {{.fd = out_fd, .events = POLLIN}, {.fd = err_fd, .events = POLLIN}};
    while (polls[0].fd >= 0 || polls[1].fd >= 0) {
        uint64_t now = clock_mono_ms();
        if (now >= until)
            break;
        if (poll(polls, 2, (int)(until - now)) < 0 && errno != EINTR)
            break;
        for (int i = 0; i < 2; i++)
            if (polls[i].fd >= 0 && polls[i].revents != 0 && !drain(polls[i].fd, to[i]))
                polls[i].fd = -1;
    }
    uint64_t now = clock_mono_ms();
    return child_wait(pid, now >= until ? 0 : (int)(until - now), ret_status);
}

int child_call(int (*function)(void *context), void *context, int timeout_ms)
{
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        int value = function(context);
        _exit(value < 0 && value > -255 ? -value : value == 0 ? 0 : EIO);
    }
    int status;
    int r = child_wait(pid, timeout_ms, &status);
    if (r < 0)
        return r;
    return WIFEXITED(status) ? -WEXITSTATUS(status) : -EFAULT;
}

struct text_call {
    int (*function)(void *context, struct strbuf *text);
    void *context;
    int fd;
};

static int call_with_text(void *context)
{
    const struct text_call *call = context;
    auto_strbuf text = strbuf_with_max(CHILD_TEXT_MAX);
    int r = call->function(call->context, &text);
    if (text.len > 0)
        (void)!write(call->fd, strbuf_text(&text), text.len);
    return r;
}

int child_call_text(int (*function)(void *context, struct strbuf *text), void *context,
                    int timeout_ms, struct strbuf *text)
{
    char bytes[CHILD_TEXT_MAX];
    int pair[2];
    if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0)
        return -errno;
    auto_close from = pair[0], to = pair[1];
    struct text_call call = {function, context, to};
    int r = child_call(call_with_text, &call, timeout_ms);
    ssize_t got = read(from, bytes, sizeof(bytes));
    if (got > 0)
        strbuf_append_bytes(text, bytes, (size_t)got);
    else if (r == -ETIMEDOUT)
        strbuf_printf(text, "the stick gave no answer within %d s; try another port or stick",
                      timeout_ms / 1000);
    return r;
}

void child_keep_list(int *fds, size_t count)
{
    int safe[CHILD_FDS_MAX];
    unsigned next = CHILD_KEPT_FD;
    if (count > CHILD_FDS_MAX)
        count = CHILD_FDS_MAX;
    for (size_t i = 0; i < count; i++)
        safe[i] = fds[i] < 0 ? -1 : fcntl(fds[i], F_DUPFD_CLOEXEC, CHILD_FD_SAFE);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int number = 0; number < CHILD_KEPT_FD; number++)
        dup2(null, number);
    for (size_t i = 0; i < count; i++) {
        fds[i] = safe[i] < 0 ? -1 : dup2(safe[i], (int)next);
        next += fds[i] >= 0;
    }
    syscall(SYS_close_range, next, ~0U, 0U);
}

void child_keep_only(int fd)
{
    child_keep_list(&fd, 1);
}

/* musl's strsignal() is for people ("Killed"); the name is what documentation is found by. */
static const char *signal_name(int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {
        {SIGHUP, "SIGHUP"},   {SIGINT, "SIGINT"},   {SIGQUIT, "SIGQUIT"}, {SIGILL, "SIGILL"},
        {SIGTRAP, "SIGTRAP"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
        {SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"}, {SIGPIPE, "SIGPIPE"}, {SIGTERM, "SIGTERM"},
        {SIGSYS, "SIGSYS"},   {SIGXFSZ, "SIGXFSZ"}, {SIGXCPU, "SIGXCPU"}, {SIGUSR1, "SIGUSR1"},
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (names[i].number == number)
            return names[i].name;
    return NULL;
}

void child_status_text(int status, struct strbuf *b)
{
    if (WIFSIGNALED(status)) {
        const char *name = signal_name(WTERMSIG(status));
        strbuf_printf(b, "signal %d%s%s%s", WTERMSIG(status), name != NULL ? " (" : "",
                      name != NULL ? name : "", name != NULL ? ")" : "");
    } else {
        strbuf_printf(b, "exit code %d", WEXITSTATUS(status));
    }
}
