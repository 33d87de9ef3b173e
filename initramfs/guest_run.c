/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's life. */
#include "initramfs/guest_run_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/log.h"

#define READ_BYTES      16384
#define READS_IN_A_TURN 8 /* of one source before the others have their turn */
#define TICK_MS         1000
#define BEHIND_MS       20

void guest_run_clear(struct guest_run *run)
{
    int *const fds[] = {&run->serial, &run->qmp, &run->firmware, &run->output};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
        if (*fds[i] >= 0)
            close(*fds[i]);
        *fds[i] = -1;
    }
    guest_screen_stop(&run->screen);
    vnc_bridge_stop(&run->vnc);
    hotkey_close(&run->hotkey);
    tpm_stop(&run->tpm);
    guest_record_clear(&run->record);
    lines_clear(&run->qmp_lines);
    lines_clear(&run->output_lines);
    strbuf_clear(&run->qmp_out);
    strbuf_clear(&run->serial_out);
}

/* ---- sources ---- */

static void take_serial(struct guest_run *run, const char *bytes, size_t len)
{
    guest_record_text(&run->record, GUEST_TEXT_SERIAL, bytes, len, &run->qmp_out);
    console_write(run->console, bytes, len);
}

static void take_firmware(struct guest_run *run, const char *bytes, size_t len)
{
    guest_record_text(&run->record, GUEST_TEXT_FIRMWARE, bytes, len, &run->qmp_out);
}

static void take_output(struct guest_run *run, const char *bytes, size_t len)
{
    const char *line;
    size_t line_len;
    (void)session_write(run->session, SESSION_QEMU, bytes, len);
    if (lines_add(&run->output_lines, bytes, len) != STATUS_OK)
        return;
    while (lines_next(&run->output_lines, &line, &line_len)) {
        /* "2026-11-21T08:45:00.123456Z qemu-system-x86_64: ...": the time is in qemu.log */
        const char *program = line_len > 0 ? memmem(line, line_len, "qemu-system-", 12) : NULL;
        size_t skipped = program != NULL ? (size_t)(program - line) : 0;
        if (line_len > skipped)
            snprintf(run->last_line, sizeof(run->last_line), "%.*s",
                     (int)(line_len - skipped < 250 ? line_len - skipped : 250), line + skipped);
    }
}

static void take_tpm(struct guest_run *run, const char *bytes, size_t len)
{
    tpm_take(&run->tpm, bytes, len);
}

static void take_network(struct guest_run *run, const char *bytes, size_t len)
{
    if (!network_take(run->network, bytes, len))
        return;
    if (run->on_facts != NULL)
        run->on_facts(run); /* the session's description tells the address */
    guest_offer_screen(run);
}

static void take_screen(struct guest_run *run, const char *bytes, size_t len)
{
    if (guest_screen_take(&run->screen, bytes, len))
        guest_act(run, watch_user(&run->watch, clock_mono_ms()));
}

/* Reads a source until it has no more for now, or has had its turn. False when nothing came. */
static bool drain(struct guest_run *run, int *fd,
                  void (*take)(struct guest_run *, const char *, size_t))
{
    bool has_read = false;
    for (int i = 0; i < READS_IN_A_TURN && *fd >= 0; i++) {
        char bytes[READ_BYTES];
        ssize_t got = read(*fd, bytes, sizeof(bytes));
        if (got > 0) {
            take(run, bytes, (size_t)got);
            has_read = true;
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        close(*fd); /* end of file */
        *fd = -1;
    }
    return has_read;
}

/* Writes what waits for QEMU. */
static void flush_to(int fd, struct strbuf *out)
{
    if (fd < 0 || out->len == 0) {
        if (fd < 0)
            strbuf_reset(out);
        return;
    }
    ssize_t done = send(fd, out->text, out->len, MSG_NOSIGNAL);
    if (done <= 0)
        return;
    memmove(out->text, out->text + done, out->len - (size_t)done);
    out->len -= (size_t)done;
    out->text[out->len] = '\0';
}

static void take_keys(struct guest_run *run)
{
    char keys[512];
    size_t len = console_read(run->console, keys, sizeof(keys));
    switch (escape_filter(&run->escape, keys, len, &len)) {
    case ESCAPE_QUIT:
        guest_act(run, watch_user(&run->watch, clock_mono_ms()));
        break;
    case ESCAPE_HELP:
        log_say("Ctrl-] q ends the guest; Ctrl-] Ctrl-] is Ctrl-] for the guest");
        break;
    default:
        break;
    }
    strbuf_append_bytes(&run->serial_out, keys, len);
    if (strbuf_status(&run->serial_out) != STATUS_OK)
        run->serial_out.failed =
            STATUS_OK; /* a guest that does not read: its keys are lost, as on a real port */
}

/* Everything that ended; QEMU itself is remembered. */
static void reap(struct guest_run *run)
{
    int status;
    pid_t pid;
    struct rusage usage;
    while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0) {
        if (pid == run->pid) {
            run->has_exited = true;
            run->exit_status = status;
            run->cpu_ms = clock_cpu_ms(&usage);
        } else if (pid == run->screen.pid) {
            guest_screen_exited(&run->screen, status, clock_cpu_ms(&usage));
        } else if (pid == run->tpm.pid) {
            tpm_exited(&run->tpm, status);
        } else if (pid == run->vnc.pid) {
            run->vnc.pid = 0;
            log_say("the guest's screen is no longer offered on the network");
        } else if (pid == run->network->pid) {
            run->network->pid = 0;
            log_note("the process that looks after the network has ended");
        } else if (pid == run->record.recorder.pid) {
            guest_record_exited(&run->record);
        } else if (!filmstrip_take_exit(&run->record.film, pid)) {
            session_take_exit(run->session, pid, status);
        }
    }
}

static void take_signals(struct guest_run *run)
{
    struct signalfd_siginfo info;
    while (read(run->signals, &info, sizeof(info)) == sizeof(info))
        if (info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM)
            guest_act(run, watch_user(&run->watch,
                                      clock_mono_ms())); /* Ctrl-Alt-Del on the host's keyboard */
    reap(run);
}

/* What the stick cannot take yet stays with QEMU, which waits as it does for a slow serial line. */
static short reads(const struct guest_run *run, enum session_file file)
{
    return session_has_room(run->session, file) ? POLLIN : 0;
}

static void drain_recorded(struct guest_run *run)
{
    if (session_has_room(run->session, SESSION_QEMU))
        drain(run, &run->output, take_output);
    if (session_has_room(run->session, SESSION_SERIAL))
        drain(run, &run->serial, take_serial);
    if (session_has_room(run->session, SESSION_FIRMWARE))
        drain(run, &run->firmware, take_firmware);
}

static void wait_events(struct guest_run *run)
{
    enum {
        SERIAL,
        QMP,
        FIRMWARE,
        OUTPUT,
        SCREEN,
        TPM,
        NETWORK,
        KEYBOARDS,
        RECORDER,
        SIGNALS,
        KERNEL,
        CONSOLES
    };
    struct pollfd polls[CONSOLES + CONSOLE_SINKS_MAX] = {
        [SERIAL] = {run->serial,
                    (short)(reads(run, SESSION_SERIAL) | (run->serial_out.len > 0 ? POLLOUT : 0)),
                    0},
        [QMP] = {run->qmp, (short)(POLLIN | (run->qmp_out.len > 0 ? POLLOUT : 0)), 0},
        [FIRMWARE] = {run->firmware, reads(run, SESSION_FIRMWARE), 0},
        [OUTPUT] = {run->output, reads(run, SESSION_QEMU), 0},
        [SCREEN] = {run->screen.output, POLLIN, 0},
        [TPM] = {run->tpm.output, POLLIN, 0},
        [NETWORK] = {run->network->output, POLLIN, 0},
        [KEYBOARDS] = {run->hotkey.epoll, POLLIN, 0},
        [RECORDER] = {run->is_held ? run->record.recorder.ready : -1, POLLIN, 0},
        [SIGNALS] = {run->signals, POLLIN, 0},
        [KERNEL] = {log_kernel_fd(), POLLIN, 0},
    };
    unsigned count = CONSOLES + console_polls(run->console, polls + CONSOLES);
    bool is_behind = polls[FIRMWARE].events == 0 || polls[OUTPUT].events == 0 ||
                     (polls[SERIAL].events & POLLIN) == 0;
    poll(polls, count, is_behind ? BEHIND_MS : TICK_MS);
}

static void note_losses(const struct console *console)
{
    for (unsigned i = 0; i < console->count; i++)
        if (console->sinks[i].lost_total > 0)
            log_note("%s was too slow: %llu bytes were left out there; serial.log has them",
                     console->sinks[i].name, (unsigned long long)console->sinks[i].lost_total);
}

/* Once, whatever fails first. */
static void tell_record_error(struct guest_run *run)
{
    enum session_file file;
    int error = session_error(run->session, &file);
    if (error == 0 || run->record_error != 0)
        return;
    run->record_error = error;
    log_say("%s is not recorded any further: %s; the guest goes on", session_file_name(file),
            error == -ENOSPC ? "the data partition is full" : strerror(-error));
}

/* Takes what QEMU left in its channels when it ended. */
static void finish(struct guest_run *run)
{
    bool has_more = true;
    guest_screen_stop(&run->screen);
    for (int i = 0; i < 1000 && has_more; i++) {
        has_more = drain(run, &run->output, take_output);
        has_more = drain(run, &run->serial, take_serial) || has_more;
        has_more = drain(run, &run->firmware, take_firmware) || has_more;
        has_more = drain(run, &run->qmp, guest_monitor_take) || has_more;
    }
    guest_monitor_flush(run);
    guest_record_finish(&run->record);
    note_losses(run->console);
    log_take_kernel_messages();
    session_flush(run->session);
    tell_record_error(run);
    run->end_mono_ms = clock_mono_ms();
    if (!run->has_exited)
        return;
    auto_strbuf status = STRBUF_INIT;
    bool by_signal = WIFSIGNALED(run->exit_status);
    child_status_text(run->exit_status, &status);
    log_note("QEMU ended: %s", strbuf_text(&status));
    if (run->screen.cpu_ms > 0)
        log_note("CPU time: QEMU %llu ms, viewer %llu ms", (unsigned long long)run->cpu_ms,
                 (unsigned long long)run->screen.cpu_ms);
    watch_exited(&run->watch, by_signal,
                 by_signal ? WTERMSIG(run->exit_status) : WEXITSTATUS(run->exit_status),
                 strbuf_text(&status), run->last_line, log_kernel_alarm(), run->end_mono_ms);
}

void guest_run_loop(struct guest_run *run)
{
    guest_offer_screen(run); /* the address may have been there before the guest */
    uint64_t sampled_ms = clock_mono_ms();
    while (!run->has_exited && !run->was_abandoned) {
        wait_events(run);
        take_signals(run);
        drain_recorded(run);
        drain(run, &run->qmp, guest_monitor_take);
        drain(run, &run->screen.output, take_screen);
        drain(run, &run->tpm.output, take_tpm);
        drain(run, &run->network->output, take_network);
        take_keys(run);
        if (hotkey_take(&run->hotkey, clock_mono_ms()))
            guest_act(run, watch_user(&run->watch, clock_mono_ms()));
        flush_to(run->serial, &run->serial_out);
        flush_to(run->qmp, &run->qmp_out);
        console_flush(run->console);
        log_take_kernel_messages();
        uint64_t now_ms = clock_mono_ms();
        if (now_ms - sampled_ms >= TICK_MS) {
            sampled_ms = now_ms;
            guest_sample(run);
            if (guest_record_tick(&run->record, &run->status, &run->qmp_out) &&
                run->on_facts != NULL)
                run->on_facts(run);
        }
        guest_release(run, now_ms);
        status_line_tick(&run->status, now_ms);
        guest_act(run, watch_tick(&run->watch, now_ms));
        flush_to(run->qmp, &run->qmp_out);
        tell_record_error(run);
    }
    finish(run);
    watch_add_losses(&run->watch, run->session->stick_error, run->record_error);
}
