/* SPDX-License-Identifier: BSD-2-Clause */
/* trace.log of any bytes: lines to events, their sums, and files of requests. */
#include <stdlib.h>
#include <string.h>

#include "trace/report/aggregate.h"
#include "trace/report/build.h"
#include "trace/report/devices.h"
#include "trace/report/disk.h"
#include "trace/report/qemu_log.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check(const struct report *r)
{
    const struct report_events *e = &r->events;

    for (size_t i = 0; i < e->count; i++) {
        if (e->kind[i] >= REPORT_KINDS || e->rw[i] > REPORT_NEITHER ||
            e->name[i] >= r->name_count || (i > 0 && e->t[i - 1] > e->t[i]) ||
            (e->device[i] != REPORT_NONE16 && e->device[i] >= r->device_count))
            abort();
        if (e->kind[i] == REPORT_DISK && e->value[i] >= r->request_count)
            abort();
        if (e->kind[i] == REPORT_OTHER && e->value[i] != 0 && e->value[i] >= r->text_bytes)
            abort();
    }
    for (size_t i = 0; i < r->request_count; i++)
        if (r->requests[i].drive >= r->drive_count)
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct report report = {.session = {.image_kind = "iso", .image_path = "/x.iso"}};
    struct build build;
    static struct qemu_log log;

    build_init(&build, &report);
    log = (struct qemu_log){.regions = {.arena = &report.arena, .max = BUILD_DEVICES_MAX}};
    devices_add_fixed(&build, "q35");
    for (size_t at = 0; at < len;) {
        const uint8_t *end = memchr(bytes + at, '\n', len - at);
        size_t line = end != NULL ? (size_t)(end - (bytes + at)) : len - at;
        qemu_log_line(&build, &log, (const char *)bytes + at, line);
        at += line + 1;
    }
    if (log.skipped > log.lines || build_sort(&build) != STATUS_OK)
        abort();
    aggregate_cpus(&build);
    if (devices_resolve(&build, &log.regions) != STATUS_OK || disk_finish(&build) != STATUS_OK ||
        aggregate_make(&build) != STATUS_OK)
        abort();
    intern_clear(&log.regions);
    build_finish(&build);
    check(&report);
    build_clear(&report);
    return 0;
}
