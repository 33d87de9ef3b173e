/* SPDX-License-Identifier: BSD-2-Clause */
/* From picture and pointer to the screen's memory, row by row. */
#include "initramfs/viewer/view.h"

#include <string.h>

struct rect view_cursor_rect(const struct view_scene *scene)
{
    const struct view_cursor *c = &scene->cursor;
    if (c->cursor == NULL || c->cursor->width == 0 || c->cursor->height == 0)
        return (struct rect){0};
    int64_t x0 = c->x, y0 = c->y;
    int64_t x1 = x0 + c->cursor->width, y1 = y0 + c->cursor->height;
    x0 = x0 < 0 ? 0 : x0;
    y0 = y0 < 0 ? 0 : y0;
    x1 = x1 > scene->picture->width ? scene->picture->width : x1;
    y1 = y1 > scene->picture->height ? scene->picture->height : y1;
    if (x1 <= x0 || y1 <= y0)
        return (struct rect){0};
    return (struct rect){(unsigned)x0, (unsigned)y0, (unsigned)(x1 - x0), (unsigned)(y1 - y0)};
}

void view_place_cursor(struct view_scene *scene, const struct cursor *cursor, int x, int y,
                       bool is_new, struct damage *damage)
{
    scene->cursor = (struct view_cursor){cursor, x - (int)cursor->hot_x, y - (int)cursor->hot_y};
    struct rect covers = view_cursor_rect(scene);
    if (!is_new && memcmp(&covers, &scene->covered, sizeof(covers)) == 0)
        return;
    /* the shape that was drawn may be gone already: its place is remembered */
    damage_add(damage, scene->covered);
    damage_add(damage, covers);
    scene->covered = covers;
}

/* OVER, its colours multiplied by alpha, on UNDER; a guest that did not multiply saturates. */
static uint32_t blend(uint32_t under, uint32_t over)
{
    uint32_t rest = 255 - (over >> 24);
    uint32_t result = 0;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t colour = (over >> shift & 0xff) + ((under >> shift & 0xff) * rest + 127) / 255;
        result |= (colour > 255 ? 255 : colour) << shift;
    }
    return result;
}

static const uint32_t *scene_row(void *context, unsigned y)
{
    const struct view_scene *scene = context;
    const struct picture *picture = scene->picture;
    const uint32_t *row = picture->pixels + (size_t)y * picture->width;
    struct rect r = view_cursor_rect(scene);
    if (rect_is_empty(&r) || y < r.y || y - r.y >= r.height)
        return row;
    const struct cursor *cursor = scene->cursor.cursor;
    const uint32_t *over = cursor->pixels + (size_t)((int)y - scene->cursor.y) * cursor->width +
                           ((int)r.x - scene->cursor.x);
    memcpy(scene->row, row, (size_t)picture->width * sizeof(*row));
    for (unsigned i = 0; i < r.width; i++)
        scene->row[r.x + i] = blend(row[r.x + i], over[i]);
    return scene->row;
}

static void blacken(const struct surface *surface)
{
    for (unsigned y = 0; y < surface->height; y++)
        memset(surface->pixels + y * surface->stride, 0,
               (size_t)surface->width * surface->format.bytes);
}

void view_clear(struct view *view)
{
    if (view->has_scale)
        scale_clear(&view->scale);
    view->has_scale = false;
}

enum status view_fit(struct view *view, const struct picture *picture,
                     const struct surface *surface)
{
    view_clear(view);
    blacken(surface);
    enum status status =
        scale_init(&view->scale, picture->width, picture->height, surface->width, surface->height);
    view->has_scale = status == STATUS_OK;
    return status;
}

struct rect view_draw(struct view *view, struct view_scene *scene, const struct surface *surface,
                      struct rect source)
{
    const struct scale_source rows = {scene_row, scene};
    if (!view->has_scale)
        return (struct rect){0};
    struct rect target = scale_to_screen(&view->scale, source);
    uint8_t *to = surface->pixels + target.y * surface->stride + target.x * surface->format.bytes;
    scale_forget(&view->scale);
    for (unsigned i = 0; i < target.height; i++) {
        const uint32_t *row = scale_row(&view->scale, &rows, target.x, target.width, target.y + i);
        pixel_write(&surface->format, to, row, target.width);
        to += surface->stride;
    }
    return target;
}
