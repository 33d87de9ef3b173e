/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting into memory for the firmware build. */
#include <stdio.h>

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "efi/libc/decimal.h"

struct sink {
    char *to;
    size_t size, len; /* LEN counts what would have been written */
};

/* One conversion: %[flags][width][.precision][length]letter. */
struct conversion {
    bool left, plus, space, alternate, zero;
    int width, precision; /* precision -1: none given */
    int length;           /* -2 char, -1 short, 0 int, 1 64 bits */
    char letter;
};

static void put(struct sink *sink, char c)
{
    if (sink->len + 1 < sink->size)
        sink->to[sink->len] = c;
    sink->len++;
}

static void put_many(struct sink *sink, char c, int count)
{
    for (; count > 0; count--)
        put(sink, c);
}

/* PREFIX (sign, 0x), ZEROS, then LEN bytes of TEXT, padded to the width. */
static void put_field(struct sink *sink, const struct conversion *c, const char *prefix, int zeros,
                      const char *text, size_t len)
{
    int used = (int)strlen(prefix) + zeros + (int)len;
    int padding = c->width > used ? c->width - used : 0;

    if (!c->left && !c->zero)
        put_many(sink, ' ', padding);
    while (*prefix != '\0')
        put(sink, *prefix++);
    put_many(sink, '0', !c->left && c->zero ? zeros + padding : zeros);
    for (size_t i = 0; i < len; i++)
        put(sink, text[i]);
    if (c->left)
        put_many(sink, ' ', padding);
}

static void put_integer(struct sink *sink, struct conversion *c, uint64_t value, bool is_negative)
{
    char digits[24], *p = digits + sizeof(digits);
    unsigned base = c->letter == 'o' ? 8 : c->letter == 'x' || c->letter == 'X' ? 16 : 10;
    const char *alphabet = c->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = "";
    bool is_zero = value == 0;

    for (; value > 0; value /= base)
        *--p = alphabet[value % base];
    int len = (int)(digits + sizeof(digits) - p);
    int zeros = (c->precision < 0 ? 1 : c->precision) - len;
    if (c->precision >= 0)
        c->zero = false;
    if (c->letter == 'd')
        prefix = is_negative ? "-" : c->plus ? "+" : c->space ? " " : "";
    else if (c->alternate && base == 16 && !is_zero)
        prefix = c->letter == 'X' ? "0X" : "0x";
    else if (c->alternate && base == 8 && zeros <= 0 && !is_zero)
        zeros = 1;
    put_field(sink, c, prefix, zeros > 0 ? zeros : 0, p, (size_t)len);
}

#define DOUBLE_PRECISION_MAX 100                          /* more is cut to this */
#define DOUBLE_TEXT_MAX      (DOUBLE_PRECISION_MAX + 320) /* 309 digits before the point */

static char digit_at(const struct decimal *d, int index)
{
    return (char)('0' + (index >= 0 && index < d->count ? d->digits[index] : 0));
}

/* Fixed notation of D with FRACTION digits behind the point; returns the length. */
static int write_fixed(const struct decimal *d, int fraction, bool keep_point, char *out)
{
    int len = 0;
    if (d->point <= 0)
        out[len++] = '0';
    for (int i = 0; i < d->point; i++)
        out[len++] = digit_at(d, i);
    if (fraction > 0 || keep_point)
        out[len++] = '.';
    for (int i = 0; i < fraction; i++)
        out[len++] = digit_at(d, d->point + i);
    return len;
}

static int write_exponent(const struct decimal *d, int fraction, bool keep_point, bool upper,
                          char *out)
{
    int len = 0, exponent = d->count > 0 ? d->point - 1 : 0;
    out[len++] = digit_at(d, 0);
    if (fraction > 0 || keep_point)
        out[len++] = '.';
    for (int i = 1; i <= fraction; i++)
        out[len++] = digit_at(d, i);
    out[len++] = upper ? 'E' : 'e';
    out[len++] = exponent < 0 ? '-' : '+';
    if (exponent < 0)
        exponent = -exponent;
    if (exponent >= 100)
        out[len++] = (char)('0' + exponent / 100);
    out[len++] = (char)('0' + exponent / 10 % 10);
    out[len++] = (char)('0' + exponent % 10);
    return len;
}

static void put_double(struct sink *sink, struct conversion *c, double value)
{
    char text[DOUBLE_TEXT_MAX];
    bool upper = c->letter >= 'E' && c->letter <= 'G';
    char letter = (char)(c->letter | 0x20);
    uint64_t bits;
    int len, precision = c->precision < 0 ? 6 : c->precision;

    memcpy(&bits, &value, sizeof(bits));
    const char *prefix = bits >> 63 != 0 ? "-" : c->plus ? "+" : c->space ? " " : "";
    if (isnan(value) || isinf(value)) {
        c->zero = false;
        const char *name = isnan(value) ? (upper ? "NAN" : "nan") : upper ? "INF" : "inf";
        put_field(sink, c, prefix, 0, name, 3);
        return;
    }
    if (precision > DOUBLE_PRECISION_MAX)
        precision = DOUBLE_PRECISION_MAX;
    struct decimal d;
    decimal_from_double(value, &d);
    if (letter == 'f') {
        decimal_round(&d, d.point + precision);
        len = write_fixed(&d, precision, c->alternate, text);
    } else if (letter == 'e') {
        decimal_round(&d, precision + 1);
        len = write_exponent(&d, precision, c->alternate, upper, text);
    } else {
        if (precision == 0)
            precision = 1;
        decimal_round(&d, precision);
        int exponent = d.count > 0 ? d.point - 1 : 0;
        bool is_fixed = exponent >= -4 && exponent < precision;
        int fraction = is_fixed ? precision - 1 - exponent : precision - 1;
        if (!c->alternate) { /* no zeros at the end */
            int needed = is_fixed ? d.count - d.point : d.count - 1;
            if (fraction > needed)
                fraction = needed > 0 ? needed : 0;
        }
        len = is_fixed ? write_fixed(&d, fraction, c->alternate, text)
                       : write_exponent(&d, fraction, c->alternate, upper, text);
    }
    put_field(sink, c, prefix, 0, text, (size_t)len);
}

static const char *parse_number(const char *format, int *ret_number)
{
    int number = 0;
    for (; *format >= '0' && *format <= '9'; format++) {
        if (number < INT_MAX / 20)
            number = number * 10 + (*format - '0');
    }
    *ret_number = number;
    return format;
}

static const char *parse_flags(const char *format, struct conversion *c)
{
    for (;; format++) {
        switch (*format) {
        case '-':
            c->left = true;
            break;
        case '+':
            c->plus = true;
            break;
        case ' ':
            c->space = true;
            break;
        case '#':
            c->alternate = true;
            break;
        case '0':
            c->zero = true;
            break;
        default:
            return format;
        }
    }
}

static const char *parse_length(const char *format, struct conversion *c)
{
    for (;; format++) {
        if (*format == 'h')
            c->length--;
        else if (*format == 'l' || *format == 'z' || *format == 'j' || *format == 't')
            c->length = 1;
        else
            return format;
    }
}

static int64_t signed_argument(uint64_t value, int length)
{
    switch (length) {
    case -2:
        return (signed char)value;
    case -1:
        return (short)value;
    case 0:
        return (int)value;
    default:
        return (int64_t)value;
    }
}

static uint64_t unsigned_argument(uint64_t value, int length)
{
    switch (length) {
    case -2:
        return (unsigned char)value;
    case -1:
        return (unsigned short)value;
    case 0:
        return (unsigned)value;
    default:
        return value;
    }
}

/* A va_list that functions can share: as an array type it would decay on the way. */
struct arguments {
    va_list list;
};

/* %[flags][width][.precision][length]letter behind the percent sign; returns where the letter is.
 */
static const char *parse_conversion(const char *format, struct arguments *args,
                                    struct conversion *c)
{
    *c = (struct conversion){.precision = -1};
    format = parse_flags(format, c);
    if (*format == '*') {
        c->width = va_arg(args->list, int);
        format++;
        if (c->width < 0) {
            c->left = true;
            c->width = -c->width;
        }
    } else {
        format = parse_number(format, &c->width);
    }
    if (*format == '.' && format[1] == '*') {
        c->precision = va_arg(args->list, int);
        format += 2;
    } else if (*format == '.') {
        format = parse_number(format + 1, &c->precision);
    }
    format = parse_length(format, c);
    c->letter = *format;
    return format;
}

static void put_text(struct sink *sink, struct conversion *c, const char *text)
{
    if (text == NULL)
        text = "(null)";
    c->zero = false;
    size_t len = c->precision < 0 ? strlen(text) : strnlen(text, (size_t)c->precision);
    put_field(sink, c, "", 0, text, len);
}

/* False: there is no such conversion here, the caller's format string is wrong. */
static bool put_conversion(struct sink *sink, struct arguments *args, struct conversion *c)
{
    uint64_t raw = 0;
    if (c->letter != '\0' && strchr("diuxXo", c->letter) != NULL)
        raw = c->length > 0 ? va_arg(args->list, uint64_t) : va_arg(args->list, unsigned);
    switch (c->letter) {
    case 'd':
    case 'i': {
        int64_t value = signed_argument(raw, c->length);
        c->letter = 'd';
        put_integer(sink, c, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
        return true;
    }
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_integer(sink, c, unsigned_argument(raw, c->length), false);
        return true;
    case 'p':
        c->letter = 'x';
        c->alternate = true;
        put_integer(sink, c, (uintptr_t)va_arg(args->list, void *), false);
        return true;
    case 'c': {
        char letter = (char)va_arg(args->list, int);
        c->zero = false;
        put_field(sink, c, "", 0, &letter, 1);
        return true;
    }
    case 's':
        put_text(sink, c, va_arg(args->list, const char *));
        return true;
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        put_double(sink, c, va_arg(args->list, double));
        return true;
    case '%':
        put(sink, '%');
        return true;
    default:
        return false;
    }
}

int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list args)
{
    struct sink sink = {.to = to, .size = size};
    struct arguments arguments;
    bool is_valid = true;

    va_copy(arguments.list, args);
    for (; *format != '\0' && is_valid; format++) {
        struct conversion c;
        if (*format != '%') {
            put(&sink, *format);
            continue;
        }
        format = parse_conversion(format + 1, &arguments, &c);
        is_valid = put_conversion(&sink, &arguments, &c);
        if (*format == '\0')
            break;
    }
    va_end(arguments.list);
    if (size > 0)
        to[sink.len < size ? sink.len : size - 1] = '\0';
    return !is_valid || sink.len > INT_MAX ? -1 : (int)sink.len;
}

int snprintf(char *restrict to, size_t size, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(to, size, format, args);
    va_end(args);
    return len;
}

int sprintf(char *restrict to, const char *restrict format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(to, INT_MAX, format, args);
    va_end(args);
    return len;
}
