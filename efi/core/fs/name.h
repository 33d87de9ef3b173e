/* SPDX-License-Identifier: BSD-2-Clause */
/* Names as disks hold them, UTF-16, to UTF-8 in a buffer of fixed size. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/utf.h"

/* Encodes LEN units (host byte order) and a NUL into RET_TEXT, which holds at least LEN * 3 + 1
 * bytes; lone surrogates become U+FFFD. */
static inline void name_utf8_from_utf16(const uint16_t *units, size_t len, char *ret_text)
{
    size_t used = 0;

    for (size_t i = 0; i < len; i++) {
        uint32_t code = units[i];
        if (code < 0x80) { /* most are */
            ret_text[used++] = (char)code;
            continue;
        }
        if (code >= 0xd800 && code < 0xdc00 && len - i > 1 && units[i + 1] >= 0xdc00 &&
            units[i + 1] < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (units[++i] - 0xdc00u);
        used += utf8_encode(code, ret_text + used);
    }
    ret_text[used] = '\0';
}
