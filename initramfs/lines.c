/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts a stream of bytes into lines. */
#include "initramfs/lines.h"

#include <string.h>

void lines_init(struct lines *lines, size_t max)
{
    *lines = (struct lines){.buffer = strbuf_with_max(max)};
}

void lines_clear(struct lines *lines)
{
    strbuf_clear(&lines->buffer);
    lines->start = 0;
    lines->is_skipping = false;
}

/* Moves what has not been handed out to the front. */
static void compact(struct lines *lines)
{
    struct strbuf *b = &lines->buffer;
    if (lines->start == 0)
        return;
    memmove(b->text, b->text + lines->start, b->len - lines->start + 1);
    b->len -= lines->start;
    lines->start = 0;
}

enum status lines_add(struct lines *lines, const char *bytes, size_t len)
{
    struct strbuf *b = &lines->buffer;
    compact(lines);
    while (len > 0) {
        const char *end = memchr(bytes, '\n', len);
        size_t run = end != NULL ? (size_t)(end - bytes) + 1 : len;
        if (!lines->is_skipping) {
            strbuf_append_bytes(b, bytes, run);
            if (strbuf_status(b) == STATUS_TOO_LARGE) {
                /* Drops the line that has no end yet, keeps the whole ones before it. */
                b->failed = STATUS_OK;
                const char *last = b->len > 0 ? memrchr(b->text, '\n', b->len) : NULL;
                b->len = last != NULL ? (size_t)(last - b->text) + 1 : 0;
                if (b->text != NULL)
                    b->text[b->len] = '\0';
                lines->is_skipping = true;
            } else if (strbuf_status(b) != STATUS_OK) {
                return strbuf_status(b);
            }
        }
        if (end != NULL)
            lines->is_skipping = false;
        bytes += run;
        len -= run;
    }
    return STATUS_OK;
}

bool lines_next(struct lines *lines, const char **ret_line, size_t *ret_len)
{
    struct strbuf *b = &lines->buffer;
    if (lines->start >= b->len)
        return false;
    const char *line = b->text + lines->start;
    const char *end = memchr(line, '\n', b->len - lines->start);
    if (end == NULL)
        return false;
    size_t len = (size_t)(end - line);
    lines->start += len + 1;
    while (len > 0 && line[len - 1] == '\r')
        len--;
    *ret_line = line;
    *ret_len = len;
    return true;
}
