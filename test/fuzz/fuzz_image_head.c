/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: does a disk image stand alone? */
#include <stdlib.h>

#include "initramfs/image_head.h"
#include "test/fuzz/sparse.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct bootable bootable;
    struct sparse sparse;

    if (!sparse_init(&sparse, bytes, len, 512))
        return 0;
    if (bootable_inspect(&sparse.device, "x.vmdk", &bootable) == STATUS_OK) {
        for (int kind = IMAGE_UNKNOWN; kind <= IMAGE_VMDK; kind++) {
            auto_strbuf why = STRBUF_INIT;
            enum status status = image_head_check(&sparse.device, (enum image_kind)kind, &why);
            /* QEMU goes by the first bytes, too: no text may pass as a VMDK. */
            if (status == STATUS_OK && kind == IMAGE_VMDK && bootable.kind != IMAGE_VMDK)
                abort();
            if ((status == STATUS_UNSUPPORTED || status == STATUS_CORRUPT) != (why.len > 0))
                abort();
        }
    }
    sparse_clear(&sparse);
    return 0;
}
