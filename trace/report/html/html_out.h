/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the page's data: blocks of gzip in base64, each in a script element of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <zlib.h>

#include "config/base/strbuf.h"

/* A block is <script type="text/plain" id="block-NAME">BASE64(GZIP(BYTES))</script>. */
struct html_out {
    FILE *stream; /* borrowed */
    int error;    /* the first -errno; everything after it does nothing */
    bool is_block_open;
    z_stream deflate;
    uint8_t raw[1 << 15];  /* waits for deflate */
    uint8_t gzip[1 << 15]; /* waits for base64; a multiple of three goes out at a time */
    size_t raw_len;
    size_t gzip_len;
};

void html_out_begin(struct html_out *out, FILE *stream);

/* Returns 0 or the first -errno, and releases what an open block holds. Does not close the stream.
 */
int html_out_end(struct html_out *out) must_check;

/* TEXT as it is. */
void html_out_text(struct html_out *out, const char *text);
void html_out_bytes(struct html_out *out, const void *bytes, size_t len);

/* TEXT as the content of an element: &, <, > and quotes become references, what is no UTF-8 becomes
 * U+FFFD. */
void html_out_escaped(struct html_out *out, const char *text);

/* BYTES as base64, RFC 4648, 4. */
void html_out_base64(struct html_out *out, const void *bytes, size_t len);

/* One block at a time. NAME: letters, digits and hyphens. */
void html_block_begin(struct html_out *out, const char *name);
void html_block_bytes(struct html_out *out, const void *bytes, size_t len);
void html_block_end(struct html_out *out);

/* VALUE in LEB128: seven bits a byte, the lowest first, the top bit on all but the last. */
void html_block_varint(struct html_out *out, uint64_t value);

/* The same, with the sign in the lowest bit: 0, -1, 1, -2, ... */
void html_block_zigzag(struct html_out *out, int64_t value);

/* Moves what JSON holds into the open block and empties it; a failure of JSON becomes one of OUT.
 */
void html_block_json(struct html_out *out, struct strbuf *json);
