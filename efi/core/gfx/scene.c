/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames put together, compared and drawn. */
#include "efi/core/gfx/scene.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

#define OPS_AT_FIRST 256

enum status scene_init(struct scene *scene)
{
    *scene = (struct scene){.texts = strbuf_with_max(SCENE_TEXT_BYTES_MAX)};
    scene->parts = calloc(SCENE_PARTS_MAX, sizeof(*scene->parts));
    scene->shown = calloc(SCENE_PARTS_MAX, sizeof(*scene->shown));
    if (scene->parts != NULL && scene->shown != NULL)
        return STATUS_OK;
    scene_clear(scene);
    return STATUS_NO_MEMORY;
}

void scene_clear(struct scene *scene)
{
    free(scene->parts);
    free(scene->shown);
    free(scene->ops);
    strbuf_clear(&scene->texts);
    *scene = (struct scene){0};
}

void scene_forget(struct scene *scene)
{
    scene->shown_count = 0;
}

void scene_begin(struct scene *scene)
{
    scene->part_count = scene->op_count = 0;
    scene->failed = STATUS_OK;
    strbuf_reset(&scene->texts);
}

void scene_add_part(struct scene *scene, struct rect rect, uint32_t background)
{
    if (scene->part_count == SCENE_PARTS_MAX) {
        scene->failed = STATUS_TOO_LARGE;
        return;
    }
    scene->parts[scene->part_count++] =
        (struct scene_part){.rect = rect, .background = background, .first_op = scene->op_count};
}

static void add_op(struct scene *scene, const struct scene_op *op)
{
    if (scene->failed != STATUS_OK || scene->part_count == 0)
        return;
    if (scene->op_count == scene->op_capacity) {
        size_t capacity = scene->op_capacity > 0 ? scene->op_capacity * 2 : OPS_AT_FIRST;
        struct scene_op *larger = NULL;
        if (capacity <= SCENE_OPS_MAX)
            larger = realloc(scene->ops, capacity * sizeof(*larger));
        if (larger == NULL) {
            scene->failed = capacity <= SCENE_OPS_MAX ? STATUS_NO_MEMORY : STATUS_TOO_LARGE;
            return;
        }
        scene->ops = larger;
        scene->op_capacity = capacity;
    }
    scene->ops[scene->op_count++] = *op;
    scene->parts[scene->part_count - 1].op_count++;
}

void scene_fill(struct scene *scene, struct rect rect, uint32_t colour)
{
    struct scene_op op = {.shape = SCENE_FILL, .rect = rect, .colour = colour};
    add_op(scene, &op);
}

void scene_round(struct scene *scene, struct rect rect, unsigned radius, uint32_t colour)
{
    struct scene_op op = {.shape = SCENE_ROUND, .rect = rect, .radius = radius, .colour = colour};
    add_op(scene, &op);
}

void scene_text(struct scene *scene, int x, int y, unsigned em, uint32_t colour, const char *text,
                size_t len)
{
    struct scene_op op = {
        .shape = SCENE_TEXT,
        .x = x,
        .y = y,
        .em = em,
        .text_off = scene->texts.len,
        .len = len,
        .colour = colour,
    };
    strbuf_append_bytes(&scene->texts, text, len);
    add_op(scene, &op);
}

/* ---- comparing ---- */

/* FNV-1a, 64 bits. */
static void hash_bytes(uint64_t *hash, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;
    for (size_t i = 0; i < len; i++)
        *hash = (*hash ^ b[i]) * 0x100000001B3;
}

static uint64_t hash_of(const struct scene *scene, const struct scene_part *part)
{
    uint64_t hash = 0xCBF29CE484222325;

    hash_bytes(&hash, &part->background, sizeof(part->background));
    for (size_t i = 0; i < part->op_count; i++) {
        const struct scene_op *op = &scene->ops[part->first_op + i];
        const uint32_t numbers[] = {
            (uint32_t)op->shape, op->rect.x,      op->rect.y,      op->rect.width, op->rect.height,
            op->radius,          (uint32_t)op->x, (uint32_t)op->y, op->em,         op->colour,
            (uint32_t)op->len,
        };
        hash_bytes(&hash, numbers, sizeof(numbers));
        hash_bytes(&hash, strbuf_text(&scene->texts) + op->text_off, op->len);
    }
    return hash;
}

static bool is_shown(const struct scene *scene, size_t index)
{
    const struct scene_part *next = &scene->parts[index];
    if (index >= scene->shown_count)
        return false;
    const struct scene_part *shown = &scene->shown[index];
    return next->hash == shown->hash && memcmp(&next->rect, &shown->rect, sizeof(next->rect)) == 0;
}

/* ---- drawing ---- */

static void draw_part(const struct scene *scene, const struct scene_part *part, struct font *font,
                      struct surface *surface)
{
    surface_fill(surface, part->rect, part->background);
    for (size_t i = 0; i < part->op_count; i++) {
        const struct scene_op *op = &scene->ops[part->first_op + i];
        switch (op->shape) {
        case SCENE_FILL:
            surface_fill(surface, op->rect, op->colour);
            break;
        case SCENE_ROUND:
            surface_fill_round(surface, op->rect, op->radius, op->colour);
            break;
        case SCENE_TEXT:
            font_draw(font, op->em, surface, op->x, op->y, op->colour,
                      strbuf_text(&scene->texts) + op->text_off, op->len);
            break;
        }
    }
}

enum status scene_draw(struct scene *scene, struct font *font, struct surface *surface)
{
    struct rect clip = surface->clip;

    if (scene->failed == STATUS_OK)
        scene->failed = strbuf_status(&scene->texts);
    if (scene->failed != STATUS_OK)
        return scene->failed;
    for (size_t i = 0; i < scene->part_count; i++) {
        struct scene_part *part = &scene->parts[i];
        part->hash = hash_of(scene, part);
        if (is_shown(scene, i))
            continue;
        surface_set_clip(surface, rect_intersect(part->rect, clip));
        draw_part(scene, part, font, surface);
        surface_damage(surface, part->rect);
    }
    surface_set_clip(surface, clip);
    struct scene_part *before = scene->shown;
    scene->shown = scene->parts;
    scene->shown_count = scene->part_count;
    scene->parts = before;
    return STATUS_OK;
}
