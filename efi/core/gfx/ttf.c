/* SPDX-License-Identifier: BSD-2-Clause */
/* stb_truetype, and what it does not check. */
#include "efi/core/gfx/ttf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"

static int floor_int(float x)
{
    int whole = (int)x;
    return (float)whole > x ? whole - 1 : whole;
}

static int ceil_int(float x)
{
    int whole = (int)x;
    return (float)whole < x ? whole + 1 : whole;
}

/* The processor's own instruction; __builtin_sqrt() may call a function that firmware has not. */
static double square_root(double x)
{
    double root;
    __asm__("sqrtsd %1, %0" : "=x"(root) : "x"(x));
    return root;
}

static double absolute(double x)
{
    return __builtin_fabs(x);
}

/* Only what draws distance fields uses these. There is no such function: a call does not link. */
double ttf_never_called(double x, double y);

#define STBTT_ifloor(x)  floor_int((float)(x))
#define STBTT_iceil(x)   ceil_int((float)(x))
#define STBTT_sqrt(x)    square_root(x)
#define STBTT_fabs(x)    absolute(x)
#define STBTT_pow(x, y)  ttf_never_called(x, y)
#define STBTT_fmod(x, y) ttf_never_called(x, y)
#define STBTT_cos(x)     ttf_never_called(x, 0)
#define STBTT_acos(x)    ttf_never_called(x, 0)
#define STBTT_assert(x)  ((void)0) /* nothing that a damaged font breaks may stop the menu */
#define STBTT_STATIC
#define STB_TRUETYPE_IMPLEMENTATION

#pragma GCC diagnostic ignored "-Wunused-function" /* more than half of it is not used */
#include <stb_truetype.h>

#define TABLES_OFF  12
#define TABLE_BYTES 16
#define TABLES_MAX  64

struct ttf {
    stbtt_fontinfo info;
    size_t len;
    int x_height, cap_height, ascent, descent; /* in font units; descent is positive */
    int em_units;
};

static const char *const needed_tables[] = {"cmap", "glyf", "head", "hhea", "hmtx", "loca", "maxp"};

/* Are all tables inside the file, and those there that are needed? */
static bool has_whole_tables(const uint8_t *bytes, size_t len)
{
    unsigned found = 0;

    if (len < TABLES_OFF || (get_be32(bytes) != 0x00010000 && memcmp(bytes, "true", 4) != 0))
        return false;
    unsigned count = get_be16(bytes + 4);
    if (count > TABLES_MAX || len < TABLES_OFF + count * TABLE_BYTES)
        return false;
    for (unsigned i = 0; i < count; i++) {
        const uint8_t *table = bytes + TABLES_OFF + i * TABLE_BYTES;
        uint32_t off = get_be32(table + 8), table_bytes = get_be32(table + 12);
        if (off > len || table_bytes > len - off)
            return false;
        for (size_t n = 0; n < ARRAY_SIZE(needed_tables); n++) {
            if (memcmp(table, needed_tables[n], 4) == 0 && table_bytes >= 36 - 32 * (n != 2))
                found |= 1u << n;
        }
    }
    return found == (1u << ARRAY_SIZE(needed_tables)) - 1;
}

/* Height of CODE's ink above the base line in font units, FALLBACK if there is no such glyph. */
static int height_of(const stbtt_fontinfo *info, int code, int fallback)
{
    int x0, y0, x1, y1;
    if (!stbtt_GetCodepointBox(info, code, &x0, &y0, &x1, &y1) || y1 <= 0)
        return fallback;
    return y1;
}

enum status ttf_open(const uint8_t *bytes, size_t len, struct ttf **ret_ttf)
{
    auto_free struct ttf *ttf = NULL;
    int gap, descent;

    if (len > TTF_BYTES_MAX)
        return STATUS_TOO_LARGE;
    if (!has_whole_tables(bytes, len))
        return STATUS_CORRUPT;
    ttf = calloc(1, sizeof(*ttf));
    if (ttf == NULL)
        return STATUS_NO_MEMORY;
    ttf->len = len;
    if (!stbtt_InitFont(&ttf->info, bytes, 0))
        return STATUS_CORRUPT;
    ttf->em_units = get_be16(bytes + ttf->info.head + 18);
    if (ttf->em_units < 16 || ttf->em_units > 16384)
        return STATUS_CORRUPT;
    stbtt_GetFontVMetrics(&ttf->info, &ttf->ascent, &descent, &gap);
    ttf->descent = -descent;
    ttf->x_height = height_of(&ttf->info, 'x', ttf->em_units / 2);
    ttf->cap_height = height_of(&ttf->info, 'H', ttf->em_units * 7 / 10);
    if (ttf->ascent <= 0 || ttf->descent < 0 || ttf->x_height > 2 * ttf->em_units)
        return STATUS_CORRUPT;
    *ret_ttf = take_ptr(ttf);
    return STATUS_OK;
}

void ttf_close(struct ttf *ttf)
{
    free(ttf);
}

float ttf_scale(const struct ttf *ttf, unsigned em)
{
    unsigned x_height =
        (em * (unsigned)ttf->x_height + (unsigned)ttf->em_units / 2) / (unsigned)ttf->em_units;
    return (float)(x_height > 0 ? x_height : 1) / (float)ttf->x_height;
}

static unsigned rounded(int units, float scale)
{
    return units > 0 ? (unsigned)floor_int((float)units * scale + 0.5f) : 0;
}

unsigned ttf_x_height(const struct ttf *ttf, float scale)
{
    return rounded(ttf->x_height, scale);
}

unsigned ttf_cap_height(const struct ttf *ttf, float scale)
{
    return rounded(ttf->cap_height, scale);
}

unsigned ttf_ascent(const struct ttf *ttf, float scale)
{
    return rounded(ttf->ascent, scale);
}

unsigned ttf_descent(const struct ttf *ttf, float scale)
{
    return rounded(ttf->descent, scale);
}

unsigned ttf_glyph(const struct ttf *ttf, uint32_t code)
{
    int glyph = stbtt_FindGlyphIndex(&ttf->info, (int)code);
    return glyph > 0 && glyph < ttf->info.numGlyphs ? (unsigned)glyph : 0;
}

unsigned ttf_advance(const struct ttf *ttf, unsigned glyph, float scale)
{
    int advance, bearing;
    stbtt_GetGlyphHMetrics(&ttf->info, (int)glyph, &advance, &bearing);
    return rounded(advance, scale);
}

/* Does the outline of GLYPH lie in the file? */
static bool is_inside(const struct ttf *ttf, unsigned glyph)
{
    int off = stbtt__GetGlyfOffset(&ttf->info, (int)glyph);
    return off >= 0 && (size_t)off <= ttf->len - 10;
}

struct ttf_box ttf_box(const struct ttf *ttf, unsigned glyph, float scale)
{
    int x0, y0, x1, y1;

    if (!is_inside(ttf, glyph))
        return (struct ttf_box){0};
    stbtt_GetGlyphBitmapBox(&ttf->info, (int)glyph, scale, scale, &x0, &y0, &x1, &y1);
    if (x1 <= x0 || y1 <= y0 || x1 - x0 > (int)TTF_SIDE_MAX || y1 - y0 > (int)TTF_SIDE_MAX)
        return (struct ttf_box){0};
    return (struct ttf_box){x0, y0, (unsigned)(x1 - x0), (unsigned)(y1 - y0)};
}

void ttf_draw(const struct ttf *ttf, unsigned glyph, float scale, struct ttf_box box, uint8_t *mask)
{
    stbtt_MakeGlyphBitmap(&ttf->info, mask, (int)box.width, (int)box.height, (int)box.width, scale,
                          scale, (int)glyph);
}
