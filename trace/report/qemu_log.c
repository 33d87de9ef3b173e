/* SPDX-License-Identifier: BSD-2-Clause */
/* One line after the other: a table of the events that the report understands, all others are kept
 * as text. Formats: QEMU 7.2, the trace-events files beside the devices. */
#include "trace/report/qemu_log.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/qemu_log_private.h"

#define PORTS    0x10000u
#define ARGS_MAX 1024u /* of a text that is kept */

/* "cpu 0 mr 0x5565 addr 0x71 value 0x0 size 1 name 'rtc'" */
static bool take_region(struct build *build, struct qemu_log *log, struct line *line,
                        enum report_rw rw)
{
    struct report_event event = qemu_log_event(line, REPORT_MMIO, rw);
    struct scan *s = &line->args;
    uint64_t cpu, size;

    if (!scan_value(s, "cpu ", &cpu) || !scan_value(s, "addr ", &event.address) ||
        !scan_value(s, "value ", &event.value) || !scan_value(s, "size ", &size) ||
        !scan_to(s, "name '"))
        return false;
    const char *quote = memchr(s->at, '\'', (size_t)(s->end - s->at));
    if (quote == NULL)
        return false;
    /* Until the address has been looked up: the number of the region's name. */
    uint32_t region = intern_add(&log->regions, s->at, (size_t)(quote - s->at));
    event.device = region < REPORT_NONE16 ? (uint16_t)region : REPORT_NONE16;
    event.cpu = cpu < UINT8_MAX ? (uint8_t)cpu : UINT8_MAX;
    uint8_t thread = event.cpu != UINT8_MAX ? build_thread(build, line->thread) : UINT8_MAX;
    if (thread < BUILD_THREADS_MAX)
        build->thread_cpu[thread] = event.cpu;
    event.size = size <= 64 ? (uint8_t)size : 0;
    if (event.address < PORTS)
        event.kind = REPORT_PIO;
    build_event(build, &event);
    return true;
}

static bool take_region_read(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_region(build, log, line, REPORT_READ);
}

static bool take_region_write(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_region(build, log, line, REPORT_WRITE);
}

/* "addr 0x71(b) value 5" */
static bool take_port(struct build *build, struct line *line, enum report_rw rw)
{
    struct report_event event = qemu_log_event(line, REPORT_PIO, rw);
    struct scan *s = &line->args;

    if (!scan_value(s, "addr ", &event.address) || s->end - s->at < 3 || *s->at != '(')
        return false;
    char width = s->at[1];
    event.size = width == 'b' ? 1 : width == 'w' ? 2 : width == 'l' ? 4 : 0;
    if (event.size == 0 || event.address >= PORTS || !scan_value(s, "value ", &event.value))
        return false;
    event.cpu = build_thread(build, line->thread);
    build->has_port_events = true;
    build_event(build, &event);
    return true;
}

static bool take_port_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_port(build, line, REPORT_READ);
}

static bool take_port_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_port(build, line, REPORT_WRITE);
}

/* The device "NAME BB:SS.F" before the scan's first '@' or ','. Two of one name get their address
 * behind it. */
static uint16_t pci_device(struct build *build, struct scan *s)
{
    struct report *r = build->report;
    const char *name = s->at, *space = memchr(name, ' ', (size_t)(s->end - name));
    unsigned bus, slot, function;
    char address[24], full[96];

    if (space == NULL || space - name > 48)
        return REPORT_NONE16;
    size_t left = (size_t)(s->end - space - 1);
    snprintf(address, sizeof(address), "%.*s", (int)(left < 12 ? left : 12), space + 1);
    int used = 0;
    if (sscanf(address, "%2x:%2x.%1x%n", &bus, &slot, &function, &used) != 3 || used == 0)
        return REPORT_NONE16;
    s->at = space + 1 + used;
    size_t len = (size_t)(space - name);
    uint16_t device = build_device(build, name, len);
    if (device == REPORT_NONE16)
        return device;
    struct report_device *d = &r->devices[device];
    if (d->is_pci && (d->bus != bus || d->slot != slot || d->function != function)) {
        snprintf(full, sizeof(full), "%.*s %02x:%02x.%x", (int)len, name, bus, slot, function);
        device = build_device(build, full, strlen(full));
        if (device == REPORT_NONE16)
            return device;
        d = &r->devices[device];
    }
    d->is_pci = true;
    d->bus = (uint8_t)bus;
    d->slot = (uint8_t)slot;
    d->function = (uint8_t)function;
    return device;
}

/* "mch 00:00.0 @0x0 -> 0x8086" */
static bool take_pci(struct build *build, struct line *line, enum report_rw rw)
{
    struct report_event event = qemu_log_event(line, REPORT_PCI, rw);
    struct scan *s = &line->args;

    event.device = pci_device(build, s);
    if (event.device == REPORT_NONE16 || !scan_value(s, "@", &event.address) ||
        !scan_value(s, rw == REPORT_READ ? "-> " : "<- ", &event.value))
        return false;
    event.cpu = build_thread(build, line->thread);
    build_event(build, &event);
    return true;
}

static bool take_pci_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_pci(build, line, REPORT_READ);
}

static bool take_pci_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_pci(build, line, REPORT_WRITE);
}

/* "e1000e 00:01.0 0,0xfeb80000+0x20000": device, BAR, address, size */
static bool take_mapping(struct build *build, struct qemu_log *log, struct line *line,
                         bool is_added)
{
    struct scan whole = line->args;
    struct scan *s = &line->args;
    uint64_t bar, base, bytes;
    uint16_t device = pci_device(build, s);

    if (device == REPORT_NONE16 || !scan_value(s, " ", &bar) || bar > 6 ||
        !scan_value(s, ",", &base) || !scan_value(s, "+", &bytes))
        return false;
    if (is_added)
        build_region_add(build, device, base < PORTS ? REPORT_SPACE_IO : REPORT_SPACE_MEMORY,
                         (int)bar, base, bytes, line->t);
    else
        build_region_end(build, device, (int)bar, line->t);
    line->args = whole;
    return qemu_log_keep_text(build, log, line);
}

static bool take_mapping_add(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_mapping(build, log, line, true);
}

static bool take_mapping_del(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_mapping(build, log, line, false);
}

bool qemu_log_keep_text(struct build *build, struct qemu_log *log, struct line *line)
{
    struct report_event event = qemu_log_event(line, REPORT_OTHER, REPORT_NEITHER);
    size_t len = (size_t)(line->args.end - line->args.at);

    (void)log;
    event.value = build_text(build, line->args.at, len < ARGS_MAX ? len : ARGS_MAX);
    build_event(build, &event);
    return true;
}

static const struct {
    const char *name;
    handler *take;
} handlers[] = {
    {"", qemu_log_keep_text}, /* all others */
    {"memory_region_ops_read", take_region_read},
    {"memory_region_ops_write", take_region_write},
    {"cpu_in", take_port_read},
    {"cpu_out", take_port_write},
    {"pci_cfg_read", take_pci_read},
    {"pci_cfg_write", take_pci_write},
    {"pci_update_mappings_add", take_mapping_add},
    {"pci_update_mappings_del", take_mapping_del},
    {"ide_atapi_cmd_read", qemu_log_take_atapi_read},
    {"ide_dma_cb", qemu_log_take_ide_dma},
    {"ide_sector_read", qemu_log_take_ide_sector_read},
    {"ide_sector_write", qemu_log_take_ide_sector_write},
    {"process_ncq_command", qemu_log_take_ncq},
    {"virtio_blk_handle_read", qemu_log_take_virtio_read},
    {"virtio_blk_handle_write", qemu_log_take_virtio_write},
    {"scsi_disk_dma_command_READ", qemu_log_take_scsi_read},
    {"scsi_disk_dma_command_WRITE", qemu_log_take_scsi_write},
    {"pci_nvme_read", qemu_log_take_nvme_read},
    {"pci_nvme_write", qemu_log_take_nvme_write},
    {"bdrv_open_common", qemu_log_take_open},
    {"blk_co_preadv", qemu_log_take_block_read},
    {"blk_co_pwritev", qemu_log_take_block_write},
};

static handler *handler_of(struct qemu_log *log, uint16_t name, const char *text, size_t len)
{
    uint8_t *known = &log->handler_of[name];

    if (*known == 0) {
        *known = 1;
        for (size_t i = 1; i < ARRAY_SIZE(handlers); i++)
            if (text_part_equals(text, len, handlers[i].name))
                *known = (uint8_t)(i + 1);
    }
    return handlers[*known - 1].take;
}

/* Reads "PID@SECONDS.MICROSECONDS:". */
static bool scan_head(struct scan *s, uint64_t *ret_thread, int64_t *ret_real_ns)
{
    uint64_t seconds, micros;

    if (!scan_number(s, ret_thread) || s->at == s->end || *s->at++ != '@' ||
        !scan_number(s, &seconds) || seconds > INT64_MAX / BUILD_NS - 1 || s->at == s->end ||
        *s->at++ != '.' || !scan_number(s, &micros) || micros > 999999 || s->at == s->end ||
        *s->at++ != ':')
        return false;
    *ret_real_ns = (int64_t)seconds * BUILD_NS + (int64_t)micros * 1000;
    return true;
}

bool qemu_log_time(const char *line, size_t len, int64_t *ret_real_ns)
{
    struct scan s = {line, line + len};
    uint64_t thread;

    return scan_head(&s, &thread, ret_real_ns);
}

void qemu_log_line(struct build *build, struct qemu_log *log, const char *text, size_t len)
{
    struct line line = {.args = {text, text + len}};
    struct scan *s = &line.args;
    uint64_t thread;
    int64_t real_ns;

    log->lines++;
    if (!scan_head(s, &thread, &real_ns) || thread > UINT32_MAX) {
        log->skipped++;
        return;
    }
    const char *space = memchr(s->at, ' ', (size_t)(s->end - s->at));
    size_t name_len = (size_t)((space != NULL ? space : s->end) - s->at);
    if (name_len == 0 || name_len > 128) {
        log->skipped++;
        return;
    }
    const char *name = s->at;
    line.thread = (uint32_t)thread;
    line.t = build_real_to_t(&build->clock, real_ns);
    line.name = build_name(build, name, name_len);
    s->at = space != NULL ? space + 1 : s->end;
    if (!handler_of(log, line.name, name, name_len)(build, log, &line))
        log->skipped++;
}
