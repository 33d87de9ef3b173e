/* SPDX-License-Identifier: BSD-2-Clause */
/* UTF-8 inside, UTF-16 at the border: conversions that never fail, bad input becomes U+FFFD. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

#define UTF8_MAX_BYTES  4
#define UTF_REPLACEMENT 0xFFFDu

/* Decodes one code point from TEXT of LEN >= 1 bytes; returns the bytes used (>= 1). Overlong
 * forms, surrogates and cut sequences give UTF_REPLACEMENT and use one byte. RFC 3629. */
size_t utf8_decode(const char *text, size_t len, uint32_t *ret_code);

/* Decodes the next character of the NUL-terminated *TEXT and moves behind it; at the end gives 0
 * and stays. */
uint32_t utf8_next(const char **text);

/* Encodes CODE; returns the number of bytes, 1 to 4. What is no scalar value is encoded as
 * UTF_REPLACEMENT. */
size_t utf8_encode(uint32_t code, char ret_bytes[UTF8_MAX_BYTES]);

/* A new NUL-terminated UTF-8 text from LEN UTF-16 units (host byte order); lone surrogates become
 * U+FFFD. */
enum status utf8_from_utf16(const uint16_t *units, size_t len, char **ret_text) must_check;

/* A new NUL-terminated UTF-16 text; RET_LEN (may be NULL) counts units without the NUL. */
enum status utf16_from_utf8(const char *text, uint16_t **ret_units, size_t *ret_len) must_check;

/* Does CODE make a terminal or an editor show something else than its text? Control characters (C0,
 * C1, DEL), marks and overrides of writing direction (Unicode 15, bidi class of explicit
 * formatting), separators of lines and paragraphs, the byte order mark. */
bool utf_is_deceptive(uint32_t code);

/* Simple lower case of the letters of ASCII, Latin-1, Latin Extended-A, Greek and Cyrillic; others
 * are returned unchanged. For comparing names as people do, not for file systems that carry a table
 * of their own. */
uint32_t utf_fold(uint32_t code);
