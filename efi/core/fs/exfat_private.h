/* SPDX-License-Identifier: BSD-2-Clause */
/* What the modules of the exFAT reader share. Section numbers are those of the exFAT specification,
 * revision 1.00. */
#pragma once

#include "efi/core/fs/exfat.h"

#define EXFAT_FIRST_CLU       2u
#define EXFAT_ENTRY_BYTES     32
#define EXFAT_DIR_BYTES_MAX   ((uint64_t)256 << 20) /* 7.4 */
#define EXFAT_UPCASE_UNITS    65536u
#define EXFAT_LABEL_UNITS_MAX 11
#define EXFAT_FAT_SLOTS       4
#define EXFAT_FAT_SLOT_BYTES  16384u
#define EXFAT_DIR_SLOTS       4
#define EXFAT_DIR_SLOT_BYTES  65536u
#define EXFAT_DIR_FIRST_BYTES 16384u /* most folders end before that */

/* Where everything lies: the boot sector after its checks (3.1). */
struct exfat_geometry {
    uint64_t volume_bytes, fat_off, fat_bytes, heap_off;
    uint32_t clu_count, root_clu, serial;
    uint32_t active_fat; /* 0 or 1 */
    unsigned sector_shift, clu_shift;
};

/* A piece of the FAT in memory. */
struct exfat_fat_slot {
    uint64_t off, used; /* OFF in the FAT; USED is 0 while empty, else the time of the last use */
    uint32_t len;
    _Alignas(8) uint8_t bytes[EXFAT_FAT_SLOT_BYTES];
};

/* A piece of a directory in memory; FIRST_CLU names the directory. */
struct exfat_dir_slot {
    uint64_t off, used;
    uint32_t first_clu, len;
    bool is_contiguous;
    _Alignas(8) uint8_t bytes[EXFAT_DIR_SLOT_BYTES];
};

struct exfat {
    const struct blockdev *device; /* borrowed */
    struct exfat_geometry geometry;
    struct exfat_node root, bitmap, upcase_node;
    char label[EXFAT_LABEL_UNITS_MAX * 3 + 1];
    uint64_t free_bytes;
    bool has_free_bytes; /* the bitmap has been counted */
    uint64_t clock;      /* counts slot uses */
    struct exfat_fat_slot fat_slots[EXFAT_FAT_SLOTS];
    struct exfat_dir_slot dir_slots[EXFAT_DIR_SLOTS];
    struct exfat_dir_slot *dir_slot; /* the one used last */
    uint16_t upcase[EXFAT_UPCASE_UNITS];
};

/* A fuzzer's mutations must get past checksums. */
static inline bool exfat_is_checksum_enforced(void)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    return false;
#else
    return true;
#endif
}

static inline bool exfat_is_cluster(const struct exfat *fs, uint32_t clu)
{
    return clu >= EXFAT_FIRST_CLU && clu - EXFAT_FIRST_CLU < fs->geometry.clu_count;
}

static inline uint64_t exfat_heap_bytes(const struct exfat *fs)
{
    return (uint64_t)fs->geometry.clu_count << fs->geometry.clu_shift;
}

/* exfat_boot.c: reads the main boot region, the backup if that is damaged. */
enum status exfat_boot_read(const struct blockdev *device, struct exfat_geometry *ret_geometry)
    must_check;

/* exfat_chain.c: the run of adjacent clusters at byte OFF of NODE's data, cut at MAX bytes and the
 * end of the data. STATUS_END at or behind it. */
enum status exfat_chain_run(struct exfat *fs, const struct exfat_node *node,
                            struct exfat_position *position, uint64_t off, uint64_t max,
                            uint64_t *ret_device_off, uint64_t *ret_len) must_check;

/* exfat_chain.c: bytes of the clusters that the chain from CLU has, at most MAX; with damage in it,
 * one cluster more than are good, so that who reads to the end meets the damage. */
enum status exfat_chain_measure(struct exfat *fs, uint32_t clu, uint64_t max, uint64_t *ret_bytes)
    must_check;

/* exfat_dir.c: the 32 bytes at dir->off; valid until the next call. STATUS_END behind the last. */
enum status exfat_dir_peek(struct exfat_dir *dir, const uint8_t **ret_entry) must_check;

/* exfat_upcase.c: reads and expands the table that lies at NODE (7.2). */
enum status exfat_upcase_read(struct exfat *fs, const struct exfat_node *node, uint32_t checksum)
    must_check;

/* 7.6.4: of the up-cased name. */
uint16_t exfat_upcase_hash(const struct exfat *fs, const uint16_t *name, size_t len);
