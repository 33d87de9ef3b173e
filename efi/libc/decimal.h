/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal numbers long enough to hold any double exactly: the base of strtod and of %e, %f and %g.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_DIGITS_MAX 800 /* a double has at most 767 significant ones */

/* 0.DIGITS times ten to the power of POINT. */
struct decimal {
    int count, point;
    bool is_truncated; /* something other than zeros was cut off behind the last digit */
    uint8_t digits[DECIMAL_DIGITS_MAX + 20];
};

/* Multiplies by two to the power of BITS, which may be negative. */
void decimal_shift(struct decimal *d, int bits);

/* Keeps COUNT digits, rounding half to even. COUNT may be negative: the result is then zero. */
void decimal_round(struct decimal *d, int count);

/* The integer part, rounded half to even. The value must be below 2^63. */
uint64_t decimal_to_integer(const struct decimal *d);

/* The exact value of VALUE, which is finite; the sign is dropped. */
void decimal_from_double(double value, struct decimal *ret_decimal);

/* The nearest double, half to even; infinity above the range. Changes D. */
double decimal_to_double(struct decimal *d);
