/* SPDX-License-Identifier: BSD-2-Clause */
/* A full-screen list of texts to read through: what is wrong with the configuration. State and
 * drawing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/core/ui/cells.h"
#include "efi/core/ui/keys.h"
#include "efi/core/ui/menu.h"

/* Texts are borrowed. */
struct listview {
    const char *product; /* the title line's text */
    enum menu_severity severity;
    const char *heading;
    const char *const *items;
    size_t count;
    size_t top;      /* the first item shown */
    size_t page;     /* items that the first display shows; set by drawing, 0: not drawn yet */
    size_t last_top; /* from here on the rest fits; likewise */
};

enum listview_action { LISTVIEW_NONE, LISTVIEW_DRAW, LISTVIEW_CLOSE };

/* Arrows, pages, Home and End move; Escape, Enter, F2, Ctrl-P and Ctrl-X close. */
enum listview_action listview_handle(struct listview *list, struct key key);

/* Draws one display; IS_FIRST: the one whose size says what a page is. */
void listview_draw(struct listview *list, bool is_first, struct cells *cells);
