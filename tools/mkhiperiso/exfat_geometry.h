/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the parts of a new exFAT volume lie, and its boot region. exFAT specification 3. */
#pragma once

#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define EXFAT_FIRST_CLUSTER     2u
#define EXFAT_CLUSTER_BYTES_MAX ((uint32_t)32 << 20)

struct exfat_layout {
    uint64_t partition_off; /* bytes from the start of the disk; 0 = unknown */
    uint64_t volume_bytes;
    uint64_t fat_off, fat_bytes; /* from the start of the volume */
    uint64_t heap_off;           /* of cluster 2 */
    uint32_t sector_bytes, cluster_bytes;
    uint32_t cluster_count;
};

/* Lays a volume of VOLUME_BYTES out, FAT and cluster heap aligned to 1 MiB, as mkfs.exfat does.
 * CLUSTER_BYTES 0 chooses by size: 4 KiB up to 256 MiB, 32 KiB up to 32 GiB, then 128 KiB and what
 * the limit on clusters asks for. STATUS_INVALID: a sector or cluster size that exFAT does not
 * have. STATUS_NO_SPACE: too small for a volume. */
enum status exfat_geometry_plan(uint64_t volume_bytes, uint32_t sector_bytes,
                                uint32_t cluster_bytes, struct exfat_layout *ret_geometry)
    must_check;

/* The byte of the volume at which cluster CLU starts. */
uint64_t exfat_cluster_off(const struct exfat_layout *geometry, uint32_t clu);

/* Writes both boot regions (spec 3.1-3.4). Call it last: a volume without it is none. USED_CLUSTERS
 * is for PercentInUse. */
enum status exfat_boot_write(const struct blockdev *volume, const struct exfat_layout *geometry,
                             uint32_t root_clu, uint32_t serial, uint32_t used_clusters) must_check;
