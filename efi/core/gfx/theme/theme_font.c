/* SPDX-License-Identifier: BSD-2-Clause */
/* The bitmap fonts of a theme: found by name, drawn with what others have where one has nothing. */
#include "efi/core/gfx/theme/theme_font.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/utf.h"
#include "efi/core/ui/width.h"

/* What stands for a character that no font has: GRUB's is as large. */
#define UNKNOWN_WIDTH   8
#define UNKNOWN_HEIGHT  16
#define UNKNOWN_DESCENT 3

#define PEN_MAX      (1 << 20) /* further right nothing is seen on any screen */
#define CELL_WIDTH   8
#define CELL_HEIGHT  16
#define WEIGHT_COSTS 5 /* how unlike two fonts are: in GRUB's measure, */
#define PIXEL_COSTS  8 /* by which it picks the font for a missing glyph */

static enum status read_bytes(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct theme_font *font = context;
    memcpy(ret_bytes, font->bytes + off, len);
    return STATUS_OK;
}

enum status theme_fonts_add(struct theme_fonts *fonts, uint8_t *bytes, size_t len)
{
    if (fonts->count == THEME_FONTS_MAX || len > THEME_FONT_BYTES_MAX)
        return STATUS_TOO_LARGE;
    struct theme_font *font = &fonts->items[fonts->count];
    *font = (struct theme_font){.bytes = bytes};
    font->device = (struct blockdev){
        .read = read_bytes, .context = font, .size_bytes = len, .block_bytes = 512};
    enum status status = pf2_open(&font->pf2, &font->device);
    if (status != STATUS_OK)
        return status;
    fonts->count++;
    return STATUS_OK;
}

enum status theme_fonts_add_file(struct theme_fonts *fonts, const struct blockdev *file)
{
    if (fonts->count == THEME_FONTS_MAX)
        return STATUS_TOO_LARGE;
    struct theme_font *font = &fonts->items[fonts->count];
    *font = (struct theme_font){0};
    enum status status = pf2_open(&font->pf2, file);
    if (status != STATUS_OK)
        return status;
    fonts->count++;
    return STATUS_OK;
}

void theme_fonts_clear(struct theme_fonts *fonts)
{
    for (unsigned i = 0; i < fonts->count; i++) {
        pf2_close(&fonts->items[i].pf2);
        free(fonts->items[i].bytes);
    }
    for (unsigned i = 0; i < THEME_KEPT_GLYPHS; i++)
        free(fonts->kept[i].glyph);
    memset(fonts->kept, 0, sizeof(fonts->kept));
    fonts->count = 0;
}

const struct theme_font *theme_fonts_find(const struct theme_fonts *fonts, const char *name)
{
    for (unsigned i = fonts->count; i > 0; i--) {
        if (strcmp(fonts->items[i - 1].pf2.name, name) == 0)
            return &fonts->items[i - 1];
    }
    return fonts->count > 0 ? &fonts->items[fonts->count - 1] : NULL;
}

int theme_font_ascent(const struct theme_font *font)
{
    return font != NULL ? (int)font->pf2.ascent : UNKNOWN_HEIGHT - UNKNOWN_DESCENT;
}

int theme_font_descent(const struct theme_font *font)
{
    return font != NULL ? (int)font->pf2.descent : UNKNOWN_DESCENT;
}

int theme_font_cell_height(const struct theme_font *font)
{
    if (font == NULL)
        return CELL_HEIGHT;
    unsigned line = font->pf2.ascent + font->pf2.descent;
    return (int)(font->pf2.max_height > line ? font->pf2.max_height : line);
}

static unsigned difference(unsigned a, unsigned b)
{
    return a > b ? a - b : b - a;
}

/* How unlike A and B look. */
static unsigned distance(const struct pf2 *a, const struct pf2 *b)
{
    return (difference(a->ascent, b->ascent) + difference(a->max_height, b->max_height)) *
               PIXEL_COSTS +
           (a->weight != b->weight ? WEIGHT_COSTS : 0);
}

/* FONT's glyph of CODE, or that of the font most like it; false if no font has one. */
static bool read_glyph(struct theme_fonts *fonts, const struct theme_font *font, uint32_t code,
                       struct pf2_glyph *ret_glyph)
{
    if (font != NULL && pf2_read_glyph(&font->pf2, code, ret_glyph) == STATUS_OK)
        return true;
    bool is_tried[THEME_FONTS_MAX] = {false};
    for (unsigned attempts = 0; attempts < fonts->count; attempts++) {
        unsigned nearest = UINT_MAX, best = 0;
        for (unsigned i = fonts->count; i > 0; i--) {
            const struct theme_font *other = &fonts->items[i - 1];
            unsigned away = font != NULL ? distance(&other->pf2, &font->pf2) : i;
            if (!is_tried[i - 1] && other != font && away < nearest) {
                nearest = away;
                best = i - 1;
            }
        }
        if (nearest == UINT_MAX)
            return false;
        if (pf2_read_glyph(&fonts->items[best].pf2, code, ret_glyph) == STATUS_OK)
            return true;
        is_tried[best] = true;
    }
    return false;
}

/* An empty box. */
static void make_unknown(struct pf2_glyph *glyph)
{
    *glyph = (struct pf2_glyph){
        .width = UNKNOWN_WIDTH - 1,
        .height = UNKNOWN_HEIGHT - UNKNOWN_DESCENT,
        .y_off = -1,
        .advance = UNKNOWN_WIDTH,
    };
    for (unsigned y = 0; y < glyph->height; y++) {
        for (unsigned x = 0; x < glyph->width; x++) {
            bool is_edge = x == 0 || y == 0 || x == glyph->width - 1u || y == glyph->height - 1u;
            unsigned bit = y * glyph->width + x;
            if (is_edge)
                glyph->bits[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
        }
    }
}

static struct theme_kept_glyph *place_of(struct theme_fonts *fonts, const struct theme_font *font,
                                         uint32_t code)
{
    uint32_t number = font != NULL ? (uint32_t)(font - fonts->items) + 1 : 0;
    return &fonts->kept[(code * 31 + number * 257) % THEME_KEPT_GLYPHS];
}

/* Without memory for it nothing is kept. */
static void keep_glyph(struct theme_kept_glyph *place, const struct theme_font *font, uint32_t code,
                       const struct pf2_glyph *glyph)
{
    size_t bits = (size_t)glyph->width * glyph->height;
    size_t bytes = offsetof(struct pf2_glyph, bits) + (bits + 7) / 8;
    free(place->glyph);
    *place = (struct theme_kept_glyph){.font = font, .code = code, .bytes = bytes};
    place->glyph = malloc(bytes);
    if (place->glyph != NULL)
        memcpy(place->glyph, glyph, bytes);
}

/* Loads the glyph of CODE into fonts->glyph. */
static void load_glyph(struct theme_fonts *fonts, const struct theme_font *font, uint32_t code)
{
    struct theme_kept_glyph *place = place_of(fonts, font, code);
    if (place->glyph != NULL && place->font == font && place->code == code) {
        memcpy(&fonts->glyph, place->glyph, place->bytes);
        return;
    }
    if (!read_glyph(fonts, font, code, &fonts->glyph))
        make_unknown(&fonts->glyph);
    keep_glyph(place, font, code, &fonts->glyph);
}

int theme_font_cell_width(struct theme_fonts *fonts, const struct theme_font *font)
{
    int widest = 0;
    for (uint32_t code = ' '; font != NULL && code < 0x7F; code++) {
        load_glyph(fonts, font, code);
        if (fonts->glyph.advance > widest)
            widest = fonts->glyph.advance;
    }
    return widest > 0 && widest <= PF2_SIDE_MAX ? widest : CELL_WIDTH;
}

static bool is_fixed(struct theme_fonts *fonts, const struct theme_font *font)
{
    static const char sample[] = "iM.W1";
    int width = 0;
    for (const char *c = sample; *c != '\0'; c++) {
        if (pf2_read_glyph(&font->pf2, (uint32_t)*c, &fonts->glyph) != STATUS_OK ||
            (c > sample && fonts->glyph.advance != width))
            return false;
        width = fonts->glyph.advance;
    }
    return true;
}

const struct theme_font *theme_fonts_fixed(struct theme_fonts *fonts, const struct theme_font *font)
{
    const struct theme_font *best = font;
    unsigned nearest = UINT_MAX;

    for (unsigned i = fonts->count; font != NULL && i > 0; i--) {
        const struct theme_font *other = &fonts->items[i - 1];
        unsigned away = other == font ? 0 : distance(&other->pf2, &font->pf2) + 1;
        if (away < nearest && is_fixed(fonts, other)) {
            nearest = away;
            best = other;
        }
    }
    return best;
}

/* Marks stand over the character before them and take no room. */
static bool is_mark(uint32_t code)
{
    return width_of(code) == 0;
}

int theme_font_width(struct theme_fonts *fonts, const struct theme_font *font, const char *text)
{
    int pen = 0;
    for (uint32_t code; (code = utf8_next(&text)) != 0 && pen < PEN_MAX;) {
        if (is_mark(code))
            continue;
        load_glyph(fonts, font, code);
        pen += fonts->glyph.advance;
    }
    return pen;
}

static void draw_glyph(struct theme_fonts *fonts, struct surface *surface, int x, int y,
                       uint32_t colour)
{
    const struct pf2_glyph *glyph = &fonts->glyph;
    uint8_t alpha = (uint8_t)(colour >> 24);
    for (unsigned bit = 0; bit < (unsigned)glyph->width * glyph->height; bit++)
        fonts->mask[bit] = (glyph->bits[bit / 8] >> (7 - bit % 8) & 1) != 0 ? alpha : 0;
    surface_draw_mask(surface, x + glyph->x_off, y - glyph->y_off - glyph->height, fonts->mask,
                      glyph->width, glyph->height, colour & 0xFFFFFF);
}

int theme_font_draw(struct theme_fonts *fonts, const struct theme_font *font,
                    struct surface *surface, int x, int y, uint32_t colour, const char *text)
{
    int base_x = x, base_width = 0; /* the ink of the last character, for marks over it */
    const int end = (int)surface->width;

    for (uint32_t code; (code = utf8_next(&text)) != 0 && x < end && x > -PEN_MAX;) {
        load_glyph(fonts, font, code);
        if (is_mark(code)) {
            int left = base_x + (base_width - fonts->glyph.width) / 2;
            draw_glyph(fonts, surface, left - fonts->glyph.x_off, y, colour);
            continue;
        }
        base_x = x + fonts->glyph.x_off;
        base_width = fonts->glyph.width;
        draw_glyph(fonts, surface, x, y, colour);
        x += fonts->glyph.advance;
    }
    return x;
}
