/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame around every screen: measures, header, bottom line. */
#include "efi/core/gfx/look.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/look_private.h"

#define EM_MIN 14u
#define EM_MAX 120u

enum status look_init(struct look *look, const struct palette *palette)
{
    *look = (struct look){.palette = palette};
    return scene_init(&look->scene);
}

void look_clear(struct look *look)
{
    scene_clear(&look->scene);
}

void look_forget(struct look *look)
{
    scene_forget(&look->scene);
}

/* The screen's density is not known: text is as large as makes a good page of the screen. */
static struct look_measures measure(unsigned width, unsigned height)
{
    unsigned em = height / 46 < width / 60 ? height / 46 : width / 60;
    if (em < EM_MIN)
        em = EM_MIN;
    if (em > EM_MAX)
        em = EM_MAX;
    unsigned unit = em / 4;
    return (struct look_measures){
        .width = width,
        .height = height,
        .em = em,
        .small = em * 7 / 8,
        .large = em * 11 / 8,
        .unit = unit,
        .margin = 7 * unit,
        .row = em * 15 / 8,
        .line = em * 3 / 2,
        .small_line = em * 11 / 8,
        .radius = unit + unit / 2,
        .hair = (em + 8) / 16 > 0 ? (em + 8) / 16 : 1,
    };
}

/* ---- header ---- */

/* The product's name without its version, which is told smaller. */
static size_t name_length(const char *product)
{
    return strcspn(product, " ");
}

static void put_header(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct palette *palette = frame->palette;
    const struct model *model = frame->model;
    unsigned sign = m->large, x = m->margin;
    size_t name = name_length(model->product);
    char side[MODEL_TEXT_MAX + 64];

    scene_add_part(frame->scene, area, palette->background);
    look_put_icon(frame, MODEL_ICON_DISC, x, area.y + (area.height - sign) / 2, sign,
                  palette->accent, palette->background);
    x += sign + 3 * m->unit;
    scene_text(frame->scene, (int)x, look_baseline(frame, m->large, area.y, area.height), m->large,
               palette->text, model->product, name);
    x += font_width(frame->font, m->large, model->product, name) + 2 * m->unit;
    if (model->product[name] == ' ')
        scene_text(frame->scene, (int)x, look_baseline(frame, m->large, area.y, area.height),
                   m->small, palette->muted, model->product + name + 1,
                   strlen(model->product + name + 1));
    x += look_text_width(frame, m->small, model->product + name) + 4 * m->unit;

    struct strbuf text = strbuf_with_max(sizeof(side));
    strbuf_append(&text, model->volume);
    if (model->volume[0] != '\0' && model->count[0] != '\0')
        strbuf_append(&text, "  \xc2\xb7  ");
    strbuf_append(&text, model->count);
    if (x + m->margin < area.width)
        look_put_right(
            frame, (struct rect){x, area.y, area.width - x - m->margin, area.height},
            (struct look_ink){.em = m->em, .colour = palette->muted, .cut = LOOK_CUT_MIDDLE},
            strbuf_text(&text));
    strbuf_clear(&text);
    scene_fill(frame->scene,
               (struct rect){m->margin, area.y + area.height - m->hair, area.width - 2 * m->margin,
                             m->hair},
               palette->line);
}

/* ---- bottom line ---- */

/* Returns the width; draws if IS_DRAWN. */
static unsigned put_action(struct look_frame *frame, struct rect area,
                           const struct model_action *action, bool is_drawn)
{
    const struct look_measures *m = &frame->measures;
    unsigned pad = m->unit + m->unit / 2;
    unsigned key = look_text_width(frame, m->small, action->key) + 2 * pad;
    unsigned label = look_text_width(frame, m->small, action->label);
    unsigned cap = m->small + 3 * m->unit;

    if (key < cap)
        key = cap;
    if (is_drawn) {
        struct rect box = {area.x, area.y + (area.height - cap) / 2, key, cap};
        struct rect text = {area.x + (key - look_text_width(frame, m->small, action->key)) / 2,
                            area.y, key, area.height};
        scene_round(frame->scene, box, m->unit, frame->palette->raised);
        look_put(frame, text, (struct look_ink){.em = m->small, .colour = frame->palette->text},
                 action->key);
        look_put(frame,
                 (struct rect){area.x + key + 2 * m->unit, area.y, label + m->em, area.height},
                 (struct look_ink){.em = m->small, .colour = frame->palette->muted}, action->label);
    }
    return key + 2 * m->unit + label;
}

/* The most wanted first; those for which there is no room are told by the help. */
static void put_footer(struct look_frame *frame, struct rect area)
{
    const struct look_measures *m = &frame->measures;
    const struct model *model = frame->model;
    unsigned x = m->margin, end = area.width - m->margin;

    scene_add_part(frame->scene, area, frame->palette->background);
    scene_fill(frame->scene, (struct rect){m->margin, area.y, area.width - 2 * m->margin, m->hair},
               frame->palette->line);
    if (model->question[0] != '\0') {
        look_put(frame, (struct rect){x, area.y, end - x, area.height},
                 (struct look_ink){.em = m->em, .colour = frame->palette->accent}, model->question);
        return;
    }
    for (size_t i = 0; i < model->action_count; i++) {
        struct rect place = {x, area.y, 0, area.height};
        unsigned width = put_action(frame, place, &model->actions[i], false);
        if (x + width > end)
            return;
        put_action(frame, place, &model->actions[i], true);
        x += width + 5 * m->unit;
    }
}

/* ---- the whole ---- */

enum status look_draw(struct look *look, const struct model *model, const struct menu *menu,
                      struct font *font, struct surface *surface)
{
    struct look_frame frame = {
        .look = look,
        .model = model,
        .menu = menu,
        .font = font,
        .scene = &look->scene,
        .palette = look->palette,
        .measures = measure(surface->width, surface->height),
    };
    static void (*const put_body[])(struct look_frame *, struct rect) = {
        [MODEL_LIST] = look_put_list,         [MODEL_TREE] = look_put_list,
        [MODEL_HELP] = look_put_text,         [MODEL_PROBLEMS] = look_put_text,
        [MODEL_DETAILS] = look_put_text,      [MODEL_FORM] = look_put_form,
        [MODEL_CHECKSUM] = look_put_checksum, [MODEL_POWER] = look_put_power,
        [MODEL_PAGE] = look_put_text,
    };

    if (surface->width < LOOK_WIDTH_MIN || surface->height < LOOK_HEIGHT_MIN)
        return STATUS_UNSUPPORTED;
    unsigned header = 14 * frame.measures.unit, footer = 11 * frame.measures.unit;
    scene_begin(&look->scene);
    put_header(&frame, (struct rect){0, 0, surface->width, header});
    put_body[model->screen](
        &frame, (struct rect){0, header, surface->width, surface->height - header - footer});
    put_footer(&frame, (struct rect){0, surface->height - footer, surface->width, footer});
    return scene_draw(&look->scene, font, surface);
}
