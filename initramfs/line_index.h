/* SPDX-License-Identifier: BSD-2-Clause */
/* When each line of a raw log began (serial.idx, firmware.idx). Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"

struct line_index {
    uint64_t off; /* bytes of the log so far */
    bool is_inside_line;
};

/* LEN more bytes of the log came at T_NS: appends a row "OFFSET T\n" for each line that begins in
 * them. A line begins with the first byte behind a line feed. */
void line_index_add(struct line_index *index, const char *bytes, size_t len, int64_t t_ns,
                    struct strbuf *rows);
