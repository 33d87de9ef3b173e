/* SPDX-License-Identifier: BSD-2-Clause */
/* Pixel layouts. */
#include "initramfs/viewer/pixel.h"

#include <stdbool.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"

#define FIELD_BITS_MAX 16

static void write_copy(const struct pixel_layout *layout, uint8_t *to, const uint32_t *from,
                       unsigned count)
{
    (void)layout;
    memcpy(to, from, (size_t)count * 4);
}

static void write_565(const struct pixel_layout *layout, uint8_t *to, const uint32_t *from,
                      unsigned count)
{
    (void)layout;
    for (unsigned i = 0; i < count; i++)
        put_le16(to + 2 * (size_t)i, (uint16_t)((from[i] >> 8 & 0xf800) | (from[i] >> 5 & 0x07e0) |
                                                (from[i] >> 3 & 0x001f)));
}

static void write_888(const struct pixel_layout *layout, uint8_t *to, const uint32_t *from,
                      unsigned count)
{
    (void)layout;
    for (unsigned i = 0; i < count; i++) {
        to[0] = (uint8_t)from[i];
        to[1] = (uint8_t)(from[i] >> 8);
        to[2] = (uint8_t)(from[i] >> 16);
        to += 3;
    }
}

/* Eight bits of colour as LEN bits: the upper ones, or repeated to fill more. */
static uint32_t fit(uint32_t colour, const struct pixel_field *field)
{
    uint32_t wide = colour * 0x0101; /* 16 bits */
    return wide >> (16 - field->len) << field->off;
}

static uint32_t convert(const struct pixel_layout *layout, uint32_t pixel)
{
    return fit(pixel >> 16 & 0xff, &layout->red) | fit(pixel >> 8 & 0xff, &layout->green) |
           fit(pixel & 0xff, &layout->blue);
}

static void write_any(const struct pixel_layout *layout, uint8_t *to, const uint32_t *from,
                      unsigned count)
{
    unsigned bytes = (layout->bits_per_pixel + 7) / 8;
    for (unsigned i = 0; i < count; i++) {
        uint32_t pixel = convert(layout, from[i]);
        for (unsigned b = 0; b < bytes; b++)
            *to++ = (uint8_t)(pixel >> 8 * b);
    }
}

/* The layouts worth a loop of their own; every other one is written bit by bit. */
static const struct pixel_format known[] = {
    {{32, {16, 8}, {8, 8}, {0, 8}}, 4, write_copy},
    {{24, {16, 8}, {8, 8}, {0, 8}}, 3, write_888},
    {{16, {11, 5}, {5, 6}, {0, 5}}, 2, write_565},
};

static bool is_field_valid(const struct pixel_field *field, unsigned bits)
{
    return field->len > 0 && field->len <= FIELD_BITS_MAX && field->off <= bits &&
           field->len <= bits - field->off;
}

static bool is_same_field(const struct pixel_field *a, const struct pixel_field *b)
{
    return a->off == b->off && a->len == b->len;
}

static bool is_same(const struct pixel_layout *a, const struct pixel_layout *b)
{
    return a->bits_per_pixel == b->bits_per_pixel && is_same_field(&a->red, &b->red) &&
           is_same_field(&a->green, &b->green) && is_same_field(&a->blue, &b->blue);
}

enum status pixel_format_make(const struct pixel_layout *layout, struct pixel_format *ret_format)
{
    unsigned bits = layout->bits_per_pixel;
    if (bits != 15 && bits != 16 && bits != 24 && bits != 32)
        return STATUS_UNSUPPORTED;
    if (!is_field_valid(&layout->red, bits) || !is_field_valid(&layout->green, bits) ||
        !is_field_valid(&layout->blue, bits))
        return STATUS_UNSUPPORTED;
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (is_same(layout, &known[i].layout)) {
            *ret_format = known[i];
            return STATUS_OK;
        }
    *ret_format = (struct pixel_format){*layout, (bits + 7) / 8, write_any};
    return STATUS_OK;
}
