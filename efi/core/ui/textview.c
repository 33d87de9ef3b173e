/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of the text menu: title, messages, list, details of the selected entry, keys. */
#include "efi/core/ui/textview.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "efi/core/ui/width.h"

#define MARGIN           2
#define SIZE_COLUMNS     9
#define FOLDER_COLUMNS   22
#define FOLDER_FROM      72 /* narrower screens show no folder column */
#define MESSAGE_ROWS_MAX 3  /* of one message */
#define LIST_ROWS_MIN    3
#define PAGE_TEXT_WIDTH  88 /* longer lines read badly */

static const enum style severity_styles[] = {
    [MENU_NOTE] = STYLE_DIM,
    [MENU_GOOD] = STYLE_ACCENT,
    [MENU_WARNING] = STYLE_WARNING,
    [MENU_ERROR] = STYLE_ERROR,
};

const char *textview_size(uint64_t bytes, char buffer[TEXTVIEW_SIZE_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t whole = bytes, rest = 0;

    for (; whole >= 1000 && unit + 1 < ARRAY_SIZE(units); unit++) {
        rest = whole % 1000;
        whole /= 1000;
    }
    if (unit >= 2 && whole < 100)
        snprintf(buffer, TEXTVIEW_SIZE_MAX, "%u.%u %s", (unsigned)whole, (unsigned)(rest / 100),
                 units[unit]);
    else
        snprintf(buffer, TEXTVIEW_SIZE_MAX, "%u %s", (unsigned)whole, units[unit]);
    return buffer;
}

static void draw_title(const struct menu *menu, struct cells *cells)
{
    char count[64];
    cells_fill(cells, 0, 0, cells->columns, STYLE_BAR);
    unsigned used = cells_put(cells, MARGIN, 0, cells->columns - MARGIN, STYLE_BAR, menu->product);
    if (menu->filter_len > 0)
        snprintf(count, sizeof(count), "%zu of %zu", menu->visible_count, menu->count);
    else
        snprintf(count, sizeof(count), "%zu %s", menu->images,
                 menu->images == 1 ? "image" : "images");
    unsigned from = MARGIN + used + 1;
    if (cells->columns > from + MARGIN)
        cells_put_right(cells, from, 0, cells->columns - from - MARGIN, STYLE_BAR, count);
}

/* The line under the title: countdown, question or filter. */
static void draw_status(const struct menu *menu, unsigned row, struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN;
    char text[96];

    if (menu->is_counting) {
        snprintf(text, sizeof(text), "Starting in %u s, any key stops", menu->seconds_left);
        cells_put(cells, MARGIN, row, width, STYLE_ACCENT, text);
    } else if (menu->leave_armed) {
        cells_put(cells, MARGIN, row, width, STYLE_ACCENT, "Esc again leaves to the firmware");
    } else if (menu->filter_len > 0) {
        unsigned used = cells_put(cells, MARGIN, row, width, STYLE_DIM, "Filter ");
        cells_put(cells, MARGIN + used, row, width - used, STYLE_ACCENT, menu->filter);
    }
}

/* Returns the first row behind the messages. */
static unsigned draw_messages(const struct menu *menu, unsigned row, unsigned end,
                              struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN, first = row;

    for (size_t i = 0; i < menu->message_count && row < end; i++) {
        const struct menu_message *message = &menu->messages[i];
        unsigned room = end - row < MESSAGE_ROWS_MAX ? end - row : MESSAGE_ROWS_MAX;
        row += cells_put_wrapped(cells, MARGIN, row, width, room,
                                 severity_styles[message->severity], message->text);
    }
    return row > first ? row + 1 : row;
}

static void draw_entry(const struct textview *view, const struct menu_entry *entry,
                       bool is_selected, unsigned row, struct cells *cells)
{
    char size[TEXTVIEW_SIZE_MAX];
    unsigned width = cells->columns - 2 * MARGIN;
    enum style style = is_selected ? STYLE_SELECTED : STYLE_NORMAL;
    enum style side_style = is_selected && !view->short_bar ? STYLE_SELECTED : STYLE_DIM;
    unsigned side = 0;

    if (is_selected && !view->short_bar)
        cells_fill(cells, MARGIN - 1, row, width + 2, STYLE_SELECTED);
    if (entry->notice == NULL) {
        side = SIZE_COLUMNS + 1;
        cells_put_right(cells, MARGIN + width - SIZE_COLUMNS, row, SIZE_COLUMNS, side_style,
                        textview_size(entry->size_bytes, size));
        if (cells->columns >= FOLDER_FROM) {
            cells_put_right(cells, MARGIN + width - side - FOLDER_COLUMNS, row, FOLDER_COLUMNS,
                            side_style, entry->folder);
            side += FOLDER_COLUMNS + 2;
        }
    } else if (!is_selected) {
        style = STYLE_WARNING;
    }
    unsigned room = width > side ? width - side : 1;
    unsigned used = cells_put(cells, MARGIN, row, room, style, entry->title);
    if (is_selected && view->short_bar) {
        cells_fill(cells, MARGIN - 1, row, 1, STYLE_SELECTED);
        cells_fill(cells, MARGIN + used, row, 1, STYLE_SELECTED);
    }
    if (entry->notice != NULL && used + 2 < room)
        cells_put(cells, MARGIN + used + 2, row, room - used - 2, style, entry->notice);
}

static void draw_scroll_bar(const struct textview *view, const struct menu *menu, unsigned row,
                            unsigned rows, struct cells *cells)
{
    if (menu->visible_count <= rows)
        return;
    unsigned thumb = (unsigned)(rows * (uint64_t)rows / menu->visible_count);
    if (thumb == 0)
        thumb = 1;
    size_t range = menu->visible_count - rows;
    unsigned from = (unsigned)((rows - thumb) * (uint64_t)view->top / range);
    for (unsigned i = 0; i < rows; i++) {
        bool is_thumb = i >= from && i < from + thumb;
        cells_put(cells, cells->columns - 1, row + i, 1, STYLE_DIM, is_thumb ? "█" : "│");
    }
}

static void draw_empty(const struct menu *menu, unsigned row, unsigned rows, struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN;

    if (menu->count > 0) {
        cells_put(cells, MARGIN, row, width, STYLE_NORMAL,
                  "No name holds these letters. Esc clears the filter.");
        return;
    }
    cells_put(cells, MARGIN, row, width, STYLE_STRONG, "There is no image on this stick yet.");
    if (rows > 2 && menu->empty_help != NULL)
        cells_put_wrapped(cells, MARGIN, row + 2, width, rows - 2, STYLE_NORMAL, menu->empty_help);
}

static void draw_list(struct textview *view, const struct menu *menu, unsigned row, unsigned rows,
                      struct cells *cells)
{
    view->list_rows = rows;
    if (menu->visible_count == 0) {
        draw_empty(menu, row, rows, cells);
        return;
    }
    if (menu->selected < view->top)
        view->top = menu->selected;
    if (menu->selected >= view->top + rows)
        view->top = menu->selected - rows + 1;
    if (menu->visible_count <= rows)
        view->top = 0;
    else if (view->top > menu->visible_count - rows)
        view->top = menu->visible_count - rows;
    for (unsigned i = 0; i < rows && view->top + i < menu->visible_count; i++) {
        size_t index = view->top + i;
        draw_entry(view, &menu->entries[menu->visible[index]], index == menu->selected, row + i,
                   cells);
    }
    draw_scroll_bar(view, menu, row, rows, cells);
}

/* Where the selected image lies, how large it is, and its tip. */
static void draw_details(const struct menu *menu, unsigned row, struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN;
    const struct menu_entry *entry = menu_selected(menu);
    char size[TEXTVIEW_SIZE_MAX];

    for (unsigned i = 0; i < width; i++)
        cells_put(cells, MARGIN + i, row, 1, STYLE_DIM, "─");
    if (entry == NULL)
        return;
    unsigned room = width;
    if (entry->notice == NULL && width > 2 * SIZE_COLUMNS) {
        cells_put_right(cells, MARGIN + width - SIZE_COLUMNS, row + 1, SIZE_COLUMNS, STYLE_DIM,
                        textview_size(entry->size_bytes, size));
        room -= SIZE_COLUMNS + 1;
    }
    cells_put(cells, MARGIN, row + 1, room, STYLE_NORMAL, entry->path);
    if (entry->notice != NULL)
        cells_put(cells, MARGIN, row + 2, width, STYLE_WARNING, entry->notice);
    else if (entry->fault != NULL)
        cells_put(cells, MARGIN, row + 2, width, STYLE_ERROR, entry->fault);
    else if (entry->tip != NULL)
        cells_put(cells, MARGIN, row + 2, width, STYLE_ACCENT, entry->tip);
}

/* No bar here: the screen's last cell cannot be written, and a bar would show it. */
static void draw_keys(unsigned row, struct cells *cells)
{
    static const struct {
        const char *key, *action;
    } keys[] = {
        {"Enter", "start"}, {"↑↓", "select"},     {"a-z", "filter"},
        {"Esc", "back"},    {"Ctrl-R", "rescan"}, {"Ctrl-X", "leave"},
    };
    unsigned column = MARGIN;

    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        unsigned key = (unsigned)width_of_text(keys[i].key, strlen(keys[i].key));
        unsigned action = (unsigned)strlen(keys[i].action);
        if (column + key + 1 + action + 1 > cells->columns)
            return;
        cells_put(cells, column, row, key, STYLE_STRONG, keys[i].key);
        cells_put(cells, column + key + 1, row, action, STYLE_DIM, keys[i].action);
        column += key + 1 + action + 2;
    }
}

void textview_draw_menu(struct textview *view, const struct menu *menu, struct cells *cells)
{
    enum { TITLE_ROWS = 2, FOOTER_ROWS = 4 };
    unsigned first = TITLE_ROWS, end;

    cells_blank(cells);
    if (cells->columns < 3 * MARGIN + 2 * SIZE_COLUMNS ||
        cells->rows < TITLE_ROWS + LIST_ROWS_MIN + FOOTER_ROWS) {
        draw_list(view, menu, 0, cells->rows, cells); /* nothing else fits */
        return;
    }
    end = cells->rows - FOOTER_ROWS;
    draw_title(menu, cells);
    draw_status(menu, 1, cells);
    first = draw_messages(menu, first, first + (end - first - LIST_ROWS_MIN) / 2, cells);
    draw_list(view, menu, first, end - first, cells);
    draw_details(menu, end, cells);
    draw_keys(cells->rows - 1, cells);
}

void textview_draw_page(const struct textview_page *page, struct cells *cells)
{
    unsigned width = cells->columns - 2 * MARGIN;

    cells_blank(cells);
    if (cells->columns <= 2 * MARGIN || cells->rows < 6) {
        cells_put_wrapped(cells, 0, 0, cells->columns, cells->rows, STYLE_NORMAL, page->text);
        return;
    }
    if (width > PAGE_TEXT_WIDTH)
        width = PAGE_TEXT_WIDTH;
    cells_fill(cells, 0, 0, cells->columns, STYLE_BAR);
    cells_put(cells, MARGIN, 0, width, STYLE_BAR, page->product);
    enum style style = page->severity == MENU_NOTE ? STYLE_STRONG : severity_styles[page->severity];
    unsigned row = 2 + cells_put_wrapped(cells, MARGIN, 2, width, 2, style, page->heading);
    cells_put_wrapped(cells, MARGIN, row + 1, width, cells->rows - row - 3, STYLE_NORMAL,
                      page->text);
    cells_put(cells, MARGIN, cells->rows - 1, width, STYLE_STRONG, page->hint);
}
