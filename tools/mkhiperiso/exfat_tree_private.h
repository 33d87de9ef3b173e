/* SPDX-License-Identifier: BSD-2-Clause */
/* What exfat_tree.c (names, places) and exfat_tree_write.c (bytes) share. */
#pragma once

#include "config/base/arena.h"
#include "tools/mkhiperiso/exfat_tree.h"

#define ENTRY_BYTES          32u
#define NAME_UNITS_PER_ENTRY 15u
#define ROOT_EXTRA_ENTRIES   3u /* label, bitmap, up-case table */

struct exfat_item {
    const char *name;        /* UTF-8 */
    const uint16_t *units;   /* the name as stored */
    const uint16_t *upcased; /* the name as compared */
    uint16_t name_len;       /* units, 1 to 255 */
    bool is_folder;
    uint16_t name_hash;
    uint32_t first_clu; /* 0 for an empty file */
    uint64_t size_bytes;
    int64_t modified;
    uint64_t entry_count; /* folders: 32-byte entries inside */
    size_t child_count;
    struct exfat_item *children; /* linked by `sibling`; sorted by exfat_tree_place() */
    struct exfat_item *last_child;
    struct exfat_item *sibling;
    struct exfat_item *next_folder; /* folders in the order of their adding, parents first */
    struct exfat_item *next_file;
    uint64_t volume_off;
};

struct exfat_tree {
    struct arena arena;
    struct exfat_item root; /* the first of the folders */
    struct exfat_item *last_folder;
    struct exfat_item *files, *last_file;
    uint32_t used_clusters;
};

static inline uint64_t exfat_item_entries(const struct exfat_item *item)
{
    return 2 + (item->name_len + NAME_UNITS_PER_ENTRY - 1) / NAME_UNITS_PER_ENTRY;
}

static inline uint64_t exfat_clusters_for(uint64_t bytes, const struct exfat_layout *geometry)
{
    return bytes / geometry->cluster_bytes + (bytes % geometry->cluster_bytes != 0);
}

static inline uint64_t exfat_bitmap_bytes(const struct exfat_layout *geometry)
{
    return ((uint64_t)geometry->cluster_count + 7) / 8;
}

/* Folders have a cluster even when they are empty. */
static inline uint64_t exfat_folder_clusters(const struct exfat_item *folder,
                                             const struct exfat_layout *geometry)
{
    uint64_t clusters = exfat_clusters_for(folder->entry_count * ENTRY_BYTES, geometry);
    return clusters != 0 ? clusters : 1;
}
