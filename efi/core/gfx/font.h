/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in pixels: an outline font, a bitmap font for what it has not, a box with the number for the
 * rest; each glyph is drawn once. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"
#include "efi/core/gfx/pf2.h"
#include "efi/core/gfx/surface.h"
#include "efi/core/gfx/ttf.h"

#define FONT_SIZES_MAX       8 /* different sizes in use at a time */
#define FONT_CACHE_SLOTS     4096u
#define FONT_CACHE_BYTES_MAX ((size_t)4 << 20)
#define FONT_EM_MIN          6u
#define FONT_EM_MAX          512u

/* Heights in pixels. */
struct font_metrics {
    unsigned x_height, cap_height; /* of "x" and "H" above the base line */
    unsigned ascent, descent;      /* of a line above and below the base line */
};

struct font_size {
    unsigned em;
    float scale;
    struct font_metrics metrics;
};

struct font_glyph;

struct font {
    struct ttf *outlines;
    struct pf2 bitmaps;
    const struct blockdev
        *bitmaps_file; /* NULL: none; opened when the first glyph of it is wanted */
    bool has_bitmaps, has_tried_bitmaps;
    struct font_size sizes[FONT_SIZES_MAX];
    unsigned size_count;
    struct font_glyph *cache; /* FONT_CACHE_SLOTS, open addressing */
    unsigned cache_count;
    size_t cache_bytes; /* of the masks */
};

/* OUTLINES is a TrueType font of LEN bytes, BITMAPS one of GRUB's (NULL: none); both are borrowed.
 * What BITMAPS says matters only when a glyph of it is wanted: one that is damaged is none. */
enum status font_init(struct font *font, const uint8_t *outlines, size_t len,
                      const struct blockdev *bitmaps) must_check;
void font_clear(struct font *font);

/* EM is the font's size in pixels, everywhere below. */
const struct font_metrics *font_metrics(struct font *font, unsigned em);

/* Width of LEN bytes of TEXT in pixels. */
unsigned font_width(struct font *font, unsigned em, const char *text, size_t len);

/* The greatest length of TEXT at most WIDTH pixels wide that ends between two characters (a mark
 * stays with its letter). RET_WIDTH may be NULL. */
size_t font_fit(struct font *font, unsigned em, const char *text, size_t len, unsigned width,
                unsigned *ret_width);

/* The same from the text's end: offset of its longest part that is at most WIDTH pixels wide. */
size_t font_fit_end(struct font *font, unsigned em, const char *text, size_t len, unsigned width);

/* Draws LEN bytes of TEXT with the pen at X on the base line Y; returns the pen's new place. Glyphs
 * for which memory runs out are left out. */
int font_draw(struct font *font, unsigned em, struct surface *surface, int x, int y,
              uint32_t colour, const char *text, size_t len);
