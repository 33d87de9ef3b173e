/* SPDX-License-Identifier: BSD-2-Clause */
/* The bitmap fonts of a theme: found by name, drawn with what others have where one has nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"
#include "efi/core/gfx/pf2.h"
#include "efi/core/gfx/surface.h"

#define THEME_FONTS_MAX      32
#define THEME_FONT_BYTES_MAX ((size_t)8 << 20)
#define THEME_KEPT_GLYPHS    1024u

struct theme_font {
    struct pf2 pf2;
    struct blockdev device; /* over BYTES */
    uint8_t *bytes;         /* owned; NULL: the file is read on demand */
};

/* A glyph as it is drawn: read from the font that has it, kept for the next time. */
struct theme_kept_glyph {
    const struct theme_font *font; /* that was asked for */
    uint32_t code;
    struct pf2_glyph *glyph; /* without the rest of its bits; owned, NULL: nothing is kept */
    size_t bytes;
};

/* Do not move once a font was added. */
struct theme_fonts {
    struct theme_font items[THEME_FONTS_MAX]; /* in the order in which they were loaded */
    unsigned count;
    struct theme_kept_glyph kept[THEME_KEPT_GLYPHS];
    struct pf2_glyph glyph;                    /* the one being drawn */
    uint8_t mask[PF2_SIDE_MAX * PF2_SIDE_MAX]; /* its coverage */
};

/* Adds a font of LEN bytes. Takes BYTES over if and only if it succeeds; else as pf2_open(), and
 * STATUS_TOO_LARGE when there are THEME_FONTS_MAX. */
enum status theme_fonts_add(struct theme_fonts *fonts, uint8_t *bytes, size_t len) must_check;

/* The same for a font whose FILE, which must outlive the fonts, is read when glyphs are wanted. */
enum status theme_fonts_add_file(struct theme_fonts *fonts, const struct blockdev *file) must_check;
void theme_fonts_clear(struct theme_fonts *fonts);

/* The font called NAME ("DejaVu Sans Bold 14"), or the one loaded last, as in GRUB; NULL if there
 * is none at all. */
const struct theme_font *theme_fonts_find(const struct theme_fonts *fonts, const char *name);

/* In pixels; FONT may be NULL, then those of a small font without letters. */
int theme_font_ascent(const struct theme_font *font);
int theme_font_descent(const struct theme_font *font);

/* FONT when all its letters are of one width, else the font most like it of which that is true;
 * FONT if there is none. */
const struct theme_font *theme_fonts_fixed(struct theme_fonts *fonts,
                                           const struct theme_font *font);

/* Height and usual width of a terminal's cell; the width takes a while. */
int theme_font_cell_height(const struct theme_font *font);
int theme_font_cell_width(struct theme_fonts *fonts, const struct theme_font *font);

/* How far the pen goes for TEXT. */
int theme_font_width(struct theme_fonts *fonts, const struct theme_font *font, const char *text);

/* Draws TEXT in COLOUR (0xAARRGGBB) with the pen at X on the base line Y of the surface; returns
 * the pen's new place. */
int theme_font_draw(struct theme_fonts *fonts, const struct theme_font *font,
                    struct surface *surface, int x, int y, uint32_t colour, const char *text);
