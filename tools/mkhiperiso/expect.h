/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that a guest is expected to write, and how they are found in what it wrote. Pure. */
#pragma once

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "config/base/status.h"

#define EXPECT_TEXT_MAX 1024 /* bytes of one text */
#define EXPECT_LINE_MAX 4096 /* bytes of a line that a regular expression is held against */

struct expect {
    const char *text; /* as the user wrote it; borrowed */
    bool is_regex;
    regex_t regex;
    size_t marks; /* characters of TEXT that are no blanks */
};

/* TEXT is found whatever blanks and line ends stand between its characters: screens are drawn with
 * jumps. "re:PATTERN" is a POSIX extended regular expression for one line. STATUS_INVALID with the
 * reason in WHY (a few words) if it cannot be used. The caller frees with expect_clear(). */
enum status expect_init(struct expect *expect, const char *text, char *why, size_t why_size)
    must_check;
void expect_clear(struct expect *expect);

/* Looks for EXPECT in TEXT from byte FROM to LEN; gives where it begins and ends. *RESUME (FROM or
 * more, at first FROM) is where a search goes on after more text was added: nothing before it can
 * still become part of a find. */
bool expect_find(const struct expect *expect, const char *text, size_t from, size_t len,
                 size_t *resume, size_t *ret_start, size_t *ret_end);

/* What is typed for TEXT: \r \n \t \e \\ \xHH and ^A to ^_ (^^ is a '^'). Writes at most SIZE
 * bytes; STATUS_INVALID for another escape, STATUS_TOO_LARGE. */
enum status expect_keys(const char *text, char *ret_bytes, size_t size, size_t *ret_len) must_check;
