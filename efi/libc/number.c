/* SPDX-License-Identifier: BSD-2-Clause */
/* Text to numbers for the firmware build. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "efi/libc/decimal.h"

int errno;

static void set_end(char **ret_end, const char *end)
{
    if (ret_end != NULL)
        *ret_end = (char *)(uintptr_t)end;
}

static int digit_value(char c)
{
    if (isdigit(c))
        return c - '0';
    return isalpha(c) ? tolower(c) - 'a' + 10 : INT_MAX;
}

/* The magnitude behind blanks and sign; ULLONG_MAX with *RET_OVERFLOW when it does not fit. */
static unsigned long long parse_magnitude(const char *text, char **ret_end, int base,
                                          bool *ret_negative, bool *ret_overflow)
{
    const char *p = text;
    unsigned long long value = 0;

    *ret_negative = *ret_overflow = false;
    while (isspace(*p))
        p++;
    if (*p == '+' || *p == '-')
        *ret_negative = *p++ == '-';
    bool is_hex = p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && isxdigit(p[2]);
    if ((base == 0 || base == 16) && is_hex) {
        p += 2;
        base = 16;
    } else if (base == 0) {
        base = *p == '0' ? 8 : 10;
    }
    const char *digits = p;
    for (; digit_value(*p) < base; p++) {
        if (__builtin_mul_overflow(value, (unsigned long long)base, &value) ||
            __builtin_add_overflow(value, (unsigned long long)digit_value(*p), &value))
            *ret_overflow = true;
    }
    set_end(ret_end, p > digits ? p : text);
    if (*ret_overflow)
        value = ULLONG_MAX;
    return value;
}

unsigned long long strtoull(const char *restrict text, char **restrict ret_end, int base)
{
    bool negative, overflow;
    unsigned long long value = parse_magnitude(text, ret_end, base, &negative, &overflow);
    if (overflow)
        errno = ERANGE;
    return negative && !overflow ? -value : value;
}

long long strtoll(const char *restrict text, char **restrict ret_end, int base)
{
    bool negative, overflow;
    unsigned long long value = parse_magnitude(text, ret_end, base, &negative, &overflow);
    unsigned long long limit = negative ? (unsigned long long)LLONG_MAX + 1 : LLONG_MAX;
    if (value > limit) {
        errno = ERANGE;
        value = limit;
    }
    return (long long)(negative ? -value : value);
}

unsigned long strtoul(const char *restrict text, char **restrict ret_end, int base)
{
    return (unsigned long)strtoull(text, ret_end, base);
}

long strtol(const char *restrict text, char **restrict ret_end, int base)
{
    return (long)strtoll(text, ret_end, base);
}

static void add_digit(struct decimal *d, uint8_t digit)
{
    if (d->count == 0 && digit == 0) {
        d->point--; /* a leading zero */
        return;
    }
    if (d->count < DECIMAL_DIGITS_MAX)
        d->digits[d->count++] = digit;
    else
        d->is_truncated |= digit != 0;
}

/* Decimal numbers only: no hexadecimal ones, no infinity and no NaN (JSON has none). */
double strtod(const char *restrict text, char **restrict ret_end)
{
    struct decimal d = {.count = 0};
    const char *p = text;
    bool negative = false, has_digits = false;
    int integer_digits = 0;

    while (isspace(*p))
        p++;
    if (*p == '+' || *p == '-')
        negative = *p++ == '-';
    for (; isdigit(*p); p++, has_digits = true) {
        add_digit(&d, (uint8_t)(*p - '0'));
        integer_digits += integer_digits < INT_MAX / 4;
    }
    if (*p == '.') {
        const char *point = p++;
        for (; isdigit(*p); p++, has_digits = true)
            add_digit(&d, (uint8_t)(*p - '0'));
        if (!has_digits)
            p = point;
    }
    if (!has_digits) {
        set_end(ret_end, text);
        return 0;
    }
    int exponent = 0;
    if (*p == 'e' || *p == 'E') {
        const char *q = p + 1;
        bool is_negative = *q == '-';
        if (*q == '+' || *q == '-')
            q++;
        if (isdigit(*q)) {
            for (; isdigit(*q); q++) {
                if (exponent < INT_MAX / 100)
                    exponent = exponent * 10 + (*q - '0');
            }
            if (is_negative)
                exponent = -exponent;
            p = q;
        }
    }
    set_end(ret_end, p);
    while (d.count > 0 && d.digits[d.count - 1] == 0)
        d.count--;
    d.point += integer_digits + exponent;
    double value = decimal_to_double(&d);
    return negative ? -value : value;
}
