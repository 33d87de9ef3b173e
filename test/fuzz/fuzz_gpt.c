/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: partition tables. */
#include <stdlib.h>
#include <string.h>

#include "efi/core/fs/gpt.h"
#include "test/fuzz/sparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const uint32_t block_sizes[] = {512, 4096};
    struct sparse sparse;
    struct gpt gpt;

    for (size_t i = 0; i < sizeof(block_sizes) / sizeof(block_sizes[0]); i++) {
        if (!sparse_init(&sparse, bytes, len, block_sizes[i]))
            return 0;
        if (gpt_read(&sparse.device, &gpt) == STATUS_OK) {
            if (gpt.count > GPT_ENTRIES_MAX)
                abort();
            for (uint32_t p = 0; p < gpt.count; p++) {
                const struct gpt_partition *partition = &gpt.partitions[p];
                if (partition->size_bytes == 0 ||
                    strlen(partition->name) >= sizeof(partition->name) ||
                    partition->start_bytes > UINT64_MAX / 2 - partition->size_bytes)
                    abort();
            }
            gpt_clear(&gpt);
        }
        sparse_clear(&sparse);
    }
    return 0;
}
