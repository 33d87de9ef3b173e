/* SPDX-License-Identifier: BSD-2-Clause */
/* What is wrong with a theme, and where. */
#pragma once

#include "config/base/strbuf.h"

struct theme_error {
    unsigned line, column; /* from 1, columns count characters; 0: the file as a whole */
    struct strbuf text;    /* one line: "expected '{' behind label" */
};

#define THEME_ERROR_INIT ((struct theme_error){.text = STRBUF_INIT})

/* Sets ERROR to a place and a text; control characters in it become blanks. */
void theme_error_set(struct theme_error *error, unsigned line, unsigned column, const char *format,
                     ...) __attribute__((format(printf, 4, 5)));
