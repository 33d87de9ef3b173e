/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing text with a maximum. */
#include "config/base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/utf.h"

struct strbuf strbuf_with_max(size_t max)
{
    return (struct strbuf){.max = max};
}

/* Makes room for EXTRA more bytes and the NUL. */
static bool reserve(struct strbuf *b, size_t extra)
{
    if (b->failed != STATUS_OK)
        return false;
    if (b->len > b->max || extra > b->max - b->len) {
        b->failed = STATUS_TOO_LARGE;
        return false;
    }
    size_t needed = b->len + extra + 1;
    if (needed <= b->capacity)
        return true;
    size_t capacity = b->capacity < 64 ? 64 : b->capacity;
    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    char *text = realloc(b->text, capacity);
    if (text == NULL) {
        b->failed = STATUS_NO_MEMORY;
        return false;
    }
    b->text = text;
    b->capacity = capacity;
    return true;
}

void strbuf_append_bytes(struct strbuf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->text + b->len, bytes, len);
    b->len += len;
    b->text[b->len] = '\0';
}

void strbuf_append(struct strbuf *b, const char *text)
{
    strbuf_append_bytes(b, text, strlen(text));
}

void strbuf_append_char(struct strbuf *b, char c)
{
    strbuf_append_bytes(b, &c, 1);
}

void strbuf_vprintf(struct strbuf *b, const char *format, va_list args)
{
    va_list measured;
    va_copy(measured, args);
    int len = vsnprintf(NULL, 0, format, measured);
    va_end(measured);
    if (len < 0) {
        b->failed = STATUS_INVALID;
        return;
    }
    if (!reserve(b, (size_t)len))
        return;
    vsnprintf(b->text + b->len, (size_t)len + 1, format, args);
    b->len += (size_t)len;
}

void strbuf_printf(struct strbuf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    strbuf_vprintf(b, format, args);
    va_end(args);
}

void strbuf_append_json(struct strbuf *b, const char *text)
{
    size_t len = strlen(text);

    strbuf_append_char(b, '"');
    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(text, len, &code);
        if (code == '"' || code == '\\') {
            strbuf_append_char(b, '\\');
            strbuf_append_char(b, (char)code);
        } else if (code == '\n') {
            strbuf_append(b, "\\n");
        } else if (code == '\t') {
            strbuf_append(b, "\\t");
        } else if (utf_is_deceptive(code)) {
            strbuf_printf(b, "\\u%04x", (unsigned)code);
        } else {
            char encoded[UTF8_MAX_BYTES];
            strbuf_append_bytes(b, encoded, utf8_encode(code, encoded));
        }
        text += used;
        len -= used;
    }
    strbuf_append_char(b, '"');
}

void strbuf_append_printable(struct strbuf *b, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(text, len, &code);
        if (code == UTF_REPLACEMENT && used == 1)
            strbuf_printf(b, "\\x%02X", (unsigned)(unsigned char)*text);
        else if (utf_is_deceptive(code))
            strbuf_printf(b, code < 0x80 ? "\\x%02X" : "\\u%04X", (unsigned)code);
        else
            strbuf_append_bytes(b, text, used);
        text += used;
        len -= used;
    }
}

void strbuf_append_folded(struct strbuf *b, const char *text, size_t len)
{
    while (len > 0) {
        uint32_t code;
        char bytes[UTF8_MAX_BYTES];
        size_t used = utf8_decode(text, len, &code);
        strbuf_append_bytes(b, bytes, utf8_encode(utf_fold(code), bytes));
        text += used;
        len -= used;
    }
}

void strbuf_reset(struct strbuf *b)
{
    b->len = 0;
    b->failed = STATUS_OK;
    if (b->text != NULL)
        b->text[0] = '\0';
}

enum status strbuf_status(const struct strbuf *b)
{
    return b->failed;
}

const char *strbuf_text(const struct strbuf *b)
{
    return b->text != NULL ? b->text : "";
}

char *strbuf_take(struct strbuf *b)
{
    if (b->text == NULL)
        reserve(b, 0);
    char *text = b->text;
    if (b->failed != STATUS_OK) {
        free(text);
        text = NULL;
    } else {
        text[b->len] = '\0';
    }
    *b = strbuf_with_max(b->max);
    return text;
}

void strbuf_clear(struct strbuf *b)
{
    free(b->text);
    *b = strbuf_with_max(b->max);
}
