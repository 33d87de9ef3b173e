/* SPDX-License-Identifier: BSD-2-Clause */
/* The pixel layouts of real frame buffers, and rows of 0x00RRGGBB converted to them. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

/* Where a colour lies in a pixel, in bits. */
struct pixel_field {
    unsigned off, len;
};

struct pixel_layout {
    unsigned bits_per_pixel; /* 15, 16, 24 or 32 */
    struct pixel_field red, green, blue;
};

typedef void pixel_writer(const struct pixel_layout *layout, uint8_t *to, const uint32_t *from,
                          unsigned count);

struct pixel_format {
    struct pixel_layout layout;
    unsigned bytes; /* per pixel */
    pixel_writer *write;
};

/* The format of LAYOUT. STATUS_UNSUPPORTED when it is none that a true-colour frame buffer can
 * have. */
enum status pixel_format_make(const struct pixel_layout *layout, struct pixel_format *ret_format)
    must_check;

/* Writes COUNT pixels to TO, in ascending order, without reading there. */
static inline void pixel_write(const struct pixel_format *format, uint8_t *to, const uint32_t *from,
                               unsigned count)
{
    format->write(&format->layout, to, from, count);
}
