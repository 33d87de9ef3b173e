/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines about drives: what was asked of them, and which file is behind them. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/qemu_log_private.h"

#define SECTOR_BYTES    512u
#define CD_SECTOR_BYTES 2048u
#define REQUESTS_MAX    ((size_t)16 << 20)

/* The drive known by KIND and POINTER; new ones are named "cdrom", "cdrom 2", ... */
static uint16_t drive_of(struct build *build, const char *kind, uint64_t pointer)
{
    struct report *r = build->report;
    char key[64];
    unsigned same = 1;

    snprintf(key, sizeof(key), "%s@%llx", kind, (unsigned long long)pointer);
    uint32_t number = intern_add(&build->drives, key, strlen(key));
    if (number == INTERN_NONE)
        return REPORT_NONE16;
    if (number < r->drive_count)
        return (uint16_t)number;
    for (size_t i = 0; i < r->drive_count; i++)
        same += strncmp(r->drives[i].name, kind, strlen(kind)) == 0;
    const struct report_drive drive = {
        .name = same == 1 ? build_copy(r, kind) : build_format(r, "%s %u", kind, same),
        .file = "",
    };
    if (!array_add(r->drives, r->drive_count, drive)) {
        build->failed = STATUS_NO_MEMORY;
        return REPORT_NONE16;
    }
    return (uint16_t)number;
}

static bool add_request(struct build *build, const struct line *line, uint16_t drive, uint64_t off,
                        uint64_t bytes, bool is_write)
{
    struct report *r = build->report;
    const struct report_request request = {
        .t = line->t,
        .end_t = REPORT_NEVER,
        .off = off,
        .bytes = bytes,
        .drive = drive,
        .is_write = is_write,
        .file = REPORT_NONE32,
    };

    if (drive == REPORT_NONE16 || r->request_count >= REQUESTS_MAX || bytes > UINT64_MAX - off)
        return false;
    struct report_event event =
        qemu_log_event(line, REPORT_DISK, is_write ? REPORT_WRITE : REPORT_READ);
    event.address = off;
    event.value = r->request_count;
    if (!array_add(r->requests, r->request_count, request)) {
        build->failed = STATUS_NO_MEMORY;
        return false;
    }
    build_event(build, &event);
    return true;
}

/* COUNT sectors from SECTOR on, of BYTES each. */
static bool add_sectors(struct build *build, const struct line *line, uint16_t drive,
                        uint64_t sector, uint64_t count, unsigned bytes, bool is_write)
{
    if (sector > UINT64_MAX / bytes || count > UINT32_MAX)
        return false;
    build->has_device_requests = true;
    return add_request(build, line, drive, sector * bytes, count * bytes, is_write);
}

/* "IDEState: 0x5565; read dma: LBA=17 nb_sectors=1" */
bool qemu_log_take_atapi_read(struct build *build, struct qemu_log *log, struct line *line)
{
    struct scan *s = &line->args;
    uint64_t state, lba, count;

    (void)log;
    return scan_value(s, "IDEState: ", &state) && scan_value(s, "LBA=", &lba) &&
           scan_value(s, "nb_sectors=", &count) &&
           add_sectors(build, line, drive_of(build, "cdrom", state), lba, count, CD_SECTOR_BYTES,
                       false);
}

/* "IDEState 0x5565; sector_num=0 n=1 cmd=READ" */
bool qemu_log_take_ide_dma(struct build *build, struct qemu_log *log, struct line *line)
{
    struct scan *s = &line->args;
    uint64_t state, sector, count;

    (void)log;
    return scan_value(s, "IDEState ", &state) && scan_value(s, "sector_num=", &sector) &&
           scan_value(s, "n=", &count) && scan_to(s, "cmd=") &&
           add_sectors(build, line, drive_of(build, "disk", state), sector, count, SECTOR_BYTES,
                       s->end - s->at >= 5 && memcmp(s->at, "WRITE", 5) == 0);
}

/* "sector=0 nsectors=1": which drive is not said */
static bool take_ide_sector(struct build *build, struct line *line, bool is_write)
{
    struct scan *s = &line->args;
    uint64_t sector, count;

    return scan_value(s, "sector=", &sector) && scan_value(s, "nsectors=", &count) &&
           add_sectors(build, line, drive_of(build, "disk", 0), sector, count, SECTOR_BYTES,
                       is_write);
}

bool qemu_log_take_ide_sector_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_ide_sector(build, line, false);
}

bool qemu_log_take_ide_sector_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_ide_sector(build, line, true);
}

/* "ahci(0x5565)[0][tag:3]: NCQ op 0x60 on sectors [0,7]"; 0x60 reads, 0x61 writes (ATA8-ACS) */
bool qemu_log_take_ncq(struct build *build, struct qemu_log *log, struct line *line)
{
    struct scan *s = &line->args;
    uint64_t state, port, op, first, last;

    (void)log;
    if (!scan_value(s, "ahci(", &state) || !scan_value(s, "[", &port) ||
        !scan_value(s, "NCQ op ", &op) || !scan_value(s, "sectors [", &first) ||
        !scan_value(s, ",", &last) || last < first)
        return false;
    return add_sectors(build, line, drive_of(build, "disk", state + port), first, last - first + 1,
                       SECTOR_BYTES, op == 0x61);
}

/* "vdev 0x5565 req 0x5566 sector 0 nsectors 1" */
static bool take_virtio(struct build *build, struct line *line, bool is_write)
{
    struct scan *s = &line->args;
    uint64_t device, sector, count;

    return scan_value(s, "vdev ", &device) && scan_value(s, "sector ", &sector) &&
           scan_value(s, "nsectors ", &count) &&
           add_sectors(build, line, drive_of(build, "virtio disk", device), sector, count,
                       SECTOR_BYTES, is_write);
}

bool qemu_log_take_virtio_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_virtio(build, line, false);
}

bool qemu_log_take_virtio_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_virtio(build, line, true);
}

/* "Read (sector 0, count 8)", "Write (sector 0, count 8)"; sectors are those of 512 bytes */
static bool take_scsi(struct build *build, struct line *line, bool is_write)
{
    struct scan *s = &line->args;
    uint64_t sector, count;

    return scan_value(s, "sector ", &sector) && scan_value(s, "count ", &count) &&
           add_sectors(build, line, drive_of(build, "scsi disk", 0), sector, count, SECTOR_BYTES,
                       is_write);
}

bool qemu_log_take_scsi_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_scsi(build, line, false);
}

bool qemu_log_take_scsi_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_scsi(build, line, true);
}

/* "cid 1 nsid 1 nlb 8 count 4096 lba 0x0": COUNT is in bytes */
static bool take_nvme(struct build *build, struct line *line, bool is_write)
{
    struct scan *s = &line->args;
    uint64_t nsid, blocks, bytes, lba;

    if (!scan_value(s, "nsid ", &nsid) || !scan_value(s, "nlb ", &blocks) ||
        !scan_value(s, "count ", &bytes) || !scan_value(s, "lba ", &lba) || blocks == 0 ||
        bytes / blocks > 65536 || bytes < blocks)
        return false;
    return add_sectors(build, line, drive_of(build, "nvme disk", nsid), lba, blocks,
                       (unsigned)(bytes / blocks), is_write);
}

bool qemu_log_take_nvme_read(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_nvme(build, line, false);
}

bool qemu_log_take_nvme_write(struct build *build, struct qemu_log *log, struct line *line)
{
    (void)log;
    return take_nvme(build, line, true);
}

/* "bs 0x5565 filename "/data/x.iso" flags 0x28000 format_name "file"" */
bool qemu_log_take_open(struct build *build, struct qemu_log *log, struct line *line)
{
    struct scan s = line->args;
    uint64_t bs;

    if (scan_value(&s, "bs ", &bs) && scan_to(&s, "filename \"") &&
        log->file_count < ARRAY_SIZE(log->files)) {
        const char *quote = memchr(s.at, '"', (size_t)(s.end - s.at));
        if (quote != NULL && quote > s.at) {
            const char *file = arena_copy(&build->report->arena, s.at, (size_t)(quote - s.at));
            log->files[log->file_count].bs = bs;
            log->files[log->file_count++].file = file != NULL ? file : "";
        }
    }
    return qemu_log_keep_text(build, log, line);
}

/* "blk 0x5565 bs 0x5566 offset 34816 bytes 2048 flags 0x0" */
static bool take_block(struct build *build, struct qemu_log *log, struct line *line, bool is_write)
{
    struct scan *s = &line->args;
    uint64_t blk, bs, off, bytes;

    if (!scan_value(s, "blk ", &blk) || !scan_value(s, "bs ", &bs) ||
        !scan_value(s, "offset ", &off) || !scan_value(s, "bytes ", &bytes))
        return false;
    uint16_t drive = drive_of(build, "block", blk);
    for (unsigned i = 0; i < log->file_count && drive != REPORT_NONE16; i++)
        if (log->files[i].bs == bs)
            build->report->drives[drive].file = log->files[i].file;
    return add_request(build, line, drive, off, bytes, is_write);
}

bool qemu_log_take_block_read(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_block(build, log, line, false);
}

bool qemu_log_take_block_write(struct build *build, struct qemu_log *log, struct line *line)
{
    return take_block(build, log, line, true);
}
