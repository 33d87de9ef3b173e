/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders and files of an ISO 9660 image, for image_map.c. */
#pragma once

#include "trace/report/image_map.h"

/* Adds everything that ISO 9660 names to MAP. STATUS_NOT_FOUND if DEVICE holds no ISO 9660.
 * Damage sets map->is_damaged and hides only what it hits. */
enum status iso_tree_read(const struct blockdev *device, struct image_map *map) must_check;

/* For who adds to a map: a new part; an extent of a part; a part that is one extent. */
enum status image_map_add_part(struct image_map *map, const char *path, size_t len,
                               uint32_t *ret_part) must_check;
enum status image_map_add_extent(struct image_map *map, enum image_layer layer, uint32_t part,
                                 uint64_t off, uint64_t bytes) must_check;
enum status image_map_add(struct image_map *map, enum image_layer layer, uint64_t off,
                          uint64_t bytes, const char *name) must_check;
