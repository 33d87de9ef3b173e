/* SPDX-License-Identifier: BSD-2-Clause */
/* Small things that firmware's libc has not: copies of texts, numbers out of texts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A new copy of TEXT, or of its first LEN bytes with a NUL behind; NULL when memory runs out. */
char *text_copy(const char *text) __attribute__((warn_unused_result));
char *text_copy_part(const char *text, size_t len) __attribute__((warn_unused_result));

/* Is [TEXT, TEXT + LEN) the NUL-terminated WORD? */
bool text_part_equals(const char *text, size_t len, const char *word);

/* The decimal number that [TEXT, TEXT + LEN) is as a whole: digits, a '-' before them allowed. What
 * does not fit becomes INT64_MAX or INT64_MIN. False if it is no such number. */
bool text_parse_int(const char *text, size_t len, int64_t *ret_number);

/* The value of the hexadecimal digit C, -1 if it is none. */
int text_hex_value(char c);

/* Offset of the first byte that is not UTF-8 (RFC 3629), LEN if all are. */
size_t text_find_invalid_utf8(const char *text, size_t len);

/* The greatest length of at most MAX bytes at which TEXT can be cut between two characters. */
size_t text_cut(const char *text, size_t max);
