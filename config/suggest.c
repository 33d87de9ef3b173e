/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": optimal string alignment distance over short words. */
#include "config/suggest.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define WORD_MAX 48 /* bytes; longer words have no suggestion */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

/* Keys are ASCII; other letters only equal themselves. */
static void fold(const char *word, size_t len, char *ret_folded)
{
    for (size_t i = 0; i < len; i++)
        ret_folded[i] = word[i] >= 'A' && word[i] <= 'Z' ? (char)(word[i] - 'A' + 'a') : word[i];
}

/* Both are folded and have at most WORD_MAX bytes. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1]; /* two rows back, one row back, this one */
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b_len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char x = a[i - 1], y = b[j - 1];
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y ? 1 : 0));
            if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y && before[j - 2] + 1 < row[j])
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
    char folded[WORD_MAX], candidate[WORD_MAX];
    const char *nearest = NULL;
    unsigned least = len < 6 ? 2 : (unsigned)len / 3 + 1;

    if (len == 0 || len > WORD_MAX)
        return NULL;
    fold(word, len, folded);
    for (; *candidates != NULL; candidates++) {
        size_t candidate_len = strlen(*candidates);
        size_t longer = candidate_len > len ? candidate_len - len : len - candidate_len;
        if (candidate_len > WORD_MAX || longer >= least) /* that many letters are missing already */
            continue;
        fold(*candidates, candidate_len, candidate);
        unsigned wrong = distance(folded, len, candidate, candidate_len);
        if (wrong < least && wrong < candidate_len) {
            least = wrong;
            nearest = *candidates;
        }
    }
    return nearest;
}
