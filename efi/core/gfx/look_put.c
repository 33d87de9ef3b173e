/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that keep to their place, signs, bars. */
#include <string.h>

#include "efi/core/gfx/look_private.h"

#define ELLIPSIS "\xe2\x80\xa6"

unsigned look_text_width(struct look_frame *frame, unsigned em, const char *text)
{
    return font_width(frame->font, em, text, strlen(text));
}

int look_baseline(struct look_frame *frame, unsigned em, unsigned top, unsigned height)
{
    unsigned cap = font_metrics(frame->font, em)->cap_height;
    return (int)(top + (height + cap) / 2);
}

/* Which bytes of a text are shown: [0, head), then an ellipsis if IS_CUT, then [tail, len). */
struct cut {
    size_t head, tail, len;
    bool is_cut;
};

static struct cut cut_text(struct look_frame *frame, const char *text, unsigned width,
                           struct look_ink ink)
{
    size_t len = strlen(text);
    unsigned dots = look_text_width(frame, ink.em, ELLIPSIS);

    if (font_width(frame->font, ink.em, text, len) <= width)
        return (struct cut){.head = len, .tail = len, .len = len};
    unsigned room = width > dots ? width - dots : 0;
    unsigned head_room = ink.cut == LOOK_CUT_MIDDLE ? room / 2 : room, used;
    size_t head = font_fit(frame->font, ink.em, text, len, head_room, &used);
    size_t tail = len;
    if (ink.cut == LOOK_CUT_MIDDLE)
        tail = head + font_fit_end(frame->font, ink.em, text + head, len - head, room - used);
    return (struct cut){head, tail, len, true};
}

static unsigned cut_width(struct look_frame *frame, unsigned em, const char *text,
                          const struct cut *cut)
{
    unsigned width = font_width(frame->font, em, text, cut->head);
    if (cut->is_cut)
        width += look_text_width(frame, em, ELLIPSIS);
    return width + font_width(frame->font, em, text + cut->tail, cut->len - cut->tail);
}

/* Bytes FROM to TO of TEXT; returns where the pen is then. */
static int put_part(struct look_frame *frame, int x, int y, unsigned em, uint32_t colour,
                    const char *text, size_t from, size_t to)
{
    if (from >= to)
        return x;
    scene_text(frame->scene, x, y, em, colour, text + from, to - from);
    return x + (int)font_width(frame->font, em, text + from, to - from);
}

/* The same, the marked bytes among them in the marks' colour. */
static int put_marked_part(struct look_frame *frame, int x, int y, struct look_ink ink,
                           const char *text, size_t from, size_t to, const struct look_marks *marks)
{
    unsigned hair = frame->measures.hair;

    for (size_t i = 0; marks != NULL && i < marks->count && from < to; i++) {
        size_t start = marks->ranges[i].start, end = start + marks->ranges[i].len;
        if (end <= from)
            continue;
        if (start >= to)
            break;
        if (start > from)
            x = put_part(frame, x, y, ink.em, ink.colour, text, from, start);
        else
            start = from;
        if (end > to)
            end = to;
        int right = put_part(frame, x, y, ink.em, marks->colour, text, start, end);
        struct rect rule = {(unsigned)x, (unsigned)y + 2 * hair, (unsigned)(right - x), hair};
        scene_fill(frame->scene, rule, marks->colour);
        x = right;
        from = end;
    }
    return put_part(frame, x, y, ink.em, ink.colour, text, from, to);
}

unsigned look_put_marked(struct look_frame *frame, struct rect area, struct look_ink ink,
                         const char *text, const struct look_marks *marks)
{
    struct cut cut = cut_text(frame, text, area.width, ink);
    int y = look_baseline(frame, ink.em, area.y, area.height), x = (int)area.x;

    x = put_marked_part(frame, x, y, ink, text, 0, cut.head, marks);
    if (cut.is_cut)
        x = put_part(frame, x, y, ink.em, ink.colour, ELLIPSIS, 0, sizeof(ELLIPSIS) - 1);
    x = put_marked_part(frame, x, y, ink, text, cut.tail, cut.len, marks);
    return (unsigned)x - area.x;
}

unsigned look_put(struct look_frame *frame, struct rect area, struct look_ink ink, const char *text)
{
    return look_put_marked(frame, area, ink, text, NULL);
}

unsigned look_put_right(struct look_frame *frame, struct rect area, struct look_ink ink,
                        const char *text)
{
    struct cut cut = cut_text(frame, text, area.width, ink);
    unsigned width = cut_width(frame, ink.em, text, &cut);

    if (width > area.width)
        return 0;
    area.x += area.width - width;
    area.width = width;
    return look_put(frame, area, ink, text);
}

/* Bytes of TEXT that go into one line: up to a blank, or behind a slash or dash, where there is
 * one. */
static size_t line_length(struct look_frame *frame, unsigned em, const char *text, unsigned width)
{
    size_t len = strcspn(text, "\n");
    size_t fitting = font_fit(frame->font, em, text, len, width, NULL);

    if (fitting == len)
        return len;
    for (size_t i = fitting; i > fitting / 3; i--) {
        if (text[i] == ' ')
            return i;
    }
    for (size_t i = fitting; i > fitting / 2; i--) {
        if (text[i - 1] == '/' || text[i - 1] == '-' || text[i - 1] == '_')
            return i;
    }
    if (fitting > 0)
        return fitting;
    size_t one = 1; /* a character wider than the line */
    while (one < len && ((uint8_t)text[one] & 0xC0) == 0x80)
        one++;
    return one;
}

unsigned look_put_wrapped(struct look_frame *frame, struct rect area, struct look_ink ink,
                          unsigned line, const char *text)
{
    unsigned used = 0;

    while (*text != '\0' && used + line <= area.height) {
        struct rect place = {area.x, area.y + used, area.width, line};
        size_t len = line_length(frame, ink.em, text, area.width);
        bool is_last = used + 2 * line > area.height && text[len] != '\0';
        if (frame->scene != NULL && is_last && text[len] != '\n')
            look_put(frame, place, ink, text);
        else if (frame->scene != NULL)
            scene_text(frame->scene, (int)place.x,
                       look_baseline(frame, ink.em, place.y, place.height), ink.em, ink.colour,
                       text, len);
        used += line;
        text += len;
        if (*text == '\n')
            text++;
        else
            text += strspn(text, " ");
    }
    return used;
}

uint32_t look_severity_colour(const struct look_frame *frame, enum menu_severity severity,
                              uint32_t note_colour)
{
    switch (severity) {
    case MENU_GOOD:
        return frame->palette->good;
    case MENU_WARNING:
        return frame->palette->warning;
    case MENU_ERROR:
        return frame->palette->error;
    case MENU_NOTE:
        break;
    }
    return note_colour;
}

/* ---- signs ---- */

static void put_circle(struct look_frame *frame, unsigned x, unsigned y, unsigned side,
                       unsigned diameter, uint32_t colour)
{
    unsigned off = (side - diameter) / 2;
    scene_round(frame->scene, (struct rect){x + off, y + off, diameter, diameter}, diameter / 2,
                colour);
}

static void put_disc(struct look_frame *frame, unsigned x, unsigned y, unsigned side,
                     uint32_t colour, uint32_t ground)
{
    unsigned parity = side % 2; /* circles with one centre */
    put_circle(frame, x, y, side, side, colour);
    put_circle(frame, x, y, side, side * 7 / 16 / 2 * 2 + parity, ground);
    put_circle(frame, x, y, side, side * 3 / 16 / 2 * 2 + parity, colour);
}

static void put_disk(struct look_frame *frame, unsigned x, unsigned y, unsigned side,
                     uint32_t colour, uint32_t ground)
{
    unsigned height = side * 5 / 8, lamp = side / 6 + 1;
    scene_round(frame->scene, (struct rect){x, y + (side - height) / 2, side, height}, side / 6,
                colour);
    scene_round(frame->scene, (struct rect){x + side - 2 * lamp, y + (side - lamp) / 2, lamp, lamp},
                lamp / 2, ground);
}

static void put_folder(struct look_frame *frame, unsigned x, unsigned y, unsigned side,
                       uint32_t colour, uint32_t ground, bool is_open)
{
    unsigned radius = side / 8, top = side * 5 / 16, hair = side / 10 + 1;
    struct rect body = {x, y + top, side, side - top - side / 8};

    scene_round(frame->scene, (struct rect){x, y + side / 8, side / 2, side / 2}, radius, colour);
    scene_round(frame->scene, body, radius, colour);
    if (is_open && body.width > 2 * hair && body.height > 2 * hair)
        scene_round(frame->scene,
                    (struct rect){body.x + hair, body.y + hair, body.width - 2 * hair,
                                  body.height - 2 * hair},
                    radius > hair ? radius - hair : 0, ground);
}

static void put_power_off(struct look_frame *frame, unsigned x, unsigned y, unsigned side,
                          uint32_t colour, uint32_t ground)
{
    unsigned stroke = side / 8 + 1, parity = side % 2;
    unsigned inner = (side - 2 * stroke) / 2 * 2 + parity, bar = side / 8 / 2 * 2 + 2 - parity;
    unsigned middle = x + (side - bar) / 2;

    put_circle(frame, x, y, side, side, colour);
    put_circle(frame, x, y, side, inner, ground);
    scene_fill(frame->scene, (struct rect){middle - stroke, y, bar + 2 * stroke, side * 3 / 8},
               ground);
    scene_round(frame->scene, (struct rect){middle, y, bar, side / 2}, bar / 2, colour);
}

static void put_sign(struct look_frame *frame, unsigned x, unsigned y, unsigned side, unsigned em,
                     uint32_t colour, const char *text)
{
    unsigned width = look_text_width(frame, em, text);
    int left = (int)x + ((int)side - (int)width) / 2;
    scene_text(frame->scene, left, look_baseline(frame, em, y, side), em, colour, text,
               strlen(text));
}

void look_put_icon(struct look_frame *frame, enum model_icon icon, unsigned x, unsigned y,
                   unsigned side, uint32_t colour, uint32_t ground)
{
    switch (icon) {
    case MODEL_ICON_NONE:
        break;
    case MODEL_ICON_DISC:
        put_disc(frame, x, y, side, colour, ground);
        break;
    case MODEL_ICON_DISK:
    case MODEL_ICON_LOCAL_DISK:
        put_disk(frame, x, y, side, colour, ground);
        break;
    case MODEL_ICON_FOLDER_CLOSED:
    case MODEL_ICON_FOLDER_OPEN:
        put_folder(frame, x, y, side, colour, ground, icon == MODEL_ICON_FOLDER_OPEN);
        break;
    case MODEL_ICON_NOTICE:
        put_circle(frame, x, y, side, side, colour);
        put_sign(frame, x, y, side, side * 3 / 4, ground, "!");
        break;
    case MODEL_ICON_RESTART:
        put_sign(frame, x, y, side, side, colour, "\xe2\x86\xbb"); /* U+21BB */
        break;
    case MODEL_ICON_POWER_OFF:
        put_power_off(frame, x, y, side, colour, ground);
        break;
    case MODEL_ICON_FIRMWARE:
        put_sign(frame, x, y, side, side, colour, "\xe2\x9a\x99"); /* U+2699 */
        break;
    case MODEL_ICON_LEAVE:
        put_sign(frame, x, y, side, side, colour, "\xe2\x8f\x8f"); /* U+23CF */
        break;
    }
}

void look_put_bar(struct look_frame *frame, struct rect area, unsigned share)
{
    unsigned filled = (unsigned)((uint64_t)area.width * share / 256);
    scene_round(frame->scene, area, area.height / 2, frame->palette->line);
    if (filled >= area.height)
        scene_round(frame->scene, (struct rect){area.x, area.y, filled, area.height},
                    area.height / 2, frame->palette->accent);
}

void look_put_scroll_bar(struct look_frame *frame, struct rect area, size_t top, size_t rows,
                         size_t count)
{
    if (count <= rows || rows == 0)
        return;
    unsigned least = 3 * area.width;
    unsigned thumb = (unsigned)((uint64_t)area.height * rows / count);
    if (thumb < least)
        thumb = least < area.height ? least : area.height;
    unsigned off = (unsigned)((uint64_t)(area.height - thumb) * top / (count - rows));
    scene_round(frame->scene, area, area.width / 2, frame->palette->panel);
    scene_round(frame->scene, (struct rect){area.x, area.y + off, area.width, thumb},
                area.width / 2, frame->palette->line);
}

size_t look_scroll(struct look_frame *frame, size_t rows)
{
    size_t *top = &frame->look->tops[frame->model->screen];
    size_t selected = frame->model->selected, count = frame->model->row_count;

    if (selected < *top)
        *top = selected;
    if (selected != MODEL_NO_ROW && selected - *top >= rows)
        *top = selected - rows + 1;
    if (count <= rows)
        *top = 0;
    else if (*top > count - rows)
        *top = count - rows;
    return *top;
}
