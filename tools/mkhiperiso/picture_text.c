/* SPDX-License-Identifier: BSD-2-Clause */
/* Text mode's cells, sampled where their pixels' centres lie in the picture, held against the font.
 */
#include "tools/mkhiperiso/picture_text.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"

#define COLUMNS       80u
#define ROWS          25u
#define GLYPH_COLUMNS 8u
#define CONTRAST_MIN  60 /* of red, green and blue together: less is one colour */
#define BIOS_MAX      ((size_t)1 << 18)
#define PPM_DIGITS    6

/* 9 pixels a character is what a VGA shows, the ninth repeats the background; 8 is its other mode.
 */
static const unsigned cell_widths[] = {9, 8};

/* The glyph of character 1, a face, which no other table has. */
static const uint8_t face[PICTURE_GLYPH_ROWS] = {
    0x00, 0x00, 0x7E, 0x81, 0xA5, 0x81, 0x81, 0xBD, 0x99, 0x81, 0x81, 0x7E, 0x00, 0x00, 0x00, 0x00,
};

bool picture_font_find(const uint8_t *bytes, size_t len, struct picture_font *ret_font)
{
    const uint8_t *found = memmem(bytes, len, face, sizeof(face));

    if (found == NULL || (size_t)(found - bytes) < PICTURE_GLYPH_ROWS)
        return false;
    size_t off = (size_t)(found - bytes) - PICTURE_GLYPH_ROWS;
    if (len - off < sizeof(ret_font->rows))
        return false;
    memcpy(ret_font->rows, bytes + off, sizeof(ret_font->rows));
    return true;
}

bool picture_font_load(struct picture_font *ret_font)
{
    static const char *const paths[] = {
        "/usr/share/seabios/vgabios-stdvga.bin",
        "/usr/share/qemu/vgabios-stdvga.bin",
    };
    auto_free uint8_t *bytes = malloc(BIOS_MAX);
    bool is_found = false;

    for (size_t i = 0; i < ARRAY_SIZE(paths) && bytes != NULL && !is_found; i++) {
        int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
        ssize_t len = fd >= 0 ? read(fd, bytes, BIOS_MAX) : -1;
        if (fd >= 0)
            close(fd);
        is_found = len > 0 && picture_font_find(bytes, (size_t)len, ret_font);
    }
    return is_found;
}

/* A decimal number with a blank behind it at *OFF. */
static enum status read_number(const uint8_t *bytes, size_t len, size_t *off, unsigned *ret_number)
{
    unsigned number = 0, digits = 0;

    for (; *off < len && bytes[*off] >= '0' && bytes[*off] <= '9' && digits < PPM_DIGITS; digits++)
        number = number * 10 + (unsigned)(bytes[(*off)++] - '0');
    if (digits == 0 || *off >= len || (bytes[*off] != ' ' && bytes[*off] != '\n'))
        return STATUS_CORRUPT;
    (*off)++;
    *ret_number = number;
    return STATUS_OK;
}

enum status picture_ppm(const uint8_t *bytes, size_t len, unsigned *ret_width, unsigned *ret_height,
                        size_t *ret_off)
{
    unsigned width, height, greatest;
    size_t off = 3;

    if (len < 3 || memcmp(bytes, "P6\n", 3) != 0)
        return STATUS_CORRUPT;
    if (read_number(bytes, len, &off, &width) != STATUS_OK ||
        read_number(bytes, len, &off, &height) != STATUS_OK ||
        read_number(bytes, len, &off, &greatest) != STATUS_OK || greatest != 255 || width == 0 ||
        height == 0)
        return STATUS_CORRUPT;
    if (width > PICTURE_SIDE_MAX || height > PICTURE_SIDE_MAX)
        return STATUS_TOO_LARGE;
    if (len - off < (size_t)width * height * 3)
        return STATUS_CORRUPT;
    *ret_width = width;
    *ret_height = height;
    *ret_off = off;
    return STATUS_OK;
}

/* Where the guest's screen of SOURCE_WIDTH x SOURCE_HEIGHT lies in the picture. */
struct view {
    const uint8_t *pixels;
    unsigned picture_width, x, y, width, height, source_width, source_height;
};

/* As large as fits without changing its shape, in the middle: initramfs/viewer/scale.c. */
static struct view fit(const uint8_t *pixels, unsigned width, unsigned height,
                       unsigned source_width, unsigned source_height)
{
    struct view v = {pixels, width, 0, 0, width, height, source_width, source_height};
    uint64_t wide = (uint64_t)source_width * height, high = (uint64_t)source_height * width;

    if (wide > high)
        v.height = (unsigned)((high + source_width / 2) / source_width);
    else
        v.width = (unsigned)((wide + source_height / 2) / source_height);
    v.x = (width - v.width) / 2;
    v.y = (height - v.height) / 2;
    return v;
}

/* Red, green and blue of source pixel (X, Y), added up. */
static int brightness(const struct view *v, unsigned x, unsigned y)
{
    size_t column = v->x + (2 * (size_t)x + 1) * v->width / (2 * (size_t)v->source_width);
    size_t row = v->y + (2 * (size_t)y + 1) * v->height / (2 * (size_t)v->source_height);
    const uint8_t *pixel = v->pixels + (row * v->picture_width + column) * 3;

    return pixel[0] + pixel[1] + pixel[2];
}

/* The bits of the cell whose corner is (X, Y); false if it is of one colour. */
static bool read_cell(const struct view *v, unsigned x, unsigned y,
                      uint8_t ret_rows[PICTURE_GLYPH_ROWS])
{
    int values[PICTURE_GLYPH_ROWS][GLYPH_COLUMNS], least = 3 * 255, most = 0;

    for (unsigned row = 0; row < PICTURE_GLYPH_ROWS; row++) {
        for (unsigned column = 0; column < GLYPH_COLUMNS; column++) {
            int value = brightness(v, x + column, y + row);
            values[row][column] = value;
            least = value < least ? value : least;
            most = value > most ? value : most;
        }
    }
    for (unsigned row = 0; row < PICTURE_GLYPH_ROWS; row++) {
        ret_rows[row] = 0;
        for (unsigned column = 0; column < GLYPH_COLUMNS; column++)
            if (2 * values[row][column] > least + most)
                ret_rows[row] |= (uint8_t)(0x80u >> column);
    }
    return most - least >= CONTRAST_MIN;
}

/* The character of a cell, -1 if it is none. */
static int find_glyph(const struct picture_font *font, const uint8_t rows[PICTURE_GLYPH_ROWS])
{
    uint8_t inverse[PICTURE_GLYPH_ROWS];

    for (unsigned i = 0; i < PICTURE_GLYPH_ROWS; i++)
        inverse[i] = (uint8_t)~rows[i];
    for (int glyph = 0; glyph < PICTURE_GLYPHS; glyph++)
        if (memcmp(font->rows[glyph], rows, PICTURE_GLYPH_ROWS) == 0 ||
            memcmp(font->rows[glyph], inverse, PICTURE_GLYPH_ROWS) == 0)
            return glyph;
    return -1;
}

/* Appends the lines; true if what is there are letters, but for a cursor and its like. */
static bool read_screen(const struct view *v, unsigned cell_width, const struct picture_font *font,
                        struct strbuf *text)
{
    unsigned known = 0, unknown = 0;

    for (unsigned row = 0; row < ROWS; row++) {
        char line[COLUMNS + 1];
        unsigned end = 0;
        for (unsigned column = 0; column < COLUMNS; column++) {
            uint8_t rows[PICTURE_GLYPH_ROWS];
            int glyph = ' ';
            if (read_cell(v, column * cell_width, row * PICTURE_GLYPH_ROWS, rows)) {
                glyph = find_glyph(font, rows);
                known += glyph >= 0;
                unknown += glyph < 0;
            }
            line[column] = glyph > ' ' && glyph < 0x7F  ? (char)glyph
                           : glyph == ' ' || glyph == 0 ? ' '
                                                        : '?';
            end = line[column] != ' ' ? column + 1 : end;
        }
        strbuf_append_bytes(text, line, end);
        strbuf_append_char(text, '\n');
    }
    return known > 0 && unknown * 10 <= known;
}

enum status picture_text(const uint8_t *pixels, unsigned width, unsigned height,
                         const struct picture_font *font, struct strbuf *text)
{
    for (size_t i = 0; i < ARRAY_SIZE(cell_widths); i++) {
        const struct view v =
            fit(pixels, width, height, COLUMNS * cell_widths[i], ROWS * PICTURE_GLYPH_ROWS);
        auto_strbuf lines = STRBUF_INIT;
        /* The viewer blends neighbours unless it grows by a whole number: below 1.5 too much. */
        if (v.width < v.source_width || v.height < v.source_height ||
            (v.width != v.source_width && 2 * v.width < 3 * v.source_width))
            continue;
        if (read_screen(&v, cell_widths[i], font, &lines)) {
            strbuf_append(text, strbuf_text(&lines));
            return strbuf_status(text);
        }
    }
    return STATUS_NOT_FOUND;
}
