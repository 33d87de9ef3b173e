/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts a stream of bytes into lines. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"

struct lines {
    struct strbuf buffer; /* not handed out yet */
    size_t start;         /* of the first line in it */
    bool is_skipping;     /* inside a line that was too long */
};

/* Lines of at most MAX bytes; longer ones are passed over. */
void lines_init(struct lines *lines, size_t max);
void lines_clear(struct lines *lines);

/* Adds LEN bytes. STATUS_NO_MEMORY. */
enum status lines_add(struct lines *lines, const char *bytes, size_t len) must_check;

/* The next whole line without CR LF; valid until the next lines_add(). False when there is none. */
bool lines_next(struct lines *lines, const char **ret_line, size_t *ret_len);
