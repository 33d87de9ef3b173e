/* SPDX-License-Identifier: BSD-2-Clause */
/* Which part of an image lies at which byte: the files of ISO 9660 (Rock Ridge, Joliet), folders,
 * El Torito images, partitions. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

/* What lies over what: a byte belongs to the first of these that has it. */
enum image_layer {
    IMAGE_LAYER_FILE,
    IMAGE_LAYER_BOOT,      /* El Torito images that are no files */
    IMAGE_LAYER_STRUCTURE, /* descriptors, path tables, folders */
    IMAGE_LAYER_PARTITION,
    IMAGE_LAYERS,
};

struct image_part {
    const char *path; /* in the map's arena; "/live/vmlinuz", "<El Torito image 1, BIOS>" */
    uint64_t bytes;
    uint64_t off; /* of its first byte; of empty files 0 */
};

struct image_extent {
    uint64_t off, bytes;
    uint32_t part;
    uint64_t part_off; /* of the extent's first byte in the part */
};

struct image_map {
    struct arena arena;
    struct image_part *parts;
    size_t part_count;
    struct image_extent *extents[IMAGE_LAYERS]; /* by offset */
    size_t extent_counts[IMAGE_LAYERS];
    bool is_iso;
    bool is_damaged; /* something could not be read: the rest is there */
};

/* Reads the map of DEVICE. A disk image that is no ISO gets its partitions. STATUS_NO_MEMORY,
 * STATUS_IO (nothing at all could be read). ECMA-119; IEEE P1281/P1282; Joliet 1.0; El Torito 1.0.
 * The caller frees with image_map_clear() in every case. */
enum status image_map_read(const struct blockdev *device, struct image_map *ret_map) must_check;
void image_map_clear(struct image_map *map);

/* The part that holds byte OFF, and how many bytes of it (or of what belongs to none) follow from
 * there. *RET_PART: UINT32_MAX for none. */
uint64_t image_map_find(const struct image_map *map, uint64_t off, uint32_t *ret_part,
                        uint64_t *ret_part_off);
