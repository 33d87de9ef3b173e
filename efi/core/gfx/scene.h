/* SPDX-License-Identifier: BSD-2-Clause */
/* What a frame is made of: parts that tile the screen, each with its shapes and texts. Drawing
 * touches only the parts that differ from the frame before. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"
#include "efi/core/gfx/font.h"
#include "efi/core/gfx/surface.h"

#define SCENE_PARTS_MAX      512u
#define SCENE_OPS_MAX        16384u
#define SCENE_TEXT_BYTES_MAX ((size_t)1 << 20)

struct scene_part {
    struct rect rect;
    uint32_t background;
    size_t first_op, op_count;
    uint64_t hash; /* of all that it shows */
};

enum scene_shape { SCENE_FILL, SCENE_ROUND, SCENE_TEXT };

struct scene_op {
    enum scene_shape shape;
    struct rect rect;     /* FILL, ROUND */
    unsigned radius;      /* ROUND */
    int x, y;             /* TEXT: the pen on the base line */
    unsigned em;          /* TEXT */
    size_t text_off, len; /* TEXT: in `texts` */
    uint32_t colour;
};

struct scene {
    struct scene_part *parts, *shown; /* the next frame's, and those that the surface shows */
    size_t part_count, shown_count;
    struct scene_op *ops;
    size_t op_count, op_capacity;
    struct strbuf texts;
    enum status failed; /* sticks until the next scene_begin() */
};

enum status scene_init(struct scene *scene) must_check;
void scene_clear(struct scene *scene);

/* The surface's contents are unknown from now on: the next frame is drawn whole. */
void scene_forget(struct scene *scene);

/* Begins the next frame. */
void scene_begin(struct scene *scene);

/* Begins a part; what follows belongs to it and is cut at RECT. The parts of a frame must cover the
 * surface without overlap. */
void scene_add_part(struct scene *scene, struct rect rect, uint32_t background);

void scene_fill(struct scene *scene, struct rect rect, uint32_t colour);
void scene_round(struct scene *scene, struct rect rect, unsigned radius, uint32_t colour);

/* LEN bytes of TEXT (copied) of EM pixels, the pen at X on the base line Y. */
void scene_text(struct scene *scene, int x, int y, unsigned em, uint32_t colour, const char *text,
                size_t len);

/* Draws the frame's parts that SURFACE does not show yet and marks them damaged. STATUS_NO_MEMORY
 * or STATUS_TOO_LARGE when the frame could not be put together: nothing is drawn then. */
enum status scene_draw(struct scene *scene, struct font *font, struct surface *surface) must_check;
