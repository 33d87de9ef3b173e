/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of texts, numbers out of texts. */
#include "config/base/text.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/utf.h"

char *text_copy_part(const char *text, size_t len)
{
    if (len == SIZE_MAX)
        return NULL;
    char *copy = malloc(len + 1);
    if (copy == NULL)
        return NULL;
    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

char *text_copy(const char *text)
{
    return text_copy_part(text, strlen(text));
}

bool text_part_equals(const char *text, size_t len, const char *word)
{
    return strlen(word) == len && memcmp(text, word, len) == 0;
}

bool text_parse_int(const char *text, size_t len, int64_t *ret_number)
{
    bool negative = len > 0 && text[0] == '-';
    int64_t number = 0; /* kept negative: INT64_MIN has no positive twin */

    if (len == (negative ? 1 : 0))
        return false;
    for (size_t i = negative ? 1 : 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        int digit = text[i] - '0';
        if (number < (INT64_MIN + digit) / 10)
            number = INT64_MIN;
        else
            number = number * 10 - digit;
    }
    if (!negative)
        number = number == INT64_MIN ? INT64_MAX : -number;
    *ret_number = number;
    return true;
}

int text_hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

size_t text_find_invalid_utf8(const char *text, size_t len)
{
    size_t off = 0;

    while (off < len) {
        uint32_t code;
        size_t used = utf8_decode(text + off, len - off, &code);
        if (code == UTF_REPLACEMENT && used == 1)
            return off;
        off += used;
    }
    return len;
}

size_t text_cut(const char *text, size_t max)
{
    size_t len = strlen(text);

    if (len <= max)
        return len;
    len = max;
    while (len > 0 && ((unsigned char)text[len] & 0xC0) == 0x80)
        len--;
    return len;
}
