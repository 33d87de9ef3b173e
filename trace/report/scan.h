/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds numbers and words in a line of known form, within its length. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/base/text.h"

struct scan {
    const char *at, *end;
};

/* Moves behind the next KEY; false, and not moved, if there is none. */
static inline bool scan_to(struct scan *s, const char *key)
{
    size_t len = strlen(key);
    const char *found = memmem(s->at, (size_t)(s->end - s->at), key, len);

    if (found == NULL)
        return false;
    s->at = found + len;
    return true;
}

/* Reads a number: decimal with an optional '-', or hexadecimal behind 0x; what does not fit in 64
 * bits is no number. */
static inline bool scan_number(struct scan *s, uint64_t *ret_number)
{
    const char *c = s->at;
    bool is_negative = c < s->end && *c == '-';
    unsigned base = 10;
    uint64_t number = 0;

    c += is_negative;
    if (s->end - c > 2 && c[0] == '0' && (c[1] | 0x20) == 'x') {
        base = 16;
        c += 2;
    }
    const char *first = c;
    for (; c < s->end; c++) {
        int digit = text_hex_value(*c);
        if (digit < 0 || (unsigned)digit >= base)
            break;
        if (number > (UINT64_MAX - (unsigned)digit) / base)
            return false;
        number = number * base + (unsigned)digit;
    }
    if (c == first)
        return false;
    s->at = c;
    *ret_number = is_negative ? 0 - number : number;
    return true;
}

/* scan_to() and scan_number(). */
static inline bool scan_value(struct scan *s, const char *key, uint64_t *ret_number)
{
    return scan_to(s, key) && scan_number(s, ret_number);
}
