/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of SHA-256 sums, as sha256sum and BSD's sha256 write them. */
#include "tools/mkhiperiso/sums.h"

#include <stdbool.h>
#include <string.h>

#include "config/base/text.h"

#define BSD_HEAD "SHA256 ("

static const char *base_name(const char *path, size_t len)
{
    const char *start = path;

    for (size_t i = 0; i < len; i++)
        if (path[i] == '/')
            start = path + i + 1;
    return start;
}

/* The first 64 characters of TEXT as 32 bytes. */
static bool parse_sum(const char *text, size_t len, uint8_t ret_sum[DIGEST_BYTES])
{
    if (len < 2 * DIGEST_BYTES)
        return false;
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        int high = text_hex_value(text[2 * i]), low = text_hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_sum[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* One line: "SUM  NAME", "SUM *NAME" or "SHA256 (NAME) = SUM". */
static bool match_line(const char *line, size_t len, const char *name,
                       uint8_t ret_sum[DIGEST_BYTES])
{
    const char *found, *end = line + len, *sum = line;

    while (end > line && (end[-1] == '\r' || end[-1] == ' '))
        end--;
    if (len > strlen(BSD_HEAD) && memcmp(line, BSD_HEAD, strlen(BSD_HEAD)) == 0) {
        found = line + strlen(BSD_HEAD);
        if ((size_t)(end - found) < 2 * DIGEST_BYTES + 4)
            return false;
        sum = end - 2 * DIGEST_BYTES;
        end = sum - 4;
        if (memcmp(end, ") = ", 4) != 0)
            return false;
    } else {
        found = line + 2 * DIGEST_BYTES + 2;
        if (found >= end || found[-2] != ' ' || (found[-1] != ' ' && found[-1] != '*'))
            return false;
    }
    const char *base = base_name(found, (size_t)(end - found));
    return text_part_equals(base, (size_t)(end - base), name) &&
           parse_sum(sum, 2 * DIGEST_BYTES, ret_sum);
}

enum status sums_find(const char *text, const char *name, uint8_t ret_sum[DIGEST_BYTES])
{
    uint8_t sum[DIGEST_BYTES];

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (match_line(text, len, name, sum)) {
            memcpy(ret_sum, sum, DIGEST_BYTES);
            return STATUS_OK;
        }
        text += len + (text[len] == '\n');
    }
    return STATUS_NOT_FOUND;
}
