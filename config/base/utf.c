/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversions between UTF-8 and UTF-16. */
#include "config/base/utf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_surrogate(uint32_t code)
{
    return code >= 0xD800 && code <= 0xDFFF;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const uint8_t *b = (const uint8_t *)text;
    size_t count;
    uint32_t code;

    *ret_code = UTF_REPLACEMENT;
    if (b[0] < 0x80) {
        *ret_code = b[0];
        return 1;
    }
    if (b[0] >= 0xF0 && b[0] < 0xF8) {
        count = 4;
        code = b[0] & 0x07u;
    } else if (b[0] >= 0xE0 && b[0] < 0xF0) {
        count = 3;
        code = b[0] & 0x0Fu;
    } else if (b[0] >= 0xC0 && b[0] < 0xE0) {
        count = 2;
        code = b[0] & 0x1Fu;
    } else {
        return 1;
    }
    if (count > len)
        return 1;
    for (size_t i = 1; i < count; i++) {
        if ((b[i] & 0xC0) != 0x80)
            return 1;
        code = code << 6 | (b[i] & 0x3Fu);
    }
    if (code < smallest[count] || code > 0x10FFFF || is_surrogate(code))
        return 1;
    *ret_code = code;
    return count;
}

uint32_t utf8_next(const char **text)
{
    size_t len = 0;
    uint32_t code;

    while (len < UTF8_MAX_BYTES && (*text)[len] != '\0')
        len++;
    if (len == 0)
        return 0;
    *text += utf8_decode(*text, len, &code);
    return code;
}

size_t utf8_encode(uint32_t code, char ret_bytes[UTF8_MAX_BYTES])
{
    uint8_t *b = (uint8_t *)ret_bytes;

    if (code > 0x10FFFF || is_surrogate(code))
        code = UTF_REPLACEMENT;
    if (code < 0x80) {
        b[0] = (uint8_t)code;
        return 1;
    }
    if (code < 0x800) {
        b[0] = (uint8_t)(0xC0 | code >> 6);
        b[1] = (uint8_t)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        b[0] = (uint8_t)(0xE0 | code >> 12);
        b[1] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        b[2] = (uint8_t)(0x80 | (code & 0x3F));
        return 3;
    }
    b[0] = (uint8_t)(0xF0 | code >> 18);
    b[1] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
    b[2] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
    b[3] = (uint8_t)(0x80 | (code & 0x3F));
    return 4;
}

enum status utf8_from_utf16(const uint16_t *units, size_t len, char **ret_text)
{
    if (len > SIZE_MAX / 3 - 1)
        return STATUS_TOO_LARGE;
    char *text = malloc(len * 3 + 1); /* one unit needs three bytes at most, a pair four */
    if (text == NULL)
        return STATUS_NO_MEMORY;
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        uint32_t code = units[i];
        if (code >= 0xD800 && code <= 0xDBFF && i + 1 < len && units[i + 1] >= 0xDC00 &&
            units[i + 1] <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (units[i + 1] - 0xDC00u);
            i++;
        }
        out += utf8_encode(code, text + out);
    }
    text[out] = '\0';
    *ret_text = text;
    return STATUS_OK;
}

enum status utf16_from_utf8(const char *text, uint16_t **ret_units, size_t *ret_len)
{
    size_t len = strlen(text);
    if (len > SIZE_MAX / 2 - 1)
        return STATUS_TOO_LARGE;
    uint16_t *units = malloc((len + 1) * sizeof(*units));
    if (units == NULL)
        return STATUS_NO_MEMORY;
    size_t out = 0;
    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(text, len, &code);
        if (code >= 0x10000) {
            units[out++] = (uint16_t)(0xD800 + ((code - 0x10000) >> 10));
            units[out++] = (uint16_t)(0xDC00 + (code & 0x3FF));
        } else {
            units[out++] = (uint16_t)code;
        }
        text += used;
        len -= used;
    }
    units[out] = 0;
    *ret_units = units;
    if (ret_len != NULL)
        *ret_len = out;
    return STATUS_OK;
}

bool utf_is_deceptive(uint32_t code)
{
    return code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0x61C ||
           (code >= 0x200E && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

uint32_t utf_fold(uint32_t code)
{
    if (code < 0x80)
        return code >= 'A' && code <= 'Z' ? code + 32 : code;
    if (code >= 0xC0 && code <= 0xDE && code != 0xD7)
        return code + 32;
    if ((code >= 0x100 && code <= 0x12F) || (code >= 0x132 && code <= 0x137) ||
        (code >= 0x14A && code <= 0x177))
        return code | 1;
    if ((code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E))
        return (code & 1) != 0 ? code + 1 : code;
    if (code >= 0x391 && code <= 0x3A9 && code != 0x3A2)
        return code + 32;
    if (code >= 0x410 && code <= 0x42F)
        return code + 32;
    if (code >= 0x400 && code <= 0x40F)
        return code + 80;
    return code;
}
