/* SPDX-License-Identifier: BSD-2-Clause */
/* Scaling: whole factors by repetition, all others by a separable filter with eight-bit weights. */
#include "initramfs/viewer/scale.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "initramfs/viewer/picture.h"

#define NO_ROW UINT_MAX

/* Colours lie in lanes of 16 bits, which hold every sum: weights add up to 256. SSE2 multiplies
 * such lanes, and not wider ones. */
typedef uint16_t lanes8 __attribute__((vector_size(16)));

#define LANE_PIXELS 4 /* pixels in 16 bytes */

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
    if (axis->count == 2)
        axis->pairs = calloc(target, sizeof(*axis->pairs));
    if (axis->taps == NULL || axis->weights == NULL || (axis->count == 2 && axis->pairs == NULL))
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
    for (unsigned i = 0; i < target && axis->count == 2; i++)
        for (unsigned lane = 0; lane < 8; lane++)
            axis->pairs[i].lanes[lane] = axis->weights[axis->taps[i].weight + lane / 4];
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
    s.row_pixels = ((size_t)s.view.width + LANE_PIXELS - 1) / LANE_PIXELS * LANE_PIXELS;
    s.rows = is_made ? calloc(s.y.count * s.row_pixels, sizeof(*s.rows)) : NULL;
    s.row_of = is_made ? calloc(s.y.count, sizeof(*s.row_of)) : NULL;
    s.line = calloc(s.row_pixels, sizeof(*s.line));
    if (s.rows == NULL || s.row_of == NULL || s.line == NULL) {
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
    free(scale->x.pairs);
    free(scale->y.taps);
    free(scale->y.weights);
    free(scale->y.pairs);
    free(scale->rows);
    free(scale->row_of);
    free(scale->line);
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

#ifdef __SSE2__
/* One pixel at a time, both of its sources at once. By hand: compilers build such vectors by way of
 * the stack, which costs more than all the rest. */
static void filter_across_two(const struct scale_axis *axis, const uint32_t *from, uint32_t *to,
                              unsigned x, unsigned length)
{
    const __m128i nothing = _mm_setzero_si128();
    for (unsigned i = 0; i < length; i++) {
        __m128i sources = _mm_loadl_epi64((const void *)(from + axis->taps[x + i].first));
        __m128i weights = _mm_loadu_si128((const void *)&axis->pairs[x + i]);
        __m128i sum = _mm_mullo_epi16(_mm_unpacklo_epi8(sources, nothing), weights);
        sum = _mm_srli_epi16(_mm_add_epi16(sum, _mm_srli_si128(sum, 8)), 8);
        to[i] = (uint32_t)_mm_cvtsi128_si32(_mm_packus_epi16(sum, sum));
    }
}
#endif

/* Two colours at a time, in halves of 32 bits. COUNT is a constant where it matters: then the inner
 * loop is none. */
static inline void filter_across_many(const struct scale_axis *axis, const uint32_t *from,
                                      uint32_t *to, unsigned x, unsigned length, unsigned count)
{
    for (unsigned i = 0; i < length; i++) {
        const struct scale_tap *tap = &axis->taps[x + i];
        const uint16_t *weights = &axis->weights[tap->weight];
        uint32_t red_blue = 0, green = 0;
        for (unsigned k = 0; k < count; k++) {
            uint32_t pixel = from[tap->first + k];
            red_blue += (pixel & 0x00ff00ffU) * weights[k];
            green += (pixel >> 8 & 0xff) * weights[k];
        }
        to[i] = (red_blue >> 8 & 0x00ff00ffU) | (green & 0x0000ff00U);
    }
}

static void filter_across(const struct scale_axis *axis, const uint32_t *from, uint32_t *to,
                          unsigned x, unsigned length)
{
#ifdef __SSE2__
    if (axis->count == 2) {
        filter_across_two(axis, from, to, x, length);
        return;
    }
#endif
    if (axis->count == 3)
        filter_across_many(axis, from, to, x, length, 3);
    else
        filter_across_many(axis, from, to, x, length, axis->count);
}

/* ROW_COUNT rows from the source row of TAP on, each by its weight; a constant as above. Writes
 * whole groups of LANE_PIXELS, for which every row has room. */
static inline void blend_rows(struct scale *scale, const struct scale_tap *tap, unsigned count,
                              unsigned row_count)
{
    const uint16_t *weights = &scale->y.weights[tap->weight];
    const unsigned first = tap->first % row_count;
    for (unsigned i = 0; i < count; i += LANE_PIXELS) {
        size_t slot = first;
        lanes8 even = {0}, odd = {0}; /* bytes of 16 bits: blue and red, green and nothing */
        for (unsigned k = 0; k < row_count; k++) {
            lanes8 pixels;
            memcpy(&pixels, scale->rows + slot * scale->row_pixels + i, sizeof(pixels));
            slot = slot + 1 < row_count ? slot + 1 : 0;
            even += (pixels & 0xff) * weights[k];
            odd += (pixels >> 8) * weights[k];
        }
        lanes8 result = even >> 8 | (odd & 0xff00);
        memcpy(scale->line + i, &result, sizeof(result));
    }
}

/* Source row Y scaled across; rows of a window of Y's COUNT never fall on each other. */
static const uint32_t *row_across(struct scale *scale, const struct scale_source *source,
                                  unsigned y, unsigned x, unsigned count)
{
    unsigned slot = y % scale->y.count;
    uint32_t *row = scale->rows + slot * scale->row_pixels;
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
    if (scale->y.count == 2)
        blend_rows(scale, tap, count, 2);
    else if (scale->y.count == 3)
        blend_rows(scale, tap, count, 3);
    else
        blend_rows(scale, tap, count, scale->y.count);
    return scale->line;
}
