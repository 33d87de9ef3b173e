/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: what mkhiperiso reads of a disk that it does not know: signatures, the record of an
 * unfinished stick, lists of checksums. */
#include <stdlib.h>
#include <string.h>

#include "test/fuzz/sparse.h"
#include "tools/mkhiperiso/contents.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct contents contents;
    struct sparse sparse;
    struct mark mark;
    uint8_t sum[DIGEST_BYTES];

    if (!sparse_init(&sparse, bytes, len, 512))
        return 0;
    if (contents_probe(&sparse.device, &contents) == STATUS_OK &&
        strlen(contents.label) >= CONTENTS_LABEL_BYTES)
        abort();
    if (mark_read(&sparse.device, &mark) == STATUS_OK &&
        mark_operation_name(mark.operation) == NULL)
        abort();
    sparse_clear(&sparse);
    char *text = calloc(1, len + 1);
    if (text != NULL) {
        memcpy(text, bytes, len);
        (void)!sums_find(text, "x.iso", sum);
    }
    free(text);
    return 0;
}
