/* SPDX-License-Identifier: BSD-2-Clause */
/* The stick's partition table, written by sgdisk. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/target.h"

struct partition_plan {
    uint64_t disk_bytes;
    uint64_t data_off, data_bytes; /* p1, exFAT */
    uint64_t esp_off, esp_bytes;   /* p2 */
};

/* The layout of a disk of DISK_BYTES with an ESP of ESP_BYTES at its end; everything starts at a
 * whole MiB. STATUS_NO_SPACE when nothing is left for p1. */
enum status partition_plan_make(uint64_t disk_bytes, uint64_t esp_bytes,
                                struct partition_plan *ret_plan) must_check;

#define PARTITION_ROWS_MAX 4

/* One partition of a table to be written. */
struct partition_row {
    uint64_t off, bytes;
    bool is_esp; /* else basic data */
    const char *name;
    uint8_t guid[16]; /* as on disk */
};

/* A whole table. */
struct partition_table {
    uint8_t disk_guid[16];
    struct partition_row rows[PARTITION_ROWS_MAX];
    size_t count;
};

/* The stick's table, with GUIDs that depend on SEED alone. */
enum status partition_table_make(const struct partition_plan *plan,
                                 const uint8_t seed[DIGEST_BYTES],
                                 struct partition_table *ret_table) must_check;

/* Has sgdisk write TABLE in the place of what is there: the copy at the end first, the protective
 * MBR last; all of it is on the medium then. Waits a second: sgdisk sleeps. Reports errors, returns
 * 0 or -1. */
int partition_table_write(const struct target *target, const struct partition_table *table,
                          int64_t epoch) must_check;

/* The same in parts: sgdisk works, and sleeps, beside us. The caller finishes it, or abandons
 * RET_SGDISK. After await the table is there and no boot code before it; where another protective
 * MBR was, sgdisk's may still be about to be written: finish clears it again. */
int partition_table_start(const struct target *target, const struct partition_table *table,
                          int64_t epoch, struct process *ret_sgdisk) must_check;
int partition_table_await(const struct target *target, const struct partition_table *table,
                          const struct process *sgdisk) must_check;
int partition_table_finish(const struct target *target, struct process *sgdisk) must_check;

/* What started from the disk before starts no more. Reports errors, returns 0 or -1. */
int partition_clear_boot_code(const struct target *target) must_check;

/* Reads it back and compares. Reports errors, returns 0 or -1. */
int partition_table_verify(const struct target *target, const struct partition_table *table)
    must_check;

/* Is the copy of the table at DEVICE's end good, and the same as GPT, the first one? STATUS_EXISTS:
 * it is another one. */
enum status partition_check_backup(const struct blockdev *device, const struct gpt *gpt) must_check;
