/* SPDX-License-Identifier: BSD-2-Clause */
/* Shell patterns over UTF-8 names. */
#pragma once

#include <stdbool.h>

/* Does TEXT match PATTERN? '*' is any run (also of '/'), '?' any one character, [a-z] and [!a-z]
 * sets, '\' takes the next character as it is. Compared without regard to case (utf_fold). Linear
 * in the pattern times the text. */
bool glob_match(const char *pattern, const char *text);

/* NULL when PATTERN is well formed, else what is wrong with it ("[ without ]", "nothing follows
 * \\"). */
const char *glob_check(const char *pattern);
