/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the text of a PC's text screen off a picture of it, as our viewer shows it: whole, and
 * scaled to the monitor. Pure but for picture_font_load(). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"

#define PICTURE_GLYPHS     256
#define PICTURE_GLYPH_ROWS 16
#define PICTURE_SIDE_MAX   8192 /* pixels */

struct picture_font {
    uint8_t rows[PICTURE_GLYPHS][PICTURE_GLYPH_ROWS]; /* the leftmost pixel is bit 7 */
};

/* The font that SeaBIOS' VGA BIOS loads, from where QEMU's packages put it; false if it is not
 * there. */
bool picture_font_load(struct picture_font *ret_font);

/* The same out of the LEN bytes of a VGA BIOS. */
bool picture_font_find(const uint8_t *bytes, size_t len, struct picture_font *ret_font);

/* LEN bytes of a picture in the format PPM (P6, 8 bits). Gives its size and the offset of its
 * pixels, three bytes each. STATUS_CORRUPT, STATUS_TOO_LARGE. ppm(5). */
enum status picture_ppm(const uint8_t *bytes, size_t len, unsigned *ret_width, unsigned *ret_height,
                        size_t *ret_off) must_check;

/* PIXELS hold 3 * WIDTH * HEIGHT bytes, red first. Appends the 25 lines of an 80-column text screen
 * that the picture shows, without trailing blanks. What is no letter of ASCII is a '?', or a blank.
 * STATUS_NOT_FOUND: it shows something else. */
enum status picture_text(const uint8_t *pixels, unsigned width, unsigned height,
                         const struct picture_font *font, struct strbuf *text) must_check;
