/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of characters that the outline font has not: from a bitmap font, or their number in a
 * box. */
#pragma once

#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/gfx/pf2.h"

/* A character's coverage (0 to 255 a pixel), placed from the pen on the base line; y goes down. */
struct glyph {
    uint8_t *mask; /* WIDTH x HEIGHT bytes, new; NULL when there is no ink */
    unsigned width, height;
    int x, y;
    unsigned advance; /* pixels */
};

/* BITMAP of a font for 16 pixels as text of EM pixels shows it: as it is where that is near enough,
 * else enlarged smoothly. STATUS_NO_MEMORY. */
enum status glyph_from_bitmap(const struct pf2_glyph *bitmap, unsigned em, struct glyph *ret_glyph)
    must_check;

/* CODE in hexadecimal digits in a box. STATUS_NO_MEMORY. */
enum status glyph_from_number(uint32_t code, unsigned em, struct glyph *ret_glyph) must_check;
