/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of the text menu: title, messages, list, details of the selected entry, keys. */
#include "efi/core/ui/textview.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/textview_private.h"
#include "efi/core/ui/width.h"

#define MARGIN           TEXTVIEW_MARGIN
#define SIZE_COLUMNS     10
#define FOLDER_COLUMNS   22
#define FOLDER_FROM      72 /* narrower screens show no folder column */
#define INDENT           2
#define MESSAGE_ROWS_MAX 3 /* of one message */
#define LIST_ROWS_MIN    3
#define ACTION_ROWS      2

enum style textview_style(enum menu_severity severity)
{
    static const enum style styles[] = {
        [MENU_NOTE] = STYLE_DIM,
        [MENU_GOOD] = STYLE_ACCENT,
        [MENU_WARNING] = STYLE_WARNING,
        [MENU_ERROR] = STYLE_ERROR,
    };
    return styles[severity];
}

/* ---- parts of every screen ---- */

void textview_draw_title(const struct textframe *frame)
{
    struct cells *cells = frame->cells;
    const struct model *model = frame->model;

    cells_fill(cells, 0, 0, cells->columns, STYLE_BAR);
    unsigned used = cells_put(cells, MARGIN, 0, frame->width, STYLE_BAR, model->product);
    unsigned from = MARGIN + used + 1;
    if (cells->columns > from + MARGIN)
        cells_put_right(cells, from, 0, cells->columns - from - MARGIN, STYLE_BAR, model->count);
}

void textview_draw_rule(const struct textframe *frame, unsigned row)
{
    for (unsigned i = 0; i < frame->width; i++)
        cells_put(frame->cells, MARGIN + i, row, 1, STYLE_DIM, "─");
}

/* No bar here: the screen's last cell cannot be written, and a bar would show it. */
unsigned textview_draw_actions(const struct textframe *frame, unsigned row, unsigned rows)
{
    const struct model *model = frame->model;
    struct cells *cells = frame->cells;
    unsigned column = MARGIN, used_rows = 1;

    for (size_t i = 0; i < model->action_count; i++) {
        const struct model_action *action = &model->actions[i];
        char key[64];
        if (strncmp(action->twin, "Ctrl-", 5) == 0)
            snprintf(key, sizeof(key), "%s/^%s", action->key, action->twin + 5);
        else if (strncmp(action->key, "Ctrl-", 5) == 0)
            snprintf(key, sizeof(key), "^%s", action->key + 5);
        else
            snprintf(key, sizeof(key), "%s", action->key);
        unsigned key_width = (unsigned)width_of_text(key, strlen(key));
        unsigned label_width = (unsigned)width_of_text(action->label, strlen(action->label));
        if (column + key_width + 1 + label_width + 1 > cells->columns) {
            if (used_rows == rows)
                return used_rows;
            used_rows++;
            row++;
            column = MARGIN;
        }
        cells_put(cells, column, row, key_width, STYLE_STRONG, key);
        cells_put(cells, column + key_width + 1, row, label_width, STYLE_DIM, action->label);
        column += key_width + 1 + label_width + 2;
    }
    return used_rows;
}

void textview_scroll(const struct textframe *frame, size_t rows)
{
    struct textview *view = frame->view;
    const struct model *model = frame->model;

    view->page_rows = rows;
    if (model->selected != MODEL_NO_ROW && model->selected < view->top)
        view->top = model->selected;
    if (model->selected != MODEL_NO_ROW && model->selected >= view->top + rows)
        view->top = model->selected - rows + 1;
    if (model->row_count <= rows)
        view->top = 0;
    else if (view->top > model->row_count - rows)
        view->top = model->row_count - rows;
}

void textview_draw_scroll_bar(const struct textframe *frame, size_t top, size_t shown, unsigned row,
                              unsigned rows)
{
    size_t count = frame->model->row_count;

    if (shown >= count || rows == 0)
        return;
    unsigned thumb = (unsigned)(rows * (uint64_t)shown / count);
    if (thumb == 0)
        thumb = 1;
    unsigned from = (unsigned)((rows - thumb) * (uint64_t)top / (count - shown));
    if (from > rows - thumb)
        from = rows - thumb;
    for (unsigned i = 0; i < rows; i++) {
        bool is_thumb = i >= from && i < from + thumb;
        cells_put(frame->cells, frame->cells->columns - 1, row + i, 1, STYLE_DIM,
                  is_thumb ? "█" : "│");
    }
}

/* ---- the list ---- */

/* The line under the title: countdown, question or filter. */
static void draw_status(const struct textframe *frame, unsigned row)
{
    const struct model *model = frame->model;

    if (model->status[0] != '\0') {
        cells_put(frame->cells, MARGIN, row, frame->width, STYLE_ACCENT, model->status);
    } else if (model->filter[0] != '\0') {
        unsigned used = cells_put(frame->cells, MARGIN, row, frame->width, STYLE_DIM, "Filter ");
        cells_put(frame->cells, MARGIN + used, row, frame->width - used, STYLE_ACCENT,
                  model->filter);
    }
}

/* Returns the first row behind the messages. */
static unsigned draw_messages(const struct textframe *frame, unsigned row, unsigned end)
{
    const struct model *model = frame->model;
    unsigned first = row;

    for (size_t i = 0; i < model->message_count && row < end; i++) {
        const struct model_message *message = &model->messages[i];
        unsigned room = end - row < MESSAGE_ROWS_MAX ? end - row : MESSAGE_ROWS_MAX;
        row += cells_put_wrapped(frame->cells, MARGIN, row, frame->width, room,
                                 textview_style(message->severity), message->text);
    }
    return row > first ? row + 1 : row;
}

/* Marks bytes of TEXT, which stands at COLUMN and of which USED columns are to be seen. */
static void draw_match(struct cells *cells, unsigned column, unsigned row, unsigned used,
                       enum style style, const char *text, size_t start, size_t len)
{
    size_t from = width_of_text(text, start), width = width_of_text(text + start, len);

    if (from < used)
        cells_style(cells, column + (unsigned)from, row,
                    width < used - from ? (unsigned)width : used - (unsigned)from, style);
}

static void draw_row(const struct textframe *frame, size_t index, unsigned row)
{
    struct cells *cells = frame->cells;
    bool short_bar = frame->view->short_bar;
    struct model_row entry;

    model_row(frame->model, frame->menu, index, &entry);
    bool is_full_bar = entry.is_selected && !short_bar;
    enum style style = entry.is_selected ? STYLE_SELECTED : STYLE_NORMAL;
    enum style side_style = is_full_bar ? STYLE_SELECTED : STYLE_DIM;
    enum style match_style = entry.is_selected ? STYLE_SELECTED_MATCH : STYLE_MATCH;
    unsigned indent = entry.indent * INDENT, side = 0;

    if (indent > frame->width / 2)
        indent = frame->width / 2;
    if (!entry.is_selected && entry.severity != MENU_NOTE)
        style = textview_style(entry.severity);
    if (is_full_bar)
        cells_fill(cells, MARGIN - 1, row, frame->width + 2, STYLE_SELECTED);
    if (entry.value[0] != '\0') {
        side = SIZE_COLUMNS;
        cells_put_right(cells, MARGIN + frame->width - SIZE_COLUMNS, row, SIZE_COLUMNS, side_style,
                        entry.value);
    }
    if (entry.kind == MODEL_ROW_ENTRY && frame->model->screen == MODEL_LIST &&
        cells->columns >= FOLDER_FROM) {
        unsigned from = MARGIN + frame->width - side - FOLDER_COLUMNS;
        size_t width = width_of_text(entry.note, strlen(entry.note));
        unsigned used = cells_put_right(cells, from, row, FOLDER_COLUMNS, side_style, entry.note);
        if (width <= FOLDER_COLUMNS && entry.note_match_len > 0)
            draw_match(cells, from + FOLDER_COLUMNS - used, row, used,
                       is_full_bar ? STYLE_SELECTED_MATCH : STYLE_MATCH, entry.note,
                       entry.note_match_start, entry.note_match_len);
        side += FOLDER_COLUMNS + 2;
    }
    unsigned column = MARGIN + indent;
    unsigned room = frame->width - indent > side ? frame->width - indent - side : 1;
    unsigned lead = 0;
    if (entry.kind == MODEL_ROW_FOLDER)
        lead = cells_put(cells, column, row, room, style,
                         entry.icon == MODEL_ICON_FOLDER_OPEN ? "▾ " : "▸ ");
    unsigned used = cells_put(cells, column + lead, row, room - lead, style, entry.title);
    for (size_t i = 0; i < entry.match_count; i++)
        draw_match(cells, column + lead, row, used, match_style, entry.title,
                   entry.matches[i].start, entry.matches[i].len);
    used += lead;
    if (entry.is_selected && short_bar) {
        cells_fill(cells, column - 1, row, 1, STYLE_SELECTED);
        cells_fill(cells, column + used, row, 1, STYLE_SELECTED);
    }
    const char *behind = entry.kind == MODEL_ROW_ENTRY ? "" : entry.note;
    if (entry.is_warned && behind[0] == '\0')
        behind = "⚠";
    if (behind[0] != '\0' && used + 2 < room)
        cells_put(cells, column + used + 2, row, room - used - 2,
                  is_full_bar ? STYLE_SELECTED : STYLE_WARNING, behind);
}

static void draw_empty(const struct textframe *frame, unsigned row, unsigned rows)
{
    const struct model *model = frame->model;

    cells_put_wrapped(frame->cells, MARGIN, row, frame->width, rows < 2 ? rows : 2, STYLE_STRONG,
                      model->empty_heading);
    if (rows > 2)
        cells_put_wrapped(frame->cells, MARGIN, row + 2, frame->width, rows - 2, STYLE_NORMAL,
                          model->empty_text);
}

static void draw_list(const struct textframe *frame, unsigned row, unsigned rows)
{
    const struct model *model = frame->model;
    struct textview *view = frame->view;

    textview_scroll(frame, rows);
    if (model->row_count == 0) {
        draw_empty(frame, row, rows);
        return;
    }
    for (unsigned i = 0; i < rows && view->top + i < model->row_count; i++)
        draw_row(frame, view->top + i, row + i);
    textview_draw_scroll_bar(frame, view->top, rows, row, rows);
}

/* Where the selected image lies and how large it is; its tip or what is wrong with it; what else is
 * known, in a line. */
static void draw_details(const struct textframe *frame, unsigned row)
{
    const struct model *model = frame->model;
    struct cells *cells = frame->cells;
    unsigned room = frame->width, column = MARGIN;
    struct model_row entry;

    textview_draw_rule(frame, row);
    if (model->detail_count == 0 || model->selected == MODEL_NO_ROW)
        return;
    model_row(model, frame->menu, model->selected, &entry);
    if (entry.value[0] != '\0' && frame->width > 2 * SIZE_COLUMNS) {
        cells_put_right(cells, MARGIN + frame->width - SIZE_COLUMNS, row + 1, SIZE_COLUMNS,
                        STYLE_DIM, entry.value);
        room -= SIZE_COLUMNS + 1;
    }
    cells_put(cells, MARGIN, row + 1, room, STYLE_NORMAL, model->details[0].value);
    if (model->detail_count > 1)
        cells_put(cells, MARGIN, row + 2, frame->width, textview_style(model->details[1].severity),
                  model->details[1].value);
    for (size_t i = 2; i < model->detail_count; i++) {
        const struct model_detail *detail = &model->details[i];
        if (column + 8 > MARGIN + frame->width)
            return;
        room = MARGIN + frame->width - column;
        column += cells_put(cells, column, row + 3, room, STYLE_DIM, detail->label);
        column += detail->label[0] != '\0';
        if (column >= MARGIN + frame->width)
            return;
        enum style style =
            detail->severity == MENU_NOTE ? STYLE_NORMAL : textview_style(detail->severity);
        column += 2 + cells_put(cells, column, row + 3, MARGIN + frame->width - column, style,
                                detail->value);
    }
}

static void draw_menu(const struct textframe *frame)
{
    enum { TITLE_ROWS = 2, DETAIL_ROWS = 4, FOOTER_ROWS = DETAIL_ROWS + ACTION_ROWS };
    struct cells *cells = frame->cells;

    unsigned end = cells->rows - FOOTER_ROWS;
    textview_draw_title(frame);
    draw_status(frame, 1);
    unsigned first =
        draw_messages(frame, TITLE_ROWS, TITLE_ROWS + (end - TITLE_ROWS - LIST_ROWS_MIN) / 2);
    draw_list(frame, first, end - first);
    draw_details(frame, end);
    textview_draw_actions(frame, cells->rows - ACTION_ROWS, ACTION_ROWS);
}

/* ---- all screens ---- */

void textview_draw(struct textview *view, const struct model *model, const struct menu *menu,
                   struct cells *cells)
{
    struct textframe frame = {.view = view, .model = model, .menu = menu, .cells = cells};

    if (view->screen != model->screen)
        view->top = 0;
    view->screen = model->screen;
    cells_blank(cells);
    if (cells->columns < TEXTVIEW_COLUMNS_MIN || cells->rows < TEXTVIEW_ROWS_MIN) {
        view->page_rows = cells->rows;
        cells_put(cells, 0, 0, cells->columns, STYLE_NORMAL, "too small");
        return;
    }
    frame.width = cells->columns - 2 * MARGIN;
    switch (model->screen) {
    case MODEL_LIST:
    case MODEL_TREE:
        draw_menu(&frame);
        break;
    case MODEL_HELP:
    case MODEL_PROBLEMS:
    case MODEL_DETAILS:
    case MODEL_PAGE:
        textview_draw_text(&frame);
        break;
    case MODEL_FORM:
        textview_draw_form(&frame);
        break;
    case MODEL_CHECKSUM:
        textview_draw_sum(&frame);
        break;
    case MODEL_POWER:
        textview_draw_power(&frame);
        break;
    }
    if (view->is_ascii)
        cells_to_ascii(cells);
}
