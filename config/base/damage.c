/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles that have to be drawn again. */
#include "config/base/damage.h"

#include <stdint.h>

#define ROW_COST 64 /* pixels that starting a rectangle's row is worth */

struct rect rect_intersect(struct rect a, struct rect b)
{
    unsigned x0 = a.x > b.x ? a.x : b.x;
    unsigned y0 = a.y > b.y ? a.y : b.y;
    unsigned x1 = a.x + a.width < b.x + b.width ? a.x + a.width : b.x + b.width;
    unsigned y1 = a.y + a.height < b.y + b.height ? a.y + a.height : b.y + b.height;
    if (x1 <= x0 || y1 <= y0)
        return (struct rect){0};
    return (struct rect){x0, y0, x1 - x0, y1 - y0};
}

struct rect rect_around(struct rect a, struct rect b)
{
    if (rect_is_empty(&a))
        return b;
    if (rect_is_empty(&b))
        return a;
    unsigned x0 = a.x < b.x ? a.x : b.x;
    unsigned y0 = a.y < b.y ? a.y : b.y;
    unsigned x1 = a.x + a.width > b.x + b.width ? a.x + a.width : b.x + b.width;
    unsigned y1 = a.y + a.height > b.y + b.height ? a.y + a.height : b.y + b.height;
    return (struct rect){x0, y0, x1 - x0, y1 - y0};
}

static int64_t cost(struct rect r)
{
    return (int64_t)(r.width + ROW_COST) * r.height;
}

/* What joining costs more than drawing both; 0 or less: join. */
static int64_t waste(struct rect a, struct rect b)
{
    return cost(rect_around(a, b)) - cost(a) - cost(b);
}

static void drop(struct damage *damage, unsigned index)
{
    damage->rects[index] = damage->rects[--damage->count];
}

/* Joins R with what it touches, until nothing changes: each turn has one rectangle less. */
static struct rect absorb(struct damage *damage, struct rect r)
{
    for (unsigned i = 0; i < damage->count;) {
        if (waste(damage->rects[i], r) <= 0) {
            r = rect_around(damage->rects[i], r);
            drop(damage, i);
            i = 0;
        } else {
            i++;
        }
    }
    return r;
}

void damage_add(struct damage *damage, struct rect r)
{
    if (rect_is_empty(&r))
        return;
    r = absorb(damage, r);
    while (damage->count == DAMAGE_MAX) {
        unsigned best = 0;
        for (unsigned i = 1; i < damage->count; i++)
            if (waste(damage->rects[i], r) < waste(damage->rects[best], r))
                best = i;
        r = rect_around(damage->rects[best], r);
        drop(damage, best);
        r = absorb(damage, r);
    }
    damage->rects[damage->count++] = r;
}
