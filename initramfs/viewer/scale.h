/* SPDX-License-Identifier: BSD-2-Clause */
/* Fits a picture into a screen with its proportions kept: copied or repeated when the factor is
 * whole, else filtered (bilinear when it grows, area when it shrinks). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/damage.h"

#define SCALE_WEIGHT_ONE 256

/* Which source positions one target position is made of. */
struct scale_tap {
    unsigned first;  /* source position */
    unsigned weight; /* index of the first of COUNT weights, whose sum is SCALE_WEIGHT_ONE */
};

/* The two weights of a position, one for each byte of two pixels. */
struct scale_pair {
    uint16_t lanes[8];
};

struct scale_axis {
    unsigned source, target; /* lengths */
    unsigned count;          /* weights a position */
    struct scale_tap *taps;  /* TARGET of them */
    uint16_t *weights;
    struct scale_pair *pairs; /* TARGET of them if COUNT is 2, else NULL */
};

struct scale {
    struct rect view; /* where on the screen the picture lies; borders are outside */
    unsigned factor;  /* whole factor; 0: filtered */
    struct scale_axis x, y;
    size_t row_pixels; /* the view's width and a little more: what a row of ROWS and LINE have room
                          for */
    uint32_t *rows;    /* Y's COUNT rows, scaled across */
    unsigned *row_of;  /* which source row each holds */
    uint32_t *line;    /* a row of the result */
};

/* Source rows for the scaler: row Y of the picture, valid until the next call. */
struct scale_source {
    const uint32_t *(*row)(void *context, unsigned y);
    void *context;
};

/* Prepares to show SOURCE_* pixels on a screen of SCREEN_*. STATUS_NO_MEMORY. The caller clears
 * SCALE in the end. */
enum status scale_init(struct scale *scale, unsigned source_width, unsigned source_height,
                       unsigned screen_width, unsigned screen_height) must_check;
void scale_clear(struct scale *scale);

/* What of the screen shows anything of SOURCE, a rectangle of the picture. */
struct rect scale_to_screen(const struct scale *scale, struct rect source);

/* Must be called before scale_row() when the picture's pixels or the columns asked for have
 * changed. */
void scale_forget(struct scale *scale);

/* COUNT pixels of screen row Y from column X on; all of them must be inside the view. Valid until
 * the next call. */
const uint32_t *scale_row(struct scale *scale, const struct scale_source *source, unsigned x,
                          unsigned count, unsigned y);
