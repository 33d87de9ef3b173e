/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of a theme in the sizes that its places have. */
#include "efi/core/gfx/theme/theme_image.h"

#include <stdlib.h>

#include "config/base/cleanup.h"
#include "config/base/damage.h"

#define STEPS 256 /* between two pixels */

/* One channel between four pixels; U and V in STEPS, from the first. */
static uint32_t mix(uint32_t a, uint32_t right, uint32_t below, uint32_t across, unsigned shift,
                    unsigned u, unsigned v)
{
    uint32_t top = (a >> shift & 0xFF) * (STEPS - u) + (right >> shift & 0xFF) * u;
    uint32_t bottom = (below >> shift & 0xFF) * (STEPS - u) + (across >> shift & 0xFF) * u;
    return (top * (STEPS - v) + bottom * v) / (STEPS * STEPS) << shift;
}

static uint32_t mix_pixels(const uint32_t *at, unsigned stride, unsigned u, unsigned v)
{
    uint32_t pixel = 0;
    if (u == 0 && v == 0)
        return at[0];
    for (unsigned shift = 0; shift < 32; shift += 8)
        pixel |= mix(at[0], at[1], at[stride], at[stride + 1], shift, u, v);
    return pixel;
}

/* Scales the part FROM of IMAGE over the part TO of OUT, neither empty. The last row and column
 * have no neighbours and are repeated. */
static void scale(const struct image *image, struct rect from, const struct image *out,
                  struct rect to)
{
    for (unsigned y = 0; y < to.height; y++) {
        uint64_t row = (uint64_t)y * from.height * STEPS / to.height;
        unsigned source_y = (unsigned)(row / STEPS), v = (unsigned)(row % STEPS);
        const uint32_t *line = image->pixels + (size_t)(from.y + source_y) * image->width + from.x;
        uint32_t *pixels = out->pixels + (size_t)(to.y + y) * out->width + to.x;
        /* The column in steps, exactly: whole ones and the rest, in to.width'ths of one. */
        unsigned step = from.width * STEPS / to.width, rest = from.width * STEPS % to.width;
        unsigned column = 0, over = 0;
        for (unsigned x = 0; x < to.width; x++) {
            unsigned source_x = column / STEPS;
            if (source_x + 1 < from.width && source_y + 1 < from.height)
                pixels[x] = mix_pixels(line + source_x, image->width, column % STEPS, v);
            else
                pixels[x] = line[source_x];
            column += step;
            over += rest;
            if (over >= to.width) {
                over -= to.width;
                column++;
            }
        }
    }
}

static enum status new_image(unsigned width, unsigned height, struct image *ret_image)
{
    if (width == 0 || height == 0)
        return STATUS_INVALID;
    if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX ||
        (uint64_t)width * height > IMAGE_PIXELS_MAX)
        return STATUS_TOO_LARGE;
    uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));
    if (pixels == NULL)
        return STATUS_NO_MEMORY;
    *ret_image = (struct image){.pixels = pixels, .width = width, .height = height};
    return STATUS_OK;
}

/* LEN of WHOLE pixels, the rest before or behind; more than WHOLE is WHOLE. */
static void place(unsigned *at, unsigned *whole, uint64_t len, enum theme_align align)
{
    if (len >= *whole)
        return;
    unsigned left = *whole - (unsigned)len;
    *at += align == THEME_ALIGN_START ? 0 : align == THEME_ALIGN_CENTRE ? left / 2 : left;
    *whole = (unsigned)len;
}

enum status theme_image_fit(const struct image *image, unsigned width, unsigned height,
                            enum theme_fit fit, enum theme_align horizontal,
                            enum theme_align vertical, struct image *ret_image)
{
    struct image out;
    struct rect from = {0, 0, image->width, image->height};
    enum status status = new_image(width, height, &out);
    if (status != STATUS_OK)
        return status;
    struct rect to = {0, 0, width, height};

    /* Is the picture taller than the place, in proportion? */
    bool is_tall = (uint64_t)from.width * height < (uint64_t)from.height * width;
    uint64_t source_height = (uint64_t)from.width * height / width;
    uint64_t source_width = (uint64_t)from.height * width / height;
    uint64_t target_width = (uint64_t)from.width * height / from.height;
    uint64_t target_height = (uint64_t)from.height * width / from.width;
    bool cuts = fit == THEME_FIT_CROP || (fit == THEME_FIT_FIT_WIDTH && is_tall) ||
                (fit == THEME_FIT_FIT_HEIGHT && !is_tall);

    if (fit == THEME_FIT_STRETCH)
        ;
    else if (cuts && is_tall)
        place(&from.y, &from.height, source_height, vertical);
    else if (cuts)
        place(&from.x, &from.width, source_width, horizontal);
    else if (is_tall)
        place(&to.x, &to.width, target_width, horizontal);
    else
        place(&to.y, &to.height, target_height, vertical);
    if (!rect_is_empty(&from) && !rect_is_empty(&to))
        scale(image, from, &out, to);
    *ret_image = out;
    return STATUS_OK;
}

enum status theme_image_stretch(const struct image *image, unsigned width, unsigned height,
                                struct image *ret_image)
{
    return theme_image_fit(image, width, height, THEME_FIT_STRETCH, THEME_ALIGN_CENTRE,
                           THEME_ALIGN_CENTRE, ret_image);
}
