/* SPDX-License-Identifier: BSD-2-Clause */
/* A full-screen list of texts, each broken over as many rows as it needs. */
#include "efi/core/ui/listview.h"

#include <stdio.h>

#include "config/base/cleanup.h"

#define MARGIN       2
#define TEXT_WIDTH   116 /* longer lines read badly */
#define HEADING_ROWS 2   /* with the blank one behind it */
#define ITEM_ROWS    6   /* of one item at most */
#define ROWS_MIN     8   /* lower screens show items alone */

static enum listview_action scroll_to(struct listview *list, size_t top)
{
    if (top > list->last_top)
        top = list->last_top;
    if (top == list->top)
        return LISTVIEW_NONE;
    list->top = top;
    return LISTVIEW_DRAW;
}

enum listview_action listview_handle(struct listview *list, struct key key)
{
    size_t page = list->page > 1 ? list->page : 1;

    switch (key.code) {
    case KEY_UP:
        return scroll_to(list, list->top > 0 ? list->top - 1 : 0);
    case KEY_DOWN:
        return scroll_to(list, list->top + 1);
    case KEY_PAGE_UP:
        return scroll_to(list, list->top > page ? list->top - page : 0);
    case KEY_PAGE_DOWN:
        return scroll_to(list, list->top + page);
    case KEY_HOME:
        return scroll_to(list, 0);
    case KEY_END:
        return scroll_to(list, list->last_top);
    case KEY_ESCAPE:
    case KEY_ENTER:
    case KEY_F2:
        return LISTVIEW_CLOSE;
    case KEY_CTRL:
        return key.character == 'p' || key.character == 'x' ? LISTVIEW_CLOSE : LISTVIEW_NONE;
    default:
        return LISTVIEW_NONE;
    }
}

static unsigned item_rows(const struct listview *list, size_t item, unsigned width)
{
    unsigned rows =
        cells_put_wrapped(NULL, 0, 0, width, ITEM_ROWS, STYLE_NORMAL, list->items[item]);
    return rows > 0 ? rows : 1;
}

/* The first item of those that fill ROWS rows at the end of the list. */
static size_t find_last_top(const struct listview *list, unsigned rows, unsigned width)
{
    size_t top = list->count;

    while (top > 0) {
        unsigned needed = item_rows(list, top - 1, width);
        if (needed > rows)
            break;
        rows -= needed;
        top--;
    }
    return top < list->count || list->count == 0 ? top : list->count - 1;
}

/* Returns how many items are shown. */
static size_t draw_items(const struct listview *list, unsigned row, unsigned end, unsigned column,
                         unsigned width, struct cells *cells)
{
    size_t item = list->top;

    for (; item < list->count && row < end; item++) {
        unsigned room = end - row, needed = item_rows(list, item, width);
        if (needed > room && item > list->top)
            break;
        if (room > ITEM_ROWS)
            room = ITEM_ROWS;
        cells_put_wrapped(cells, column, row, width, room, STYLE_NORMAL, list->items[item]);
        row += needed;
    }
    return item - list->top;
}

static void draw_hint(const struct listview *list, size_t shown, struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN, row = cells->rows - 1;
    char text[64];

    unsigned used = cells_put(cells, MARGIN, row, width, STYLE_STRONG, "Esc");
    used += cells_put(cells, MARGIN + used, row, width - used, STYLE_DIM, " returns to the menu");
    if (shown == list->count)
        return;
    snprintf(text, sizeof(text), "  ↑↓ PgUp PgDn scroll: %zu to %zu of %zu", list->top + 1,
             list->top + shown, list->count);
    cells_put(cells, MARGIN + used, row, width - used, STYLE_DIM, text);
}

void listview_draw(struct listview *list, bool is_first, struct cells *cells)
{
    bool is_plain = cells->columns <= 4 * MARGIN || cells->rows < ROWS_MIN;
    unsigned column = is_plain ? 0 : MARGIN, width = cells->columns - 2 * column;
    unsigned row = 0, end = is_plain ? cells->rows : cells->rows - 2;

    cells_blank(cells);
    if (width > TEXT_WIDTH)
        width = TEXT_WIDTH;
    if (!is_plain) {
        cells_fill(cells, 0, 0, cells->columns, STYLE_BAR);
        cells_put(cells, MARGIN, 0, cells->columns - MARGIN, STYLE_BAR, list->product);
        cells_put(cells, MARGIN, HEADING_ROWS, width,
                  list->severity == MENU_ERROR ? STYLE_ERROR : STYLE_WARNING, list->heading);
        row = 2 * HEADING_ROWS;
    }
    if (is_first)
        list->last_top = find_last_top(list, end - row, width);
    size_t shown = draw_items(list, row, end, column, width, cells);
    if (is_first)
        list->page = shown;
    if (!is_plain)
        draw_hint(list, shown, cells);
}
