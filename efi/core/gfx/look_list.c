/* SPDX-License-Identifier: BSD-2-Clause */
/* The list and the tree: what was typed, messages, rows, details of the selected one. */
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/look_private.h"

#define SIDE_PANE_FROM 64 /* em: narrower screens have the details below the list */
#define MESSAGES_MAX   4
#define PLACEHOLDER    "Type to filter"
#define ROWS_MIN       3

/* ---- above the rows ---- */

/* The field with what was typed; in its place the countdown or a question. */
static void put_status(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    const struct model *model = frame->model;
    struct rect field = {area.x + m->margin, area.y + 2 * m->unit, area.width - 2 * m->margin,
                         area.height - 4 * m->unit};
    struct rect text = {field.x + 3 * m->unit, field.y, field.width - 6 * m->unit, field.height};
    struct look_ink ink = {.em = m->em, .colour = palette->accent};

    scene_add_part(frame->scene, area, palette->background);
    scene_round(frame->scene, field, m->radius, palette->panel);
    if (model->status[0] != '\0') {
        look_put(frame, text, ink, model->status);
        if (model->is_counting && model->seconds_total > 0) {
            unsigned bar = m->unit > 3 ? m->unit / 2 : 2;
            struct rect place = {field.x + m->radius, field.y + field.height - bar,
                                 field.width - 2 * m->radius, bar};
            look_put_bar(frame, place,
                         (unsigned)((uint64_t)model->seconds_left * 256 / model->seconds_total));
        }
        return;
    }
    if (model->filter[0] == '\0') {
        ink.colour = palette->muted;
        look_put(frame, text, ink, PLACEHOLDER);
        return;
    }
    size_t len = strlen(model->filter);
    size_t from = font_fit_end(frame->font, m->em, model->filter, len, text.width - m->em);
    ink.colour = palette->text;
    unsigned used = look_put(frame, text, ink, model->filter + from);
    scene_fill(frame->scene,
               (struct rect){text.x + used + m->hair, text.y + field.height / 4, 2 * m->hair,
                             field.height - field.height / 4 * 2},
               palette->accent);
}

/* Returns the height. With FRAME->scene NULL it only measures. */
static unsigned put_messages(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    unsigned used = 0, x = area.x + m->margin, width = area.width - 2 * m->margin;

    for (size_t i = 0; i < model->message_count && i < MESSAGES_MAX; i++) {
        const struct model_message *message = &model->messages[i];
        uint32_t colour = look_severity_colour(frame, message->severity, frame->palette->muted);
        struct rect text = {x + 3 * m->unit, area.y + used, width - 3 * m->unit, 2 * m->line};
        unsigned height = look_put_wrapped(
            frame, text, (struct look_ink){.em = m->em, .colour = colour}, m->line, message->text);
        struct rect bar = {x, text.y + m->unit / 2, m->unit, height - m->unit / 2 * 2};
        if (frame->scene != NULL)
            scene_round(frame->scene, bar, m->unit / 2, colour);
        used += height + m->unit;
    }
    return used > 0 ? used + m->unit : 0;
}

/* ---- rows ---- */

struct row_inks {
    uint32_t ground, text, muted, accent;
};

static struct row_inks inks_of(const struct look_frame *frame, const struct model_row *row)
{
    const struct palette *palette = frame->palette;
    if (row->is_selected)
        return (struct row_inks){palette->selection, palette->selection_text,
                                 palette->selection_muted, palette->selection_accent};
    return (struct row_inks){palette->background, palette->text, palette->muted, palette->accent};
}

/* Signs at the left of a row; returns where its text begins. */
static unsigned put_row_signs(struct look_frame *frame, const struct model_row *row,
                              const struct row_inks *inks, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    unsigned x = area.x + row->indent * 5 * m->unit, side = m->em;
    uint32_t colour = look_severity_colour(frame, row->severity, inks->muted);
    bool is_folder = row->kind == MODEL_ROW_FOLDER;

    if (row->is_selected && row->severity == MENU_NOTE)
        colour = inks->accent;
    if (frame->model->screen == MODEL_TREE) {
        if (is_folder)
            look_put(frame, (struct rect){x, area.y, 4 * m->unit, area.height},
                     (struct look_ink){.em = m->em, .colour = inks->muted},
                     row->icon == MODEL_ICON_FOLDER_OPEN ? "\xe2\x96\xbe" : "\xe2\x96\xb8");
        x += 5 * m->unit;
    }
    look_put_icon(frame, row->icon, x, area.y + (area.height - side) / 2, side, colour,
                  inks->ground);
    return x + side + 3 * m->unit;
}

static void put_row(struct look_frame *frame, struct rect area, const struct model_row *row)
{
    const struct look_measures *m = &frame->measures;
    struct row_inks inks = inks_of(frame, row);
    struct rect bar = {area.x + m->margin, area.y, area.width - m->margin - m->unit, area.height};
    unsigned left = bar.x + 3 * m->unit, right = bar.x + bar.width - 3 * m->unit, value = 0;

    scene_add_part(frame->scene, area, frame->palette->background);
    if (row->is_selected)
        scene_round(frame->scene, bar, m->radius, inks.ground);
    unsigned x = put_row_signs(frame, row, &inks, (struct rect){left, area.y, 0, area.height});
    if (x + 8 * m->em > right)
        x = left; /* too deep for this screen */
    if (row->value[0] != '\0') {
        value = look_put_right(frame, (struct rect){x, area.y, right - x, area.height},
                               (struct look_ink){.em = m->em, .colour = inks.muted}, row->value);
        /* One column for the sizes of all rows. */
        if (row->kind == MODEL_ROW_ENTRY && value < 5 * m->em)
            value = 5 * m->em;
        right -= value + 2 * m->unit;
    }
    if (row->is_warned) {
        unsigned side = m->em;
        look_put_icon(frame, MODEL_ICON_NOTICE, right - side, area.y + (area.height - side) / 2,
                      side, frame->palette->warning, inks.ground);
        right -= side + 2 * m->unit;
    }
    struct look_marks marks = {row->matches, row->match_count, inks.accent};
    unsigned title = look_text_width(frame, m->em, row->title), room = right - x;
    unsigned note = row->note[0] != '\0' ? look_text_width(frame, m->em, row->note) : 0;
    /* The title has two thirds when both are long. */
    if (note > 0 && title + note + 4 * m->unit > room) {
        unsigned least = room / 3;
        note = title + 4 * m->unit + least < room ? room - title - 4 * m->unit
               : note < least                     ? note
                                                  : least;
    }
    look_put_marked(
        frame, (struct rect){x, area.y, note > 0 ? room - note - 4 * m->unit : room, area.height},
        (struct look_ink){.em = m->em, .colour = inks.text, .cut = LOOK_CUT_MIDDLE}, row->title,
        &marks);
    if (note == 0)
        return;
    struct model_range range = {row->note_match_start, row->note_match_len};
    struct look_marks note_marks = {&range, row->note_match_len > 0, inks.accent};
    uint32_t colour =
        row->is_selected ? inks.muted : look_severity_colour(frame, row->severity, inks.muted);
    look_put_marked(frame, (struct rect){right - note, area.y, note, area.height},
                    (struct look_ink){.em = m->em, .colour = colour, .cut = LOOK_CUT_MIDDLE},
                    row->note, &note_marks);
}

static void put_nothing(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    struct rect place = {area.x + m->margin, area.y + m->line, area.width - 2 * m->margin,
                         area.height - m->line};

    scene_add_part(frame->scene, area, frame->palette->background);
    unsigned used = look_put_wrapped(frame, place,
                                     (struct look_ink){.em = m->em, .colour = frame->palette->text},
                                     m->line, frame->model->empty_heading);
    place.y += used + m->unit;
    place.height -= used + m->unit;
    look_put_wrapped(frame, place, (struct look_ink){.em = m->em, .colour = frame->palette->muted},
                     m->line, frame->model->empty_text);
}

static void put_rows(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    size_t rows = area.height / m->row;

    if (rows == 0)
        rows = 1;
    frame->look->page_rows = rows;
    if (model->row_count == 0) {
        put_nothing(frame, area);
        return;
    }
    size_t top = look_scroll(frame, rows);
    unsigned track = m->margin - m->unit; /* the scroll bar stands in the margin */
    struct rect place = {area.x, area.y, area.width - track, m->row};
    for (size_t i = 0; i < rows && top + i < model->row_count; i++) {
        struct model_row row;
        model_row(model, frame->menu, top + i, &row);
        put_row(frame, place, &row);
        place.y += m->row;
    }
    place.height = area.y + area.height - place.y;
    scene_add_part(frame->scene, place, frame->palette->background);
    struct rect column = {area.x + area.width - track, area.y, track, area.height};
    scene_add_part(frame->scene, column, frame->palette->background);
    look_put_scroll_bar(
        frame, (struct rect){column.x, column.y, m->unit + m->hair, (unsigned)rows * m->row}, top,
        rows, model->row_count);
}

/* ---- details ---- */

/* The lines that label nothing stand above those that do. */
static size_t count_unlabelled(const struct model *model)
{
    size_t count = 0;
    while (count < model->detail_count && model->details[count].label[0] == '\0')
        count++;
    return count;
}

/* Details FROM and following from the top of AREA; returns the first that has no place. */
static size_t put_detail_column(struct look_frame *frame, struct rect area, size_t from)
{
    unsigned end = area.y + area.height;

    for (; from < frame->model->detail_count && area.y + frame->measures.line <= end; from++) {
        area.height = end - area.y;
        area.y += look_put_detail(frame, area, &frame->model->details[from]);
    }
    return from;
}

static void put_detail_columns(struct look_frame *frame, struct rect area, unsigned columns)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    size_t above = count_unlabelled(model), next = 0;

    for (; next < above && area.height >= m->line; next++) {
        unsigned used = look_put_detail(frame, area, &model->details[next]);
        area.y += used;
        area.height -= used < area.height ? used : area.height;
    }
    unsigned gap = m->unit;
    if (area.height < gap)
        return;
    struct rect column = {area.x, area.y + gap, (area.width - (columns - 1) * m->margin) / columns,
                          area.height - gap};
    for (unsigned i = 0; i < columns; i++) {
        next = put_detail_column(frame, column, next);
        column.x += column.width + m->margin;
    }
}

static void put_details(struct look_frame *frame, struct rect area, bool is_side)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    const struct model *model = frame->model;
    unsigned pad = 3 * m->unit;
    struct rect card = {area.x, area.y, area.width - m->margin, area.height};

    scene_add_part(frame->scene, area, palette->background);
    if (!is_side) {
        card.x += m->margin;
        card.width -= m->margin;
        card.y += m->unit;
        card.height -= m->unit;
    }
    if (model->selected == MODEL_NO_ROW || model->row_count == 0)
        return;
    scene_round(frame->scene, card, m->radius, palette->panel);
    struct rect place = {card.x + pad, card.y + pad - m->unit, card.width - 2 * pad,
                         card.height - 2 * pad + 2 * m->unit};
    if (is_side) {
        struct model_row row;
        model_row(model, frame->menu, model->selected, &row);
        struct rect heading = place;
        heading.height = 3 * m->line < place.height ? 3 * m->line : place.height;
        unsigned used = look_put_wrapped(
            frame, heading, (struct look_ink){.em = m->em * 9 / 8, .colour = palette->text},
            m->line, row.title);
        place.y += used;
        place.height -= used;
    }
    put_detail_columns(frame, place, is_side ? 1 : 2);
}

void look_put_list(struct look_frame *frame, struct rect body)
{
    const struct look_measures *m = &frame->measures;
    bool is_side = m->width >= SIDE_PANE_FROM * m->em;
    unsigned status = 13 * m->unit, gap = 2 * m->unit;
    struct rect list = body, details = body;

    if (is_side) {
        details.width = body.width * 3 / 8;
        details.x = body.width - details.width;
        details.y += gap;
        details.height -= 2 * gap;
        list.width -= details.width;
        scene_add_part(frame->scene, (struct rect){details.x, body.y, details.width, gap},
                       frame->palette->background);
        scene_add_part(frame->scene,
                       (struct rect){details.x, body.y + body.height - gap, details.width, gap},
                       frame->palette->background);
    } else {
        details.height = 6 * m->line + 7 * m->unit;
        if (details.height > body.height / 3)
            details.height = body.height / 3;
        details.y = body.y + body.height - details.height - gap;
        list.height -= details.height + gap;
        scene_add_part(frame->scene, (struct rect){0, body.y + body.height - gap, body.width, gap},
                       frame->palette->background);
    }
    put_status(frame, (struct rect){list.x, list.y, list.width, status});
    list.y += status;
    list.height -= status;
    struct look_frame measuring = *frame;
    measuring.scene = NULL;
    unsigned messages = put_messages(&measuring, list);
    if (messages + ROWS_MIN * m->row > list.height)
        messages = list.height > ROWS_MIN * m->row ? list.height - ROWS_MIN * m->row : 0;
    if (messages > 0) {
        struct rect area = {list.x, list.y, list.width, messages};
        scene_add_part(frame->scene, area, frame->palette->background);
        put_messages(frame, area);
        list.y += messages;
        list.height -= messages;
    }
    put_rows(frame, list);
    put_details(frame, details, is_side);
}
