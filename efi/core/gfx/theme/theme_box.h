/* SPDX-License-Identifier: BSD-2-Clause */
/* A styled box: nine pictures around and under a content of any size. */
#pragma once

#include "efi/core/gfx/image.h"

struct theme_painter;

enum theme_box_part {
    THEME_BOX_NORTH_WEST,
    THEME_BOX_NORTH_EAST,
    THEME_BOX_SOUTH_EAST,
    THEME_BOX_SOUTH_WEST,
    THEME_BOX_NORTH,
    THEME_BOX_EAST,
    THEME_BOX_SOUTH,
    THEME_BOX_WEST,
    THEME_BOX_CENTRE,
    THEME_BOX_PARTS
};

extern const char *const theme_box_part_names[THEME_BOX_PARTS]; /* "nw", "ne", ... */

struct theme_box {
    const char *pattern;
    struct image raw[THEME_BOX_PARTS];    /* without pixels where there is no picture */
    struct image scaled[THEME_BOX_PARTS]; /* as last drawn */
};

/* Room that the box takes around its content, in pixels; BOX may be NULL. */
struct theme_padding {
    int left, top, right, bottom;
};
struct theme_padding theme_box_padding(const struct theme_box *box);

/* Draws the box with its upper left corner (of the frame) at X, Y around a content of WIDTH x
 * HEIGHT pixels. BOX may be NULL. Parts for which memory runs out are left out. */
void theme_box_draw(struct theme_box *box, struct theme_painter *painter, int x, int y, int width,
                    int height);
void theme_box_clear(struct theme_box *box);
