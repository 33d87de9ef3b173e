/* SPDX-License-Identifier: BSD-2-Clause */
/* Outline fonts: the border to stb_truetype. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

#define TTF_BYTES_MAX ((size_t)8 << 20)
#define TTF_SIDE_MAX  1024u /* pixels: greatest width and height of a glyph */

struct ttf;

/* A glyph's box around its ink, from the pen on the base line; y goes down. */
struct ttf_box {
    int x, y;
    unsigned width, height; /* 0: nothing to draw */
};

/* Opens the font in BYTES (borrowed until ttf_close()). The tables and each glyph's place are
 * checked against LEN; what a glyph's outline says is not: a font comes with the payload, as the
 * kernel does. STATUS_CORRUPT, STATUS_TOO_LARGE, STATUS_NO_MEMORY. OpenType 1.9, "Font file". */
enum status ttf_open(const uint8_t *bytes, size_t len, struct ttf **ret_ttf) must_check;
void ttf_close(struct ttf *ttf);

/* What a size of EM pixels is multiplied by; the height of "x" becomes whole pixels, so that its
 * upper edge is sharp. */
float ttf_scale(const struct ttf *ttf, unsigned em);

/* Heights in pixels at SCALE: of "x" and of "H"; of a line above and below the base line. */
unsigned ttf_x_height(const struct ttf *ttf, float scale);
unsigned ttf_cap_height(const struct ttf *ttf, float scale);
unsigned ttf_ascent(const struct ttf *ttf, float scale);
unsigned ttf_descent(const struct ttf *ttf, float scale);

/* The number of CODE's glyph, 0 if the font has none. */
unsigned ttf_glyph(const struct ttf *ttf, uint32_t code);

/* How far the pen goes on, in whole pixels. */
unsigned ttf_advance(const struct ttf *ttf, unsigned glyph, float scale);

/* The glyph's box; empty for one that is damaged or larger than TTF_SIDE_MAX. */
struct ttf_box ttf_box(const struct ttf *ttf, unsigned glyph, float scale);

/* Fills MASK (BOX.width x BOX.height bytes, zeroed) with coverage. */
void ttf_draw(const struct ttf *ttf, unsigned glyph, float scale, struct ttf_box box,
              uint8_t *mask);
