/* SPDX-License-Identifier: BSD-2-Clause */
/* Bitmaps enlarged, and numbers in boxes. */
#include "efi/core/gfx/glyph.h"

#include <stdlib.h>

#define BITMAP_EM       16
#define ENLARGE_FROM_EM 22 /* below, sharp bitmaps look better than larger ones */
#define SAMPLES         4  /* per pixel and direction */

/* N bitmap pixels in pixels of text, rounded. */
static int enlarged(int n, unsigned em)
{
    if (em < ENLARGE_FROM_EM)
        return n;
    int scaled = n * (int)em * 2 + (n >= 0 ? BITMAP_EM : -BITMAP_EM);
    return scaled / (2 * BITMAP_EM);
}

/* Coverage of the enlarged pixel at X, Y: how many of its samples fall on set pixels. */
static uint8_t sample(const struct pf2_glyph *bitmap, unsigned x, unsigned y, unsigned width,
                      unsigned height)
{
    unsigned hits = 0;
    for (unsigned i = 0; i < SAMPLES * SAMPLES; i++) {
        unsigned sx = x * SAMPLES + i % SAMPLES, sy = y * SAMPLES + i / SAMPLES;
        hits += pf2_glyph_pixel(bitmap, sx * bitmap->width / (width * SAMPLES),
                                sy * bitmap->height / (height * SAMPLES));
    }
    return (uint8_t)(hits * 255 / (SAMPLES * SAMPLES));
}

enum status glyph_from_bitmap(const struct pf2_glyph *bitmap, unsigned em, struct glyph *ret_glyph)
{
    int top = bitmap->y_off + bitmap->height;
    struct glyph glyph = {
        .width = (unsigned)enlarged(bitmap->width, em),
        .height = (unsigned)enlarged(bitmap->height, em),
        .x = enlarged(bitmap->x_off, em),
        .y = -enlarged(top, em),
        .advance = bitmap->advance > 0 ? (unsigned)enlarged(bitmap->advance, em) : 0,
    };

    if (glyph.width > 0 && glyph.height > 0) {
        glyph.mask = malloc((size_t)glyph.width * glyph.height);
        if (glyph.mask == NULL)
            return STATUS_NO_MEMORY;
        for (unsigned y = 0; y < glyph.height; y++)
            for (unsigned x = 0; x < glyph.width; x++)
                glyph.mask[(size_t)y * glyph.width + x] =
                    sample(bitmap, x, y, glyph.width, glyph.height);
    }
    *ret_glyph = glyph;
    return STATUS_OK;
}

/* ---- numbers ---- */

#define DIGIT_WIDTH  3
#define DIGIT_HEIGHT 5
#define BOX_EM       15 /* a box is as many units wide and high as it has pixels at this size */
#define BORDER_SHADE 140

/* Rows of three pixels from above; the left one is the highest of each three bits. */
static const uint16_t digits[16] = {
    075557, 026227, 071747, 071717, 055711, 074717, 074757, 071122,
    075757, 075717, 025755, 065656, 034443, 065556, 074647, 074644,
};

static void fill(struct glyph *glyph, unsigned x, unsigned y, unsigned width, unsigned height,
                 uint8_t shade)
{
    for (unsigned row = y; row < y + height; row++)
        for (unsigned column = x; column < x + width; column++)
            glyph->mask[(size_t)row * glyph->width + column] = shade;
}

static void draw_digit(struct glyph *glyph, unsigned x, unsigned y, unsigned unit, unsigned digit)
{
    for (unsigned bit = 0; bit < DIGIT_WIDTH * DIGIT_HEIGHT; bit++) {
        if ((digits[digit] >> (DIGIT_WIDTH * DIGIT_HEIGHT - 1 - bit) & 1) != 0)
            fill(glyph, x + bit % DIGIT_WIDTH * unit, y + bit / DIGIT_WIDTH * unit, unit, unit,
                 255);
    }
}

enum status glyph_from_number(uint32_t code, unsigned em, struct glyph *ret_glyph)
{
    unsigned unit = (em + BOX_EM / 2) / BOX_EM, columns = code > 0xFFFF ? 3 : 2;
    if (unit == 0)
        unit = 1;
    /* Around the digits: a border and a gap on each side; between them: a gap. */
    unsigned width = (columns * (DIGIT_WIDTH + 1) + 3) * unit;
    unsigned height = (2 * (DIGIT_HEIGHT + 1) + 3) * unit;
    struct glyph glyph = {
        .mask = calloc(width, height),
        .width = width,
        .height = height,
        .x = (int)unit,
        .y = -(int)(height - 2 * unit),
        .advance = width + 2 * unit,
    };

    if (glyph.mask == NULL)
        return STATUS_NO_MEMORY;
    fill(&glyph, 0, 0, width, unit, BORDER_SHADE);
    fill(&glyph, 0, height - unit, width, unit, BORDER_SHADE);
    fill(&glyph, 0, 0, unit, height, BORDER_SHADE);
    fill(&glyph, width - unit, 0, unit, height, BORDER_SHADE);
    for (unsigned i = 0; i < 2 * columns; i++) {
        unsigned digit = code >> 4 * (2 * columns - 1 - i) & 0xF;
        draw_digit(&glyph, (2 + i % columns * (DIGIT_WIDTH + 1)) * unit,
                   (2 + i / columns * (DIGIT_HEIGHT + 1)) * unit, unit, digit);
    }
    *ret_glyph = glyph;
    return STATUS_OK;
}
