/* SPDX-License-Identifier: BSD-2-Clause */
/* The map's extents in layers, partitions, and the search in them. */
#include "trace/report/image_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/gpt.h"
#include "trace/report/array.h"
#include "trace/report/iso_tree.h"

#define SECTOR_BYTES 512u
#define PARTS_MAX    1000000u
#define MBR_ENTRIES  4u

enum status image_map_add_part(struct image_map *map, const char *path, size_t len,
                               uint32_t *ret_part)
{
    const struct image_part part = {.path = arena_copy(&map->arena, path, len)};

    if (part.path == NULL)
        return STATUS_NO_MEMORY;
    if (map->part_count >= PARTS_MAX)
        return STATUS_TOO_LARGE;
    uint32_t number = (uint32_t)map->part_count;
    if (!array_add(map->parts, map->part_count, part))
        return STATUS_NO_MEMORY;
    *ret_part = number;
    return STATUS_OK;
}

enum status image_map_add_extent(struct image_map *map, enum image_layer layer, uint32_t part,
                                 uint64_t off, uint64_t bytes)
{
    struct image_part *p = &map->parts[part];
    const struct image_extent extent = {off, bytes, part, p->bytes};

    if (bytes == 0)
        return STATUS_OK;
    if (bytes > UINT64_MAX - off || bytes > UINT64_MAX - p->bytes)
        return STATUS_CORRUPT;
    if (!array_add(map->extents[layer], map->extent_counts[layer], extent))
        return STATUS_NO_MEMORY;
    if (p->bytes == 0)
        p->off = off;
    p->bytes += bytes;
    return STATUS_OK;
}

enum status image_map_add(struct image_map *map, enum image_layer layer, uint64_t off,
                          uint64_t bytes, const char *name)
{
    uint32_t part;
    enum status status = image_map_add_part(map, name, strlen(name), &part);

    return status == STATUS_OK ? image_map_add_extent(map, layer, part, off, bytes) : status;
}

static enum status add_gpt(const struct blockdev *device, struct image_map *map)
{
    struct gpt gpt;
    char name[192];
    enum status status = gpt_read(device, &gpt);

    if (status != STATUS_OK)
        return status;
    status = image_map_add(map, IMAGE_LAYER_PARTITION, 0, 34 * SECTOR_BYTES, "<partition table>");
    for (uint32_t i = 0; i < gpt.count && status == STATUS_OK; i++) {
        const struct gpt_partition *p = &gpt.partitions[i];
        snprintf(name, sizeof(name), "<partition %u%s%s>", p->number, *p->name != '\0' ? " " : "",
                 p->name);
        status = image_map_add(map, IMAGE_LAYER_PARTITION, p->start_bytes, p->size_bytes, name);
    }
    gpt_clear(&gpt);
    return status;
}

static enum status add_mbr(const struct blockdev *device, struct image_map *map)
{
    uint8_t sector[SECTOR_BYTES];
    char name[64];

    if (blockdev_read(device, 0, sizeof(sector), sector) != STATUS_OK || sector[510] != 0x55 ||
        sector[511] != 0xaa)
        return STATUS_NOT_FOUND;
    enum status status = image_map_add(map, IMAGE_LAYER_PARTITION, 0, SECTOR_BYTES,
                                       map->is_iso ? "<hybrid boot sector>" : "<boot sector>");
    for (unsigned i = 0; i < MBR_ENTRIES && status == STATUS_OK; i++) {
        const uint8_t *entry = sector + 446 + i * 16;
        uint64_t start = get_le32(entry + 8), count = get_le32(entry + 12);
        if (entry[4] == 0 || count == 0)
            continue;
        /* A hybrid ISO's first partition is the whole image: it says nothing. */
        if (start == 0 || (map->is_iso && start <= 64 && entry[4] != 0xef))
            continue;
        snprintf(name, sizeof(name), "<partition %u (type %02x)>", i + 1, entry[4]);
        status = image_map_add(map, IMAGE_LAYER_PARTITION, start * SECTOR_BYTES,
                               count * SECTOR_BYTES, name);
    }
    return status;
}

static int by_off(const void *a, const void *b)
{
    const struct image_extent *left = a, *right = b;

    if (left->off != right->off)
        return left->off < right->off ? -1 : 1;
    if (left->bytes != right->bytes)
        return left->bytes > right->bytes ? -1 : 1;
    return left->part < right->part ? -1 : left->part > right->part;
}

/* Cuts each extent so that none reaches into the next: of two that share bytes the one that begins
 * later has them, of two that begin together the first. */
static void make_disjoint(struct image_extent *extents, size_t *count)
{
    size_t kept = 0;

    if (*count == 0)
        return;
    qsort(extents, *count, sizeof(*extents), by_off);
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && extents[kept - 1].off == extents[i].off)
            continue; /* the same bytes under another name: a hard link */
        if (kept > 0 && extents[i].off - extents[kept - 1].off < extents[kept - 1].bytes)
            extents[kept - 1].bytes = extents[i].off - extents[kept - 1].off;
        extents[kept++] = extents[i];
    }
    *count = kept;
}

enum status image_map_read(const struct blockdev *device, struct image_map *ret_map)
{
    struct image_map *map = ret_map;
    enum status status, partitions;

    *map = (struct image_map){0};
    status = iso_tree_read(device, map);
    map->is_iso = status == STATUS_OK;
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    partitions = add_gpt(device, map);
    if (partitions == STATUS_NOT_FOUND || partitions == STATUS_CORRUPT)
        partitions = add_mbr(device, map);
    if (partitions == STATUS_NO_MEMORY)
        return partitions;
    for (unsigned i = 0; i < IMAGE_LAYERS; i++)
        make_disjoint(map->extents[i], &map->extent_counts[i]);
    return map->is_iso || partitions == STATUS_OK ? STATUS_OK : STATUS_NOT_FOUND;
}

void image_map_clear(struct image_map *map)
{
    arena_clear(&map->arena);
    free(map->parts);
    for (unsigned i = 0; i < IMAGE_LAYERS; i++)
        free(map->extents[i]);
    *map = (struct image_map){0};
}

/* The number of extents that begin at or before OFF. */
static size_t count_before(const struct image_extent *extents, size_t count, uint64_t off)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (extents[middle].off <= off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t image_map_find(const struct image_map *map, uint64_t off, uint32_t *ret_part,
                        uint64_t *ret_part_off)
{
    uint64_t end = UINT64_MAX; /* where a layer above begins */

    *ret_part = UINT32_MAX;
    *ret_part_off = 0;
    for (unsigned layer = 0; layer < IMAGE_LAYERS; layer++) {
        const struct image_extent *extents = map->extents[layer];
        size_t next = count_before(extents, map->extent_counts[layer], off);
        if (next > 0 && off - extents[next - 1].off < extents[next - 1].bytes) {
            const struct image_extent *extent = &extents[next - 1];
            *ret_part = extent->part;
            *ret_part_off = extent->part_off + (off - extent->off);
            uint64_t left = extent->bytes - (off - extent->off);
            return left < end - off ? left : end - off;
        }
        if (next < map->extent_counts[layer] && extents[next].off < end)
            end = extents[next].off;
    }
    return end - off;
}
