/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: where each glyph comes from, the cache of those drawn, measuring and drawing. */
#include "efi/core/gfx/font.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/gfx/glyph.h"
#include "efi/core/ui/width.h"

#define CODE_BITS    21
#define CACHE_FILL   (FONT_CACHE_SLOTS / 4 * 3)
#define HASH_FACTOR  2654435761u /* 2^32 divided by the golden ratio */
#define MARK_COLUMNS 0

struct font_glyph {
    uint32_t key;    /* size and code point; 0: a free slot */
    uint32_t number; /* of the outline; 0: the picture does not come from the outline font */
    bool is_drawn;   /* the fields of PICTURE but the advance are there */
    bool is_mark;    /* goes onto the letter before it */
    struct glyph picture;
};

enum status font_init(struct font *font, const uint8_t *outlines, size_t len,
                      const struct blockdev *bitmaps)
{
    struct font new = {.bitmaps_file = bitmaps};

    enum status status = ttf_open(outlines, len, &new.outlines);
    if (status != STATUS_OK)
        return status;
    new.cache = calloc(FONT_CACHE_SLOTS, sizeof(*new.cache));
    if (new.cache == NULL) {
        ttf_close(new.outlines);
        return STATUS_NO_MEMORY;
    }
    *font = new;
    return STATUS_OK;
}

static void empty_cache(struct font *font)
{
    for (unsigned i = 0; font->cache_count > 0 && i < FONT_CACHE_SLOTS; i++)
        free(font->cache[i].picture.mask);
    if (font->cache_count > 0)
        memset(font->cache, 0, FONT_CACHE_SLOTS * sizeof(*font->cache));
    font->cache_count = 0;
    font->cache_bytes = 0;
}

void font_clear(struct font *font)
{
    if (font->cache != NULL)
        empty_cache(font);
    free(font->cache);
    ttf_close(font->outlines);
    if (font->has_bitmaps)
        pf2_close(&font->bitmaps);
    *font = (struct font){0};
}

/* ---- sizes ---- */

static const struct font_size *size_of(struct font *font, unsigned em)
{
    if (em < FONT_EM_MIN)
        em = FONT_EM_MIN;
    if (em > FONT_EM_MAX)
        em = FONT_EM_MAX;
    for (unsigned i = 0; i < font->size_count; i++) {
        if (font->sizes[i].em == em)
            return &font->sizes[i];
    }
    if (font->size_count == FONT_SIZES_MAX)
        font->size_count--; /* the last one makes room: what is in use stands before it */
    struct font_size *size = &font->sizes[font->size_count++];
    float scale = ttf_scale(font->outlines, em);
    *size = (struct font_size){
        .em = em,
        .scale = scale,
        .metrics =
            {
                .x_height = ttf_x_height(font->outlines, scale),
                .cap_height = ttf_cap_height(font->outlines, scale),
                .ascent = ttf_ascent(font->outlines, scale),
                .descent = ttf_descent(font->outlines, scale),
            },
    };
    return size;
}

const struct font_metrics *font_metrics(struct font *font, unsigned em)
{
    return &size_of(font, em)->metrics;
}

/* ---- glyphs ---- */

/* Joiners, variation selectors, skin tones, tags: they change others and have no picture. */
static bool is_without_picture(uint32_t code)
{
    return (code >= 0x200B && code <= 0x200D) || (code >= 0x2060 && code <= 0x2064) ||
           (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF || code == 0x034F ||
           (code > 0xFFFF && width_of(code) == MARK_COLUMNS);
}

/* The bitmap font, opened when it is first wanted; NULL if there is none. */
static const struct pf2 *bitmaps(struct font *font)
{
    if (!font->has_tried_bitmaps && font->bitmaps_file != NULL)
        font->has_bitmaps = pf2_open(&font->bitmaps, font->bitmaps_file) == STATUS_OK;
    font->has_tried_bitmaps = true;
    return font->has_bitmaps ? &font->bitmaps : NULL;
}

/* The slot of KEY, or the free one where it belongs; there always is one. */
static struct font_glyph *find_slot(struct font *font, uint32_t key)
{
    uint32_t slot = key * HASH_FACTOR % FONT_CACHE_SLOTS;
    while (font->cache[slot].key != 0 && font->cache[slot].key != key)
        slot = (slot + 1) % FONT_CACHE_SLOTS;
    return &font->cache[slot];
}

static enum status picture_of_bitmap(struct font *font, uint32_t code, unsigned em,
                                     struct glyph *ret_picture)
{
    const struct pf2 *source = bitmaps(font);
    struct pf2_glyph bitmap;

    if (source == NULL)
        return STATUS_NOT_FOUND;
    enum status status = pf2_read_glyph(source, code, &bitmap);
    return status == STATUS_OK ? glyph_from_bitmap(&bitmap, em, ret_picture) : status;
}

/* Makes what is not an outline: known whole at once. */
static void make_picture(struct font *font, uint32_t code, unsigned em, struct font_glyph *glyph)
{
    glyph->is_drawn = true;
    if (is_without_picture(code) || picture_of_bitmap(font, code, em, &glyph->picture) == STATUS_OK)
        return;
    if (glyph_from_number(code, em, &glyph->picture) != STATUS_OK)
        glyph->picture.advance = em; /* without memory there is a gap */
}

static void draw_outline(const struct font *font, const struct font_size *size,
                         struct font_glyph *glyph)
{
    struct ttf_box box = ttf_box(font->outlines, glyph->number, size->scale);

    glyph->is_drawn = true;
    if (box.width == 0)
        return;
    glyph->picture.mask = calloc(box.width, box.height);
    if (glyph->picture.mask == NULL)
        return;
    ttf_draw(font->outlines, glyph->number, size->scale, box, glyph->picture.mask);
    glyph->picture.width = box.width;
    glyph->picture.height = box.height;
    glyph->picture.x = box.x;
    glyph->picture.y = box.y;
}

static size_t mask_bytes(const struct font_glyph *glyph)
{
    return glyph->picture.mask != NULL ? (size_t)glyph->picture.width * glyph->picture.height : 0;
}

/* CODE's glyph at SIZE, with its mask if IS_WANTED; valid until the next call. */
static const struct font_glyph *glyph_of(struct font *font, const struct font_size *size,
                                         uint32_t code, bool is_wanted)
{
    uint32_t key = size->em << CODE_BITS | code;
    struct font_glyph *glyph = find_slot(font, key);

    if (glyph->key == 0 &&
        (font->cache_count >= CACHE_FILL || font->cache_bytes > FONT_CACHE_BYTES_MAX)) {
        empty_cache(font);
        glyph = find_slot(font, key);
    }
    if (glyph->key == 0) {
        uint32_t shown = width_is_shown(code) ? code : UTF_REPLACEMENT;
        font->cache_count++;
        *glyph = (struct font_glyph){.key = key, .is_mark = width_of(code) == MARK_COLUMNS};
        if (!is_without_picture(shown))
            glyph->number = ttf_glyph(font->outlines, shown);
        if (glyph->number != 0)
            glyph->picture.advance = ttf_advance(font->outlines, glyph->number, size->scale);
        else
            make_picture(font, shown, size->em, glyph);
        if (glyph->is_mark)
            glyph->picture.advance = 0;
        font->cache_bytes += mask_bytes(glyph);
    }
    if (is_wanted && !glyph->is_drawn) {
        draw_outline(font, size, glyph);
        font->cache_bytes += mask_bytes(glyph);
    }
    return glyph;
}

/* ---- text ---- */

unsigned font_width(struct font *font, unsigned em, const char *text, size_t len)
{
    unsigned width;
    font_fit(font, em, text, len, UINT32_MAX / 2, &width);
    return width;
}

size_t font_fit(struct font *font, unsigned em, const char *text, size_t len, unsigned width,
                unsigned *ret_width)
{
    const struct font_size *size = size_of(font, em);
    unsigned used = 0;
    size_t off = 0;

    while (off < len) {
        uint32_t code;
        size_t bytes = utf8_decode(text + off, len - off, &code);
        unsigned advance = glyph_of(font, size, code, false)->picture.advance;
        if (advance > width - used)
            break;
        used += advance;
        off += bytes;
    }
    if (ret_width != NULL)
        *ret_width = used;
    return off;
}

size_t font_fit_end(struct font *font, unsigned em, const char *text, size_t len, unsigned width)
{
    const struct font_size *size = size_of(font, em);
    unsigned left = font_width(font, em, text, len);
    size_t off = 0;

    while (off < len) {
        uint32_t code;
        size_t bytes = utf8_decode(text + off, len - off, &code);
        const struct font_glyph *glyph = glyph_of(font, size, code, false);
        if (left <= width && !glyph->is_mark)
            return off;
        left -= glyph->picture.advance;
        off += bytes;
    }
    return len;
}

int font_draw(struct font *font, unsigned em, struct surface *surface, int x, int y,
              uint32_t colour, const char *text, size_t len)
{
    const struct font_size *size = size_of(font, em);
    int letter = x; /* the pen before the letter that marks go onto */
    size_t off = 0;

    while (off < len) {
        uint32_t code;
        off += utf8_decode(text + off, len - off, &code);
        const struct font_glyph *glyph = glyph_of(font, size, code, true);
        const struct glyph *picture = &glyph->picture;
        int left = x + picture->x;
        if (glyph->is_mark)
            left = letter + (x - letter - (int)picture->width) / 2;
        else
            letter = x;
        if (picture->mask != NULL)
            surface_draw_mask(surface, left, y + picture->y, picture->mask, picture->width,
                              picture->height, colour);
        x += (int)picture->advance;
    }
    return x;
}
