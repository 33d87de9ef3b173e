/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the segments as the decoder does; behind the first scan, where its place depends on the
 * decoded data, everything that looks like a Huffman table counts as one. */
#include "efi/core/gfx/jpeg_check.h"

/* ITU T.81, table B.1. */
enum marker {
    MARKER_SOF0 = 0xC0,
    MARKER_SOF2 = 0xC2,
    MARKER_DHT = 0xC4,
    MARKER_SOI = 0xD8,
    MARKER_DQT = 0xDB,
    MARKER_DRI = 0xDD,
    MARKER_APP0 = 0xE0,
    MARKER_APP15 = 0xEF,
    MARKER_COM = 0xFE,
};

#define TABLE_LENGTHS 16
#define TABLE_CODES_MAX                                                                            \
    255 /* of real files: 176; the decoder's fast path takes the 256th for "none" */
#define SEGMENT_BYTES_MIN 2

struct input {
    const uint8_t *bytes;
    size_t len;
};

/* The byte at OFF; zeros follow the end, as the decoder reads them. */
static uint8_t byte_at(const struct input *input, size_t off)
{
    return off < input->len ? input->bytes[off] : 0;
}

/* The tables of the segment whose length stands at OFF. */
static bool are_tables_sane(const struct input *input, size_t off)
{
    long left = (long)(byte_at(input, off) << 8 | byte_at(input, off + 1)) - SEGMENT_BYTES_MIN;

    for (off += SEGMENT_BYTES_MIN; left > 0;) {
        unsigned codes = 0;
        for (unsigned i = 0; i < TABLE_LENGTHS; i++)
            codes += byte_at(input, off + 1 + i);
        if (codes > TABLE_CODES_MAX)
            return false;
        off += 1 + TABLE_LENGTHS + codes;
        left -= (long)(1 + TABLE_LENGTHS + codes);
    }
    return true;
}

static bool is_skipped_by_length(uint8_t marker)
{
    return (marker >= MARKER_SOF0 && marker <= MARKER_SOF2) || marker == MARKER_DQT ||
           marker == MARKER_DRI || marker == MARKER_COM ||
           (marker >= MARKER_APP0 && marker <= MARKER_APP15);
}

/* The marker at OFF; *RET_NEXT is where it ends. 0 if there is none. */
static uint8_t marker_at(const struct input *input, size_t off, size_t *ret_next)
{
    if (byte_at(input, off) != 0xFF)
        return 0;
    while (byte_at(input, off) == 0xFF)
        off++;
    *ret_next = off + 1;
    return byte_at(input, off);
}

bool jpeg_has_sane_tables(const uint8_t *bytes, size_t len)
{
    const struct input input = {bytes, len};
    size_t off = 0, next = 0;

    if (marker_at(&input, off, &next) != MARKER_SOI)
        return true;
    for (off = next; off < len;) {
        uint8_t marker = marker_at(&input, off, &next);
        if (marker == MARKER_DHT && !are_tables_sane(&input, next))
            return false;
        if (marker != MARKER_DHT && !is_skipped_by_length(marker))
            break;
        size_t segment = (size_t)byte_at(&input, next) << 8 | byte_at(&input, next + 1);
        if (segment < SEGMENT_BYTES_MIN)
            break;
        off = next + segment;
    }
    for (; off + 1 < len; off++) {
        if (bytes[off] == 0xFF && bytes[off + 1] == MARKER_DHT && !are_tables_sane(&input, off + 2))
            return false;
    }
    return true;
}
