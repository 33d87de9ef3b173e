/* SPDX-License-Identifier: BSD-2-Clause */
/* Layout arithmetic and boot regions of a new exFAT volume. exFAT specification 3. */
#include "tools/mkhiperiso/exfat_geometry.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/exfat_sum.h"

#define ALIGNMENT        ((uint64_t)1 << 20)
#define CLUSTERS_MAX     0xFFFFFFF5u /* 2^32 - 11, spec 3.1.9 */
#define SECTOR_BYTES_MIN 512u
#define SECTOR_BYTES_MAX 4096u
#define BOOT_SECTORS     12u /* of one boot region */
#define BOOT_CODE_SECTORS                                                                          \
    9u /* the main boot sector and its eight extensions end in a signature                         \
        */
#define CHECKSUM_SECTOR    11u
#define EXTENDED_SIGNATURE 0xAA550000u

/* The smallest volumes that get each cluster size. */
static const struct {
    uint64_t above_bytes;
    uint32_t cluster_bytes;
} cluster_sizes[] = {
    {(uint64_t)32 << 30, 128u << 10},
    {(uint64_t)256 << 20, 32u << 10},
    {0, 4u << 10},
};

static bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

static uint8_t log2_of(uint32_t power_of_two)
{
    return (uint8_t)__builtin_ctz(power_of_two);
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
    return (value + unit - 1) / unit * unit;
}

static uint32_t choose_cluster_bytes(uint64_t volume_bytes, uint32_t sector_bytes)
{
    uint32_t bytes = 0;

    for (size_t i = 0; bytes == 0; i++)
        if (volume_bytes > cluster_sizes[i].above_bytes || i + 1 == ARRAY_SIZE(cluster_sizes))
            bytes = cluster_sizes[i].cluster_bytes;
    if (bytes < sector_bytes)
        bytes = sector_bytes;
    while (bytes < EXFAT_CLUSTER_BYTES_MAX && volume_bytes / bytes > CLUSTERS_MAX)
        bytes *= 2;
    return bytes;
}

enum status exfat_geometry_plan(uint64_t volume_bytes, uint32_t sector_bytes,
                                uint32_t cluster_bytes, struct exfat_layout *ret_geometry)
{
    if (!is_power_of_two(sector_bytes) || sector_bytes < SECTOR_BYTES_MIN ||
        sector_bytes > SECTOR_BYTES_MAX)
        return STATUS_INVALID;
    if (cluster_bytes == 0)
        cluster_bytes = choose_cluster_bytes(volume_bytes, sector_bytes);
    if (!is_power_of_two(cluster_bytes) || cluster_bytes < sector_bytes ||
        cluster_bytes > EXFAT_CLUSTER_BYTES_MAX)
        return STATUS_INVALID;
    volume_bytes -= volume_bytes % sector_bytes;

    struct exfat_layout g = {
        .volume_bytes = volume_bytes,
        .sector_bytes = sector_bytes,
        .cluster_bytes = cluster_bytes,
        .fat_off = ALIGNMENT,
    };
    /* Entries for all clusters that the volume could hold without a FAT: never too few. */
    uint64_t entries = volume_bytes / cluster_bytes + EXFAT_FIRST_CLUSTER;
    if (entries > (uint64_t)CLUSTERS_MAX + EXFAT_FIRST_CLUSTER)
        entries = (uint64_t)CLUSTERS_MAX + EXFAT_FIRST_CLUSTER;
    uint64_t unit = cluster_bytes < ALIGNMENT ? cluster_bytes : ALIGNMENT;
    g.fat_bytes = round_up((entries - EXFAT_FIRST_CLUSTER) * 4, unit);
    g.heap_off = round_up(g.fat_off + g.fat_bytes, ALIGNMENT);
    if (volume_bytes < g.heap_off || volume_bytes - g.heap_off < cluster_bytes)
        return STATUS_NO_SPACE;
    uint64_t count = (volume_bytes - g.heap_off) / cluster_bytes;
    uint64_t count_max = g.fat_bytes / 4 - EXFAT_FIRST_CLUSTER;
    if (count_max > CLUSTERS_MAX)
        count_max = CLUSTERS_MAX;
    g.cluster_count = (uint32_t)(count < count_max ? count : count_max);
    *ret_geometry = g;
    return STATUS_OK;
}

uint64_t exfat_cluster_off(const struct exfat_layout *geometry, uint32_t clu)
{
    return geometry->heap_off + (uint64_t)(clu - EXFAT_FIRST_CLUSTER) * geometry->cluster_bytes;
}

/* Spec 3.1. */
static void fill_boot_sector(uint8_t *sector, const struct exfat_layout *g, uint32_t root_clu,
                             uint32_t serial, uint32_t used_clusters)
{
    static const uint8_t jump[] = {0xEB, 0x76, 0x90};

    memcpy(sector, jump, sizeof(jump));
    memcpy(sector + 3, "EXFAT   ", 8);
    put_le64(sector + 64, g->partition_off / g->sector_bytes);
    put_le64(sector + 72, g->volume_bytes / g->sector_bytes);
    put_le32(sector + 80, (uint32_t)(g->fat_off / g->sector_bytes));
    put_le32(sector + 84, (uint32_t)(g->fat_bytes / g->sector_bytes));
    put_le32(sector + 88, (uint32_t)(g->heap_off / g->sector_bytes));
    put_le32(sector + 92, g->cluster_count);
    put_le32(sector + 96, root_clu);
    put_le32(sector + 100, serial);
    put_le16(sector + 104, 0x0100); /* revision 1.00 */
    sector[108] = log2_of(g->sector_bytes);
    sector[109] = log2_of(g->cluster_bytes / g->sector_bytes);
    sector[110] = 1;    /* FATs */
    sector[111] = 0x80; /* drive for INT 13h */
    sector[112] = (uint8_t)((uint64_t)used_clusters * 100 / g->cluster_count);
    memset(sector + 120, 0xF4, 390); /* HLT: there is no boot code here (spec 3.1.19) */
    put_le16(sector + 510, 0xAA55);
}

enum status exfat_boot_write(const struct blockdev *volume, const struct exfat_layout *geometry,
                             uint32_t root_clu, uint32_t serial, uint32_t used_clusters)
{
    uint32_t sector_bytes = geometry->sector_bytes;
    uint32_t region_bytes = BOOT_SECTORS * sector_bytes;
    auto_free uint8_t *region = calloc(1, region_bytes);
    if (region == NULL)
        return STATUS_NO_MEMORY;

    fill_boot_sector(region, geometry, root_clu, serial, used_clusters);
    for (uint32_t i = 1; i < BOOT_CODE_SECTORS; i++)
        put_le32(region + (i + 1) * sector_bytes - 4, EXTENDED_SIGNATURE);
    uint32_t sum = exfat_sum_boot(region, CHECKSUM_SECTOR * sector_bytes);
    for (uint32_t i = 0; i < sector_bytes; i += 4)
        put_le32(region + CHECKSUM_SECTOR * sector_bytes + i, sum);

    enum status status = blockdev_write(volume, region_bytes, region_bytes, region);
    if (status == STATUS_OK)
        status = blockdev_write(volume, 0, region_bytes, region);
    return status;
}
