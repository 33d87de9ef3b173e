/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the variable HiperisoReturned, which anybody may have written. */
#include <stdlib.h>
#include <string.h>

#include "config/returned.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct returned first, second;
    struct strbuf data = STRBUF_INIT;

    enum status status = returned_read(bytes, len, &first);
    if (status == STATUS_INVALID)
        return 0;
    if (status != STATUS_OK || returned_write(&first, &data) != STATUS_OK ||
        data.len > RETURNED_MAX_BYTES || returned_read(data.text, data.len, &second) != STATUS_OK)
        abort();
    /* Only what is longer than its share is cut. */
    if (strncmp(first.iso_path, second.iso_path, strlen(second.iso_path)) != 0 ||
        strncmp(first.reason, second.reason, strlen(second.reason)) != 0 ||
        strncmp(first.session, second.session, strlen(second.session)) != 0)
        abort();
    returned_clear(&first);
    returned_clear(&second);
    strbuf_clear(&data);
    return 0;
}
