/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles, and the short list of those that have to be drawn again. */
#pragma once

#include <stdbool.h>

struct rect {
    unsigned x, y, width, height;
};

static inline bool rect_is_empty(const struct rect *r)
{
    return r->width == 0 || r->height == 0;
}

/* What A and B have in common; empty if nothing. */
struct rect rect_intersect(struct rect a, struct rect b);

/* The smallest rectangle around both; an empty one does not count. */
struct rect rect_around(struct rect a, struct rect b);

#define DAMAGE_MAX 16

struct damage {
    struct rect rects[DAMAGE_MAX];
    unsigned count;
};

/* Adds R. Rectangles that drawing as one costs no more are joined; beyond DAMAGE_MAX the pair that
 * wastes least is. */
void damage_add(struct damage *damage, struct rect r);

static inline void damage_clear(struct damage *damage)
{
    damage->count = 0;
}
