/* SPDX-License-Identifier: BSD-2-Clause */
/* Scaling: whole factors by repetition, all others by a separable filter with eight-bit weights. */
#include "initramfs/viewer/scale.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/viewer/picture.h"

#define NO_ROW UINT_MAX

/* ---- taps ---- */

/* Growing: two neighbours, weighted by the distance of the target pixel's centre to theirs. */
static void make_bilinear(struct scale_axis *axis)
{
    for (unsigned i = 0; i < axis->target; i++) {
        /* the centre, in 1/256 source pixels from the first source pixel's centre */
        int64_t at =
            (2 * (int64_t)i + 1) * axis->source * SCALE_WEIGHT_ONE / (2 * (int64_t)axis->target) -
            SCALE_WEIGHT_ONE / 2;
        int64_t last = (int64_t)(axis->source - 1) * SCALE_WEIGHT_ONE;
        at = at < 0 ? 0 : at > last ? last : at;
        unsigned first = (unsigned)(at / SCALE_WEIGHT_ONE);
        unsigned second = (unsigned)(at % SCALE_WEIGHT_ONE);
        if (first + 1 >= axis->source && axis->source > 1) { /* the last one: nothing behind it */
            first = axis->source - 2;
            second = SCALE_WEIGHT_ONE;
        }
        axis->taps[i] = (struct scale_tap){first, 2 * i};
        axis->weights[2 * i] = (uint16_t)(SCALE_WEIGHT_ONE - second);
        axis->weights[2 * i + 1] = (uint16_t)second;
    }
}

/* Shrinking: all source pixels under the target pixel, each by how much of it is. The weights are
 * differences of a rounded running sum, so that they always add up. */
static void make_area(struct scale_axis *axis)
{
    for (unsigned i = 0; i < axis->target; i++) {
        uint64_t start = (uint64_t)i * axis->source; /* in 1/target source pixels */
        uint64_t end = start + axis->source;
        unsigned first = (unsigned)(start / axis->target);
        if (first > axis->source - axis->count)
            first = axis->source - axis->count;
        unsigned before = 0;
        for (unsigned k = 0; k < axis->count; k++) {
            uint64_t upto = (uint64_t)(first + k + 1) * axis->target;
            uint64_t covered = upto < start ? 0 : (upto > end ? end : upto) - start;
            unsigned sum = (unsigned)(covered * SCALE_WEIGHT_ONE / axis->source);
            axis->weights[i * axis->count + k] = (uint16_t)(sum - before);
            before = sum;
        }
        axis->taps[i] = (struct scale_tap){first, i * axis->count};
    }
}

static unsigned count_taps(unsigned source, unsigned target)
{
    unsigned count = source <= target ? 2 : (source + target - 1) / target + 1;
    return count < source ? count : source;
}

static bool make_axis(struct scale_axis *axis, unsigned source, unsigned target)
{
    axis->source = source;
    axis->target = target;
    axis->count = count_taps(source, target);
    axis->taps = calloc(target, sizeof(*axis->taps));
    /* one source pixel has one tap, and make_bilinear() writes two */
    axis->weights = calloc((size_t)target * (axis->count > 2 ? axis->count : 2), sizeof(uint16_t));
    if (axis->taps == NULL || axis->weights == NULL)
        return false;
    if (source <= target)
        make_bilinear(axis);
    else
        make_area(axis);
    if (source == 1)
        for (unsigned i = 0; i < target; i++) {
            axis->taps[i] = (struct scale_tap){0, i};
            axis->weights[i] = SCALE_WEIGHT_ONE;
        }
    return true;
}

/* ---- geometry ---- */

static struct rect fit(unsigned source_width, unsigned source_height, unsigned screen_width,
                       unsigned screen_height)
{
    uint64_t wide = (uint64_t)source_width * screen_height;
    uint64_t high = (uint64_t)source_height * screen_width;
    struct rect view = {0, 0, screen_width, screen_height};
    if (wide > high) /* borders above and below */
        view.height = (unsigned)((high + source_width / 2) / source_width);
    else
        view.width = (unsigned)((wide + source_height / 2) / source_height);
    view.width = view.width > 0 ? view.width : 1;
    view.height = view.height > 0 ? view.height : 1;
    view.x = (screen_width - view.width) / 2;
    view.y = (screen_height - view.height) / 2;
    return view;
}

enum status scale_init(struct scale *scale, unsigned source_width, unsigned source_height,
                       unsigned screen_width, unsigned screen_height)
{
    struct scale s = {.view = fit(source_width, source_height, screen_width, screen_height)};
    unsigned factor = s.view.width / source_width;
    if (factor > 0 && s.view.width == factor * source_width &&
        s.view.height == factor * source_height)
        s.factor = factor;
    bool is_made = make_axis(&s.x, source_width, s.view.width) &&
                   make_axis(&s.y, source_height, s.view.height);
    s.rows = is_made ? calloc((size_t)s.y.count * s.view.width, sizeof(*s.rows)) : NULL;
    s.row_of = is_made ? calloc(s.y.count, sizeof(*s.row_of)) : NULL;
    s.line = calloc(s.view.width, sizeof(*s.line));
    s.sums = calloc(s.view.width, 2 * sizeof(*s.sums));
    if (s.rows == NULL || s.row_of == NULL || s.line == NULL || s.sums == NULL) {
        scale_clear(&s);
        return STATUS_NO_MEMORY;
    }
    scale_forget(&s);
    *scale = s;
    return STATUS_OK;
}

void scale_clear(struct scale *scale)
{
    free(scale->x.taps);
    free(scale->x.weights);
    free(scale->y.taps);
    free(scale->y.weights);
    free(scale->rows);
    free(scale->row_of);
    free(scale->line);
    free(scale->sums);
    *scale = (struct scale){0};
}

/* Target positions whose taps touch [FIRST, FIRST + LENGTH); bounds are widened by what a filter
 * reaches. */
static void map_axis(const struct scale_axis *axis, unsigned factor, unsigned first,
                     unsigned length, unsigned *ret_first, unsigned *ret_length)
{
    uint64_t reach = factor > 0 ? 0 : 1;
    uint64_t from = first > reach ? first - reach : 0;
    uint64_t to = first + length + reach;
    if (to > axis->source)
        to = axis->source;
    uint64_t start = from * axis->target / axis->source;
    uint64_t end = (to * axis->target + axis->source - 1) / axis->source;
    *ret_first = (unsigned)start;
    *ret_length = (unsigned)(end - start);
}

struct rect scale_to_screen(const struct scale *scale, struct rect source)
{
    struct rect r = rect_intersect(source, (struct rect){0, 0, scale->x.source, scale->y.source});
    if (rect_is_empty(&r))
        return (struct rect){0};
    struct rect target;
    map_axis(&scale->x, scale->factor, r.x, r.width, &target.x, &target.width);
    map_axis(&scale->y, scale->factor, r.y, r.height, &target.y, &target.height);
    target.x += scale->view.x;
    target.y += scale->view.y;
    return target;
}

void scale_forget(struct scale *scale)
{
    for (unsigned i = 0; i < scale->y.count; i++)
        scale->row_of[i] = NO_ROW;
}

/* ---- rows ---- */

/* Two colours at a time: each product fits its 16 bits, since the weights add up to 256. */
#define PAIR 0x00ff00ffU

static inline uint32_t join(uint32_t red_blue, uint32_t green)
{
    return (red_blue >> 8 & PAIR) | (green & 0x0000ff00U);
}

static void repeat(const uint32_t *from, uint32_t *to, unsigned factor, unsigned x, unsigned count)
{
    unsigned source = x / factor;
    unsigned left = factor - x % factor;
    for (unsigned i = 0; i < count; i++) {
        to[i] = from[source];
        if (--left == 0) {
            left = factor;
            source++;
        }
    }
}

/* COUNT is a constant where it matters: then the inner loop is none. */
static inline void filter_across_by(const struct scale_axis *axis, const uint32_t *from,
                                    uint32_t *to, unsigned x, unsigned length, unsigned count)
{
    for (unsigned i = 0; i < length; i++) {
        const struct scale_tap *tap = &axis->taps[x + i];
        const uint16_t *weights = &axis->weights[tap->weight];
        uint32_t red_blue = 0, green = 0;
        for (unsigned k = 0; k < count; k++) {
            uint32_t pixel = from[tap->first + k];
            red_blue += (pixel & PAIR) * weights[k];
            green += (pixel >> 8 & 0xff) * weights[k];
        }
        to[i] = join(red_blue, green);
    }
}

static void filter_across(const struct scale_axis *axis, const uint32_t *from, uint32_t *to,
                          unsigned x, unsigned length)
{
    if (axis->count == 2)
        filter_across_by(axis, from, to, x, length, 2);
    else if (axis->count == 3)
        filter_across_by(axis, from, to, x, length, 3);
    else
        filter_across_by(axis, from, to, x, length, axis->count);
}

/* The usual case of the vertical pass in a form that compilers turn into vector instructions. */
static void blend_two(const uint32_t *restrict a, const uint32_t *restrict b, uint32_t *restrict to,
                      unsigned count, unsigned weight_a, unsigned weight_b)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t red_blue = (a[i] & PAIR) * weight_a + (b[i] & PAIR) * weight_b;
        uint32_t green = (a[i] >> 8 & 0xff) * weight_a + (b[i] >> 8 & 0xff) * weight_b;
        to[i] = join(red_blue, green);
    }
}

static void add_row(const uint32_t *restrict row, uint32_t *restrict red_blue,
                    uint32_t *restrict green, unsigned count, unsigned weight)
{
    for (unsigned i = 0; i < count; i++) {
        red_blue[i] += (row[i] & PAIR) * weight;
        green[i] += (row[i] >> 8 & 0xff) * weight;
    }
}

static void blend_many(const struct scale *scale, const struct scale_tap *tap, uint32_t *to,
                       unsigned count)
{
    const uint16_t *weights = &scale->y.weights[tap->weight];
    uint32_t *red_blue = scale->sums, *green = scale->sums + scale->view.width;
    memset(red_blue, 0, count * sizeof(*red_blue));
    memset(green, 0, count * sizeof(*green));
    for (unsigned k = 0; k < scale->y.count; k++) {
        size_t slot = (tap->first + k) % scale->y.count;
        if (weights[k] != 0)
            add_row(scale->rows + slot * scale->view.width, red_blue, green, count, weights[k]);
    }
    for (unsigned i = 0; i < count; i++)
        to[i] = join(red_blue[i], green[i]);
}

/* Source row Y scaled across; rows of a window of Y's COUNT never fall on each other. */
static const uint32_t *row_across(struct scale *scale, const struct scale_source *source,
                                  unsigned y, unsigned x, unsigned count)
{
    unsigned slot = y % scale->y.count;
    uint32_t *row = scale->rows + (size_t)slot * scale->view.width;
    if (scale->row_of[slot] == y)
        return row;
    scale->row_of[slot] = y;
    const uint32_t *from = source->row(source->context, y);
    if (scale->x.source == scale->x.target)
        memcpy(row, from + x, (size_t)count * sizeof(*row));
    else
        filter_across(&scale->x, from, row, x, count);
    return row;
}

static const uint32_t *repeat_row(struct scale *scale, const struct scale_source *source,
                                  unsigned x, unsigned count, unsigned y)
{
    unsigned row = y / scale->factor;
    if (scale->factor == 1)
        return source->row(source->context, row) + x;
    if (scale->row_of[0] != row) {
        repeat(source->row(source->context, row), scale->line, scale->factor, x, count);
        scale->row_of[0] = row;
    }
    return scale->line;
}

const uint32_t *scale_row(struct scale *scale, const struct scale_source *source, unsigned x,
                          unsigned count, unsigned y)
{
    x -= scale->view.x;
    y -= scale->view.y;
    if (scale->factor > 0)
        return repeat_row(scale, source, x, count, y);

    const struct scale_tap *tap = &scale->y.taps[y];
    for (unsigned k = 0; k < scale->y.count; k++)
        row_across(scale, source, tap->first + k, x, count);
    if (scale->y.count == 2) {
        const uint16_t *weights = &scale->y.weights[tap->weight];
        blend_two(scale->rows + (size_t)(tap->first % 2) * scale->view.width,
                  scale->rows + (size_t)((tap->first + 1) % 2) * scale->view.width, scale->line,
                  count, weights[0], weights[1]);
    } else {
        blend_many(scale, tap, scale->line, count);
    }
    return scale->line;
}
