/* SPDX-License-Identifier: BSD-2-Clause */
/* Damage, pixel layouts, scaling, the pointer over the picture. */
#include "initramfs/viewer/view.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "test/unit/viewer/unit.h"

static const struct pixel_layout layout_32 = {32, {16, 8}, {8, 8}, {0, 8}};

/* ---- damage ---- */

static bool is_covered(const struct damage *damage, unsigned x, unsigned y)
{
    for (unsigned i = 0; i < damage->count; i++) {
        const struct rect *r = &damage->rects[i];
        if (x >= r->x && x - r->x < r->width && y >= r->y && y - r->y < r->height)
            return true;
    }
    return false;
}

static void damage_joins_neighbours_and_keeps_far_ones_apart(void **state)
{
    (void)state;
    struct damage damage = {.count = 0};
    damage_add(&damage, (struct rect){0, 0, 0, 9});
    assert_int_equal(damage.count, 0);
    damage_add(&damage, (struct rect){0, 0, 16, 16});
    damage_add(&damage, (struct rect){16, 0, 16, 16});
    assert_int_equal(damage.count, 1);
    assert_int_equal(damage.rects[0].width, 32);
    damage_add(&damage, (struct rect){1000, 1000, 16, 16});
    assert_int_equal(damage.count, 2);
    damage_add(&damage, (struct rect){4, 4, 2, 2}); /* inside */
    assert_int_equal(damage.count, 2);
}

static void damage_covers_everything_that_was_added(void **state)
{
    (void)state;
    struct damage damage = {.count = 0};
    srand(1);
    for (unsigned i = 0; i < 500; i++) {
        struct rect r = {(unsigned)rand() % 4000, (unsigned)rand() % 4000,
                         1 + (unsigned)rand() % 99, 1 + (unsigned)rand() % 99};
        if (i % 100 == 0)
            damage_clear(&damage);
        damage_add(&damage, r);
        assert_in_range(damage.count, 1, DAMAGE_MAX);
        assert_true(is_covered(&damage, r.x, r.y));
        assert_true(is_covered(&damage, r.x + r.width - 1, r.y + r.height - 1));
    }
}

/* ---- pixels ---- */

static void pixel_layouts_place_each_colour(void **state)
{
    (void)state;
    static const struct {
        struct pixel_layout layout;
        const char *bytes; /* of 0xff8040, then of 0x0000ff */
    } rows[] = {
        {{32, {16, 8}, {8, 8}, {0, 8}}, "\x40\x80\xff\x00\xff\x00\x00\x00"},
        {{32, {0, 8}, {8, 8}, {16, 8}}, "\xff\x80\x40\x00\x00\x00\xff\x00"},
        {{32, {24, 8}, {16, 8}, {8, 8}}, "\x00\x40\x80\xff\x00\xff\x00\x00"},
        {{32, {20, 10}, {10, 10}, {0, 10}}, "\x01\x09\xf8\x3f\xff\x03\x00\x00"},
        {{24, {16, 8}, {8, 8}, {0, 8}}, "\x40\x80\xff\xff\x00\x00"},
        {{24, {0, 8}, {8, 8}, {16, 8}}, "\xff\x80\x40\x00\x00\xff"},
        {{16, {11, 5}, {5, 6}, {0, 5}}, "\x08\xfc\x1f\x00"},
        {{16, {10, 5}, {5, 5}, {0, 5}}, "\x08\x7e\x1f\x00"},
        {{15, {10, 5}, {5, 5}, {0, 5}}, "\x08\x7e\x1f\x00"},
        {{16, {0, 5}, {5, 6}, {11, 5}}, "\x1f\x44\x00\xf8"},
    };
    static const uint32_t pixels[] = {0xff8040, 0x0000ff};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pixel_format format;
        uint8_t bytes[9] = {[8] = 0xee};
        assert_int_equal(pixel_format_make(&rows[i].layout, &format), STATUS_OK);
        memset(bytes, 0xee, sizeof(bytes));
        pixel_write(&format, bytes, pixels, 2);
        assert_memory_equal(bytes, rows[i].bytes, 2 * format.bytes);
        assert_int_equal(bytes[2 * format.bytes], 0xee);
    }
}

static void pixel_layouts_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct pixel_layout rows[] = {
        {8, {0, 3}, {3, 3}, {6, 2}},    {4, {0, 1}, {1, 1}, {2, 1}},
        {64, {0, 8}, {8, 8}, {16, 8}},  {32, {0, 0}, {8, 8}, {16, 8}},
        {32, {30, 8}, {8, 8}, {16, 8}}, {16, {4000000000U, 8}, {8, 8}, {0, 8}},
        {32, {0, 17}, {8, 8}, {16, 8}}, {0, {0, 0}, {0, 0}, {0, 0}},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct pixel_format format;
        assert_int_equal(pixel_format_make(&rows[i], &format), STATUS_UNSUPPORTED);
    }
}

/* ---- scaling ---- */

struct canvas {
    struct picture picture;
    struct surface surface;
    struct view view;
    struct view_scene scene;
};

static uint32_t at(const struct canvas *c, unsigned x, unsigned y)
{
    const uint32_t *row =
        (const uint32_t *)(const void *)(c->surface.pixels + y * c->surface.stride);
    return row[x];
}

static void make_canvas(struct canvas *c, unsigned width, unsigned height, unsigned screen_width,
                        unsigned screen_height)
{
    *c = (struct canvas){.picture = {NULL, width, height}};
    c->picture.pixels = calloc((size_t)width * height, 4);
    c->surface = (struct surface){
        .stride = (size_t)screen_width * 4 + 64,
        .width = screen_width,
        .height = screen_height,
    };
    c->surface.pixels = malloc(c->surface.stride * screen_height);
    c->scene = (struct view_scene){.picture = &c->picture, .row = calloc(width, 4)};
    assert_non_null(c->surface.pixels);
    memset(c->surface.pixels, 0xaa, c->surface.stride * screen_height);
    assert_int_equal(pixel_format_make(&layout_32, &c->surface.format), STATUS_OK);
    assert_int_equal(view_fit(&c->view, &c->picture, &c->surface), STATUS_OK);
}

static void free_canvas(struct canvas *c)
{
    view_clear(&c->view);
    free(c->picture.pixels);
    free(c->surface.pixels);
    free(c->scene.row);
}

static void draw_all(struct canvas *c)
{
    view_draw(&c->view, &c->scene, &c->surface,
              (struct rect){0, 0, c->picture.width, c->picture.height});
}

static void view_keeps_proportions(void **state)
{
    (void)state;
    static const struct {
        unsigned width, height, screen_width, screen_height;
        struct rect view;
        unsigned factor;
    } rows[] = {
        {640, 480, 640, 480, {0, 0, 640, 480}, 1},
        {640, 480, 1280, 960, {0, 0, 1280, 960}, 2},
        {640, 400, 1280, 1024, {0, 112, 1280, 800}, 2},
        {800, 600, 1920, 1080, {240, 0, 1440, 1080}, 0},
        {720, 400, 1280, 800, {0, 44, 1280, 711}, 0},
        {1920, 1080, 1024, 768, {0, 96, 1024, 576}, 0},
        {1, 1, 800, 600, {100, 0, 600, 600}, 600},
        {8192, 1, 640, 480, {0, 239, 640, 1}, 0},
        {1, 8192, 640, 480, {319, 0, 1, 480}, 0},
        {3, 8192, 640, 480, {319, 0, 1, 480}, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct canvas c;
        make_canvas(&c, rows[i].width, rows[i].height, rows[i].screen_width, rows[i].screen_height);
        assert_memory_equal(&c.view.scale.view, &rows[i].view, sizeof(struct rect));
        assert_int_equal(c.view.scale.factor, rows[i].factor);
        free_canvas(&c);
    }
}

static void view_repeats_pixels_for_whole_factors(void **state)
{
    (void)state;
    struct canvas c;
    make_canvas(&c, 4, 3, 14, 9); /* thrice, one column of border on each side */
    for (unsigned i = 0; i < 12; i++)
        c.picture.pixels[i] = 0x010101 * (i + 1);
    draw_all(&c);
    for (unsigned y = 0; y < 9; y++) {
        assert_int_equal(at(&c, 0, y), 0);
        assert_int_equal(at(&c, 13, y), 0);
        for (unsigned x = 0; x < 12; x++)
            assert_int_equal(at(&c, x + 1, y), 0x010101 * (y / 3 * 4 + x / 3 + 1));
    }
    free_canvas(&c);
}

static void view_of_one_colour_stays_of_one_colour(void **state)
{
    (void)state;
    static const unsigned sizes[][4] = {
        {7, 5, 100, 80},  {100, 80, 7, 5},   {800, 600, 1280, 1024}, {1280, 1024, 800, 600},
        {1, 50, 33, 33},  {50, 1, 33, 33},   {1000, 3, 20, 20},      {2, 2, 3, 3},
        {33, 33, 32, 32}, {2, 900, 64, 480},
    };
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct canvas c;
        make_canvas(&c, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
        for (unsigned k = 0; k < sizes[i][0] * sizes[i][1]; k++)
            c.picture.pixels[k] = 0xfe8001;
        draw_all(&c);
        struct rect v = c.view.scale.view;
        for (unsigned y = 0; y < c.surface.height; y++)
            for (unsigned x = 0; x < c.surface.width; x++) {
                bool is_inside = x >= v.x && x - v.x < v.width && y >= v.y && y - v.y < v.height;
                assert_int_equal(at(&c, x, y) & 0xffffff, is_inside ? 0xfe8001 : 0);
            }
        free_canvas(&c);
    }
}

/* The sum of light stays: a white pixel in the middle of black spreads, and is not lost. */
static void view_shrinking_averages_areas(void **state)
{
    (void)state;
    struct canvas c;
    make_canvas(&c, 64, 64, 16, 16);
    c.picture.pixels[33 * 64 + 33] = 0xffffff; /* one of 16 pixels of target 8, 8 */
    draw_all(&c);
    assert_in_range(at(&c, 8, 8) & 0xff, 14, 16);
    assert_int_equal(at(&c, 7, 8), 0);
    assert_int_equal(at(&c, 9, 9), 0);
    free_canvas(&c);
}

static void view_growing_blends_neighbours(void **state)
{
    (void)state;
    struct canvas c;
    make_canvas(&c, 2, 2, 5, 5);
    c.picture.pixels[1] = c.picture.pixels[3] = 0x0000ff;
    draw_all(&c);
    assert_int_equal(at(&c, 0, 0), 0);
    assert_in_range(at(&c, 2, 2), 0x7f, 0x80);
    assert_int_equal(at(&c, 4, 4), 0xff);
    assert_true(at(&c, 1, 2) < at(&c, 2, 2) && at(&c, 2, 2) < at(&c, 3, 2));
    free_canvas(&c);
}

/* What is drawn piece by piece, by damage alone, is what would be drawn as a whole. */
static void view_pieces_make_the_whole(void **state)
{
    (void)state;
    static const unsigned sizes[][4] = {
        {40, 30, 40, 30}, {40, 30, 80, 60},  {40, 30, 101, 77},
        {40, 30, 23, 17}, {40, 30, 200, 50}, {40, 30, 41, 31},
    };
    srand(2);
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        struct canvas c, whole;
        make_canvas(&c, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
        make_canvas(&whole, sizes[i][0], sizes[i][1], sizes[i][2], sizes[i][3]);
        draw_all(&c);
        for (int turn = 0; turn < 60; turn++) {
            struct rect r = {(unsigned)rand() % 40, (unsigned)rand() % 30, 1 + (unsigned)rand() % 9,
                             1 + (unsigned)rand() % 9};
            r = rect_intersect(r, (struct rect){0, 0, 40, 30});
            for (unsigned y = 0; y < r.height; y++)
                for (unsigned x = 0; x < r.width; x++)
                    c.picture.pixels[(r.y + y) * 40 + r.x + x] = (uint32_t)rand() & 0xffffff;
            struct rect drawn = view_draw(&c.view, &c.scene, &c.surface, r);
            assert_true(drawn.x + drawn.width <= c.surface.width);
            assert_true(drawn.y + drawn.height <= c.surface.height);
        }
        memcpy(whole.picture.pixels, c.picture.pixels, 40 * 30 * 4);
        draw_all(&whole);
        for (unsigned y = 0; y < c.surface.height; y++)
            for (unsigned x = 0; x < c.surface.width; x++)
                assert_int_equal(at(&c, x, y) & 0xffffff, at(&whole, x, y) & 0xffffff);
        free_canvas(&c);
        free_canvas(&whole);
    }
}

/* ---- the pointer ---- */

static void view_cursor_blends_and_clips(void **state)
{
    (void)state;
    static struct cursor cursor = {.width = 2, .height = 2};
    struct canvas c;
    cursor.pixels[0] = 0xff0000ff; /* opaque */
    cursor.pixels[1] = 0x80800000; /* half */
    cursor.pixels[2] = 0x00000000; /* nothing */
    cursor.pixels[3] = 0xffffffff;
    make_canvas(&c, 8, 8, 8, 8);
    for (unsigned i = 0; i < 64; i++)
        c.picture.pixels[i] = 0x404040;
    c.scene.cursor = (struct view_cursor){&cursor, 3, 4};
    draw_all(&c);
    assert_int_equal(at(&c, 3, 4), 0x0000ff);
    assert_int_equal(at(&c, 4, 4), 0xa02020);
    assert_int_equal(at(&c, 3, 5), 0x404040);
    assert_int_equal(at(&c, 4, 5), 0xffffff);
    assert_int_equal(at(&c, 5, 5), 0x404040);

    static const int places[][2] = {{-1, -1}, {7, 7},    {-2, 3},          {3, -2}, {8, 0},
                                    {0, 8},   {-500, 2}, {100000, 100000}, {7, -1}, {-1, 7}};
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        c.scene.cursor.x = places[i][0];
        c.scene.cursor.y = places[i][1];
        draw_all(&c);
    }
    c.scene.cursor.x = c.scene.cursor.y = -1;
    draw_all(&c);
    assert_int_equal(at(&c, 0, 0), 0xffffff);
    assert_int_equal(at(&c, 1, 0), 0x404040);
    free_canvas(&c);
}

static void view_cursor_leaves_nothing_behind(void **state)
{
    (void)state;
    static struct cursor cursor = {.width = 4, .height = 4, .hot_x = 1, .hot_y = 1};
    struct canvas c;
    struct damage damage = {.count = 0};
    for (unsigned i = 0; i < 16; i++)
        cursor.pixels[i] = 0xffffffff;
    make_canvas(&c, 40, 40, 40, 40);
    view_place_cursor(&c.scene, &cursor, 5, 5, true, &damage);
    assert_int_equal(damage.count, 1);
    damage_clear(&damage);
    view_place_cursor(&c.scene, &cursor, 5, 5, false, &damage);
    assert_int_equal(damage.count, 0);
    view_place_cursor(&c.scene, &cursor, 30, 30, false, &damage);
    assert_true(is_covered(&damage, 4, 4) && is_covered(&damage, 7, 7));
    assert_true(is_covered(&damage, 29, 29) && is_covered(&damage, 32, 32));
    damage_clear(&damage);
    cursor.width = cursor.height = 0; /* the guest hides it */
    view_place_cursor(&c.scene, &cursor, 30, 30, true, &damage);
    assert_true(is_covered(&damage, 29, 29) && is_covered(&damage, 32, 32));
    damage_clear(&damage);
    view_place_cursor(&c.scene, &cursor, 0, 0, false, &damage);
    assert_int_equal(damage.count, 0);
    free_canvas(&c);
}

static void view_cursor_that_was_not_multiplied_saturates(void **state)
{
    (void)state;
    static struct cursor cursor = {.width = 1, .height = 1};
    struct canvas c;
    cursor.pixels[0] = 0x10ffffff;
    make_canvas(&c, 4, 4, 4, 4);
    c.picture.pixels[0] = 0xffffff;
    c.scene.cursor = (struct view_cursor){&cursor, 0, 0};
    draw_all(&c);
    assert_int_equal(at(&c, 0, 0), 0xffffff);
    free_canvas(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_joins_neighbours_and_keeps_far_ones_apart),
        cmocka_unit_test(damage_covers_everything_that_was_added),
        cmocka_unit_test(pixel_layouts_place_each_colour),
        cmocka_unit_test(pixel_layouts_that_cannot_be_are_refused),
        cmocka_unit_test(view_keeps_proportions),
        cmocka_unit_test(view_repeats_pixels_for_whole_factors),
        cmocka_unit_test(view_of_one_colour_stays_of_one_colour),
        cmocka_unit_test(view_shrinking_averages_areas),
        cmocka_unit_test(view_growing_blends_neighbours),
        cmocka_unit_test(view_pieces_make_the_whole),
        cmocka_unit_test(view_cursor_blends_and_clips),
        cmocka_unit_test(view_cursor_leaves_nothing_behind),
        cmocka_unit_test(view_cursor_that_was_not_multiplied_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
