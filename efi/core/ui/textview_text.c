/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts to read through, in character cells: help, problems, details, errors and questions. */
#include <stdio.h>
#include <string.h>

#include "efi/core/ui/textview_private.h"
#include "efi/core/ui/width.h"

#define MARGIN        TEXTVIEW_MARGIN
#define TEXT_WIDTH    100 /* longer lines read badly */
#define HEADING_ROWS  2
#define ITEM_ROWS     8 /* of one line at most */
#define LABEL_COLUMNS 26
#define LABEL_GAP     2

struct text_layout {
    unsigned width, label;
};

static struct text_layout layout_of(const struct textframe *frame)
{
    struct text_layout layout = {.width = frame->width};
    size_t widest = 0;

    if (layout.width > TEXT_WIDTH)
        layout.width = TEXT_WIDTH;
    for (size_t i = 0; i < frame->model->row_count; i++) {
        struct model_row row;
        model_row(frame->model, frame->menu, i, &row);
        size_t width = row.kind == MODEL_ROW_PAIR ? width_of_text(row.title, strlen(row.title)) : 0;
        if (width > widest)
            widest = width;
    }
    layout.label = widest < LABEL_COLUMNS ? (unsigned)widest : LABEL_COLUMNS;
    layout.label += LABEL_GAP;
    if (layout.label > layout.width / 2)
        layout.label = layout.width / 2;
    return layout;
}

/* Draws row INDEX over at most ROWS_MAX rows; with CELLS NULL only counts them. */
static unsigned draw_line(const struct textframe *frame, struct text_layout layout, size_t index,
                          struct cells *cells, unsigned row, unsigned rows_max)
{
    struct model_row line;
    unsigned rows = 1, column = MARGIN, width = layout.width;
    enum style style = STYLE_NORMAL;
    char value[512];

    model_row(frame->model, frame->menu, index, &line);
    const char *text = line.title;
    if (rows_max > ITEM_ROWS)
        rows_max = ITEM_ROWS;
    if (line.severity != MENU_NOTE)
        style = textview_style(line.severity);
    if (line.kind == MODEL_ROW_HEADING)
        style = STYLE_STRONG;
    if (line.kind == MODEL_ROW_PAIR) {
        if (cells != NULL)
            cells_put(cells, MARGIN, row, layout.label - 1, STYLE_DIM, line.title);
        column += layout.label;
        width -= layout.label;
        text = line.value;
        if (line.note[0] != '\0') {
            snprintf(value, sizeof(value), "%s  (%s)", line.value, line.note);
            text = value;
        }
    }
    if (line.kind != MODEL_ROW_BLANK)
        rows = cells_put_wrapped(cells, column, row, width, rows_max, style, text);
    return rows > 0 ? rows : 1;
}

/* The first line of those that fill ROWS rows at the end. */
static size_t find_last_top(const struct textframe *frame, struct text_layout layout, unsigned rows)
{
    size_t count = frame->model->row_count, top = count;

    while (top > 0) {
        unsigned needed = draw_line(frame, layout, top - 1, NULL, 0, ITEM_ROWS);
        if (needed > rows)
            break;
        rows -= needed;
        top--;
    }
    return top < count || count == 0 ? top : count - 1;
}

static void draw_foot(const struct textframe *frame, size_t top, size_t shown)
{
    const struct model *model = frame->model;
    struct cells *cells = frame->cells;
    unsigned row = cells->rows - 1;
    char text[64];

    if (model->question[0] != '\0')
        cells_put(cells, MARGIN, row, frame->width, STYLE_STRONG, model->question);
    else
        textview_draw_actions(frame, row, 1);
    if (shown >= model->row_count)
        return;
    snprintf(text, sizeof(text), "%zu to %zu of %zu", top + 1, top + shown, model->row_count);
    cells_put_right(cells, cells->columns / 2, 0, cells->columns - cells->columns / 2 - MARGIN,
                    STYLE_BAR, text);
}

void textview_draw_text(const struct textframe *frame)
{
    const struct model *model = frame->model;
    struct cells *cells = frame->cells;
    struct text_layout layout = layout_of(frame);
    unsigned end = cells->rows - 2;
    enum style style =
        model->severity == MENU_NOTE ? STYLE_STRONG : textview_style(model->severity);

    textview_draw_title(frame);
    unsigned row =
        HEADING_ROWS + 1 +
        cells_put_wrapped(cells, MARGIN, HEADING_ROWS, layout.width, 2, style, model->heading);
    unsigned first = row;
    frame->view->last_top = find_last_top(frame, layout, end - row);
    size_t line = model->top;
    for (; line < model->row_count && row < end; line++) {
        unsigned needed = draw_line(frame, layout, line, NULL, 0, ITEM_ROWS);
        if (needed > end - row && line > model->top)
            break;
        draw_line(frame, layout, line, cells, row, end - row);
        row += needed;
    }
    frame->view->page_rows = line - model->top;
    textview_draw_scroll_bar(frame, model->top, line - model->top, first, end - first);
    draw_foot(frame, model->top, line - model->top);
}
