/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's monitor while a guest runs. */
#include <stdio.h>
#include <string.h>

#include "initramfs/clock.h"
#include "initramfs/confined.h"
#include "initramfs/guest_run_private.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define STATUS_BYTES  16384
#define EVENTS_SECOND 100 /* recorded; a resetting guest makes thousands */

static void note_version(struct guest_run *run, const struct qmp_message *message)
{
    char package[64];
    qmp_text(message, "package", package, sizeof(package));
    snprintf(run->qemu_version, sizeof(run->qemu_version), "%ld.%ld.%ld%s%s%s",
             qmp_number(message, "qemu/major"), qmp_number(message, "qemu/minor"),
             qmp_number(message, "qemu/micro"), package[0] != '\0' ? " (" : "", package,
             package[0] != '\0' ? ")" : "");
}

/* What QEMU was made to give up is looked at, not believed. */
static void check_confinement(const struct guest_run *run)
{
    char path[48];
    struct confined confined;
    auto_strbuf text = strbuf_with_max(STATUS_BYTES);
    snprintf(path, sizeof(path), "/proc/%d/status", (int)run->pid);
    if (hosted_read_file(path, &text) < 0 ||
        confined_read(strbuf_text(&text), &confined) != STATUS_OK) {
        log_note("%s cannot be read", path);
        return;
    }
    log_note("QEMU is user %u, group %u; capabilities %llx of %llx, no new privileges: %s, system "
             "calls filtered: %s",
             confined.uid, confined.gid, (unsigned long long)confined.capabilities,
             (unsigned long long)confined.bounding_set, confined.no_new_privs ? "yes" : "no",
             confined.has_filter ? "yes" : "no");
    if (!confined_is_tight(&confined, MOUNTS_GUEST_UID))
        log_say("QEMU has more rights than it should: look into host.log");
}

static void note_kvm(struct guest_run *run, const struct qmp_message *message)
{
    run->kvm_enabled = qmp_is_true(message, "enabled");
    check_confinement(run);
    if (run->on_facts != NULL)
        run->on_facts(run);
}

void guest_monitor_flush(struct guest_run *run)
{
    char marker[64];
    if (run->qmp_skipped == 0)
        return;
    int len = snprintf(marker, sizeof(marker), "{\"skipped\": %u}", run->qmp_skipped);
    session_write_qmp(run->session, marker, (size_t)len, clock_wall_ms());
    run->qmp_skipped = 0;
}

static void record_qmp(struct guest_run *run, const char *line, size_t len, uint64_t now_ms)
{
    if (now_ms - run->qmp_second_ms >= 1000) {
        guest_monitor_flush(run);
        run->qmp_second_ms = now_ms;
        run->qmp_this_second = 0;
    }
    if (run->qmp_this_second++ < EVENTS_SECOND)
        session_write_qmp(run->session, line, len, clock_wall_ms());
    else
        run->qmp_skipped++;
}

static void take_qmp_line(struct guest_run *run, const char *line, size_t len)
{
    struct qmp_message message;
    uint64_t now_ms = clock_mono_ms();
    if (len == 0)
        return;
    if (qmp_parse(line, len, &message) != STATUS_OK) {
        log_note("QEMU's monitor said what is no QMP: %.*s", (int)(len < 200 ? len : 200), line);
        return;
    }
    if (filmstrip_take(&run->record.film, &message, &run->qmp_out, run->session))
        return; /* one a second says nothing */
    record_qmp(run, line, len, now_ms);
    if (message.kind == QMP_RETURN && strcmp(message.name, "query-version") == 0)
        note_version(run, &message);
    if (message.kind == QMP_RETURN && strcmp(message.name, "query-kvm") == 0)
        note_kvm(run, &message);
    if (message.kind == QMP_ERROR) {
        char text[200];
        qmp_text(&message, "desc", text, sizeof(text));
        log_note("QEMU refused %s: %s", message.name, text);
    }
    guest_act(run, watch_message(&run->watch, &message, now_ms));
}

void guest_monitor_take(struct guest_run *run, const char *bytes, size_t len)
{
    const char *line;
    size_t line_len;
    if (lines_add(&run->qmp_lines, bytes, len) != STATUS_OK)
        return;
    while (lines_next(&run->qmp_lines, &line, &line_len))
        take_qmp_line(run, line, line_len);
}
