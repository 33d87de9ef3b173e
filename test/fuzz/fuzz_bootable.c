/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: what an image boots on. */
#include <stdlib.h>
#include <string.h>

#include "efi/core/fs/bootable.h"
#include "test/fuzz/sparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct bootable bootable;
    struct sparse sparse;

    if (!sparse_init(&sparse, bytes, len, 512))
        return 0;
    enum status status = bootable_inspect(&sparse.device, "x.img", &bootable);
    if (status != STATUS_OK && status != STATUS_IO && status != STATUS_NO_MEMORY)
        abort();
    if (status == STATUS_OK && strlen(bootable.label) >= sizeof(bootable.label))
        abort();
    sparse_clear(&sparse);
    return 0;
}
