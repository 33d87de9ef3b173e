/* SPDX-License-Identifier: BSD-2-Clause */
/* What the values in a GRUB theme mean: colours, lengths, numbers, file names. */
#include "efi/core/gfx/theme/theme_value.h"

#include <ctype.h>
#include <string.h>

#include "efi/core/gfx/theme/theme_colours.h"

#define PARTS_MAX 16 /* of a length: "50%-12" has two */

static const char *skip_spaces(const char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static int hex_digit(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* Digits in base 8 (leading 0), 10 or 16 (0x) when BASE is 0, as strtoul() has it. Values above
 * THEME_NUMBER_MAX and texts without a digit are refused. */
static bool read_unsigned(const char **text, int base, int *ret_number)
{
    const char *at = *text;
    int number = 0;
    if (base == 0) {
        base = 10;
        if (at[0] == '0' && (at[1] == 'x' || at[1] == 'X') && isxdigit((unsigned char)at[2])) {
            base = 16;
            at += 2;
        } else if (at[0] == '0') {
            base = 8;
        }
    }
    const char *first = at;
    for (; isxdigit((unsigned char)*at) && hex_digit(*at) < base; at++) {
        number = number * base + hex_digit(*at);
        if (number > THEME_NUMBER_MAX)
            return false;
    }
    if (at == first)
        return false;
    *text = at;
    *ret_number = number;
    return true;
}

static bool parse_hex_colour(const char *digits, uint32_t *ret_colour)
{
    size_t count = 0;
    while (isxdigit((unsigned char)digits[count]))
        count++;
    if (count != 3 && count != 4 && count != 6 && count != 8)
        return false;
    unsigned wide = count > 4 ? 2 : 1;
    uint32_t parts[4] = {0, 0, 0, 255}; /* red, green, blue, alpha */
    for (unsigned i = 0; i < count / wide; i++) {
        int high = hex_digit(digits[i * wide]);
        int low = wide == 2 ? hex_digit(digits[i * wide + 1]) : high;
        parts[i] = (uint32_t)(high << 4 | low);
    }
    *ret_colour = parts[3] << 24 | parts[0] << 16 | parts[1] << 8 | parts[2];
    return true;
}

static bool parse_decimal_colour(const char *text, uint32_t *ret_colour)
{
    uint32_t parts[4] = {0, 0, 0, 255};
    unsigned count = 0;
    for (;;) {
        int number;
        text = skip_spaces(text);
        if (count == 4 || !read_unsigned(&text, 0, &number) || number > 255)
            return false;
        parts[count++] = (uint32_t)number;
        text = skip_spaces(text);
        if (*text == '\0')
            break;
        if (*text++ != ',')
            return false;
    }
    if (count < 3)
        return false;
    *ret_colour = parts[3] << 24 | parts[0] << 16 | parts[1] << 8 | parts[2];
    return true;
}

bool theme_parse_colour(const char *text, uint32_t *ret_colour)
{
    text = skip_spaces(text);
    if (*text == '#')
        return parse_hex_colour(text + 1, ret_colour);
    if (isdigit((unsigned char)*text))
        return parse_decimal_colour(text, ret_colour);
    return theme_colour_by_name(text, ret_colour);
}

bool theme_parse_length(const char *text, struct theme_length *ret_length)
{
    struct theme_length length = {0};
    for (unsigned parts = 0; *text != '\0'; parts++) {
        bool negative = false;
        int number;
        for (; *text == '-' || *text == '+'; text++)
            negative ^= *text == '-';
        text = skip_spaces(text);
        if (parts == PARTS_MAX || !read_unsigned(&text, 0, &number))
            return false;
        if (negative)
            number = -number;
        if (*text == '%') {
            int half = negative ? -50 : 50;
            length.fraction += (int32_t)(((int64_t)number * THEME_FRACTION_ONE + half) / 100);
            text++;
        } else {
            length.pixels += number;
        }
    }
    *ret_length = length;
    return true;
}

bool theme_parse_number(const char *text, int *ret_number)
{
    bool negative = false;
    int number;
    text = skip_spaces(text);
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    if (!read_unsigned(&text, 10, &number))
        return false;
    *ret_number = negative ? -number : number;
    return true;
}

bool theme_parse_angle(const char *text, int *ret_angle)
{
    int number;
    if (!theme_parse_number(text, &number))
        return false;
    text = skip_spaces(text);
    while (*text == '-' || *text == '+' || isdigit((unsigned char)*text))
        text++;
    text = skip_spaces(text);
    if (strcmp(text, "deg") == 0 || strcmp(text, "\xC2\xB0") == 0)
        number = (number * 64 + (number < 0 ? -45 : 45)) / 90;
    *ret_angle = number;
    return true;
}

int theme_length_of(struct theme_length length, int whole)
{
    return (int)((int64_t)whole * length.fraction / THEME_FRACTION_ONE) + length.pixels;
}

/* Drops the last name of the path that ends in '/': "/a/b/" becomes "/a/". */
static void drop_last_name(struct strbuf *path)
{
    if (path->len <= 1 || path->text == NULL)
        return;
    size_t len = path->len - 1;
    while (len > 0 && path->text[len - 1] != '/')
        len--;
    path->len = len > 0 ? len : 1;
    path->text[path->len] = '\0';
}

static void append_names(struct strbuf *path, const char *names)
{
    while (*names != '\0') {
        size_t len = strcspn(names, "/");
        bool is_last = names[len] == '\0';
        if (len == 2 && memcmp(names, "..", 2) == 0) {
            drop_last_name(path);
        } else if (len > 0 && !(len == 1 && names[0] == '.')) {
            strbuf_append_bytes(path, names, len);
            if (!is_last)
                strbuf_append_char(path, '/');
        }
        names += is_last ? len : len + 1;
    }
}

void theme_append_path(struct strbuf *path, const char *folder, const char *file)
{
    if (*file == '(') {
        const char *behind = strchr(file, ')');
        if (behind != NULL)
            file = behind + 1;
    }
    strbuf_append_char(path, '/');
    if (*file != '/')
        append_names(path, folder);
    append_names(path, file);
}
