/* SPDX-License-Identifier: BSD-2-Clause */
/* swtpm's life. */
#include "initramfs/tpm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/guest_plan.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define SWTPM          "/usr/bin/swtpm"
#define FD_CONTROL     3
#define LINE_MAX_BYTES 1024
#define STOP_MS        3000 /* it goes by itself when QEMU closes the connection */
#define TERMINATE_MS   2000

void tpm_init(struct tpm *tpm)
{
    *tpm = (struct tpm){.output = -1};
    lines_init(&tpm->lines, LINE_MAX_BYTES);
}

static int start(struct tpm *tpm, const char *folder, int control, int output)
{
    auto_strbuf state = STRBUF_INIT;
    /* All files of the data partition have one mode: another one would be refused. */
    strbuf_printf(&state, "dir=%s,mode=0755", folder);
    const char *const argv[] = {
        SWTPM,
        "socket",
        "--tpm2",
        "--tpmstate",
        strbuf_text(&state),
        "--ctrl",
        "type=unixio,clientfd=3", /* FD_CONTROL */
        "--terminate",
        NULL,
    };
    const struct child_fd fds[] = {{control, FD_CONTROL}, {output, 1}, {output, 2}};
    const struct child_options options = {
        .argv = argv,
        .root = MOUNTS_RUNTIME,
        .uid = MOUNTS_GUEST_UID,
        .devices = guest_devices,
        .fds = fds,
        .fd_count = ARRAY_SIZE(fds),
    };
    if (strbuf_status(&state) != STATUS_OK)
        return -ENOMEM;
    return child_start(&options, &tpm->pid);
}

int tpm_start(struct tpm *tpm, const char *folder, int *ret_control, struct strbuf *why)
{
    int control[2], output[2];
    /* The state folder is below the data partition, which is at one place inside and outside. */
    if (mkdir(folder, 0755) < 0 && errno != EEXIST) {
        int r = -errno;
        strbuf_printf(why, "the TPM's folder %s cannot be made: %s", folder + 1, strerror(-r));
        return r;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, control) < 0)
        return -errno;
    auto_close ours = control[0], theirs = control[1];
    if (pipe2(output, O_CLOEXEC) < 0)
        return -errno;
    auto_close from = output[0], to = output[1];
    int r = fcntl(from, F_SETFL, O_NONBLOCK) < 0 ? -errno : start(tpm, folder, theirs, to);
    if (r < 0) {
        tpm->pid = 0;
        strbuf_printf(why, "the TPM (swtpm) does not start: %s", strerror(-r));
        return r;
    }
    tpm->output = take_fd(&from);
    *ret_control = take_fd(&ours);
    return 0;
}

void tpm_take(struct tpm *tpm, const char *bytes, size_t len)
{
    const char *line;
    size_t line_len;
    if (lines_add(&tpm->lines, bytes, len) != STATUS_OK)
        return;
    while (lines_next(&tpm->lines, &line, &line_len)) {
        snprintf(tpm->last_line, sizeof(tpm->last_line), "%.*s", (int)line_len, line);
        log_note("%s", tpm->last_line);
    }
}

static void take_rest(struct tpm *tpm)
{
    char bytes[1024];
    ssize_t got;
    while (tpm->output >= 0 && (got = read(tpm->output, bytes, sizeof(bytes))) > 0)
        tpm_take(tpm, bytes, (size_t)got);
    if (tpm->output >= 0)
        close(tpm->output);
    tpm->output = -1;
}

void tpm_exited(struct tpm *tpm, int status)
{
    auto_strbuf text = STRBUF_INIT;
    tpm->pid = 0;
    take_rest(tpm);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return; /* QEMU has closed the connection: it ends as well */
    tpm->has_failed = true;
    child_status_text(status, &text);
    log_say("the guest's TPM (swtpm) has ended with %s%s%s", strbuf_text(&text),
            tpm->last_line[0] != '\0' ? ": " : "", tpm->last_line);
}

void tpm_stop(struct tpm *tpm)
{
    static const struct {
        int signal, wait_ms;
    } steps[] = {{0, STOP_MS}, {SIGTERM, TERMINATE_MS}};
    for (size_t i = 0; i < ARRAY_SIZE(steps) && tpm->pid > 0; i++) {
        int status;
        pid_t done = 0;
        if (steps[i].signal != 0)
            kill(tpm->pid, steps[i].signal);
        for (int waited = 0; done == 0 && waited < steps[i].wait_ms; waited += 10) {
            done = waitpid(tpm->pid, &status, WNOHANG);
            if (done == 0)
                usleep(10000);
        }
        if (done != 0)
            tpm->pid = 0;
    }
    int status;
    if (tpm->pid > 0 && child_wait(tpm->pid, 0, &status) < 0)
        log_note("the TPM had to be killed");
    tpm->pid = 0;
    take_rest(tpm);
    lines_clear(&tpm->lines);
}
