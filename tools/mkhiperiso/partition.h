/* SPDX-License-Identifier: BSD-2-Clause */
/* The stick's partition table, written by sgdisk. */
#pragma once

#include <stdint.h>

#include "tools/mkhiperiso/digest.h"
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

/* Writes it, with GUIDs that depend on SEED alone. Reports errors, returns 0 or -1. */
int partition_write(const struct target *target, const struct partition_plan *plan,
                    const uint8_t seed[DIGEST_BYTES], int64_t epoch) must_check;

/* Reads it back and compares. Reports errors, returns 0 or -1. */
int partition_verify(const struct target *target, const struct partition_plan *plan) must_check;
