/* SPDX-License-Identifier: BSD-2-Clause */
/* Is an exFAT volume consistent? Every folder and chain is walked and compared with the allocation
 * bitmap. Pure. */
#pragma once

#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/exfat.h"

struct exfat_check {
    uint64_t files, folders;
    uint64_t problems;      /* damage: what is written next could destroy data */
    uint64_t lost_clusters; /* marked as used, but by nothing: harmless */
    uint8_t *bits;          /* the allocation bitmap as it is on the volume; owned */
    uint32_t clusters;
    /* Told of each problem, with the path of what has it; NULL: nobody is. */
    void (*tell)(void *context, const char *path, const char *problem);
    void *context;
};

/* Fills *CHECK, whose `tell` is set; the caller frees with exfat_check_clear(). STATUS_CORRUPT: the
 * bitmap itself cannot be read. STATUS_TOO_LARGE: more than a million folders. */
enum status exfat_check_run(struct exfat *fs, struct exfat_check *check) must_check;
void exfat_check_clear(struct exfat_check *check);
