/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal was sent, as lines that a page can show. */
#include "trace/report/html/html_text.h"

#include <stdbool.h>
#include <string.h>

#include "config/base/utf.h"

#define ESC 0x1B
#define BEL 0x07

static bool is_between(char c, unsigned char low, unsigned char high)
{
    return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* The bytes of a control string (OSC, DCS, ...) behind its introducer, its end included. */
static size_t skip_string(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == BEL) {
            return i + 1;
        }
        if (bytes[i] == ESC) {
            return i + 1 < len && bytes[i + 1] == '\\' ? i + 2 : i;
        }
    }
    return len;
}

/* The bytes of the escape sequence at BYTES[0] == ESC. RET_MOVES: it puts the cursor elsewhere. */
static size_t skip_escape(const char *bytes, size_t len, bool *ret_moves)
{
    *ret_moves = false;
    if (len < 2) {
        return len;
    }
    if (strchr("]P_^X", bytes[1])) {
        return 2 + skip_string(bytes + 2, len - 2);
    }
    size_t i = bytes[1] == '[' ? 2 : 1;
    while (i < len && is_between(bytes[i], 0x20, bytes[1] == '[' ? 0x3F : 0x2F)) {
        i++;
    }
    if (i == len) {
        return len;
    }
    *ret_moves = bytes[1] == '[' && strchr("ABCDEFGHfd", bytes[i]);
    return is_between(bytes[i], 0x20, 0x7E) ? i + 1 : i;
}

static void drop_character(struct strbuf *out, size_t start)
{
    while (out->len > start && ((unsigned char)out->text[out->len - 1] & 0xC0) == 0x80) {
        out->len--;
    }
    out->len -= out->len > start;
    if (out->text) {
        out->text[out->len] = '\0';
    }
}

static void append_character(struct strbuf *out, uint32_t code)
{
    char bytes[UTF8_MAX_BYTES];
    size_t len = utf8_encode(utf_is_deceptive(code) ? UTF_REPLACEMENT : code, bytes);
    strbuf_append_bytes(out, bytes, len);
}

void html_plain_line(struct strbuf *out, const char *bytes, size_t len)
{
    size_t start = out->len;
    while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\r')) {
        len--;
    }
    for (size_t i = 0; i < len;) {
        unsigned char c = (unsigned char)bytes[i];
        if (out->len - start > HTML_LINE_MAX) {
            strbuf_append(out, "…");
            return;
        }
        if (c == ESC) {
            bool moves;
            i += skip_escape(bytes + i, len - i, &moves);
            if (moves && out->len > start && out->text[out->len - 1] != ' ') {
                strbuf_append_char(out, ' ');
            }
        } else if (c == '\r' || c == '\b') {
            size_t keep = c == '\r' ? start : out->len;
            while (out->len > keep) {
                drop_character(out, start);
            }
            if (c == '\b') {
                drop_character(out, start);
            }
            i++;
        } else if (c == '\t' || is_between((char)c, 0x20, 0x7E)) {
            strbuf_append_char(out, (char)c);
            i++;
        } else if (c < 0x20 || c == 0x7F) {
            i++;
        } else {
            uint32_t code;
            i += utf8_decode(bytes + i, len - i, &code);
            append_character(out, code);
        }
    }
}
