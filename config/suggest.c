/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": optimal string alignment distance over short words. */
#include "config/suggest.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/base/utf.h"

#define WORD_MAX 48 /* bytes; longer words have no suggestion */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

static char fold(char c)
{
    return (unsigned char)c < 0x80 ? (char)utf_fold((unsigned char)c) : c;
}

/* Both have at most WORD_MAX bytes. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1]; /* two rows back, one row back, this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = fold(a[i - 1]), y = fold(b[j - 1]);
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y ? 1 : 0));
            if (i > 1 && j > 1 && x == fold(b[j - 2]) && fold(a[i - 2]) == y &&
                before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b_len];
}

const char *suggest_nearest(const char *word, const char *const *candidates)
{
    const size_t len = strlen(word);
    const char *nearest = NULL;
    unsigned least = len < 6 ? 2 : (unsigned)len / 3 + 1;

    if (len == 0 || len > WORD_MAX)
        return NULL;
    for (; *candidates != NULL; candidates++) {
        size_t candidate_len = strlen(*candidates);
        if (candidate_len > WORD_MAX)
            continue;
        unsigned wrong = distance(word, len, *candidates, candidate_len);
        if (wrong < least && wrong < candidate_len) {
            least = wrong;
            nearest = *candidates;
        }
    }
    return nearest;
}
