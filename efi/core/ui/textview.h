/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the menu and full-screen messages into character cells. */
#pragma once

#include "efi/core/ui/cells.h"
#include "efi/core/ui/menu.h"

/* What differs between the places where one menu is shown. */
struct textview {
    size_t top;         /* first visible entry; kept from frame to frame */
    bool short_bar;     /* the bar is as long as the title: few bytes on a serial line */
    unsigned list_rows; /* set by drawing: rows of the list */
};

void textview_draw_menu(struct textview *view, const struct menu *menu, struct cells *cells);

/* A message that fills the screen. TEXT may hold several lines; HINT says what to do ("Press any
 * key ..."). */
struct textview_page {
    const char *product; /* the title line's text */
    enum menu_severity severity;
    const char *heading;
    const char *text;
    const char *hint;
};
void textview_draw_page(const struct textview_page *page, struct cells *cells);

/* "4.7 GB", decimal units; BUFFER is returned. */
#define TEXTVIEW_SIZE_MAX 16
const char *textview_size(uint64_t bytes, char buffer[TEXTVIEW_SIZE_MAX]);
