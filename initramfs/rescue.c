/* SPDX-License-Identifier: BSD-2-Clause */
/* A shell on a terminal of its own, joined to the consoles. */
#include "initramfs/rescue.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/shell_quote.h"

/* Outside the runtime's root: the shell sees what /init sees. The links of the initramfs lead to
 * the runtime's programs. */
#define SHELL        "/bin/busybox"
#define COMMAND_FILE "/run/qemu-command"
#define TICK_MS      1000
#define KEYS_MAX     4096

static void tell(struct console *console, const char *label, const char *text)
{
    auto_strbuf line = STRBUF_INIT;
    strbuf_printf(&line, "  %-8s %s\r\n", label, text);
    console_write(console, strbuf_text(&line), line.len);
}

static bool write_command(const struct text_list *argv)
{
    auto_strbuf text = STRBUF_INIT;
    if (argv == NULL || argv->count == 0)
        return false;
    for (size_t i = 0; i < argv->count; i++) {
        strbuf_append(&text, i > 0 ? " " : "");
        shell_quote(argv->items[i], &text);
    }
    strbuf_append_char(&text, '\n');
    auto_close fd = open(COMMAND_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return strbuf_status(&text) == STATUS_OK && fd >= 0 &&
           hosted_write_all(fd, strbuf_text(&text), text.len) == 0;
}

static void greet(struct console *console, const struct rescue_facts *facts)
{
    static const char first[] =
        "\r\nThe start has failed; this is a shell on the host. `exit` goes on.\r\n";
    console_write(console, first, sizeof(first) - 1);
    tell(console, "reason", facts->reason);
    tell(console, "session", facts->session != NULL ? facts->session : "none");
    tell(console, "QEMU",
         write_command(facts->argv) ? "its command line: cat " COMMAND_FILE : "was not reached");
}

/* The shell's terminal: *RET_OURS for us, *RET_THEIRS for it. */
static int open_terminal(int *ret_ours, int *ret_theirs)
{
    char name[32];
    int unlock = 0;
    unsigned number;
    const struct winsize size = {.ws_row = 24, .ws_col = 80};
    auto_close ours = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (ours < 0 || ioctl(ours, TIOCSPTLCK, &unlock) < 0 || ioctl(ours, TIOCGPTN, &number) < 0)
        return -errno;
    snprintf(name, sizeof(name), "/dev/pts/%u", number);
    auto_close theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (theirs < 0 || ioctl(theirs, TIOCSWINSZ, &size) < 0)
        return -errno;
    *ret_ours = take_fd(&ours);
    *ret_theirs = take_fd(&theirs);
    return 0;
}

static int start_shell(int terminal, pid_t *ret_pid)
{
    const char *const argv[] = {SHELL, "sh", "-i", NULL};
    const struct child_fd fds[] = {{terminal, 0}, {terminal, 1}, {terminal, 2}};
    const struct child_options options = {
        .argv = argv,
        .has_terminal = true,
        .fds = fds,
        .fd_count = ARRAY_SIZE(fds),
    };
    return child_start(&options, ret_pid);
}

/* Both ways, until the shell has gone. */
static void join(struct console *console, int terminal, pid_t pid)
{
    bool has_ended = false;
    for (;;) {
        struct pollfd polls[1 + CONSOLE_SINKS_MAX] = {{.fd = terminal, .events = POLLIN}};
        unsigned count = 1 + console_polls(console, polls + 1);
        char bytes[KEYS_MAX];
        poll(polls, count, has_ended ? 0 : TICK_MS);
        ssize_t got = read(terminal, bytes, sizeof(bytes));
        if (got > 0)
            console_write(console, bytes, (size_t)got);
        else if (has_ended)
            return;
        size_t len = console_read(console, bytes, sizeof(bytes));
        (void)!write(terminal, bytes, len); /* a full terminal: its keys are lost */
        console_flush(console);
        if (!has_ended && waitpid(pid, NULL, WNOHANG) == pid)
            has_ended = true; /* what it wrote last is read in one more turn */
    }
}

int rescue_run(struct console *console, const struct rescue_facts *facts)
{
    int ours = -1, theirs = -1;
    pid_t pid;
    if (access(SHELL, X_OK) < 0)
        return -errno;
    int r = open_terminal(&ours, &theirs);
    if (r < 0)
        return r;
    auto_close terminal = ours;
    greet(console, facts);
    r = start_shell(theirs, &pid);
    close(theirs);
    if (r < 0)
        return r;
    join(console, terminal, pid);
    return 0;
}
