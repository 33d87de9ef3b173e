/* SPDX-License-Identifier: BSD-2-Clause */
/* What a terminal was sent, as lines that a page can show. */
#pragma once

#include <stddef.h>

#include "config/base/strbuf.h"

/* A longer line ends in an ellipsis. */
#define HTML_LINE_MAX 2000u

/* Appends the first LEN bytes of one line of a terminal's output without its escape sequences, line
 * end and control characters. A carriage return or a backspace overwrites, a cursor movement leaves
 * a space, what is no UTF-8 becomes U+FFFD. ECMA-48, 5.3-5.6; xterm's ctlseqs. */
void html_plain_line(struct strbuf *out, const char *bytes, size_t len);
