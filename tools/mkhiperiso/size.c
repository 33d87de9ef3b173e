/* SPDX-License-Identifier: BSD-2-Clause */
/* Sizes to and from text, in integers only. */
#include "tools/mkhiperiso/size.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"

#define FRACTION_DIGITS_MAX 6
#define SIZE_MAX_BYTES      ((uint64_t)INT64_MAX)

static const struct {
    const char *suffix;
    uint64_t unit;
} units[] = {
    {"", 1},
    {"B", 1},
    {"K", (uint64_t)1 << 10},
    {"KiB", (uint64_t)1 << 10},
    {"M", (uint64_t)1 << 20},
    {"MiB", (uint64_t)1 << 20},
    {"G", (uint64_t)1 << 30},
    {"GiB", (uint64_t)1 << 30},
    {"T", (uint64_t)1 << 40},
    {"TiB", (uint64_t)1 << 40},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
};

enum status size_parse(const char *text, uint64_t *ret_bytes)
{
    uint64_t whole = 0, fraction = 0, fraction_unit = 1;
    size_t digits = 0;

    for (; *text >= '0' && *text <= '9'; text++, digits++) {
        if (whole > (SIZE_MAX_BYTES - 9) / 10)
            return STATUS_TOO_LARGE;
        whole = whole * 10 + (uint64_t)(*text - '0');
    }
    if (digits == 0)
        return STATUS_INVALID;
    if (*text == '.') {
        digits = 0;
        for (text++; *text >= '0' && *text <= '9'; text++) {
            if (++digits > FRACTION_DIGITS_MAX)
                return STATUS_INVALID;
            fraction = fraction * 10 + (uint64_t)(*text - '0');
            fraction_unit *= 10;
        }
        if (digits == 0)
            return STATUS_INVALID;
    }
    for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
        if (strcasecmp(text, units[i].suffix) != 0)
            continue;
        uint64_t unit = units[i].unit;
        if (unit == 1 && fraction_unit != 1)
            return STATUS_INVALID;
        if (whole > SIZE_MAX_BYTES / unit - 1)
            return STATUS_TOO_LARGE;
        *ret_bytes = whole * unit + fraction * (unit / fraction_unit) +
                     fraction * (unit % fraction_unit) / fraction_unit;
        return STATUS_OK;
    }
    return STATUS_INVALID;
}

void size_text(uint64_t bytes, char ret_text[SIZE_TEXT_BYTES])
{
    static const char *const names[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    size_t unit = 0;
    uint64_t tenths = bytes * 10;

    if (bytes < 1024) {
        snprintf(ret_text, SIZE_TEXT_BYTES, "%u byte%s", (unsigned)bytes, bytes == 1 ? "" : "s");
        return;
    }
    for (; bytes >= 1024 && unit + 1 < ARRAY_SIZE(names); bytes >>= 10, unit++)
        tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
    if (tenths % 10 == 0)
        snprintf(ret_text, SIZE_TEXT_BYTES, "%u %s", (unsigned)(tenths / 10), names[unit]);
    else
        snprintf(ret_text, SIZE_TEXT_BYTES, "%u.%u %s", (unsigned)(tenths / 10),
                 (unsigned)(tenths % 10), names[unit]);
}
