/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing NUL-terminated text with a maximum; the first failure sticks until strbuf_status()
 * asks. */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

struct strbuf {
    char *text; /* NUL-terminated; NULL while empty */
    size_t len; /* bytes without the NUL */
    size_t capacity;
    size_t max; /* greatest LEN allowed */
    enum status failed;
};

#define STRBUF_MAX_DEFAULT ((size_t)16 << 20)
#define STRBUF_INIT        ((struct strbuf){.max = STRBUF_MAX_DEFAULT})

/* An empty buffer that never holds more than MAX bytes. */
struct strbuf strbuf_with_max(size_t max);

/* The appenders do nothing once one of them has failed. */
void strbuf_append(struct strbuf *b, const char *text);
void strbuf_append_bytes(struct strbuf *b, const void *bytes, size_t len);
void strbuf_append_char(struct strbuf *b, char c);
void strbuf_printf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vprintf(struct strbuf *b, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

/* Appends TEXT as a JSON string with quotes; bytes that are not UTF-8 become U+FFFD, what
 * utf_is_deceptive() is escaped. RFC 8259, 7. */
void strbuf_append_json(struct strbuf *b, const char *text);

/* Appends TEXT fit for a terminal and for one line: what utf_is_deceptive() and bytes that are no
 * UTF-8 appear as \xHH or \uHHHH, all else as it is. The one way for names and texts from outside
 * to get onto a screen. */
void strbuf_append_printable(struct strbuf *b, const char *text);

/* Appends the first LEN bytes of TEXT, each character in utf_fold()'s lower case. */
void strbuf_append_folded(struct strbuf *b, const char *text, size_t len);

/* Empties the buffer, keeps its memory, forgets a failure. */
void strbuf_reset(struct strbuf *b);

/* STATUS_OK, STATUS_NO_MEMORY or STATUS_TOO_LARGE (the maximum). */
enum status strbuf_status(const struct strbuf *b) must_check;

/* The text, "" while empty; valid until the next append. */
const char *strbuf_text(const struct strbuf *b);

/* Hands the text to the caller, who frees it; NULL after a failure. Empties the buffer. */
char *strbuf_take(struct strbuf *b) must_check;

/* Frees the memory and leaves an empty buffer of the same maximum. */
void strbuf_clear(struct strbuf *b);

#define auto_strbuf __attribute__((cleanup(strbuf_clear))) struct strbuf
