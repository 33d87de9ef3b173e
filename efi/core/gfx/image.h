/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures in memory: from PNG, JPEG and TGA files, and in other sizes. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

#define IMAGE_FILE_BYTES_MAX ((size_t)16 << 20)
#define IMAGE_SIDE_MAX       8192u            /* pixels */
#ifndef IMAGE_PIXELS_MAX                      /* the fuzz target has less, to be faster */
#define IMAGE_PIXELS_MAX ((uint64_t)10 << 20) /* more than 3840x2160 */
#endif

/* 0xAARRGGBB, row after row; colours are not multiplied by alpha. */
struct image {
    uint32_t *pixels; /* owned */
    unsigned width, height;
};

/* Decodes LEN bytes of a PNG, JPEG or TGA file. The caller frees with image_clear().
 * STATUS_UNSUPPORTED for what is none of them, STATUS_CORRUPT, STATUS_TOO_LARGE above the maxima,
 * STATUS_NO_MEMORY. On failure REASON (may be NULL) is a few words that say what is wrong. */
enum status image_decode(const uint8_t *bytes, size_t len, struct image *ret_image,
                         const char **reason) must_check;
void image_clear(struct image *image);

/* A copy of IMAGE, WIDTH x HEIGHT pixels: averaged when smaller, bilinear when larger.
 * STATUS_INVALID for a side of 0, STATUS_TOO_LARGE, STATUS_NO_MEMORY. */
enum status image_scale(const struct image *image, unsigned width, unsigned height,
                        struct image *ret_image) must_check;
