/* SPDX-License-Identifier: BSD-2-Clause */
/* Surfaces, modes, colours, scenes and the look. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/font.h"
#include "efi/core/gfx/gfxmode.h"
#include "efi/core/gfx/image.h"
#include "efi/core/gfx/look.h"
#include "efi/core/gfx/palette.h"
#include "efi/core/gfx/scene.h"
#include "efi/core/gfx/surface.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/host_fonts.h"
#include "test/unit/efi/look_screens.h"

#define WHITE 0xFFFFFFu

/* ---- surfaces ---- */

static void surface_has_sane_sides(void **state)
{
    struct surface surface;
    (void)state;
    assert_int_equal(surface_init(&surface, 0, 5), STATUS_INVALID);
    assert_int_equal(surface_init(&surface, 5, 0), STATUS_INVALID);
    assert_int_equal(surface_init(&surface, SURFACE_SIDE_MAX + 1, 1), STATUS_INVALID);
    fail_alloc_after(1);
    assert_int_equal(surface_init(&surface, 5, 5), STATUS_NO_MEMORY);
    fail_alloc_after(0);
}

static size_t count_colour(const struct surface *surface, uint32_t colour)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)surface->width * surface->height; i++)
        count += surface->pixels[i] == colour;
    return count;
}

static void drawing_stays_inside_the_clip(void **state)
{
    struct surface surface;
    uint8_t mask[6 * 6];
    uint32_t pixels[6 * 6];
    struct image image = {pixels, 6, 6};
    const struct rect clip = {3, 4, 5, 2};
    (void)state;

    memset(mask, 255, sizeof(mask));
    memset(pixels, 255, sizeof(pixels));
    for (int y = -8; y < 20; y++) {
        for (int x = -8; x < 20; x++) {
            assert_int_equal(surface_init(&surface, 12, 11), STATUS_OK);
            surface_set_clip(&surface, clip);
            surface_draw_mask(&surface, x, y, mask, 6, 6, WHITE);
            size_t by_mask = count_colour(&surface, WHITE);
            surface_draw_image(&surface, x, y, &image, (struct rect){0, 0, 6, 6});
            assert_int_equal(count_colour(&surface, WHITE), by_mask);
            if (x >= 0 && y >= 0) {
                struct rect rect = {(unsigned)x, (unsigned)y, 6, 6};
                surface_fill(&surface, rect, WHITE);
                assert_int_equal(count_colour(&surface, WHITE), by_mask);
                surface_tint(&surface, rect, WHITE, 255);
                surface_fill_round(&surface, rect, 3, WHITE);
                assert_int_equal(count_colour(&surface, WHITE), by_mask);
                struct rect both = rect_intersect(rect, clip);
                assert_int_equal(by_mask, (size_t)both.width * both.height);
            }
            surface_set_clip(&surface, surface_rect(&surface));
            surface_fill(&surface, clip, 0);
            assert_int_equal(count_colour(&surface, 0), 12 * 11);
            surface_clear(&surface);
        }
    }
}

static void rounded_corners_are_symmetrical(void **state)
{
    (void)state;
    for (unsigned side = 1; side < 40; side++) {
        for (unsigned radius = 0; radius <= side; radius++) {
            struct surface surface;
            assert_int_equal(surface_init(&surface, side, side), STATUS_OK);
            surface_fill_round(&surface, surface_rect(&surface), radius, WHITE);
            for (unsigned y = 0; y < side; y++) {
                for (unsigned x = 0; x < side; x++) {
                    uint32_t pixel = surface.pixels[y * side + x];
                    assert_int_equal(pixel, surface.pixels[y * side + side - 1 - x]);
                    assert_int_equal(pixel, surface.pixels[(side - 1 - y) * side + x]);
                    assert_int_equal(pixel, surface.pixels[x * side + y]);
                }
            }
            assert_true(side <= 2 * radius || surface.pixels[side / 2] == WHITE);
            surface_clear(&surface);
        }
    }
}

static void blending_is_exact_at_both_ends(void **state)
{
    struct surface surface;
    uint8_t masks[256];
    (void)state;
    for (unsigned i = 0; i < 256; i++)
        masks[i] = (uint8_t)i;
    assert_int_equal(surface_init(&surface, 256, 1), STATUS_OK);
    surface_fill(&surface, surface_rect(&surface), 0x102030);
    surface_draw_mask(&surface, 0, 0, masks, 256, 1, 0xF0E0D0);
    assert_int_equal(surface.pixels[0], 0x102030);
    assert_int_equal(surface.pixels[255], 0xF0E0D0);
    for (unsigned i = 1; i < 256; i++)
        assert_true((surface.pixels[i] & 0xFF) >= (surface.pixels[i - 1] & 0xFF));
    surface_clear(&surface);
}

/* ---- modes ---- */

static void gfxmode_chooses(void **state)
{
    static const struct gfxmode modes[] = {
        {640, 480}, {1280, 800}, {1024, 768}, {3840, 2160}, {0, 0}, {1920, 1080},
    };
    static const struct {
        const char *wanted;
        size_t current;
        struct gfxmode native;
        size_t chosen;
    } rows[] = {
        {"auto", 1, {1920, 1080}, 5},
        {"auto", 1, {0, 0}, 1},
        {"auto", 2, {1600, 1200}, 2},
        {"", 2, {0, 0}, 2},
        {"max", 1, {0, 0}, 3},
        {"1024x768", 1, {0, 0}, 2},
        {"800x600,1024x768,auto", 1, {0, 0}, 2},
        {"800x600,auto", 1, {640, 480}, 0},
        {"800x600", 1, {640, 480}, 0},
        {"800x600,max", 1, {640, 480}, 3},
        {"nonsense,x,5x,x5,-1x-1,max", 1, {0, 0}, 3},
        {"0x0", 1, {0, 0}, 1},
        {",,max", 0, {0, 0}, 3},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(gfxmode_choose(rows[i].wanted, modes, ARRAY_SIZE(modes), rows[i].current,
                                        rows[i].native),
                         rows[i].chosen);
    assert_int_equal(gfxmode_choose("auto", modes, 0, 0, modes[0]), GFXMODE_NONE);
    assert_int_equal(gfxmode_choose("max", modes, 0, 0, modes[0]), GFXMODE_NONE);
}

static void gfxmode_reads_the_first_timing_of_edid(void **state)
{
    uint8_t edid[128] = {0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00};
    /* 2560x1440 of a real monitor */
    static const uint8_t timing[18] = {0x56, 0x5E, 0x00, 0xA0, 0xA0, 0xA0, 0x29, 0x50, 0x30,
                                       0x20, 0x35, 0x00, 0x55, 0x50, 0x21, 0x00, 0x00, 0x1A};
    (void)state;
    memcpy(edid + 54, timing, sizeof(timing));
    struct gfxmode mode = gfxmode_of_edid(edid, sizeof(edid));
    assert_int_equal(mode.width, 2560);
    assert_int_equal(mode.height, 1440);
    assert_int_equal(gfxmode_of_edid(edid, 127).width, 0);
    edid[54] = edid[55] = 0;
    assert_int_equal(gfxmode_of_edid(edid, sizeof(edid)).width, 0);
    edid[54] = 1;
    edid[0] = 1;
    assert_int_equal(gfxmode_of_edid(edid, sizeof(edid)).width, 0);
}

/* ---- colours ---- */

/* WCAG 2.1, relative luminance. */
static double luminance(uint32_t colour)
{
    double sum = 0;
    static const double weights[] = {0.0722, 0.7152, 0.2126};
    for (unsigned i = 0; i < 3; i++) {
        double c = (double)(colour >> 8 * i & 0xFF) / 255;
        sum += weights[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static void texts_stand_out_from_their_ground(void **state)
{
    const struct palette *palettes[] = {&palette_dark, &palette_light};
    (void)state;
    for (size_t p = 0; p < ARRAY_SIZE(palettes); p++) {
        for (size_t i = 0; i < palette_pair_count; i++) {
            const char *base = (const char *)palettes[p];
            uint32_t text, ground;
            memcpy(&text, base + palette_pairs[i].text_off, sizeof(text));
            memcpy(&ground, base + palette_pairs[i].ground_off, sizeof(ground));
            double a = luminance(text), b = luminance(ground);
            double contrast = ((a > b ? a : b) + 0.05) / ((a > b ? b : a) + 0.05);
            if (contrast < 4.5)
                fail_msg("%s, %s: %.2f", p == 0 ? "dark" : "light", palette_pairs[i].name,
                         contrast);
        }
    }
}

/* ---- scenes ---- */

struct fixture {
    struct host_fonts fonts;
    struct font font;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_fonts_open(&f->fonts);
    assert_int_equal(
        font_init(&f->font, f->fonts.outlines, f->fonts.outlines_len, &f->fonts.bitmaps),
        STATUS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    font_clear(&f->font);
    host_fonts_close(&f->fonts);
    free(f);
    return 0;
}

static uint64_t damaged_pixels(const struct surface *surface)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < surface->damage.count; i++)
        sum += (uint64_t)surface->damage.rects[i].width * surface->damage.rects[i].height;
    return sum;
}

static void a_scene_draws_what_changed(void **state)
{
    struct fixture *f = *state;
    struct scene scene;
    struct surface surface;
    assert_int_equal(scene_init(&scene), STATUS_OK);
    assert_int_equal(surface_init(&surface, 100, 100), STATUS_OK);
    for (unsigned frame = 0; frame < 4; frame++) {
        damage_clear(&surface.damage);
        scene_begin(&scene);
        scene_add_part(&scene, (struct rect){0, 0, 100, 40}, 0x111111);
        scene_text(&scene, 5, 30, 14, WHITE, "same", 4);
        scene_add_part(&scene, (struct rect){0, 40, 100, 60}, 0x222222);
        scene_text(&scene, 5, 70, 14, WHITE, frame < 2 ? "one" : "two", 3);
        if (frame == 3)
            scene_forget(&scene);
        assert_int_equal(scene_draw(&scene, &f->font, &surface), STATUS_OK);
        static const uint64_t expected[] = {100 * 100, 0, 100 * 60, 100 * 100};
        assert_int_equal(damaged_pixels(&surface), expected[frame]);
    }
    surface_clear(&surface);
    scene_clear(&scene);
}

/* ---- the look ---- */

static void moving_the_bar_redraws_little(void **state)
{
    struct fixture *f = *state;
    struct menu menu = {0};
    struct model model;
    struct look look;
    struct surface surface;

    assert_int_equal(surface_init(&surface, 1280, 800), STATUS_OK);
    assert_int_equal(look_init(&look, &palette_dark), STATUS_OK);
    look_screen_make(SCREEN_EMPTY + 1, &menu);
    for (unsigned step = 0; step < 5; step++) {
        damage_clear(&surface.damage);
        model_init(&model, &menu);
        assert_int_equal(look_draw(&look, &model, &menu, &f->font, &surface), STATUS_OK);
        menu_set_page(&menu, look.page_rows, look.last_top);
        if (step == 0)
            assert_int_equal(damaged_pixels(&surface), 1280 * 800);
        else /* two rows, the details beside them */
            assert_true(damaged_pixels(&surface) < 1280 * 800 * 45 / 100);
        menu_handle(&menu, (struct key){.code = KEY_DOWN});
    }
    /* A frame drawn step by step looks like one drawn at once. */
    struct surface whole;
    assert_int_equal(surface_init(&whole, 1280, 800), STATUS_OK);
    model_init(&model, &menu);
    assert_int_equal(look_draw(&look, &model, &menu, &f->font, &surface), STATUS_OK);
    look_forget(&look);
    assert_int_equal(look_draw(&look, &model, &menu, &f->font, &whole), STATUS_OK);
    assert_memory_equal(surface.pixels, whole.pixels, 1280 * 800 * sizeof(*whole.pixels));
    surface_clear(&whole);
    surface_clear(&surface);
    look_clear(&look);
    menu_clear(&menu);
}

/* Every screen on screens of every size: the parts cover all of it and do not overlap. */
static void parts_tile_the_screen(void **state)
{
    struct fixture *f = *state;
    static const unsigned sizes[][2] = {{320, 200},  {640, 480},   {800, 600},  {1024, 600},
                                        {600, 1024}, {1366, 768},  {1280, 800}, {1080, 1920},
                                        {2560, 720}, {3840, 2160}, {333, 777}};
    for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
        for (int screen = 0; screen < SCREEN_COUNT; screen++) {
            struct menu menu = {0};
            struct model model;
            struct look look;
            struct surface surface;
            assert_int_equal(surface_init(&surface, sizes[s][0], sizes[s][1]), STATUS_OK);
            assert_int_equal(look_init(&look, &palette_light), STATUS_OK);
            look_screen_make((enum look_screen)screen, &menu);
            model_init(&model, &menu);
            assert_int_equal(look_draw(&look, &model, &menu, &f->font, &surface), STATUS_OK);
            uint64_t covered = 0;
            for (size_t i = 0; i < look.scene.shown_count; i++) {
                struct rect a = look.scene.shown[i].rect;
                struct rect inside = rect_intersect(a, surface_rect(&surface));
                assert_true(rect_is_empty(&a) || memcmp(&a, &inside, sizeof(a)) == 0);
                covered += (uint64_t)a.width * a.height;
                for (size_t k = i + 1; k < look.scene.shown_count; k++) {
                    struct rect both = rect_intersect(a, look.scene.shown[k].rect);
                    if (!rect_is_empty(&both))
                        fail_msg("%s at %ux%u: parts %zu and %zu", look_screen_names[screen],
                                 sizes[s][0], sizes[s][1], i, k);
                }
            }
            if (covered != (uint64_t)sizes[s][0] * sizes[s][1])
                fail_msg("%s at %ux%u: not all is covered", look_screen_names[screen], sizes[s][0],
                         sizes[s][1]);
            assert_true(look.page_rows > 0);
            surface_clear(&surface);
            look_clear(&look);
            menu_clear(&menu);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(surface_has_sane_sides),
        cmocka_unit_test(drawing_stays_inside_the_clip),
        cmocka_unit_test(rounded_corners_are_symmetrical),
        cmocka_unit_test(blending_is_exact_at_both_ends),
        cmocka_unit_test(gfxmode_chooses),
        cmocka_unit_test(gfxmode_reads_the_first_timing_of_edid),
        cmocka_unit_test(texts_stand_out_from_their_ground),
        cmocka_unit_test_setup_teardown(a_scene_draws_what_changed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(moving_the_bar_redraws_little, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_tile_the_screen, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("gfx", tests, NULL, NULL);
}
