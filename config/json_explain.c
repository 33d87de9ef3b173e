/* SPDX-License-Identifier: BSD-2-Clause */
/* Says in words why a text is no JSON. */
#include "config/json_explain.h"

#include <stdbool.h>
#include <string.h>

#include "config/json_scan.h"

#define TOKEN_SHOWN_MAX 32 /* bytes */

/* What the text before the fault looks like; one pass over its tokens. */
struct context {
    size_t open[JSON_SCAN_DEPTH_MAX + 1]; /* offsets of the brackets that are open */
    unsigned depth;
    bool has_colon; /* in an object: behind the key's ':' */
    bool in_string;
    size_t string_start; /* of the string that the fault is in */
    size_t escape;       /* the last '\\' in it */
    size_t last;         /* the last character before the fault that is no space, or SIZE_MAX */
};

static struct context look_back(const char *text, size_t off)
{
    struct context c = {.last = SIZE_MAX};

    for (size_t i = 0; i < off; i++) {
        char ch = text[i];
        if (c.in_string) {
            if (ch == '\\') {
                c.escape = i++;
            } else if (ch == '"') {
                c.in_string = false;
                c.last = i;
            }
            continue;
        }
        if (ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r')
            continue;
        c.last = i;
        if (ch == '"') {
            c.in_string = true;
            c.string_start = i;
            c.escape = i;
        } else if (ch == '{' || ch == '[') {
            if (c.depth <= JSON_SCAN_DEPTH_MAX)
                c.open[c.depth++] = i;
            c.has_colon = false;
        } else if (ch == '}' || ch == ']') {
            if (c.depth > 0)
                c.depth--;
            c.has_colon = true; /* what just ended was a value */
        } else if (ch == ',') {
            c.has_colon = false;
        } else if (ch == ':') {
            c.has_colon = true;
        }
    }
    return c;
}

static bool is_token(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '+' || c == '-' || c == '.' || c == '$';
}

static void explain_string(const struct context *c, const char *text, size_t len, size_t off,
                           struct strbuf *message, size_t *ret_off)
{
    if (off >= len || text[off] == '\n' || text[off] == '\r') {
        strbuf_append(message, "the text that starts here has no closing \" on its line");
        *ret_off = c->string_start;
    } else if ((unsigned char)text[off] < 0x20) {
        strbuf_printf(message, "a control character (0x%x) in a text: remove it or write \\t, \\n",
                      (unsigned)(unsigned char)text[off]);
    } else {
        if (text[c->escape + 1] == 'u')
            strbuf_append(message, "\\u needs four hexadecimal digits that are a character");
        else
            strbuf_append(message,
                          "\\ starts an escape here: write \\\\ for a backslash, / in paths");
        *ret_off = c->escape;
    }
}

static void explain_end(const struct context *c, const char *text, struct strbuf *message)
{
    unsigned line, column;

    if (c->depth == 0) {
        strbuf_append(message, "the file is empty: an object { } is needed");
        return;
    }
    size_t bracket = c->open[c->depth - 1];
    json_scan_position(text, bracket, &line, &column);
    strbuf_printf(message, "the file ends, but the %c of line %u is not closed: %c is missing",
                  text[bracket], line, text[bracket] == '{' ? '}' : ']');
}

/* A run of letters and digits that is no value. False if there is none around OFF. */
static bool explain_token(const struct context *c, const char *text, size_t len, size_t off,
                          bool in_object, struct strbuf *message, size_t *ret_off)
{
    size_t start = off, end = off, check_off;

    while (start > 0 && is_token(text[start - 1]))
        start--;
    while (end < len && is_token(text[end]))
        end++;
    if (start == end || json_scan_check(text + start, end - start, &check_off) == STATUS_OK)
        return false;
    int shown = (int)(end - start < TOKEN_SHOWN_MAX ? end - start : TOKEN_SHOWN_MAX);
    if (in_object && !c->has_colon)
        strbuf_printf(message, "%.*s: a key needs double quotes", shown, text + start);
    else if (end - start > JSON_SCAN_NUMBER_MAX)
        strbuf_printf(message, "%.*s...: longer than a number can be", shown, text + start);
    else
        strbuf_printf(message,
                      "%.*s is no JSON value: write a number like 10, true, false, or a text in "
                      "double quotes",
                      shown, text + start);
    *ret_off = start;
    return true;
}

static void explain_character(const struct context *c, const char *text, size_t off, bool in_object,
                              struct strbuf *message, size_t *ret_off)
{
    const char ch = text[off], last = c->last != SIZE_MAX ? text[c->last] : '\0';
    bool behind_value = c->last != SIZE_MAX && strchr(",:{[", last) == NULL;

    if (c->depth == 0 && behind_value) {
        strbuf_append(message, "more text behind the end of the object: remove it");
    } else if ((ch == '}' || ch == ']') && last == ',') {
        strbuf_printf(message, "a comma before %c: remove it", ch);
        *ret_off = c->last;
    } else if (ch == '}' || ch == ']') {
        if (in_object && ch == '}')
            strbuf_append(message,
                          c->has_colon ? "a value is missing" : "a : and a value are missing");
        else
            strbuf_printf(message, "%c is needed here, not %c", in_object ? '}' : ']', ch);
    } else if (in_object && behind_value && !c->has_colon) {
        strbuf_append(message, "a : is missing between key and value");
    } else if (behind_value && (ch == '"' || ch == '{' || ch == '[' || is_token(ch))) {
        strbuf_append(message, "a comma is missing before this");
    } else if (ch == '{' || ch == '[') {
        if (c->depth >= JSON_SCAN_DEPTH_MAX)
            strbuf_printf(message, "brackets deeper than %u", (unsigned)JSON_SCAN_DEPTH_MAX);
        else
            strbuf_append(message, "a key in double quotes is needed here");
    } else if (ch == ',') {
        strbuf_append(message, "a comma too many: remove it");
    } else if ((unsigned char)ch > 0x20 && (unsigned char)ch < 0x7F) {
        strbuf_printf(message, "%c is not expected here", ch);
    } else {
        strbuf_printf(message, "a character (byte 0x%x) outside of a text: remove it",
                      (unsigned)(unsigned char)ch);
    }
}

void json_explain(const char *text, size_t len, size_t off, struct strbuf *message, size_t *ret_off)
{
    struct context c = look_back(text, off);
    bool in_object = c.depth > 0 && text[c.open[c.depth - 1]] == '{';

    *ret_off = off;
    if (c.in_string) {
        explain_string(&c, text, len, off, message, ret_off);
    } else if (off < len && (text[off] == '#' || (text[off] == '/' && off + 1 < len &&
                                                  memchr("/*", text[off + 1], 2) != NULL))) {
        strbuf_append(message, "JSON has no comments: remove it");
    } else if (off < len && text[off] == '\'') {
        strbuf_append(message, "texts need double quotes (\"), not single ones");
    } else if (explain_token(&c, text, len, off, in_object, message, ret_off)) {
        return;
    } else if (off >= len) {
        explain_end(&c, text, message);
    } else {
        explain_character(&c, text, off, in_object, message, ret_off);
    }
}
