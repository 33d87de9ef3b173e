/* SPDX-License-Identifier: BSD-2-Clause */
/* Decimal arithmetic by shifts: slow, short and exact. */
#include "efi/libc/decimal.h"

#include <string.h>

#define SHIFT_MAX        60 /* nine shifted this far still fits 64 bits, with its carry */
#define MANTISSA_BITS    52
#define EXPONENT_BIAS    1023
#define EXPONENT_SPECIAL 0x7FF

static void trim(struct decimal *d)
{
    while (d->count > 0 && d->digits[d->count - 1] == 0)
        d->count--;
    if (d->count == 0)
        d->point = 0;
}

static void shift_left(struct decimal *d, unsigned bits)
{
    int extra = (int)(bits * 1233 >> 12) + 1; /* digits that 2^bits can add */
    int write = d->count + extra;
    uint64_t carry = 0;

    for (int read = d->count - 1; read >= 0; read--) {
        carry += (uint64_t)d->digits[read] << bits;
        d->digits[--write] = (uint8_t)(carry % 10);
        carry /= 10;
    }
    for (; carry > 0; carry /= 10)
        d->digits[--write] = (uint8_t)(carry % 10);
    d->count += extra - write;
    d->point += extra - write;
    memmove(d->digits, d->digits + write, (size_t)d->count);
    for (; d->count > DECIMAL_DIGITS_MAX; d->count--)
        d->is_truncated |= d->digits[d->count - 1] != 0;
    trim(d);
}

static void shift_right(struct decimal *d, unsigned bits)
{
    int read = 0, write = 0;
    uint64_t rest = 0, mask = ((uint64_t)1 << bits) - 1;

    while (rest >> bits == 0) {
        rest = rest * 10 + (read < d->count ? d->digits[read] : 0);
        read++;
    }
    d->point -= read - 1;
    while (read < d->count || rest > 0) {
        uint8_t digit = (uint8_t)(rest >> bits);
        if (write < DECIMAL_DIGITS_MAX)
            d->digits[write++] = digit;
        else
            d->is_truncated |= digit != 0;
        rest = (rest & mask) * 10;
        if (read < d->count)
            rest += d->digits[read];
        else if (rest == 0)
            break;
        read++;
    }
    d->count = write;
    trim(d);
}

void decimal_shift(struct decimal *d, int bits)
{
    bool is_left = bits > 0;
    unsigned left_over = (unsigned)(is_left ? bits : -bits);

    while (left_over > 0 && d->count > 0) {
        unsigned step = left_over < SHIFT_MAX ? left_over : SHIFT_MAX;
        if (is_left)
            shift_left(d, step);
        else
            shift_right(d, step);
        left_over -= step;
    }
}

/* Is what lies behind the first COUNT digits to be rounded up? */
static bool rounds_up(const struct decimal *d, int count)
{
    if (count < 0 || count >= d->count)
        return false;
    if (d->digits[count] != 5)
        return d->digits[count] > 5;
    if (count + 1 < d->count || d->is_truncated)
        return true;
    return count > 0 && (d->digits[count - 1] & 1) != 0;
}

void decimal_round(struct decimal *d, int count)
{
    if (count >= d->count)
        return;
    bool up = rounds_up(d, count);
    d->count = count < 0 ? 0 : count;
    d->is_truncated = false;
    if (!up) {
        trim(d);
        return;
    }
    while (d->count > 0 && d->digits[d->count - 1] == 9)
        d->count--;
    if (d->count > 0) {
        d->digits[d->count - 1]++;
    } else {
        d->digits[d->count++] = 1;
        d->point++;
    }
}

uint64_t decimal_to_integer(const struct decimal *d)
{
    uint64_t value = 0;
    for (int i = 0; i < d->point; i++)
        value = value * 10 + (i < d->count ? d->digits[i] : 0);
    return value + rounds_up(d, d->point);
}

void decimal_from_double(double value, struct decimal *ret_decimal)
{
    uint64_t bits, scale = 1;
    memcpy(&bits, &value, sizeof(bits));
    int exponent = (int)(bits >> MANTISSA_BITS & EXPONENT_SPECIAL);
    uint64_t mantissa = bits & (((uint64_t)1 << MANTISSA_BITS) - 1);

    if (exponent > 0)
        mantissa |= (uint64_t)1 << MANTISSA_BITS;
    else
        exponent = 1;
    ret_decimal->count = ret_decimal->point = 0;
    ret_decimal->is_truncated = false;
    while (mantissa / scale >= 10)
        scale *= 10;
    for (; scale > 0; scale /= 10)
        ret_decimal->digits[ret_decimal->count++] = (uint8_t)(mantissa / scale % 10);
    ret_decimal->point = ret_decimal->count;
    trim(ret_decimal);
    decimal_shift(ret_decimal, exponent - EXPONENT_BIAS - MANTISSA_BITS);
}

static double make_double(int exponent, uint64_t mantissa)
{
    uint64_t bits = (uint64_t)exponent << MANTISSA_BITS | mantissa;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

double decimal_to_double(struct decimal *d)
{
    int exponent = 0;

    if (d->count == 0 || d->point < -330)
        return 0;
    if (d->point > 310)
        return make_double(EXPONENT_SPECIAL, 0);
    /* Into [1/2, 1). */
    while (d->point > 0) {
        int bits = d->point > 18 ? SHIFT_MAX : d->point * 3;
        decimal_shift(d, -bits);
        exponent += bits;
    }
    while (d->point < 0 || d->digits[0] < 5) {
        int bits = d->point < -18 ? SHIFT_MAX : d->point < 0 ? -d->point * 3 : 1;
        decimal_shift(d, bits);
        exponent -= bits;
    }
    exponent--; /* now for a value in [1, 2) */
    if (exponent < 1 - EXPONENT_BIAS) {
        decimal_shift(d, exponent - (1 - EXPONENT_BIAS));
        exponent = 1 - EXPONENT_BIAS;
    }
    decimal_shift(d, MANTISSA_BITS + 1);
    uint64_t mantissa = decimal_to_integer(d);
    if (mantissa == (uint64_t)2 << MANTISSA_BITS) {
        mantissa >>= 1;
        exponent++;
    }
    if (exponent + EXPONENT_BIAS >= EXPONENT_SPECIAL)
        return make_double(EXPONENT_SPECIAL, 0);
    if ((mantissa & (uint64_t)1 << MANTISSA_BITS) == 0) /* a subnormal */
        return make_double(0, mantissa);
    return make_double(exponent + EXPONENT_BIAS, mantissa & (((uint64_t)1 << MANTISSA_BITS) - 1));
}
