/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the trace.log reader share. */
#pragma once

#include "trace/report/qemu_log.h"
#include "trace/report/scan.h"

/* A line whose head has been read. */
struct line {
    uint32_t thread;
    uint16_t name;
    int64_t t;
    struct scan args;
};

/* Takes a line's event; false if its arguments make no sense. */
typedef bool handler(struct build *build, struct qemu_log *log, struct line *line);

/* An event that has nothing yet but its time and name. */
static inline struct report_event qemu_log_event(const struct line *line, enum report_kind kind,
                                                 enum report_rw rw)
{
    return (struct report_event){
        .t = line->t,
        .name = line->name,
        .device = REPORT_NONE16,
        .cpu = UINT8_MAX,
        .kind = (uint8_t)kind,
        .rw = (uint8_t)rw,
    };
}

/* Keeps the arguments as text. */
handler qemu_log_keep_text;

/* qemu_log_disk.c: requests to drives. */
handler qemu_log_take_atapi_read, qemu_log_take_ide_dma, qemu_log_take_ide_sector_read,
    qemu_log_take_ide_sector_write, qemu_log_take_ncq, qemu_log_take_virtio_read,
    qemu_log_take_virtio_write, qemu_log_take_scsi_read, qemu_log_take_scsi_write,
    qemu_log_take_nvme_read, qemu_log_take_nvme_write, qemu_log_take_open, qemu_log_take_block_read,
    qemu_log_take_block_write;
