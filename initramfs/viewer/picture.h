/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's screen and its pointer's shape as they lie in memory: 0x00RRGGBB, 0xAARRGGBB. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define PICTURE_SIDE_MAX 8192
#define CURSOR_SIDE_MAX  256

struct picture {
    uint32_t *pixels; /* WIDTH * HEIGHT, no gaps between rows */
    unsigned width, height;
};

struct cursor {
    unsigned width, height; /* 0: the guest has none, or draws its own */
    unsigned hot_x, hot_y;
    uint32_t
        pixels[CURSOR_SIDE_MAX * CURSOR_SIDE_MAX]; /* WIDTH * HEIGHT, colours multiplied by alpha */
};
