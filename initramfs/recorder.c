/* SPDX-License-Identifier: BSD-2-Clause */
/* The recording process. */
#include "initramfs/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/pcap_count.h"
#include "initramfs/trace_events.h"
#include "initramfs/trace_kvm.h"

#define TURN_MS        200
#define HURRY_MS       20 /* while the pipe of a talkative QEMU fills */
#define SECOND_MS      1000
#define PIPE_BYTES     (1 << 20)
#define READ_BYTES     ((size_t)128 << 10)
#define HURRY_BYTES    ((size_t)256 << 10) /* of a turn */
#define STOP_MS        10000
#define TRACE_LOG      "trace.log"
#define STATE_OF(w, s) (&(w)->shared->states[s])

/* What the process has. */
struct worker {
    struct recorder_shared *shared;
    const char *folder;
    int control, ready, trace, network, sync;
    int trace_file;
    bool has_kernel; /* its trace runs */
    struct trace_kvm kvm;
    struct pcap_count packets;
    const struct text_list *ports;
    char *buffer;
    size_t held; /* of the buffer: a line that has no end yet */
};

int64_t recorder_t_ns(const struct recorder_shared *shared)
{
    int64_t start = atomic_load(&shared->qemu_start_ns);
    return start == 0 ? 0 : clock_mono_ns() - start;
}

/* ---- QEMU's trace ---- */

static uint64_t count_lines(const char *bytes, size_t len)
{
    uint64_t lines = 0;
    for (const char *p = bytes, *end = bytes + len;
         (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        lines++;
    return lines;
}

/* Drops lines that are not wanted from LEN bytes of the buffer; what is left of a line at their end
 * is held back. Returns how many bytes are to be written; the rest begins at *RET_REST. */
static size_t filter(struct worker *w, size_t len, size_t *ret_rest)
{
    size_t kept = 0, off = 0;
    while (off < len) {
        char *line = w->buffer + off;
        const char *end = memchr(line, '\n', len - off);
        if (end == NULL)
            break;
        size_t line_len = (size_t)(end - line) + 1;
        if (!trace_events_is_no_port(w->ports, line, line_len)) {
            memmove(w->buffer + kept, line, line_len);
            kept += line_len;
        }
        off += line_len;
    }
    *ret_rest = off;
    return kept;
}

static void write_trace(struct worker *w, size_t len)
{
    struct record_state *state = STATE_OF(w, RECORD_QEMU);
    if (len == 0 || !record_take(state, len, recorder_t_ns(w->shared)))
        return;
    int r = hosted_write_all(w->trace_file, w->buffer, len);
    if (r < 0)
        record_stop(state, RECORD_ERROR, r, recorder_t_ns(w->shared));
    else
        atomic_fetch_add(&state->events, count_lines(w->buffer, len));
}

/* GOT more bytes stand behind those that were held back. */
static void take_bytes(struct worker *w, size_t got)
{
    size_t len = w->held + got, rest = len;
    w->held = 0;
    if (w->ports->count == 0) {
        write_trace(w, len);
        return;
    }
    write_trace(w, filter(w, len, &rest));
    if (len - rest < READ_BYTES / 2) { /* else it is no line of QEMU's */
        memmove(w->buffer, w->buffer + rest, len - rest);
        w->held = len - rest;
    }
}

/* Takes what is in the pipe, also when it can no longer be recorded: QEMU must never wait for it.
 * Returns how much it was. */
static size_t take_trace(struct worker *w)
{
    size_t total = 0;
    while (w->trace >= 0) {
        ssize_t got = hosted_read(w->trace, w->buffer + w->held, READ_BYTES - w->held);
        if (got == 0 || (got < 0 && got != -EAGAIN)) {
            close(w->trace); /* QEMU has ended */
            w->trace = -1;
        }
        if (got <= 0)
            break;
        total += (size_t)got;
        take_bytes(w, (size_t)got);
    }
    return total;
}

static void open_trace(struct worker *w)
{
    char path[PATH_MAX];
    struct record_state *state = STATE_OF(w, RECORD_QEMU);
    if (w->trace < 0)
        return;
    snprintf(path, sizeof(path), "%s/" TRACE_LOG, w->folder);
    w->trace_file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    if (w->trace_file < 0)
        record_stop(state, RECORD_ERROR, -errno, 0);
    atomic_store(&state->has_events, true);
    (void)!fcntl(w->trace, F_SETPIPE_SZ, PIPE_BYTES);
    (void)!fcntl(w->trace, F_SETFL, O_NONBLOCK);
}

/* ---- the kernel's trace ---- */

static void start_kernel(struct worker *w, const struct text_list *events)
{
    auto_strbuf why = STRBUF_INIT;
    struct record_state *state = STATE_OF(w, RECORD_KVM);
    trace_kvm_init(&w->kvm);
    if (events->count == 0 || !record_is_running(state))
        return;
    int r = trace_kvm_open(&w->kvm, RECORDER_TRACEFS, w->folder, events,
                           atomic_load(&w->shared->is_window_open), &why);
    if (r < 0) {
        record_stop(state, RECORD_ERROR, r, recorder_t_ns(w->shared));
        trace_kvm_close(&w->kvm);
        return;
    }
    w->has_kernel = true;
    /* It may have changed meanwhile. */
    (void)!trace_kvm_switch(RECORDER_TRACEFS, atomic_load(&w->shared->is_window_open));
}

static void end_kernel(struct worker *w)
{
    (void)!trace_kvm_switch(RECORDER_TRACEFS, false);
    trace_kvm_stream(&w->kvm, true, STATE_OF(w, RECORD_KVM), recorder_t_ns(w->shared));
    trace_kvm_count(&w->kvm, STATE_OF(w, RECORD_KVM));
    if (trace_kvm_save_formats(&w->kvm, true) < 0)
        record_stop(STATE_OF(w, RECORD_KVM), RECORD_ERROR, -EIO, recorder_t_ns(w->shared));
    trace_kvm_close(&w->kvm);
    w->has_kernel = false;
}

/* ---- each second ---- */

/* What takes much room ends before the stick is full; the guest and the small texts go on. */
static void look_at_room(struct worker *w)
{
    static const enum record_source large[] = {RECORD_QEMU, RECORD_KVM, RECORD_NETWORK,
                                               RECORD_SCREEN};
    struct statvfs st;
    if (statvfs(w->folder, &st) < 0)
        return;
    uint64_t free_bytes = (uint64_t)st.f_bavail * st.f_frsize;
    atomic_store(&w->shared->free_bytes, free_bytes);
    if (free_bytes >= RECORD_FREE_BYTES)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(large); i++)
        if (record_is_running(STATE_OF(w, large[i])))
            record_stop(STATE_OF(w, large[i]), RECORD_FULL, 0, recorder_t_ns(w->shared));
}

/* QEMU writes the file by itself: its size is looked at. /init stops it. */
static void count_packets(struct worker *w)
{
    struct record_state *state = STATE_OF(w, RECORD_NETWORK);
    if (w->network < 0)
        return;
    pcap_count_update(&w->packets, w->network);
    atomic_store(&state->bytes, w->packets.file_bytes);
    atomic_store(&state->events, w->packets.packets);
    atomic_store(&state->has_events, true);
    if (w->packets.file_bytes > atomic_load(&state->limit_bytes))
        record_stop(state, RECORD_LIMIT, 0, recorder_t_ns(w->shared));
}

static void each_second(struct worker *w)
{
    if (w->has_kernel) {
        trace_kvm_stream(&w->kvm, true, STATE_OF(w, RECORD_KVM), recorder_t_ns(w->shared));
        trace_kvm_count(&w->kvm, STATE_OF(w, RECORD_KVM));
        if (!record_is_running(STATE_OF(w, RECORD_KVM)))
            end_kernel(w); /* exits cost the guest nothing any more */
    }
    count_packets(w);
    look_at_room(w);
    if (w->sync >= 0)
        (void)!write(w->sync, "", 1);
}

/* ---- the process ---- */

static void loop(struct worker *w)
{
    uint64_t second_ms = clock_mono_ms();
    int wait_ms = TURN_MS;
    while (!atomic_load(&w->shared->wants_end)) {
        struct pollfd control = {w->control, POLLIN, 0};
        poll(&control, 1, wait_ms);
        bool is_busy = take_trace(w) > HURRY_BYTES;
        wait_ms = is_busy ? HURRY_MS : w->trace >= 0 || w->has_kernel ? TURN_MS : SECOND_MS;
        if (w->has_kernel)
            trace_kvm_stream(&w->kvm, false, STATE_OF(w, RECORD_KVM), recorder_t_ns(w->shared));
        uint64_t now_ms = clock_mono_ms();
        if (now_ms - second_ms < SECOND_MS)
            continue;
        second_ms = now_ms;
        each_second(w);
    }
    take_trace(w);
    count_packets(w);
    if (w->has_kernel)
        end_kernel(w);
}

static void __attribute__((noreturn))
run(const struct recorder *recorder, const struct recorder_job *job)
{
    int kept[] = {recorder->control, recorder->ready, job->trace, job->network, job->sync};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    child_keep_list(kept, ARRAY_SIZE(kept));
    struct worker w = {
        .shared = recorder->shared,
        .folder = job->folder,
        .control = kept[0],
        .ready = kept[1],
        .trace = kept[2],
        .network = kept[3],
        .sync = kept[4],
        .trace_file = -1,
        .ports = job->ports,
        .buffer = malloc(READ_BYTES),
    };
    if (w.buffer == NULL)
        _exit(ENOMEM);
    open_trace(&w);
    start_kernel(&w, job->kernel);
    atomic_store(&w.shared->is_ready, true);
    (void)!write(w.ready, &(uint64_t){1}, sizeof(uint64_t));
    if (w.has_kernel && trace_kvm_save_formats(&w.kvm, false) < 0)
        record_stop(STATE_OF(&w, RECORD_KVM), RECORD_ERROR, -EIO, recorder_t_ns(w.shared));
    loop(&w);
    _exit(0);
}

int recorder_init(struct recorder *recorder)
{
    *recorder = (struct recorder){.control = -1, .ready = -1};
    void *memory = mmap(NULL, sizeof(*recorder->shared), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return -errno;
    recorder->shared = memory;
    return 0;
}

int recorder_start(struct recorder *recorder, const struct recorder_job *job)
{
    recorder->control = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    recorder->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (recorder->control < 0 || recorder->ready < 0)
        return -errno;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0)
        run(recorder, job);
    recorder->pid = pid;
    return 0;
}

void recorder_stop(struct recorder *recorder)
{
    int status;
    if (recorder->pid <= 0)
        return;
    atomic_store(&recorder->shared->wants_end, true);
    (void)!write(recorder->control, &(uint64_t){1}, sizeof(uint64_t));
    if (child_wait(recorder->pid, STOP_MS, &status) < 0)
        log_note("the recording process hangs: the end of the traces may be missing");
    recorder->pid = 0;
}

void recorder_clear(struct recorder *recorder)
{
    recorder_stop(recorder);
    if (recorder->control >= 0)
        close(recorder->control);
    if (recorder->ready >= 0)
        close(recorder->ready);
    if (recorder->shared != NULL)
        munmap(recorder->shared, sizeof(*recorder->shared));
    *recorder = (struct recorder){.control = -1, .ready = -1};
}
