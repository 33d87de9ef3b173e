/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognises phases by what the guest wrote, read and touched. */
#include "trace/report/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/gaps.h"
#include "trace/report/logs.h"

#define LINE_MAX_BYTES 512u
#define LINES_LOOKED   ((size_t)200000)

#define LAPIC_LVT_TIMER     0xfee00320u
#define LAPIC_INITIAL_COUNT 0xfee00380u
#define PCI_ADDRESS_PORT    0xcf8u

static const struct {
    enum report_phase_id id;
    const char *text;
} serial_signs[] = {
    {REPORT_PHASE_LOADER, "Booting from DVD"},
    {REPORT_PHASE_LOADER, "Booting from Hard"},
    {REPORT_PHASE_LOADER, "Booting from ROM"},
    {REPORT_PHASE_LOADER, "BdsDxe: starting Boot"},
    {REPORT_PHASE_LOADER, "Welcome to GRUB"},
    {REPORT_PHASE_LOADER, "GNU GRUB"},
    {REPORT_PHASE_LOADER, "ISOLINUX "},
    {REPORT_PHASE_LOADER, "SYSLINUX "},
    {REPORT_PHASE_LOADER, "systemd-boot"},
    {REPORT_PHASE_KERNEL, "Linux version "},
    {REPORT_PHASE_KERNEL, "EFI stub: "},
    {REPORT_PHASE_KERNEL, "Decompressing Linux"},
    {REPORT_PHASE_KERNEL, "[    0."},
    {REPORT_PHASE_USER, "Run /init as init process"},
    {REPORT_PHASE_USER, "as init process"},
    {REPORT_PHASE_USER, "systemd[1]:"},
    {REPORT_PHASE_USER, "Begin: Loading essential drivers"},
    {REPORT_PHASE_USER, "INIT: version"},
    {REPORT_PHASE_USER, "OpenRC "},
    {REPORT_PHASE_LOGIN, " login:"},
    {REPORT_PHASE_LOGIN, "Press enter to activate this console"},
    {REPORT_PHASE_LOGIN, "Please press Enter to activate this console"},
};

static const char *const phase_names[REPORT_PHASES] = {
    "firmware", "boot loader", "kernel", "user space", "login",
};

struct found {
    int64_t t[REPORT_PHASES]; /* REPORT_NEVER: not seen */
    const char *how[REPORT_PHASES];
};

static void note(struct found *found, enum report_phase_id id, int64_t t, const char *how)
{
    if (t == REPORT_NEVER || (found->t[id] != REPORT_NEVER && found->t[id] <= t))
        return;
    found->t[id] = t;
    found->how[id] = how;
}

static void look_at_serial(struct report *r, struct found *found)
{
    const struct report_log *log = &r->serial;
    char text[LINE_MAX_BYTES];
    int64_t t = REPORT_NEVER;

    for (size_t i = 0; i < log->line_count && i < LINES_LOOKED; i++) {
        if (log->lines[i].t != REPORT_NEVER)
            t = log->lines[i].t;
        if (t == REPORT_NEVER || log_plain_line(log, i, text, sizeof(text)) == 0)
            continue;
        for (size_t k = 0; k < ARRAY_SIZE(serial_signs); k++) {
            const char *at = strstr(text, serial_signs[k].text);
            enum report_phase_id id = serial_signs[k].id;
            if (at != NULL && found->t[id] == REPORT_NEVER)
                note(found, id, t, build_format(r, "serial text: %.60s", at));
        }
    }
}

static bool has_word(const char *path, const char *const *words, size_t count)
{
    const char *name = strrchr(path, '/');

    if (name == NULL || *path == '<')
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcasestr(name, words[i]) != NULL)
            return true;
    return false;
}

static bool is_kernel_file(const char *path)
{
    static const char *const words[] = {"vmlinuz",   "bzimage", "initrd",
                                        "initramfs", "linux26", "kernel"};
    return has_word(path, words, ARRAY_SIZE(words));
}

static bool is_system_file(const char *path)
{
    static const char *const words[] = {".squashfs", ".sfs", "rootfs", ".erofs", ".wim"};
    return has_word(path, words, ARRAY_SIZE(words));
}

/* The end of the loader's last read of kernel and initial RAM disk; *RET_FILE is what it read. */
static int64_t last_kernel_read(const struct report *r, uint32_t *ret_file)
{
    int64_t t = REPORT_NEVER;

    for (size_t i = 0; i < r->file_read_count; i++) {
        const struct report_file_read *read = &r->file_reads[i];
        const char *path = r->files[read->file].path;
        if (is_kernel_file(path)) {
            t = read->t;
            *ret_file = read->file;
        } else if (t != REPORT_NEVER && is_system_file(path)) {
            break;
        }
    }
    return t;
}

static bool is_kernel_sign(const struct report_events *e, size_t i, const char **ret_what)
{
    if (e->kind[i] == REPORT_MMIO && e->rw[i] == REPORT_WRITE &&
        (e->address[i] == LAPIC_LVT_TIMER || e->address[i] == LAPIC_INITIAL_COUNT)) {
        *ret_what = "first APIC timer";
        return true;
    }
    if ((e->kind[i] == REPORT_PCI && e->rw[i] == REPORT_READ) ||
        (e->kind[i] == REPORT_PIO && e->rw[i] == REPORT_WRITE &&
         e->address[i] == PCI_ADDRESS_PORT)) {
        *ret_what = "first PCI scan";
        return true;
    }
    return false;
}

static void look_at_disk(struct report *r, struct found *found)
{
    const struct report_events *e = &r->events;
    uint32_t file = 0;
    const char *what;

    for (size_t i = 0; i < r->request_count; i++) {
        const struct report_request *request = &r->requests[i];
        if (!r->drives[request->drive].is_image || request->is_write || request->t <= 0)
            continue;
        const char *path = request->file != REPORT_NONE32 ? r->files[request->file].path : "";
        if (*path == '<' && strncmp(path, "<El Torito image", 16) != 0)
            continue; /* firmware reads descriptors */
        note(found, REPORT_PHASE_LOADER, request->t,
             *path != '\0' ? build_format(r, "first read of %s", path) : "first disk read");
        break;
    }
    int64_t last = last_kernel_read(r, &file);
    if (last == REPORT_NEVER)
        return;
    for (size_t i = 0; i < e->count; i++)
        if (e->t[i] > last && is_kernel_sign(e, i, &what)) {
            note(found, REPORT_PHASE_KERNEL, e->t[i],
                 build_format(r, "%s after the last read of %s", what, r->files[file].path));
            break;
        }
    /* Loaders read on over a file's end: what comes before the kernel is theirs. */
    if (found->t[REPORT_PHASE_KERNEL] != REPORT_NEVER)
        last = found->t[REPORT_PHASE_KERNEL];
    for (size_t i = 0; i < r->file_read_count; i++)
        if (r->file_reads[i].t > last && is_system_file(r->files[r->file_reads[i].file].path)) {
            note(found, REPORT_PHASE_USER, r->file_reads[i].t,
                 build_format(r, "first read of %s", r->files[r->file_reads[i].file].path));
            break;
        }
}

/* Phases follow each other: one that seems to begin before an earlier one was recognised wrongly.
 */
static void put_in_order(struct found *found)
{
    int64_t last = 0;

    for (unsigned id = 0; id < REPORT_PHASES; id++) {
        if (found->t[id] == REPORT_NEVER)
            continue;
        if (found->t[id] < last)
            found->t[id] = REPORT_NEVER;
        else
            last = found->t[id];
    }
}

static enum status add_phases(struct report *r, const struct found *found)
{
    for (unsigned id = 0; id < REPORT_PHASES; id++) {
        if (found->t[id] == REPORT_NEVER)
            continue;
        const struct report_phase phase = {
            .id = (uint8_t)id,
            .name = phase_names[id],
            .t = found->t[id],
            .end_t = r->end_t,
            .how = found->how[id],
        };
        if (r->phase_count > 0)
            r->phases[r->phase_count - 1].end_t = phase.t;
        if (!array_add(r->phases, r->phase_count, phase))
            return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

static enum status add_milestone(struct report *r, int64_t t, const char *name)
{
    const struct report_milestone milestone = {t, name};

    if (t == REPORT_NEVER)
        return STATUS_OK;
    return array_add(r->milestones, r->milestone_count, milestone) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The first of each life-cycle event that QEMU told. */
static enum status add_qmp_milestones(struct report *r)
{
    const struct report_events *e = &r->events;
    auto_free bool *is_seen = calloc(r->name_count + 1, sizeof(*is_seen));
    enum status status = is_seen != NULL ? STATUS_OK : STATUS_NO_MEMORY;

    for (size_t i = 0; i < e->count && status == STATUS_OK; i++) {
        if (e->kind[i] != REPORT_QMP || is_seen[e->name[i]])
            continue;
        is_seen[e->name[i]] = true;
        status = add_milestone(r, e->t[i], build_format(r, "QEMU says %s", r->names[e->name[i]]));
    }
    return status;
}

static int by_time(const void *a, const void *b)
{
    const struct report_milestone *left = a, *right = b;

    if (left->t != right->t)
        return left->t < right->t ? -1 : 1;
    return strcmp(left->name, right->name);
}

static enum status add_milestones(struct report *r)
{
    enum status status = add_qmp_milestones(r);

    for (size_t i = 0; i < r->phase_count && status == STATUS_OK; i++)
        status = add_milestone(r, r->phases[i].t, build_format(r, "%s begins", r->phases[i].name));
    for (size_t i = 0; i < r->file_count && status == STATUS_OK; i++)
        if (r->files[i].first_t != REPORT_NEVER &&
            (is_kernel_file(r->files[i].path) || is_system_file(r->files[i].path)))
            status = add_milestone(r, r->files[i].first_t,
                                   build_format(r, "first read of %s", r->files[i].path));
    if (status == STATUS_OK && r->request_count > 0)
        status = add_milestone(r, r->requests[0].t, "first disk request");
    for (size_t i = 0; i < r->packet_count && status == STATUS_OK; i++)
        if (r->packets[i].from_guest) {
            status = add_milestone(r, r->packets[i].t, "first packet sent");
            break;
        }
    if (r->milestone_count > 1)
        qsort(r->milestones, r->milestone_count, sizeof(*r->milestones), by_time);
    return status;
}

enum status timeline_make(struct build *build)
{
    struct report *r = build->report;
    struct found found;

    for (unsigned id = 0; id < REPORT_PHASES; id++) {
        found.t[id] = REPORT_NEVER;
        found.how[id] = "";
    }
    note(&found, REPORT_PHASE_FIRMWARE, 0, "QEMU's start");
    look_at_serial(r, &found);
    look_at_disk(r, &found);
    put_in_order(&found);
    enum status status = add_phases(r, &found);
    if (status == STATUS_OK)
        status = add_milestones(r);
    if (status == STATUS_OK)
        status = gaps_find(r);
    return status;
}
