/* SPDX-License-Identifier: BSD-2-Clause */
/* Dialogues in character cells: the form, the checksum, the power menu. */
#include <string.h>

#include "config/base/utf.h"
#include "efi/core/ui/textview_private.h"
#include "efi/core/ui/width.h"

#define MARGIN         TEXTVIEW_MARGIN
#define FIRST_ROW      4 /* title, blank, heading, blank */
#define LABEL_COLUMNS  20
#define NOTE_COLUMNS   24
#define DETAIL_COLUMNS 13
#define DETAIL_ROWS    5 /* of one line */
#define HELP_ROWS      8 /* under the form */
#define BAR_WIDTH      60

static void draw_heading(const struct textframe *frame)
{
    const struct model *model = frame->model;
    textview_draw_title(frame);
    cells_put(frame->cells, MARGIN, 2, frame->width,
              model->severity == MENU_NOTE ? STYLE_STRONG : textview_style(model->severity),
              model->heading);
}

/* The details from ROW on, labels beside their values; returns the first row behind them. */
static unsigned draw_details(const struct textframe *frame, unsigned row, unsigned end)
{
    const struct model *model = frame->model;

    for (size_t i = 0; i < model->detail_count && row < end; i++) {
        const struct model_detail *detail = &model->details[i];
        unsigned indent = detail->label[0] != '\0' ? DETAIL_COLUMNS : 0;
        enum style style = detail->severity != MENU_NOTE ? textview_style(detail->severity)
                           : indent > 0                  ? STYLE_NORMAL
                                                         : STYLE_DIM;
        unsigned room = end - row, most = detail->is_long ? DETAIL_ROWS : 1;
        cells_put(frame->cells, MARGIN, row, DETAIL_COLUMNS - 1, STYLE_DIM, detail->label);
        if (detail->origin[0] != '\0')
            cells_put(frame->cells, MARGIN + indent, row++, frame->width - indent, STYLE_DIM,
                      detail->origin);
        if (row == end)
            break;
        room = end - row;
        row += cells_put_wrapped(frame->cells, MARGIN + indent, row, frame->width - indent,
                                 room < most ? room : most, style, detail->value);
    }
    return row;
}

/* ---- the form ---- */

/* The part of a long text that shows the caret in WIDTH columns. */
static const char *window(const char *text, size_t caret, unsigned width)
{
    while (width_of_text(text, caret) >= width) {
        size_t len = strlen(text);
        uint32_t character;
        size_t step = len > 0 ? utf8_decode(text, len, &character) : 0;
        if (step == 0 || step > caret)
            break;
        text += step;
        caret -= step;
    }
    return text;
}

static void draw_field(const struct textframe *frame, size_t index, unsigned row)
{
    struct cells *cells = frame->cells;
    struct model_row field;

    model_row(frame->model, frame->menu, index, &field);
    bool has_note = frame->width > LABEL_COLUMNS + 2 * NOTE_COLUMNS;
    unsigned column = MARGIN + LABEL_COLUMNS;
    unsigned width = frame->width - LABEL_COLUMNS - (has_note ? NOTE_COLUMNS : 0);
    enum style style = field.is_wrong     ? STYLE_ERROR
                       : field.is_changed ? STYLE_ACCENT
                                          : STYLE_NORMAL;

    unsigned used = cells_put(cells, MARGIN, row, LABEL_COLUMNS - 2,
                              field.is_selected ? STYLE_SELECTED : STYLE_DIM, field.title);
    if (field.is_selected) {
        cells_fill(cells, MARGIN - 1, row, 1, STYLE_SELECTED);
        cells_fill(cells, MARGIN + used, row, 1, STYLE_SELECTED);
    }
    if (has_note)
        cells_put(cells, MARGIN + frame->width - NOTE_COLUMNS + 1, row, NOTE_COLUMNS - 1, STYLE_DIM,
                  field.note);
    if (field.is_selected && field.is_cycled) {
        cells_put(cells, column - 2, row, 1, STYLE_STRONG, "←");
        used = cells_put(cells, column, row, width - 2, style, field.value);
        cells_put(cells, column + used + 1, row, 1, STYLE_STRONG, "→");
    } else if (field.caret != MODEL_NO_CARET) {
        const char *shown = window(field.value, field.caret, width);
        size_t caret = field.caret - (size_t)(shown - field.value);
        cells_put(cells, column, row, width, style, shown);
        cells_style(cells, column + (unsigned)width_of_text(shown, caret), row, 1, STYLE_SELECTED);
    } else {
        cells_put(cells, column, row, width, style, field.value);
    }
}

void textview_draw_form(const struct textframe *frame)
{
    const struct model *model = frame->model;
    struct cells *cells = frame->cells;
    unsigned help = cells->rows > 20 ? HELP_ROWS : 2;
    unsigned end = cells->rows - help - 2, rows = end - FIRST_ROW + 1;

    draw_heading(frame);
    textview_scroll(frame, rows);
    for (unsigned i = 0; i < rows && frame->view->top + i < model->row_count; i++)
        draw_field(frame, frame->view->top + i, FIRST_ROW - 1 + i);
    textview_draw_scroll_bar(frame, frame->view->top, rows, FIRST_ROW - 1, rows);
    textview_draw_rule(frame, end);
    draw_details(frame, end + 1, cells->rows - 1);
    textview_draw_actions(frame, cells->rows - 1, 1);
}

/* ---- the checksum ---- */

static void draw_bar(const struct textframe *frame, unsigned row)
{
    const struct model *model = frame->model;
    unsigned width = frame->width < BAR_WIDTH ? frame->width : BAR_WIDTH;
    /* In parts of a thousand first: a size times the width could go over 64 bits. */
    uint64_t total = model->total_bytes / 1000 + 1, done = model->done_bytes / 1000;
    unsigned full =
        model->done_bytes >= model->total_bytes ? width : (unsigned)(done * width / total);

    for (unsigned i = 0; i < width; i++)
        cells_put(frame->cells, MARGIN + i, row, 1, i < full ? STYLE_ACCENT : STYLE_DIM,
                  i < full ? "█" : "░");
}

void textview_draw_sum(const struct textframe *frame)
{
    struct cells *cells = frame->cells;

    draw_heading(frame);
    unsigned row = draw_details(frame, FIRST_ROW, cells->rows - 5);
    draw_bar(frame, row + 1);
    cells_put(cells, MARGIN, row + 2, frame->width, STYLE_NORMAL, frame->model->progress);
    textview_draw_actions(frame, cells->rows - 1, 1);
}

/* ---- the power menu ---- */

static void draw_choice(const struct textframe *frame, size_t index, unsigned row)
{
    struct cells *cells = frame->cells;
    struct model_row choice;

    model_row(frame->model, frame->menu, index, &choice);
    enum style style = choice.is_selected   ? STYLE_SELECTED
                       : choice.is_disabled ? STYLE_DIM
                                            : STYLE_NORMAL;
    unsigned used = cells_put(cells, MARGIN, row, frame->width, style, choice.title);
    if (choice.is_selected) {
        cells_fill(cells, MARGIN - 1, row, 1, STYLE_SELECTED);
        cells_fill(cells, MARGIN + used, row, 1, STYLE_SELECTED);
    }
    cells_put(cells, MARGIN + LABEL_COLUMNS + 6, row,
              frame->width > LABEL_COLUMNS + 6 ? frame->width - LABEL_COLUMNS - 6 : 0, STYLE_DIM,
              choice.note);
}

void textview_draw_power(const struct textframe *frame)
{
    struct cells *cells = frame->cells;

    draw_heading(frame);
    for (unsigned i = 0; i < frame->model->row_count && FIRST_ROW + i + 2 < cells->rows; i++)
        draw_choice(frame, i, FIRST_ROW + i);
    textview_draw_actions(frame, cells->rows - 1, 1);
}
