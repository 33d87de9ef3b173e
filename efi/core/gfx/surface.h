/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of the screen in memory: drawing into it, and which parts of it changed. */
#pragma once

#include <stdint.h>

#include "config/base/damage.h"
#include "config/base/status.h"

#define SURFACE_SIDE_MAX 16384u /* pixels */

/* Colours are 0xRRGGBB, in memory as EFI_GRAPHICS_OUTPUT_BLT_PIXEL has them. Drawing touches
 * nothing outside the clip; it does not mark damage: whoever knows what belongs together does. */
struct surface {
    uint32_t *pixels; /* row after row, WIDTH apart; owned */
    unsigned width, height;
    struct rect clip;
    struct damage damage; /* what the screen has not been given yet */
};

/* A picture with transparency: 0xAARRGGBB, colours not multiplied by alpha. */
struct image;

/* Black pixels, the clip and the damage the whole surface. STATUS_INVALID for a side of 0 or above
 * SURFACE_SIDE_MAX, STATUS_NO_MEMORY. */
enum status surface_init(struct surface *surface, unsigned width, unsigned height) must_check;
void surface_clear(struct surface *surface);

static inline struct rect surface_rect(const struct surface *surface)
{
    return (struct rect){0, 0, surface->width, surface->height};
}

/* Drawing goes on inside RECT (and the surface) only; returns the clip until now, to set again. */
struct rect surface_set_clip(struct surface *surface, struct rect rect);

/* The screen needs RECT again. */
void surface_damage(struct surface *surface, struct rect rect);

void surface_fill(struct surface *surface, struct rect rect, uint32_t colour);

/* As surface_fill(), ALPHA 0 (nothing) to 255 (all) of COLOUR. */
void surface_tint(struct surface *surface, struct rect rect, uint32_t colour, unsigned alpha);

/* A filled rectangle with round, smooth corners of RADIUS pixels, at most half of its shorter side.
 */
void surface_fill_round(struct surface *surface, struct rect rect, unsigned radius,
                        uint32_t colour);

/* COLOUR through MASK, WIDTH x HEIGHT bytes of coverage (0 to 255), its upper left corner at X, Y,
 * which may lie outside. */
void surface_draw_mask(struct surface *surface, int x, int y, const uint8_t *mask, unsigned width,
                       unsigned height, uint32_t colour);

/* PART of IMAGE, its upper left corner at X, Y, which may lie outside. */
void surface_draw_image(struct surface *surface, int x, int y, const struct image *image,
                        struct rect part);
