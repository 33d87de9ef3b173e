/* SPDX-License-Identifier: BSD-2-Clause */
/* A screen of character cells in memory: views draw into it, presenters send what changed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"

#define CELLS_COLUMNS_MAX 512
#define CELLS_ROWS_MAX    256

enum style {
    STYLE_NORMAL,
    STYLE_DIM,    /* what supports: folders, sizes, key names' explanations */
    STYLE_STRONG, /* what counts: headings, key names */
    STYLE_BAR,    /* title and bottom line */
    STYLE_SELECTED,
    STYLE_ACCENT, /* the filter, the countdown, what was returned */
    STYLE_WARNING,
    STYLE_ERROR,
    STYLE_MATCH, /* letters that the filter looks for */
    STYLE_SELECTED_MATCH,
    STYLE_COUNT
};

struct cell {
    uint32_t character; /* 0: the right half of a wide character */
    uint32_t mark;      /* a combining mark over it, 0 if none */
    uint8_t style;
};

struct cells {
    unsigned columns, rows;
    struct cell *cells; /* row by row; owned */
};

/* A blank screen. STATUS_INVALID outside the maxima. The caller frees with cells_clear(). */
enum status cells_init(struct cells *cells, unsigned columns, unsigned rows) must_check;
void cells_clear(struct cells *cells);

/* Spaces in STYLE over WIDTH columns of one row; what lies outside is left out. */
void cells_fill(struct cells *cells, unsigned column, unsigned row, unsigned width,
                enum style style);
void cells_blank(struct cells *cells);

/* Draws the UTF-8 text TEXT in at most WIDTH columns, with a U+2026 at the end if it does not fit.
 * What may not be shown becomes U+FFFD. Returns the columns used. */
unsigned cells_put(struct cells *cells, unsigned column, unsigned row, unsigned width,
                   enum style style, const char *text);

/* The same flush right at the end of the WIDTH columns. */
unsigned cells_put_right(struct cells *cells, unsigned column, unsigned row, unsigned width,
                         enum style style, const char *text);

/* Gives WIDTH cells another style and leaves what they show. */
void cells_style(struct cells *cells, unsigned column, unsigned row, unsigned width,
                 enum style style);

/* Replaces what a terminal without UTF-8 cannot show: lines and blocks by what resembles them,
 * other characters by '?'. */
void cells_to_ascii(struct cells *cells);

/* Breaks TEXT at blanks (a word longer than a line where it must) over at most MAX_ROWS rows.
 * Returns the rows used; with CELLS NULL only counts them. */
unsigned cells_put_wrapped(struct cells *cells, unsigned column, unsigned row, unsigned width,
                           unsigned max_rows, enum style style, const char *text);

/* The next run of cells in ROW, from column *CURSOR, in which NEXT differs from PREVIOUS (NULL: all
 * of it) and that has one style. Nearby runs are joined. False when there is none left. Sizes are
 * equal. */
bool cells_next_change(const struct cells *previous, const struct cells *next, unsigned row,
                       unsigned *cursor, unsigned *ret_first, unsigned *ret_count);

/* Appends the row's text without trailing blanks: for tests and logs. */
void cells_row_text(const struct cells *cells, unsigned row, struct strbuf *text);
