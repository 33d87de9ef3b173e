/* SPDX-License-Identifier: BSD-2-Clause */
/* Shell patterns over UTF-8 names, without recursion: only the last '*' is ever retried. */
#include "config/base/glob.h"

#include <stddef.h>
#include <stdint.h>

#include "config/base/utf.h"

/* Matches CODE against the set that starts behind '['; moves *PATTERN behind its ']'. */
static bool set_match(const char **pattern, uint32_t code, bool *ret_well_formed)
{
    const char *p = *pattern;
    bool negated = *p == '!' || *p == '^';
    bool found = false, first = true;

    *ret_well_formed = false;
    if (negated)
        p++;
    while (*p != '\0') {
        if (*p == ']' && !first) {
            *pattern = p + 1;
            *ret_well_formed = true;
            return found != negated;
        }
        first = false;
        if (*p == '\\' && p[1] != '\0')
            p++;
        uint32_t low = utf8_next(&p), high = low;
        if (*p == '-' && p[1] != ']' && p[1] != '\0') {
            p++;
            if (*p == '\\' && p[1] != '\0')
                p++;
            high = utf8_next(&p);
        }
        if ((code >= low && code <= high) ||
            (utf_fold(code) >= utf_fold(low) && utf_fold(code) <= utf_fold(high)))
            found = true;
    }
    return false;
}

/* Matches one pattern item against one character of *TEXT; both move on success. */
static bool item_match(const char **pattern, const char **text)
{
    const char *p = *pattern, *t = *text;
    bool matches, well_formed = true;

    if (*p == '\0' || *t == '\0')
        return false;
    uint32_t code = utf8_next(&t);
    if (*p == '?') {
        p++;
        matches = true;
    } else if (*p == '[') {
        p++;
        matches = set_match(&p, code, &well_formed);
    } else {
        if (*p == '\\' && p[1] != '\0')
            p++;
        matches = utf_fold(utf8_next(&p)) == utf_fold(code);
    }
    if (!matches || !well_formed)
        return false;
    *pattern = p;
    *text = t;
    return true;
}

bool glob_match(const char *pattern, const char *text)
{
    const char *star_pattern = NULL, *star_text = NULL;

    for (;;) {
        if (*pattern == '*') {
            star_pattern = ++pattern;
            star_text = text;
            continue;
        }
        if (*pattern == '\0' && *text == '\0')
            return true;
        if (item_match(&pattern, &text))
            continue;
        if (star_pattern == NULL || *star_text == '\0')
            return false;
        utf8_next(&star_text);
        pattern = star_pattern;
        text = star_text;
    }
}

const char *glob_check(const char *pattern)
{
    while (*pattern != '\0') {
        if (*pattern == '\\') {
            if (pattern[1] == '\0')
                return "nothing follows \\";
            pattern += 2;
        } else if (*pattern == '[') {
            bool well_formed;
            pattern++;
            set_match(&pattern, 0, &well_formed);
            if (!well_formed)
                return "[ without ]";
        } else {
            pattern++;
        }
    }
    return NULL;
}
