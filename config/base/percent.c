/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding of values on the kernel command line. */
#include "config/base/percent.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/text.h"
#include "config/base/utf.h"

#define LINUX_LATIN1_SPACE 0xA0

/* Is the character in the USED bytes at TEXT safe as it is, for the kernel and for our own
 * separators? */
static bool is_plain(const char *text, size_t used, uint32_t code)
{
    if (used == 1)
        return code > 0x20 && code < 0x7F && strchr("\"',:%\\", (int)code) == NULL;
    if (code < 0xA0) /* C1 control characters */
        return false;
    return memchr(text, LINUX_LATIN1_SPACE, used) == NULL;
}

void percent_encode(struct strbuf *b, const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t len = strlen(text);

    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(text, len, &code);
        if (is_plain(text, used, code)) {
            strbuf_append_bytes(b, text, used);
        } else {
            for (size_t i = 0; i < used; i++) {
                uint8_t byte = (uint8_t)text[i];
                char escape[] = {'%', digits[byte >> 4], digits[byte & 15]};
                strbuf_append_bytes(b, escape, sizeof(escape));
            }
        }
        text += used;
        len -= used;
    }
}

enum status percent_decode(const char *text, size_t len, char **ret_text)
{
    if (len == SIZE_MAX)
        return STATUS_TOO_LARGE;
    char *decoded = malloc(len + 1);
    if (decoded == NULL)
        return STATUS_NO_MEMORY;
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? text_hex_value(text[i + 1]) : -1;
            int low = len - i > 2 ? text_hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                goto invalid;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0')
            goto invalid;
        decoded[out++] = c;
    }
    decoded[out] = '\0';
    *ret_text = decoded;
    return STATUS_OK;

invalid:
    free(decoded);
    return STATUS_INVALID;
}
