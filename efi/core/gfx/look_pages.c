/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts to read through, the form, the power menu, the checksum: cards in the middle. */
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/look_private.h"

#define CARD_EM      64 /* widest card: longer lines read badly */
#define LABEL_SHARE  3  /* labels take at most one of so many parts of the width */
#define LABEL_EM     10 /* and not more than this */
#define DETAIL_LINES 8  /* of one long value */

/* Width of the labels beside values in an area WIDTH wide. */
static unsigned label_width(const struct look_frame *frame, unsigned width)
{
    unsigned most = LABEL_EM * frame->measures.em;
    return width / LABEL_SHARE < most ? width / LABEL_SHARE : most;
}

/* ---- cards ---- */

static unsigned card_width(const struct look_frame *frame, struct rect body)
{
    unsigned widest = CARD_EM * frame->measures.em, room = body.width - 2 * frame->measures.margin;
    return room < widest ? room : widest;
}

static unsigned card_pad(const struct look_frame *frame)
{
    return 6 * frame->measures.unit;
}

/* Height that the heading takes in a card WIDTH wide, with the gap below. */
static unsigned put_heading(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    uint32_t colour = look_severity_colour(frame, frame->model->severity, frame->palette->text);

    if (frame->model->heading[0] == '\0')
        return 0;
    area.height = 3 * m->large;
    return look_put_wrapped(frame, area, (struct look_ink){.em = m->large, .colour = colour},
                            m->large * 3 / 2, frame->model->heading) +
           2 * m->unit;
}

struct rect look_put_card(struct look_frame *frame, struct rect body, unsigned width,
                          unsigned height)
{
    const struct look_measures *m = &frame->measures;
    unsigned pad = card_pad(frame), gap = 3 * m->unit;
    struct look_frame measuring = *frame;
    measuring.scene = NULL;
    unsigned heading = put_heading(&measuring, (struct rect){0, 0, width - 2 * pad, body.height});
    unsigned most = body.height - 2 * gap;
    unsigned all = height < most ? height + heading + 2 * pad : most;

    if (all > most)
        all = most;
    struct rect card = {body.x + (body.width - width) / 2, body.y + gap, width, all};
    if (all < most)
        card.y += (most - all) / 3; /* a little above the middle looks like the middle */
    scene_add_part(frame->scene, body, frame->palette->background);
    scene_round(frame->scene, card, 2 * m->radius, frame->palette->panel);
    struct rect inside = {card.x + pad, card.y + pad, card.width - 2 * pad, card.height - 2 * pad};
    heading = put_heading(frame, inside);
    if (heading > inside.height)
        heading = inside.height;
    inside.y += heading;
    inside.height -= heading;
    return inside;
}

/* ---- texts ---- */

/* NOTE behind a VALUE that took one line (HEIGHT) of AREA, else below it; returns the height of
 * both. */
static unsigned put_note(struct look_frame *frame, struct rect area, const char *value,
                         unsigned height, const char *note)
{
    const struct look_measures *m = &frame->measures;
    const struct look_ink ink = {.em = m->small, .colour = frame->palette->muted};
    unsigned used = look_text_width(frame, m->em, value) + 3 * m->unit;

    if (note[0] == '\0')
        return height;
    if (height <= m->line && used + look_text_width(frame, m->small, note) <= area.width) {
        struct rect behind = {area.x + used, area.y, area.width - used, m->line};
        if (frame->scene != NULL)
            look_put(frame, behind, ink, note);
        return m->line;
    }
    if (height + m->small_line > area.height)
        return height;
    struct rect below = {area.x, area.y + height, area.width, m->small_line};
    if (frame->scene != NULL)
        look_put(frame, below, ink, note);
    return height + m->small_line;
}

/* A label beside its value. */
static unsigned put_pair(struct look_frame *frame, const struct model_row *row, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    unsigned label = label_width(frame, area.width), gap = 2 * m->unit;
    struct rect left = {area.x, area.y, label, area.height};
    struct rect right = {area.x + label + gap, area.y, area.width - label - gap, area.height};
    struct look_ink ink = {.em = m->em, .colour = frame->palette->muted};

    unsigned left_height = look_put_wrapped(frame, left, ink, m->line, row->title);
    ink.colour = look_severity_colour(frame, row->severity, frame->palette->text);
    unsigned height = look_put_wrapped(frame, right, ink, m->line, row->value);
    height = put_note(frame, right, row->value, height, row->note);
    return (height > left_height ? height : left_height) + m->unit / 2;
}

/* Draws ROW from the top of AREA; returns its height. With FRAME->scene NULL it only measures. */
static unsigned put_text_row(struct look_frame *frame, const struct model_row *row,
                             struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    uint32_t colour = look_severity_colour(frame, row->severity, palette->text);
    struct look_ink ink = {.em = m->em, .colour = colour};

    switch (row->kind) {
    case MODEL_ROW_BLANK:
        return m->line / 2;
    case MODEL_ROW_HEADING:
        ink.colour = look_severity_colour(frame, row->severity, palette->accent);
        return look_put_wrapped(frame, area, ink, m->line * 5 / 4, row->title);
    case MODEL_ROW_PAIR:
        return put_pair(frame, row, area);
    default:
        return look_put_wrapped(frame, area, ink, m->line, row->title) + m->unit;
    }
}

/* Heights of the rows from FIRST on until they exceed MAX or the rows end; RET_ROWS: how many fit.
 */
static unsigned measure_rows(const struct look_frame *frame, size_t first, struct rect area,
                             size_t *ret_rows)
{
    struct look_frame measuring = *frame;
    unsigned used = 0;
    size_t rows = 0;

    measuring.scene = NULL;
    for (size_t i = first; i < frame->model->row_count; i++) {
        struct model_row row;
        model_row(frame->model, frame->menu, i, &row);
        used += put_text_row(&measuring, &row, area);
        if (used > area.height)
            break;
        rows++;
    }
    *ret_rows = rows;
    return used;
}

/* The first row from which all the rest fits. */
static size_t find_last_top(const struct look_frame *frame, struct rect area)
{
    struct look_frame measuring = *frame;
    size_t first = frame->model->row_count;
    unsigned used = 0;

    measuring.scene = NULL;
    while (first > 0) {
        struct model_row row;
        model_row(frame->model, frame->menu, first - 1, &row);
        used += put_text_row(&measuring, &row, area);
        if (used > area.height)
            break;
        first--;
    }
    /* A row higher than the card is shown as far as it goes. */
    return first == frame->model->row_count && first > 0 ? first - 1 : first;
}

void look_put_text(struct look_frame *frame, struct rect body)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    unsigned width = card_width(frame, body), track = 4 * m->unit;
    struct rect whole = {0, 0, width - 2 * card_pad(frame) - track, body.height};
    size_t rows;
    unsigned height = measure_rows(frame, 0, whole, &rows);
    struct rect area = look_put_card(frame, body, width, height);

    area.width -= track;
    frame->look->last_top = find_last_top(frame, area);
    size_t top = model->top < frame->look->last_top ? model->top : frame->look->last_top;
    measure_rows(frame, top, area, &rows);
    frame->look->page_rows = rows > 0 ? rows : 1;
    look_put_scroll_bar(frame,
                        (struct rect){area.x + area.width + track - m->unit - m->hair, area.y,
                                      m->unit + m->hair, area.height},
                        top, rows, model->row_count);
    unsigned end = area.y + area.height;
    for (size_t i = top; i < top + frame->look->page_rows && i < model->row_count; i++) {
        struct model_row row;
        model_row(model, frame->menu, i, &row);
        area.height = end - area.y;
        area.y += put_text_row(frame, &row, area);
    }
}

/* ---- details ---- */

unsigned look_put_detail(struct look_frame *frame, struct rect area,
                         const struct model_detail *detail)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    unsigned label = detail->label[0] != '\0' ? label_width(frame, area.width) : 0;
    uint32_t plain = label > 0 ? palette->text : palette->muted;
    struct look_ink ink = {.em = m->em,
                           .colour = look_severity_colour(frame, detail->severity, plain),
                           .cut = label > 0 ? LOOK_CUT_END : LOOK_CUT_MIDDLE};
    struct rect value = {area.x + label, area.y, area.width - label, area.height};
    unsigned most = (detail->is_long ? DETAIL_LINES : 2) * m->line;

    if (detail->label[0] == '\0' && detail->value[0] == '\0')
        return 0;
    if (area.height < m->line)
        return area.height;
    if (label > 0)
        look_put(frame, (struct rect){area.x, area.y, label - 2 * m->unit, m->line},
                 (struct look_ink){.em = m->em, .colour = palette->muted}, detail->label);
    if (value.height > most)
        value.height = most;
    /* Where there is an origin, it has a line of its own when the value takes all others. */
    if (detail->origin[0] != '\0' && value.height + m->small_line > area.height &&
        area.height > m->line + m->small_line)
        value.height = area.height - m->small_line;
    unsigned used = look_put_wrapped(frame, value, ink, m->line, detail->value);
    if (used == 0)
        used = m->line;
    value.height = area.height;
    return put_note(frame, value, detail->value, used, detail->origin);
}

/* What all details take in AREA. */
static unsigned details_height(const struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    unsigned used = 0;
    for (size_t i = 0; i < frame->model->detail_count; i++) {
        const struct model_detail *detail = &frame->model->details[i];
        struct look_frame measuring = *frame;
        unsigned label = detail->label[0] != '\0' ? label_width(frame, area.width) : 0;
        measuring.scene = NULL;
        unsigned height = look_put_wrapped(
            &measuring,
            (struct rect){0, 0, area.width - label, (detail->is_long ? DETAIL_LINES : 2) * m->line},
            (struct look_ink){.em = m->em}, m->line, detail->value);
        used += height > 0 || label > 0 ? (height > m->line ? height : m->line) : 0;
        if (detail->origin[0] != '\0')
            used += m->small_line;
    }
    return used;
}

/* ---- the checksum ---- */

void look_put_checksum(struct look_frame *frame, struct rect body)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    unsigned width = card_width(frame, body), bar = 2 * m->unit;
    struct rect inner = {0, 0, width - 2 * card_pad(frame), body.height};
    unsigned height = details_height(frame, inner) + bar + 2 * m->line + 4 * m->unit;
    struct rect area = look_put_card(frame, body, width, height);
    unsigned end = area.y + area.height;

    frame->look->page_rows = 1;
    if (model->has_progress && area.height > bar + m->line) {
        unsigned share = model->total_bytes > 0
                             ? (unsigned)(model->done_bytes / (model->total_bytes / 256 + 1))
                             : 256;
        if (model->done_bytes >= model->total_bytes)
            share = 256;
        look_put_bar(frame, (struct rect){area.x, area.y + m->unit, area.width, bar}, share);
        look_put(frame, (struct rect){area.x, area.y + bar + 2 * m->unit, area.width, m->line},
                 (struct look_ink){.em = m->em, .colour = frame->palette->muted}, model->progress);
        area.y += bar + 2 * m->unit + 2 * m->line;
    }
    for (size_t i = 0; i < model->detail_count && area.y < end; i++) {
        area.height = end - area.y;
        area.y += look_put_detail(frame, area, &model->details[i]);
    }
}

/* ---- the power menu ---- */

void look_put_power(struct look_frame *frame, struct rect body)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    const struct model *model = frame->model;
    unsigned row_height = m->line + m->small_line + 4 * m->unit;
    struct rect area = look_put_card(frame, body, card_width(frame, body) * 3 / 4,
                                     (unsigned)model->row_count * row_height);
    size_t rows = area.height / row_height > 0 ? area.height / row_height : 1;

    frame->look->page_rows = rows;
    size_t top = look_scroll(frame, rows);
    for (size_t i = 0; i < rows && top + i < model->row_count; i++) {
        struct model_row row;
        unsigned y = area.y + (unsigned)i * row_height, side = m->em * 3 / 2;
        struct rect bar = {area.x - 3 * m->unit, y, area.width + 6 * m->unit, row_height};
        model_row(model, frame->menu, top + i, &row);
        uint32_t ground = row.is_selected ? palette->selection : palette->panel;
        uint32_t muted = row.is_selected ? palette->selection_muted : palette->muted;
        uint32_t text = row.is_disabled   ? muted
                        : row.is_selected ? palette->selection_text
                                          : palette->text;
        if (row.is_selected)
            scene_round(frame->scene, bar, m->radius, ground);
        look_put_icon(frame, row.icon, area.x, y + (row_height - side) / 2, side,
                      row.is_selected && !row.is_disabled ? palette->selection_accent : muted,
                      ground);
        unsigned x = area.x + side + 4 * m->unit, width = area.x + area.width - x;
        struct rect title = {x, y + 2 * m->unit, width, m->line};
        if (row.note[0] == '\0')
            title.height = row_height - 4 * m->unit;
        look_put(frame, title, (struct look_ink){.em = m->em, .colour = text}, row.title);
        look_put(frame, (struct rect){x, y + 2 * m->unit + m->line, width, m->small_line},
                 (struct look_ink){.em = m->small, .colour = muted}, row.note);
    }
}

/* ---- the form ---- */

static void put_field(struct look_frame *frame, struct rect area, const struct model_row *row)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    unsigned label = area.width * 5 / 16, value = area.width * 6 / 16, pad = 2 * m->unit;
    struct rect field = {area.x + label, area.y + m->unit / 2, value, area.height - m->unit};
    struct rect text = {field.x + pad, field.y, field.width - 2 * pad, field.height};
    struct rect note = {field.x + value + 2 * pad, area.y,
                        area.x + area.width - field.x - value - 2 * pad, area.height};
    uint32_t ink = row->is_wrong ? palette->error : palette->text;

    if (row->is_selected) {
        scene_round(
            frame->scene,
            (struct rect){area.x - 3 * m->unit, area.y, area.width + 6 * m->unit, area.height},
            m->radius, palette->selection);
    }
    look_put(frame, (struct rect){area.x, area.y, label - pad, area.height},
             (struct look_ink){
                 .em = m->em, .colour = row->is_selected ? palette->selection_text : palette->text},
             row->title);
    scene_round(frame->scene, field, m->unit, palette->raised);
    if (row->is_cycled && row->is_selected) {
        unsigned arrow = look_text_width(frame, m->em, "\xe2\x80\xb9");
        struct look_ink sign = {.em = m->em, .colour = palette->text};
        look_put(frame, text, sign, "\xe2\x80\xb9");
        look_put_right(frame, text, sign, "\xe2\x80\xba");
        text.x += arrow + pad;
        text.width -= 2 * (arrow + pad);
    }
    size_t from = 0;
    if (row->caret != MODEL_NO_CARET)
        from = font_fit_end(frame->font, m->em, row->value, row->caret, text.width - m->em);
    look_put(frame, text, (struct look_ink){.em = m->em, .colour = ink}, row->value + from);
    if (row->caret != MODEL_NO_CARET) {
        unsigned x = text.x + font_width(frame->font, m->em, row->value + from, row->caret - from);
        scene_fill(frame->scene,
                   (struct rect){x, field.y + field.height / 5, 2 * m->hair,
                                 field.height - field.height / 5 * 2},
                   palette->accent);
    }
    uint32_t muted = row->is_selected ? palette->selection_muted : palette->muted;
    uint32_t accent = row->is_selected ? palette->selection_accent : palette->accent;
    look_put(frame, note,
             (struct look_ink){.em = m->small, .colour = row->is_changed ? accent : muted},
             row->note);
}

void look_put_form(struct look_frame *frame, struct rect body)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    unsigned width = card_width(frame, body), below = 7 * m->line;
    struct rect area =
        look_put_card(frame, body, width, (unsigned)model->row_count * m->row + below);
    unsigned end = area.y + area.height;

    if (below > area.height / 2)
        below = area.height / 2;
    size_t rows = (area.height - below) / m->row > 0 ? (area.height - below) / m->row : 1;
    frame->look->page_rows = rows;
    size_t top = look_scroll(frame, rows);
    for (size_t i = 0; i < rows && top + i < model->row_count; i++) {
        struct model_row row;
        model_row(model, frame->menu, top + i, &row);
        put_field(frame, (struct rect){area.x, area.y + (unsigned)i * m->row, area.width, m->row},
                  &row);
    }
    look_put_scroll_bar(frame,
                        (struct rect){area.x + area.width + 4 * m->unit, area.y, m->unit + m->hair,
                                      (unsigned)rows * m->row},
                        top, rows, model->row_count);
    size_t shown = rows < model->row_count ? rows : model->row_count;
    area.y += (unsigned)shown * m->row + 2 * m->unit;
    scene_fill(frame->scene, (struct rect){area.x, area.y, area.width, m->hair},
               frame->palette->line);
    area.y += 2 * m->unit;
    for (size_t i = 0; i < model->detail_count && area.y < end; i++) {
        area.height = end - area.y;
        area.y += look_put_detail(frame, area, &model->details[i]);
    }
}
