/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of an index. */
#include "initramfs/line_index.h"

#include <string.h>

void line_index_add(struct line_index *index, const char *bytes, size_t len, int64_t t_ns,
                    struct strbuf *rows)
{
    while (len > 0) {
        if (!index->is_inside_line)
            strbuf_printf(rows, "%llu %lld\n", (unsigned long long)index->off, (long long)t_ns);
        const char *end = memchr(bytes, '\n', len);
        size_t run = end != NULL ? (size_t)(end - bytes) + 1 : len;
        index->is_inside_line = end == NULL;
        index->off += run;
        bytes += run;
        len -= run;
    }
}
