/* SPDX-License-Identifier: BSD-2-Clause */
/* A scanner over JSON text that finds places. Iterative: open brackets are bits in a word. RFC
 * 8259. */
#include "config/json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/base/utf.h"

_Static_assert(JSON_SCAN_DEPTH_MAX <= 32, "open brackets are kept in 32 bits");

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *p, const char *end)
{
    while (p < end && is_space(*p))
        p++;
    return p;
}

/* The scan_ functions move *P behind what they recognise; on failure *P is where it stops being
 * that. */

/* Four hexadecimal digits behind the 'u' at *P; ends on the last. */
static bool scan_unit(const char **p, const char *end, uint32_t *ret_unit)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        (*p)++;
        if (*p == end || text_hex_value(**p) < 0)
            return false;
        unit = unit << 4 | (uint32_t)text_hex_value(**p);
    }
    *ret_unit = unit;
    return true;
}

/* A \u escape, or two that are a surrogate pair: half a pair is no character, and cJSON refuses it,
 * too. */
static bool scan_unicode_escape(const char **p, const char *end)
{
    uint32_t unit, low;

    if (!scan_unit(p, end, &unit) || (unit >= 0xDC00 && unit <= 0xDFFF))
        return false;
    if (unit < 0xD800 || unit > 0xDBFF)
        return true;
    if (end - *p < 3 || (*p)[1] != '\\' || (*p)[2] != 'u')
        return false;
    *p += 2;
    return scan_unit(p, end, &low) && low >= 0xDC00 && low <= 0xDFFF;
}

static bool scan_string(const char **p, const char *end)
{
    const char *s = *p;
    bool is_valid = s < end && *s == '"';

    while (is_valid) {
        s++;
        if (s == end || (unsigned char)*s < 0x20) {
            is_valid = false;
        } else if (*s == '"') {
            s++;
            break;
        } else if (*s == '\\') {
            s++;
            if (s < end && *s == 'u')
                is_valid = scan_unicode_escape(&s, end);
            else
                is_valid = s < end && *s != '\0' && strchr("\"\\/bfnrt", *s) != NULL;
        }
    }
    *p = s;
    return is_valid;
}

static bool scan_digits(const char **p, const char *end)
{
    const char *start = *p;

    while (*p < end && **p >= '0' && **p <= '9')
        (*p)++;
    return *p > start;
}

static bool scan_number(const char **p, const char *end)
{
    const char *start = *p;

    if (*p < end && **p == '-')
        (*p)++;
    if (*p < end && **p == '0')
        (*p)++;
    else if (!scan_digits(p, end))
        return false;
    if (*p < end && **p == '.') {
        (*p)++;
        if (!scan_digits(p, end))
            return false;
    }
    if (*p < end && (**p == 'e' || **p == 'E')) {
        (*p)++;
        if (*p < end && (**p == '+' || **p == '-'))
            (*p)++;
        if (!scan_digits(p, end))
            return false;
    }
    return *p - start <= JSON_SCAN_NUMBER_MAX;
}

static bool scan_word(const char **p, const char *end, const char *word)
{
    while (*word != '\0') {
        if (*p == end || **p != *word)
            return false;
        (*p)++;
        word++;
    }
    return true;
}

static bool scan_scalar(const char **p, const char *end)
{
    if (*p == end)
        return false;
    switch (**p) {
    case '"':
        return scan_string(p, end);
    case 't':
        return scan_word(p, end, "true");
    case 'f':
        return scan_word(p, end, "false");
    case 'n':
        return scan_word(p, end, "null");
    default:
        return scan_number(p, end);
    }
}

static bool scan_key(const char **p, const char *end)
{
    if (!scan_string(p, end))
        return false;
    *p = skip_space(*p, end);
    if (*p == end || **p != ':')
        return false;
    *p = skip_space(*p + 1, end);
    return true;
}

/* One value with all that is in it. */
static bool scan_value(const char **p, const char *end)
{
    uint32_t is_object = 0; /* bit 0: the innermost bracket is a '{' */
    unsigned depth = 0;

    for (;;) {
        if (*p < end && (**p == '{' || **p == '[')) {
            bool opens_object = **p == '{';
            if (depth == JSON_SCAN_DEPTH_MAX)
                return false;
            depth++;
            is_object = is_object << 1 | (opens_object ? 1 : 0);
            *p = skip_space(*p + 1, end);
            if (*p == end || **p != (opens_object ? '}' : ']')) {
                if (opens_object && !scan_key(p, end))
                    return false;
                continue;
            }
        } else if (!scan_scalar(p, end)) {
            return false;
        }
        /* Behind a value, or on the bracket that closes an empty one. */
        for (;;) {
            if (depth == 0)
                return true;
            *p = skip_space(*p, end);
            if (*p == end)
                return false;
            if (**p == ',') {
                *p = skip_space(*p + 1, end);
                if ((is_object & 1) != 0 && !scan_key(p, end))
                    return false;
                break;
            }
            if (**p != ((is_object & 1) != 0 ? '}' : ']'))
                return false;
            (*p)++;
            depth--;
            is_object >>= 1;
        }
    }
}

enum status json_scan_check(const char *text, size_t len, size_t *ret_off)
{
    const char *end = text + len, *p = skip_space(text, end);

    if (scan_value(&p, end)) {
        p = skip_space(p, end);
        if (p == end)
            return STATUS_OK;
    }
    *ret_off = (size_t)(p - text);
    return STATUS_CORRUPT;
}

enum status json_scan_next(struct json_span span, size_t *cursor, struct json_member *ret_member)
{
    const char *end = span.start + span.len, *p = span.start + *cursor;
    struct json_member member = {0};

    if (*cursor > span.len || span.len < 2 || (span.start[0] != '{' && span.start[0] != '['))
        return STATUS_CORRUPT;
    const char close = span.start[0] == '{' ? '}' : ']';
    bool is_first = *cursor == 0;

    if (is_first)
        p++;
    p = skip_space(p, end);
    if (p == end)
        return STATUS_CORRUPT;
    if (*p == close)
        return p + 1 == end ? STATUS_END : STATUS_CORRUPT;
    if (!is_first) {
        if (*p != ',')
            return STATUS_CORRUPT;
        p = skip_space(p + 1, end);
    }
    if (close == '}') {
        member.key.start = p;
        if (!scan_string(&p, end))
            return STATUS_CORRUPT;
        member.key.len = (size_t)(p - member.key.start);
        p = skip_space(p, end);
        if (p == end || *p != ':')
            return STATUS_CORRUPT;
        p = skip_space(p + 1, end);
    }
    member.value.start = p;
    if (!scan_value(&p, end))
        return STATUS_CORRUPT;
    member.value.len = (size_t)(p - member.value.start);
    *cursor = (size_t)(p - span.start);
    *ret_member = member;
    return STATUS_OK;
}

/* The member named by, or the element counted by, NAME of LEN bytes. */
static enum status find_step(struct json_span span, const char *name, size_t len,
                             struct json_span *ret_value)
{
    struct json_member member;
    size_t cursor = 0, index = 0;
    int64_t wanted = -1;
    bool is_array = span.len > 0 && span.start[0] == '[';

    if (is_array && !text_parse_int(name, len, &wanted))
        return STATUS_NOT_FOUND;
    for (;; index++) {
        enum status status = json_scan_next(span, &cursor, &member);
        if (status == STATUS_END)
            return STATUS_NOT_FOUND;
        if (status != STATUS_OK)
            return status;
        bool is_it;
        if (is_array) {
            is_it = wanted >= 0 && (uint64_t)wanted == index;
        } else {
            /* Keys with escapes are compared as they are written: paths come from our own code. */
            is_it = member.key.len == len + 2 && memcmp(member.key.start + 1, name, len) == 0;
        }
        if (is_it) {
            *ret_value = member.value;
            return STATUS_OK;
        }
    }
}

enum status json_scan_find(struct json_span span, const char *path, struct json_span *ret_value)
{
    while (span.len > 0 && skip_space(span.start, span.start + 1) != span.start) {
        span.start++;
        span.len--;
    }
    while (span.len > 0 &&
           skip_space(span.start + span.len - 1, span.start + span.len) == span.start + span.len)
        span.len--;
    for (;;) {
        size_t len = strcspn(path, "/");
        if (span.len == 0 || (span.start[0] != '{' && span.start[0] != '['))
            return STATUS_NOT_FOUND;
        enum status status = find_step(span, path, len, &span);
        if (status != STATUS_OK)
            return status;
        if (path[len] == '\0') {
            *ret_value = span;
            return STATUS_OK;
        }
        path += len + 1;
    }
}

/* Four hexadecimal digits at P. */
static uint32_t get_unit(const char *p)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++)
        unit = unit << 4 | (uint32_t)text_hex_value(p[i]);
    return unit;
}

/* Decodes one character of the well-formed string [*P, END) to UTF-8; bytes that are no UTF-8 stay.
 * Returns its bytes. */
static size_t decode_character(const char **p, const char *end, char ret_bytes[UTF8_MAX_BYTES])
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";

    if (**p != '\\') {
        ret_bytes[0] = *(*p)++;
        return 1;
    }
    char letter = (*p)[1];
    *p += 2;
    if (letter != 'u') {
        const char *found = strchr(letters, letter);
        ret_bytes[0] = found != NULL ? values[found - letters] : letter;
        return 1;
    }
    uint32_t code = get_unit(*p);
    *p += 4;
    if (code >= 0xD800 && code <= 0xDBFF && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
        uint32_t low = get_unit(*p + 2);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            *p += 6;
        }
    }
    return utf8_encode(code, ret_bytes);
}

static bool is_string(struct json_span span)
{
    const char *p = span.start, *end = span.start + span.len;

    return scan_string(&p, end) && p == end;
}

bool json_scan_equals(struct json_span span, const char *text)
{
    if (!is_string(span))
        return false;
    const char *p = span.start + 1, *end = span.start + span.len - 1;
    while (p < end) {
        char bytes[UTF8_MAX_BYTES];
        size_t len = decode_character(&p, end, bytes);
        if (strncmp(text, bytes, len) != 0 || memchr(bytes, '\0', len) != NULL)
            return false;
        text += len;
    }
    return *text == '\0';
}

enum status json_scan_string(struct json_span span, char **ret_text)
{
    if (!is_string(span))
        return STATUS_INVALID;
    char *text = malloc(span.len); /* no escape is shorter than what it stands for */
    if (text == NULL)
        return STATUS_NO_MEMORY;
    const char *p = span.start + 1, *end = span.start + span.len - 1;
    size_t out = 0;
    while (p < end) {
        char bytes[UTF8_MAX_BYTES];
        size_t len = decode_character(&p, end, bytes);
        if (memchr(bytes, '\0', len) != NULL) {
            free(text);
            return STATUS_INVALID;
        }
        memcpy(text + out, bytes, len);
        out += len;
    }
    text[out] = '\0';
    *ret_text = text;
    return STATUS_OK;
}

void json_scan_position(const char *text, size_t off, unsigned *ret_line, unsigned *ret_column)
{
    unsigned line = 1, column = 1;

    for (size_t i = 0; i < off; i++) {
        if (text[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)text[i] & 0xC0) != 0x80) {
            column++;
        }
    }
    *ret_line = line;
    *ret_column = column;
}
