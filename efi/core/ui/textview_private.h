/* SPDX-License-Identifier: BSD-2-Clause */
/* What the text view's files share. */
#pragma once

#include "efi/core/ui/textview.h"

#define TEXTVIEW_MARGIN 2

/* One frame. */
struct textframe {
    struct textview *view;
    const struct model *model;
    const struct menu *menu;
    struct cells *cells;
    unsigned width; /* between the margins */
};

enum style textview_style(enum menu_severity severity);

/* The bar at the top. */
void textview_draw_title(const struct textframe *frame);

/* A line over the whole width. */
void textview_draw_rule(const struct textframe *frame, unsigned row);

/* The keys, over at most ROWS rows from ROW on. Returns the rows used. */
unsigned textview_draw_actions(const struct textframe *frame, unsigned row, unsigned rows);

/* Keeps the selected row among ROWS rows and the view full. */
void textview_scroll(const struct textframe *frame, size_t rows);
void textview_draw_scroll_bar(const struct textframe *frame, size_t top, size_t shown, unsigned row,
                              unsigned rows);

/* The screens beside the list. */
void textview_draw_text(const struct textframe *frame);
void textview_draw_form(const struct textframe *frame);
void textview_draw_sum(const struct textframe *frame);
void textview_draw_power(const struct textframe *frame);
