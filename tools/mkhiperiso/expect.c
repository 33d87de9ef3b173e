/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds expected texts. */
#include "tools/mkhiperiso/expect.h"

#include <stdio.h>
#include <string.h>

#include "config/base/text.h"

#define REGEX_PREFIX "re:"

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

static size_t count_marks(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++)
        count += !is_blank(*text);
    return count;
}

enum status expect_init(struct expect *expect, const char *text, char *why, size_t why_size)
{
    bool is_regex = strncmp(text, REGEX_PREFIX, strlen(REGEX_PREFIX)) == 0;
    const char *pattern = is_regex ? text + strlen(REGEX_PREFIX) : text;

    *expect = (struct expect){.text = text};
    if (strlen(text) > EXPECT_TEXT_MAX) {
        snprintf(why, why_size, "is longer than %d bytes", EXPECT_TEXT_MAX);
        return STATUS_INVALID;
    }
    expect->marks = count_marks(pattern);
    if (expect->marks == 0) {
        snprintf(why, why_size, "holds nothing to look for");
        return STATUS_INVALID;
    }
    if (!is_regex)
        return STATUS_OK;
    int error = regcomp(&expect->regex, pattern, REG_EXTENDED);
    if (error != 0) {
        size_t used = (size_t)snprintf(why, why_size, "is no regular expression: ");
        regerror(error, &expect->regex, why + (used < why_size ? used : why_size - 1),
                 used < why_size ? why_size - used : 1);
        return STATUS_INVALID;
    }
    expect->is_regex = true;
    if (regexec(&expect->regex, "", 0, NULL, 0) == 0) {
        expect_clear(expect);
        snprintf(why, why_size, "matches an empty line: everything would pass");
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

void expect_clear(struct expect *expect)
{
    if (expect->is_regex)
        regfree(&expect->regex);
    expect->is_regex = false;
}

/* Does PATTERN stand at AT? Gives the byte behind it. */
static bool stands_at(const char *pattern, const char *text, size_t at, size_t len, size_t *ret_end)
{
    size_t i = at;

    for (; *pattern != '\0'; pattern++) {
        if (is_blank(*pattern))
            continue;
        while (i < len && is_blank(text[i]))
            i++;
        if (i == len || text[i] != *pattern)
            return false;
        i++;
    }
    *ret_end = i;
    return true;
}

static bool find_text(const struct expect *expect, const char *text, size_t len, size_t *resume,
                      size_t *ret_start, size_t *ret_end)
{
    const char first = expect->text[strspn(expect->text, " \n\t")];
    size_t from = *resume;

    while (from < len) {
        const char *found = memchr(text + from, first, len - from);
        if (found == NULL)
            break;
        from = (size_t)(found - text);
        if (stands_at(expect->text, text, from, len, ret_end)) {
            *ret_start = from;
            return true;
        }
        from++;
    }
    /* What is missing may still come behind the last marks - 1 characters. */
    size_t left = expect->marks - 1, back = len;
    while (back > *resume && left > 0)
        left -= !is_blank(text[--back]);
    *resume = back;
    return false;
}

/* One line, which a regular expression cannot look beyond. */
static bool find_in_line(const struct expect *expect, const char *line, size_t len, bool is_start,
                         regmatch_t *ret_match)
{
    char copy[EXPECT_LINE_MAX + 1];

    len = len < EXPECT_LINE_MAX ? len : EXPECT_LINE_MAX;
    memcpy(copy, line, len);
    copy[len] = '\0';
    return regexec(&expect->regex, copy, 1, ret_match, is_start ? 0 : REG_NOTBOL) == 0 &&
           ret_match->rm_eo > ret_match->rm_so;
}

static bool find_regex(const struct expect *expect, const char *text, size_t len, size_t *resume,
                       size_t *ret_start, size_t *ret_end)
{
    while (*resume < len) {
        const char *line = text + *resume, *end = memchr(line, '\n', len - *resume);
        size_t line_len = end != NULL ? (size_t)(end - line) : len - *resume;
        regmatch_t match;
        bool is_start = *resume == 0 || line[-1] == '\n';
        if (find_in_line(expect, line, line_len, is_start, &match)) {
            *ret_start = *resume + (size_t)match.rm_so;
            *ret_end = *resume + (size_t)match.rm_eo;
            return true;
        }
        if (end == NULL) {
            if (line_len > EXPECT_LINE_MAX)
                *resume += line_len - EXPECT_LINE_MAX / 2;
            return false; /* the line may go on */
        }
        *resume += line_len + 1;
    }
    return false;
}

bool expect_find(const struct expect *expect, const char *text, size_t from, size_t len,
                 size_t *resume, size_t *ret_start, size_t *ret_end)
{
    if (*resume < from)
        *resume = from;
    if (*resume >= len)
        return false;
    return (expect->is_regex ? find_regex : find_text)(expect, text, len, resume, ret_start,
                                                       ret_end);
}

/* Reads what follows a backslash at *TEXT; -1 if it is no escape. */
static int read_escape(const char **text)
{
    static const char names[] = "rnte\\^", values[] = "\r\n\t\033\\^";
    const char *c = *text;

    if (*c == 'x') {
        int high = text_hex_value(c[1]), low = high >= 0 ? text_hex_value(c[2]) : -1;
        *text = c + 3;
        return low >= 0 ? high * 16 + low : -1;
    }
    const char *name = *c != '\0' ? strchr(names, *c) : NULL;
    if (name == NULL)
        return -1;
    *text = c + 1;
    return values[name - names];
}

enum status expect_keys(const char *text, char *ret_bytes, size_t size, size_t *ret_len)
{
    size_t len = 0;

    while (*text != '\0') {
        int byte = (unsigned char)*text++;
        if (byte == '\\') {
            byte = read_escape(&text);
        } else if (byte == '^') {
            byte = (unsigned char)*text++;
            if (byte >= 'a' && byte <= 'z')
                byte -= 'a' - 'A';
            if (byte != '^')
                byte = byte >= '@' && byte <= '_' ? byte - '@' : -1;
        }
        if (byte < 0)
            return STATUS_INVALID;
        if (len == size)
            return STATUS_TOO_LARGE;
        ret_bytes[len++] = (char)byte;
    }
    *ret_len = len;
    return STATUS_OK;
}
