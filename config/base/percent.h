/* SPDX-License-Identifier: BSD-2-Clause */
/* Percent-encoding of values on the kernel command line. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"

/* Appends TEXT with %XX for each byte that a value may not hold: space, quotes, comma, colon,
 * percent, backslash, control characters, what is not UTF-8, and every character with a byte 0xA0
 * in it: Linux' isspace() takes that byte for a Latin-1 space (lib/ctype.c), so a plain "à" (C3 A0)
 * would end the parameter. */
void percent_encode(struct strbuf *b, const char *text);

/* A new text with %XX decoded; STATUS_INVALID on a bad escape or %00. */
enum status percent_decode(const char *text, size_t len, char **ret_text) must_check;
