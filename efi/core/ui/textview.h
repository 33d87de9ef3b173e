/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the menu's model into character cells. */
#pragma once

#include "efi/core/ui/cells.h"
#include "efi/core/ui/menu.h"
#include "efi/core/ui/model.h"

/* Smaller screens show nothing of use. */
#define TEXTVIEW_COLUMNS_MIN 26
#define TEXTVIEW_ROWS_MIN    11

/* What differs between the places where one menu is shown. */
struct textview {
    bool short_bar;           /* the bar is as long as the title: few bytes on a serial line */
    bool is_ascii;            /* nothing but ASCII */
    enum model_screen screen; /* what `top` belongs to */
    size_t top;               /* first visible row; kept from frame to frame */
    size_t page_rows;         /* set by drawing: rows that were shown, or could be */
    size_t last_top;          /* set by drawing a text: from here on the rest fits */
};

/* MODEL was made from MENU. */
void textview_draw(struct textview *view, const struct model *model, const struct menu *menu,
                   struct cells *cells);
