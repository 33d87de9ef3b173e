/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads GRUB's bitmap fonts (PFF2, "pf2"): metrics at once, glyphs when they are asked for.
 *
 * A file is a row of sections: four characters of name, four bytes of length (all numbers are
 * big-endian), contents. The first is FILE with "PFF2"; CHIX is the index of characters, sorted by
 * code point; DATA is the last and its length is not to be trusted (grub-mkfont writes -1). */
#include "efi/core/gfx/pf2.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"

#define SECTION_HEADER_BYTES 8
#define SECTIONS_MAX         64
#define INDEX_ENTRY_BYTES    9 /* code point, flags, offset of the glyph */
#define INDEX_PIECE_ENTRIES  (16 * PF2_STRIDE)
#define GLYPH_HEADER_BYTES   10
#define WEIGHT_TEXT_MAX      16

_Static_assert(INDEX_PIECE_ENTRIES % PF2_STRIDE == 0, "a piece starts with a kept code point");

struct section {
    char name[4];
    uint32_t len;
    uint64_t off; /* of the contents */
};

static bool section_is(const struct section *section, const char *name)
{
    return memcmp(section->name, name, sizeof(section->name)) == 0;
}

static enum status read_section(const struct blockdev *file, uint64_t off,
                                struct section *ret_section)
{
    uint8_t header[SECTION_HEADER_BYTES];
    enum status status = blockdev_read(file, off, sizeof(header), header);
    if (status != STATUS_OK)
        return status;
    memcpy(ret_section->name, header, sizeof(ret_section->name));
    ret_section->len = get_be32(header + 4);
    ret_section->off = off + SECTION_HEADER_BYTES;
    return STATUS_OK;
}

static enum status read_number(const struct blockdev *file, const struct section *section,
                               unsigned *ret_number)
{
    uint8_t bytes[2];
    if (section->len != sizeof(bytes))
        return STATUS_CORRUPT;
    enum status status = blockdev_read(file, section->off, sizeof(bytes), bytes);
    if (status == STATUS_OK)
        *ret_number = get_be16(bytes);
    return status;
}

/* TEXT of MAX + 1 bytes: the section up to its NUL, cut at the last whole character that fits. */
static enum status read_text(const struct blockdev *file, const struct section *section, char *text,
                             size_t max)
{
    size_t len = section->len < max ? section->len : max;
    enum status status = blockdev_read(file, section->off, len, text);
    if (status != STATUS_OK)
        return status;
    text[len] = '\0';
    text[text_find_invalid_utf8(text, strlen(text))] = '\0';
    return STATUS_OK;
}

static enum status read_weight(const struct blockdev *file, const struct section *section,
                               enum pf2_weight *ret_weight)
{
    char text[WEIGHT_TEXT_MAX + 1];
    enum status status = read_text(file, section, text, WEIGHT_TEXT_MAX);
    if (status != STATUS_OK)
        return status;
    *ret_weight = strcmp(text, "bold") == 0     ? PF2_WEIGHT_BOLD
                  : strcmp(text, "normal") == 0 ? PF2_WEIGHT_NORMAL
                                                : PF2_WEIGHT_UNKNOWN;
    return STATUS_OK;
}

/* Walks over the index once: every code point is checked to ascend, every PF2_STRIDEth is kept. */
static enum status read_index(struct pf2 *font, const struct section *section)
{
    if (font->firsts != NULL || section->len % INDEX_ENTRY_BYTES != 0 || section->len == 0)
        return STATUS_CORRUPT;
    uint32_t count = section->len / INDEX_ENTRY_BYTES;
    if (count > PF2_CHARACTERS_MAX)
        return STATUS_TOO_LARGE;
    if (section->off > font->file->size_bytes ||
        section->len > font->file->size_bytes - section->off)
        return STATUS_CORRUPT;

    auto_free uint8_t *piece = malloc(INDEX_PIECE_ENTRIES * INDEX_ENTRY_BYTES);
    auto_free uint32_t *firsts = calloc((count + PF2_STRIDE - 1) / PF2_STRIDE, sizeof(*firsts));
    if (piece == NULL || firsts == NULL)
        return STATUS_NO_MEMORY;

    uint32_t last = 0;
    for (uint32_t done = 0; done < count;) {
        uint32_t now = count - done < INDEX_PIECE_ENTRIES ? count - done : INDEX_PIECE_ENTRIES;
        enum status status =
            blockdev_read(font->file, section->off + (uint64_t)done * INDEX_ENTRY_BYTES,
                          (size_t)now * INDEX_ENTRY_BYTES, piece);
        if (status != STATUS_OK)
            return status;
        for (uint32_t i = 0; i < now; i++) {
            uint32_t code = get_be32(piece + (size_t)i * INDEX_ENTRY_BYTES);
            if (done + i > 0 && code <= last)
                return STATUS_CORRUPT;
            if ((done + i) % PF2_STRIDE == 0)
                firsts[(done + i) / PF2_STRIDE] = code;
            last = code;
        }
        done += now;
    }
    font->index_off = section->off;
    font->characters = count;
    font->firsts = take_ptr(firsts);
    return STATUS_OK;
}

static enum status take_section(struct pf2 *font, const struct section *section)
{
    const struct {
        const char *name;
        unsigned *number;
    } numbers[] = {
        {"MAXW", &font->max_width},
        {"MAXH", &font->max_height},
        {"ASCE", &font->ascent},
        {"DESC", &font->descent},
    };
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        if (section_is(section, numbers[i].name))
            return read_number(font->file, section, numbers[i].number);
    }
    if (section_is(section, "NAME"))
        return read_text(font->file, section, font->name, PF2_NAME_MAX);
    if (section_is(section, "WEIG"))
        return read_weight(font->file, section, &font->weight);
    if (section_is(section, "CHIX"))
        return read_index(font, section);
    return STATUS_OK; /* family, slant, point size: nobody asks */
}

static enum status read_sections(struct pf2 *font)
{
    struct section section;
    char magic[4];
    enum status status = read_section(font->file, 0, &section);
    if (status != STATUS_OK)
        return status;
    if (!section_is(&section, "FILE") || section.len != sizeof(magic))
        return STATUS_CORRUPT;
    status = blockdev_read(font->file, section.off, sizeof(magic), magic);
    if (status != STATUS_OK)
        return status;
    if (memcmp(magic, "PFF2", sizeof(magic)) != 0)
        return STATUS_CORRUPT;

    for (unsigned i = 0; i < SECTIONS_MAX; i++) {
        uint64_t off = section.off + section.len;
        if (off == font->file->size_bytes)
            return STATUS_OK; /* without DATA: a font without pictures */
        status = read_section(font->file, off, &section);
        if (status != STATUS_OK)
            return status;
        if (section_is(&section, "DATA"))
            return STATUS_OK;
        status = take_section(font, &section);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_CORRUPT;
}

static enum status check_metrics(const struct pf2 *font)
{
    if (font->firsts == NULL || font->max_width == 0 || font->max_height == 0 ||
        font->ascent == 0 || font->descent == 0)
        return STATUS_CORRUPT;
    if (font->max_width > PF2_SIDE_MAX || font->max_height > PF2_SIDE_MAX ||
        font->ascent > PF2_SIDE_MAX || font->descent > PF2_SIDE_MAX)
        return STATUS_TOO_LARGE;
    return STATUS_OK;
}

enum status pf2_open(struct pf2 *font, const struct blockdev *file)
{
    *font = (struct pf2){.file = file};
    enum status status = read_sections(font);
    if (status == STATUS_OK)
        status = check_metrics(font);
    if (status != STATUS_OK)
        pf2_close(font);
    return status;
}

void pf2_close(struct pf2 *font)
{
    free(font->firsts);
    *font = (struct pf2){0};
}

/* The last entry of FIRSTS that is not above CODE; false: all are. */
static bool find_stride(const struct pf2 *font, uint32_t code, uint32_t *ret_stride)
{
    uint32_t low = 0, high = (font->characters + PF2_STRIDE - 1) / PF2_STRIDE;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (font->firsts[middle] <= code)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *ret_stride = low - 1;
    return true;
}

static enum status find_glyph(const struct pf2 *font, uint32_t code, uint64_t *ret_off)
{
    uint8_t entries[PF2_STRIDE * INDEX_ENTRY_BYTES];
    uint32_t stride;
    if (!find_stride(font, code, &stride))
        return STATUS_NOT_FOUND;
    uint32_t first = stride * PF2_STRIDE;
    uint32_t count = font->characters - first < PF2_STRIDE ? font->characters - first : PF2_STRIDE;
    enum status status =
        blockdev_read(font->file, font->index_off + (uint64_t)first * INDEX_ENTRY_BYTES,
                      (size_t)count * INDEX_ENTRY_BYTES, entries);
    if (status != STATUS_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = entries + (size_t)i * INDEX_ENTRY_BYTES;
        if (get_be32(entry) == code) {
            *ret_off = get_be32(entry + 5);
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

enum status pf2_read_glyph(const struct pf2 *font, uint32_t code, struct pf2_glyph *ret_glyph)
{
    uint64_t off;
    uint8_t header[GLYPH_HEADER_BYTES];
    enum status status = find_glyph(font, code, &off);
    if (status == STATUS_OK)
        status = blockdev_read(font->file, off, sizeof(header), header);
    if (status != STATUS_OK)
        return status;

    unsigned width = get_be16(header), height = get_be16(header + 2);
    if (width > font->max_width || height > font->max_height)
        return STATUS_CORRUPT;
    size_t len = ((size_t)width * height + 7) / 8;
    if (len > 0) {
        status = blockdev_read(font->file, off + sizeof(header), len, ret_glyph->bits);
        if (status != STATUS_OK)
            return status;
    }
    ret_glyph->width = (uint16_t)width;
    ret_glyph->height = (uint16_t)height;
    ret_glyph->x_off = (int16_t)get_be16(header + 4);
    ret_glyph->y_off = (int16_t)get_be16(header + 6);
    ret_glyph->advance = (int16_t)get_be16(header + 8);
    return STATUS_OK;
}
