/* SPDX-License-Identifier: BSD-2-Clause */
/* Which file of an image lies where, for images of any bytes (stored sparse). */
#include <stdlib.h>

#include "test/fuzz/sparse.h"
#include "trace/report/image_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sparse sparse;
    struct image_map map;

    if (!sparse_init(&sparse, bytes, len, 2048))
        return 0;
    (void)!image_map_read(&sparse.device, &map);
    for (unsigned layer = 0; layer < IMAGE_LAYERS; layer++)
        for (size_t i = 0; i < map.extent_counts[layer]; i++) {
            const struct image_extent *extent = &map.extents[layer][i];
            uint32_t part;
            uint64_t part_off;
            if (extent->part >= map.part_count || extent->bytes == 0 ||
                (i > 0 && extent[-1].off + extent[-1].bytes > extent->off))
                abort();
            if (image_map_find(&map, extent->off, &part, &part_off) == 0 ||
                part >= map.part_count || part_off > map.parts[part].bytes)
                abort();
        }
    image_map_clear(&map);
    sparse_clear(&sparse);
    return 0;
}
