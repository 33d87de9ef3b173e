/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing into a picture of the screen. */
#include "efi/core/gfx/surface.h"

#include <stdlib.h>
#include <string.h>

#include "efi/core/gfx/image.h"

#define CORNER_SAMPLES 4 /* per pixel and direction: 16 levels of coverage */

enum status surface_init(struct surface *surface, unsigned width, unsigned height)
{
    if (width == 0 || height == 0 || width > SURFACE_SIDE_MAX || height > SURFACE_SIDE_MAX)
        return STATUS_INVALID;
    uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));
    if (pixels == NULL)
        return STATUS_NO_MEMORY;
    *surface = (struct surface){.pixels = pixels, .width = width, .height = height};
    surface->clip = surface_rect(surface);
    surface_damage(surface, surface->clip);
    return STATUS_OK;
}

void surface_clear(struct surface *surface)
{
    free(surface->pixels);
    *surface = (struct surface){0};
}

struct rect surface_set_clip(struct surface *surface, struct rect rect)
{
    struct rect before = surface->clip;
    surface->clip = rect_intersect(rect, surface_rect(surface));
    return before;
}

void surface_damage(struct surface *surface, struct rect rect)
{
    damage_add(&surface->damage, rect_intersect(rect, surface_rect(surface)));
}

static uint32_t *pixel_at(const struct surface *surface, unsigned x, unsigned y)
{
    return &surface->pixels[(size_t)y * surface->width + x];
}

/* ALPHA (0 to 255) of OVER above UNDER. Red and blue are computed at once, 16 bits apart. */
static uint32_t blend(uint32_t under, uint32_t over, unsigned alpha)
{
    uint32_t share = alpha + (alpha >> 7); /* 0 to 256 */
    uint32_t red_blue = (under & 0xFF00FF) * (256 - share) + (over & 0xFF00FF) * share;
    uint32_t green = (under & 0x00FF00) * (256 - share) + (over & 0x00FF00) * share;
    return (red_blue >> 8 & 0xFF00FF) | (green >> 8 & 0x00FF00);
}

void surface_fill(struct surface *surface, struct rect rect, uint32_t colour)
{
    rect = rect_intersect(rect, surface->clip);
    if (rect_is_empty(&rect))
        return;
    uint32_t *first = pixel_at(surface, rect.x, rect.y);
    for (unsigned x = 0; x < rect.width; x++)
        first[x] = colour;
    for (unsigned y = 1; y < rect.height; y++)
        memcpy(pixel_at(surface, rect.x, rect.y + y), first, rect.width * sizeof(*first));
}

void surface_tint(struct surface *surface, struct rect rect, uint32_t colour, unsigned alpha)
{
    rect = rect_intersect(rect, surface->clip);
    for (unsigned y = 0; y < rect.height; y++) {
        uint32_t *row = pixel_at(surface, rect.x, rect.y + y);
        for (unsigned x = 0; x < rect.width; x++)
            row[x] = blend(row[x], colour, alpha);
    }
}

/* What of the pixel at X, Y lies in the circle of RADIUS around the point RADIUS, RADIUS: 0 to 255.
 */
static unsigned corner_coverage(unsigned x, unsigned y, unsigned radius)
{
    uint64_t limit = (uint64_t)(2 * CORNER_SAMPLES * radius) * (2 * CORNER_SAMPLES * radius);
    unsigned inside = 0;

    for (unsigned sample = 0; sample < CORNER_SAMPLES * CORNER_SAMPLES; sample++) {
        /* Distances from the centre in 1/(2 * CORNER_SAMPLES) of a pixel. */
        int64_t dx =
            (int64_t)2 * CORNER_SAMPLES * ((int64_t)x - radius) + 2 * (sample % CORNER_SAMPLES) + 1;
        int64_t dy =
            (int64_t)2 * CORNER_SAMPLES * ((int64_t)y - radius) + 2 * (sample / CORNER_SAMPLES) + 1;
        if ((uint64_t)(dx * dx + dy * dy) <= limit)
            inside++;
    }
    return inside * 255 / (CORNER_SAMPLES * CORNER_SAMPLES);
}

/* The pixel at X, Y of the surface, when the clip holds it. */
static void blend_at(struct surface *surface, unsigned x, unsigned y, uint32_t colour,
                     unsigned alpha)
{
    const struct rect *clip = &surface->clip;
    if (x < clip->x || y < clip->y || x - clip->x >= clip->width || y - clip->y >= clip->height)
        return;
    uint32_t *pixel = pixel_at(surface, x, y);
    *pixel = blend(*pixel, colour, alpha);
}

void surface_fill_round(struct surface *surface, struct rect rect, unsigned radius, uint32_t colour)
{
    unsigned side = rect.width < rect.height ? rect.width : rect.height;

    if (radius > side / 2)
        radius = side / 2;
    for (unsigned y = 0; y < radius; y++) {
        for (unsigned x = 0; x < radius; x++) {
            unsigned alpha = corner_coverage(x, y, radius);
            unsigned right = rect.x + rect.width - 1 - x, bottom = rect.y + rect.height - 1 - y;
            blend_at(surface, rect.x + x, rect.y + y, colour, alpha);
            blend_at(surface, right, rect.y + y, colour, alpha);
            blend_at(surface, rect.x + x, bottom, colour, alpha);
            blend_at(surface, right, bottom, colour, alpha);
        }
    }
    unsigned between = rect.width - 2 * radius;
    surface_fill(surface, (struct rect){rect.x + radius, rect.y, between, radius}, colour);
    surface_fill(surface,
                 (struct rect){rect.x, rect.y + radius, rect.width, rect.height - 2 * radius},
                 colour);
    surface_fill(surface,
                 (struct rect){rect.x + radius, rect.y + rect.height - radius, between, radius},
                 colour);
}

/* Cuts WIDTH x HEIGHT pixels, of which the first goes to X, Y, at the clip. RET_SKIP_X and _Y:
 * pixels left out at the left and above. */
static struct rect clip_source(const struct surface *surface, int x, int y, unsigned width,
                               unsigned height, unsigned *ret_skip_x, unsigned *ret_skip_y)
{
    const struct rect *clip = &surface->clip;
    int64_t left = x > (int64_t)clip->x ? x : (int64_t)clip->x;
    int64_t top = y > (int64_t)clip->y ? y : (int64_t)clip->y;
    int64_t right = (int64_t)x + width, bottom = (int64_t)y + height;

    if (right > (int64_t)clip->x + clip->width)
        right = (int64_t)clip->x + clip->width;
    if (bottom > (int64_t)clip->y + clip->height)
        bottom = (int64_t)clip->y + clip->height;
    if (right <= left || bottom <= top)
        return (struct rect){0};
    *ret_skip_x = (unsigned)(left - x);
    *ret_skip_y = (unsigned)(top - y);
    return (struct rect){(unsigned)left, (unsigned)top, (unsigned)(right - left),
                         (unsigned)(bottom - top)};
}

void surface_draw_mask(struct surface *surface, int x, int y, const uint8_t *mask, unsigned width,
                       unsigned height, uint32_t colour)
{
    unsigned skip_x = 0, skip_y = 0;
    struct rect to = clip_source(surface, x, y, width, height, &skip_x, &skip_y);

    for (unsigned row = 0; row < to.height; row++) {
        const uint8_t *from = mask + (size_t)(skip_y + row) * width + skip_x;
        uint32_t *pixels = pixel_at(surface, to.x, to.y + row);
        for (unsigned i = 0; i < to.width; i++) {
            if (from[i] != 0)
                pixels[i] = blend(pixels[i], colour, from[i]);
        }
    }
}

void surface_draw_image(struct surface *surface, int x, int y, const struct image *image,
                        struct rect part)
{
    unsigned skip_x = 0, skip_y = 0;

    part = rect_intersect(part, (struct rect){0, 0, image->width, image->height});
    struct rect to = clip_source(surface, x, y, part.width, part.height, &skip_x, &skip_y);
    for (unsigned row = 0; row < to.height; row++) {
        const uint32_t *from =
            image->pixels + (size_t)(part.y + skip_y + row) * image->width + part.x + skip_x;
        uint32_t *pixels = pixel_at(surface, to.x, to.y + row);
        for (unsigned i = 0; i < to.width; i++)
            pixels[i] = blend(pixels[i], from[i] & 0xFFFFFF, from[i] >> 24);
    }
}
