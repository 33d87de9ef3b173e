/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads GRUB's bitmap fonts (PFF2, "pf2"): metrics at once, glyphs when they are asked for. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define PF2_NAME_MAX       127 /* bytes of a font's name; longer ones are cut at a character */
#define PF2_CHARACTERS_MAX 200000
#define PF2_SIDE_MAX       256 /* pixels: greatest width and height of a glyph */
#define PF2_BITMAP_MAX     (PF2_SIDE_MAX * PF2_SIDE_MAX / 8)
#define PF2_STRIDE         64 /* characters of the index that one read brings */

enum pf2_weight { PF2_WEIGHT_UNKNOWN, PF2_WEIGHT_NORMAL, PF2_WEIGHT_BOLD };

/* An open font. All metrics are in pixels. */
struct pf2 {
    const struct blockdev *file;
    char name[PF2_NAME_MAX + 1]; /* what a theme calls it: "DejaVu Sans Bold 14" */
    enum pf2_weight weight;
    unsigned max_width, max_height; /* of a glyph's bitmap */
    unsigned ascent, descent;       /* of a line, above and below the base line */
    uint64_t index_off;             /* of the character index in the file */
    uint32_t characters;
    uint32_t *firsts; /* code point of every PF2_STRIDEth entry of the index; owned */
};

/* One character's picture. BITS are 1 bit a pixel, first pixel in the highest bit, rows follow each
 * other without padding: pixel (x, y) is bit y * width + x. */
struct pf2_glyph {
    uint16_t width, height; /* 0: nothing to draw (a blank) */
    int16_t x_off;          /* of the left edge, from the pen */
    int16_t y_off;          /* of the lower edge, above the base line; negative: below it */
    int16_t advance;        /* how far the pen goes on */
    uint8_t bits[PF2_BITMAP_MAX];
};

/* Reads names, metrics and the index (once, in pieces) of FILE, which must outlive the font; the
 * glyphs stay in the file. The caller frees with pf2_close(). STATUS_CORRUPT for what is no such
 * font or contradicts itself, STATUS_TOO_LARGE above the maxima, else what FILE says. On failure
 * nothing is left to free. Format: pf2.c, and what grub-mkfont(1) writes. */
enum status pf2_open(struct pf2 *font, const struct blockdev *file) must_check;
void pf2_close(struct pf2 *font);

/* The glyph of code point CODE; takes two reads, so keep what is used often. STATUS_NOT_FOUND: the
 * font has none. */
enum status pf2_read_glyph(const struct pf2 *font, uint32_t code, struct pf2_glyph *ret_glyph)
    must_check;

/* Is the pixel set? X < width, Y < height. */
static inline bool pf2_glyph_pixel(const struct pf2_glyph *glyph, unsigned x, unsigned y)
{
    unsigned bit = y * glyph->width + x;
    return (glyph->bits[bit / 8] >> (7 - bit % 8) & 1) != 0;
}
