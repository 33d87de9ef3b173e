/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the guest's picture with its pointer onto surfaces: memory that a monitor shows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/damage.h"
#include "initramfs/viewer/picture.h"
#include "initramfs/viewer/pixel.h"
#include "initramfs/viewer/scale.h"

/* Memory of a screen. */
struct surface {
    uint8_t *pixels;
    size_t stride; /* bytes from row to row */
    unsigned width, height;
    struct pixel_format format;
};

struct view {
    struct scale scale;
    bool has_scale;
};

/* The guest's pointer over its picture. */
struct view_cursor {
    const struct cursor *cursor; /* NULL or of no size: none */
    int x, y;                    /* its upper left corner in the picture; may be outside */
};

/* Draws what the guest shows. */
struct view_scene {
    const struct picture *picture;
    struct view_cursor cursor;
    uint32_t *row;       /* room for a row of the picture, for where the pointer is */
    struct rect covered; /* by the pointer as it was last placed */
};

/* What of the picture the pointer covers. */
struct rect view_cursor_rect(const struct view_scene *scene);

/* Puts CURSOR with its hot spot at X, Y. What it covers now and what it covered are added to
 * DAMAGE, if its place has changed or, with IS_NEW, its shape. */
void view_place_cursor(struct view_scene *scene, const struct cursor *cursor, int x, int y,
                       bool is_new, struct damage *damage);

/* Fits VIEW to the sizes of picture and surface and blackens the surface. STATUS_NO_MEMORY: VIEW
 * draws nothing. */
enum status view_fit(struct view *view, const struct picture *picture,
                     const struct surface *surface) must_check;
void view_clear(struct view *view);

/* Draws the part SOURCE of the picture; returns what of the surface has changed. */
struct rect view_draw(struct view *view, struct view_scene *scene, const struct surface *surface,
                      struct rect source);
