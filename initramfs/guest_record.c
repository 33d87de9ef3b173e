/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorders of a guest. */
#include "initramfs/guest_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/qmp.h"
#include "initramfs/trace_kvm.h"

#define ROWS_MAX   ((size_t)4 << 20)
#define LOGIN_TEXT "login:"

static const struct {
    enum session_file log, index;
} texts[GUEST_TEXTS] = {
    [GUEST_TEXT_SERIAL] = {SESSION_SERIAL, SESSION_SERIAL_INDEX},
    [GUEST_TEXT_FIRMWARE] = {SESSION_FIRMWARE, SESSION_FIRMWARE_INDEX},
};

void guest_record_init(struct guest_record *record)
{
    *record = (struct guest_record){.recorder = {.control = -1, .ready = -1}};
    for (int i = 0; i < GUEST_TEXTS; i++)
        record->rows[i] = strbuf_with_max(ROWS_MAX);
    filmstrip_init(&record->film);
    trigger_init(&record->login, LOGIN_TEXT, "");
}

static int64_t now_t_ns(const struct guest_record *record)
{
    return recorder_t_ns(record->recorder.shared);
}

/* ---- start ---- */

/* A pipe whose write end belongs to the guest's user: QEMU opens it by its name. */
static int make_trace_pipe(int *ret_ours, int *ret_theirs)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    if (fchown(ends[1], MOUNTS_GUEST_UID, MOUNTS_GUEST_UID) < 0) {
        int r = -errno;
        close(ends[0]);
        close(ends[1]);
        return r;
    }
    *ret_ours = ends[0];
    *ret_theirs = ends[1];
    return 0;
}

static void share_room(struct guest_record *record, const struct guest_plan *plan,
                       uint64_t max_bytes)
{
    struct record_state *states = record->recorder.shared->states;
    const bool active[RECORD_SOURCES] = {
        [RECORD_QEMU] = plan->is_traced,
        [RECORD_KVM] = record->trace->kernel.count > 0,
        [RECORD_SERIAL] = true,
        [RECORD_QMP] = true,
        [RECORD_NETWORK] = plan->is_network_dumped,
        [RECORD_SCREEN] = plan->has_pictures,
    };
    for (int i = 0; i < RECORD_SOURCES; i++)
        atomic_store(&states[i].is_active, active[i]);
    record_share(states, record->trace->free_bytes, max_bytes);
    for (int i = 0; i < RECORD_SOURCES; i++)
        if (active[i] && atomic_load(&states[i].limit_bytes) == 0)
            record_stop(&states[i], RECORD_LIMIT, 0, 0);
}

int guest_record_start(struct guest_record *record, struct session *session,
                       struct trace_plan *trace, const struct guest_plan *plan, uint64_t max_bytes,
                       int network, int *ret_trace, int *ret_picture, struct strbuf *why)
{
    auto_close ours = -1, theirs = -1;
    record->session = session;
    record->trace = trace;
    record->is_window_open = trigger_is_open(&trace->trigger);
    record->is_network_on = plan->is_network_dumped;
    int r = recorder_init(&record->recorder);
    if (r == 0) {
        share_room(record, plan, max_bytes);
        session->recording = record->recorder.shared;
        atomic_store(&record->recorder.shared->is_window_open, record->is_window_open);
    }
    if (r == 0 && plan->is_traced)
        r = make_trace_pipe(&ours, &theirs);
    if (r == 0 && plan->has_pictures)
        r = filmstrip_open(&record->film);
    if (r == 0) {
        const struct recorder_job job = {
            .folder = session->folder,
            .kernel = &trace->kernel,
            .ports = &trace->ports,
            .trace = ours,
            .network = network,
            .sync = session->sync,
        };
        r = recorder_start(&record->recorder, &job);
    }
    if (r < 0) {
        strbuf_printf(why, "the recording process cannot be started: %s", strerror(-r));
        return r;
    }
    *ret_trace = take_fd(&theirs);
    *ret_picture = record->film.memory;
    return 0;
}

void guest_record_begin(struct guest_record *record)
{
    clock_read_triple(&record->start);
    atomic_store(&record->recorder.shared->qemu_start_ns, clock_mono_ns());
}

/* ---- the window ---- */

static void switch_events(const struct guest_record *record, struct strbuf *qmp)
{
    const struct text_list *events = &record->trace->window;
    if (!record_is_running(&record->recorder.shared->states[RECORD_QEMU]))
        return;
    for (size_t i = 0; i < events->count; i++) {
        auto_strbuf arguments = STRBUF_INIT;
        strbuf_append(&arguments, "{\"name\":");
        strbuf_append_json(&arguments, events->items[i]);
        strbuf_printf(&arguments, ",\"enable\":%s}", record->is_window_open ? "true" : "false");
        qmp_command_with(qmp, "trace-event-set-state", strbuf_text(&arguments));
    }
}

static void look_at_window(struct guest_record *record, const char *bytes, size_t len,
                           struct strbuf *qmp)
{
    struct trigger *trigger = &record->trace->trigger;
    if (!record->trace->is_on || !trigger->is_limited ||
        !trigger_take(trigger, bytes, len, now_t_ns(record)))
        return;
    bool is_open = trigger_is_open(trigger);
    if (is_open == record->is_window_open)
        return;
    record->is_window_open = is_open;
    record->has_news = true;
    atomic_store(&record->recorder.shared->is_window_open, is_open);
    if (record->trace->kernel.count > 0 && trace_kvm_switch(RECORDER_TRACEFS, is_open) < 0)
        log_note("the kernel's trace cannot be switched: the recorder is not ready or has stopped");
    switch_events(record, qmp);
    log_say("trace: the window is %s", is_open ? "open" : "closed");
}

/* ---- texts ---- */

static void write_rows(struct guest_record *record)
{
    for (int i = 0; i < GUEST_TEXTS; i++) {
        struct strbuf *rows = &record->rows[i];
        (void)session_write(record->session, texts[i].index, strbuf_text(rows), rows->len);
        strbuf_reset(rows);
    }
}

void guest_record_text(struct guest_record *record, enum guest_text text, const char *bytes,
                       size_t len, struct strbuf *qmp)
{
    int64_t t_ns = now_t_ns(record);
    if (session_write(record->session, texts[text].log, bytes, len))
        line_index_add(&record->index[text], bytes, len, t_ns, &record->rows[text]);
    if (record->rows[text].len > ROWS_MAX / 2)
        write_rows(record);
    if (text != GUEST_TEXT_SERIAL)
        return;
    look_at_window(record, bytes, len, qmp);
    if (trigger_take(&record->login, bytes, len, t_ns))
        record->has_news = true;
}

/* ---- each second ---- */

/* "1.2k events/s  34.5 MB recorded". */
static void show_rate(struct guest_record *record, struct status_line *status)
{
    char text[STATUS_LINE_RECORD];
    uint64_t events = 0, bytes = 0;
    struct record_facts facts;
    for (int i = 0; i < RECORD_SOURCES; i++) {
        record_read(&record->recorder.shared->states[i], &facts);
        bytes += facts.bytes;
        if (i == RECORD_QEMU || i == RECORD_KVM)
            events += facts.events;
    }
    uint64_t rate = events > record->events_before ? events - record->events_before : 0;
    record->events_before = events;
    if (rate >= 10000)
        snprintf(text, sizeof(text), "%lluk events/s  ", (unsigned long long)rate / 1000);
    else
        snprintf(text, sizeof(text), "%llu events/s  ", (unsigned long long)rate);
    size_t used = strlen(text);
    snprintf(text + used, sizeof(text) - used, "%llu.%llu MB", (unsigned long long)bytes / 1000000,
             (unsigned long long)bytes / 100000 % 10);
    status_line_record(status, text);
}

/* A recorder that has stopped is told once, and QEMU no longer works for it. */
static void tell_stops(struct guest_record *record, struct strbuf *qmp)
{
    for (int i = 0; i < RECORD_SOURCES; i++) {
        struct record_facts facts;
        record_read(&record->recorder.shared->states[i], &facts);
        bool is_text = i == RECORD_SERIAL || i == RECORD_QMP;
        if (facts.stop == RECORD_RUNS || record->has_told[i])
            continue;
        record->has_told[i] = record->has_news = true;
        if (is_text && facts.stop != RECORD_LIMIT)
            continue; /* told by its file's name */
        log_say("the recorder %s has stopped: %s; the guest goes on",
                record_source_text((enum record_source)i), record_stop_message(&facts));
        if (i == RECORD_QEMU)
            qmp_command_with(qmp, "trace-event-set-state", "{\"name\":\"*\",\"enable\":false}");
        if (i == RECORD_NETWORK && record->is_network_on)
            qmp_command_with(
                qmp, "qom-set",
                "{\"path\":\"/objects/dump0\",\"property\":\"status\",\"value\":\"off\"}");
    }
}

bool guest_record_tick(struct guest_record *record, struct status_line *status, struct strbuf *qmp)
{
    look_at_window(record, "", 0, qmp);
    if (record_is_running(&record->recorder.shared->states[RECORD_SCREEN]))
        filmstrip_tick(&record->film, qmp, now_t_ns(record));
    write_rows(record);
    tell_stops(record, qmp);
    show_rate(record, status);
    bool has_news = record->has_news;
    record->has_news = false;
    return has_news;
}

/* ---- end ---- */

void guest_record_exited(struct guest_record *record)
{
    record->recorder.pid = 0;
    log_error("the recording process has ended: traces stop here, the guest goes on");
    for (int i = 0; i < RECORD_SOURCES; i++)
        if (i == RECORD_QEMU || i == RECORD_KVM)
            record_stop(&record->recorder.shared->states[i], RECORD_ERROR, -ECHILD,
                        now_t_ns(record));
}

void guest_record_finish(struct guest_record *record)
{
    write_rows(record);
    filmstrip_close(&record->film);
    recorder_stop(&record->recorder);
}

void guest_record_clear(struct guest_record *record)
{
    if (record->session != NULL)
        record->session->recording = NULL;
    for (int i = 0; i < GUEST_TEXTS; i++)
        strbuf_clear(&record->rows[i]);
    filmstrip_close(&record->film);
    recorder_clear(&record->recorder);
}
