/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes GUID partition tables. UEFI 2.10, 5.2.3 and 5.3. Pure: over a struct blockdev. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define GPT_WRITE_ROWS_MAX 4

/* One partition; OFF and BYTES are whole sectors. */
struct gpt_row {
    uint64_t off, bytes;
    bool is_esp; /* else basic data */
    const char *name;
    uint8_t guid[16]; /* as on disk */
};

struct gpt_table {
    uint8_t disk_guid[16];
    struct gpt_row rows[GPT_WRITE_ROWS_MAX];
    size_t count;
};

/* Writes TABLE and a protective MBR for sectors of device->block_bytes: the copy at the end first,
 * the MBR last, each step on the medium before the next (SYNC may be NULL). At every moment a
 * reader finds the table that was there before, or this one. STATUS_INVALID: a partition that is
 * not on whole sectors or not in the usable space, or a name that is too long. */
enum status gpt_write(const struct blockdev *device, const struct gpt_table *table,
                      enum status (*sync)(void *context), void *sync_context) must_check;
