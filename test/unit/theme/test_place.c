/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a theme's parts stand, by GRUB's rules, and what lies over what. */
#include "test/unit/theme/theme_bench.h"

/* Components are numbered as in the file; 0 is the screen. */
static void assert_area(const struct bench *bench, uint32_t component, int x, int y, int width,
                        int height)
{
    const struct theme_area *area = &bench->theme->components[component].area;
    if (area->x != x || area->y != y || area->width != width || area->height != height)
        fail_msg("component %u is at %d, %d, %d x %d", component, area->x, area->y, area->width,
                 area->height);
}

static void canvas_places_children_as_grub_does(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, "+ label { left = 10% top = 100%-30 width = 50%+4 height = 20 }\n"
                       "+ label { }\n"                             /* as large as its text: none */
                       "+ image { left = 5 file = \"red.tga\" }\n" /* as large as the picture */
                       "+ label { left = 500 top = -20 text = \"ab\" font = \"Small 6\" }\n"
                       "+ label { left = 390 width = 100 height = 50 }\n" MENU);
    assert_area(&bench, 1, 40, 270, 204, 20);
    assert_area(&bench, 2, 0, 0, 32, 8);
    assert_area(&bench, 3, 5, 0, 10, 20);
    assert_area(&bench, 4, 368, 0, 8, 8);
    assert_area(&bench, 5, 390, 0, 10, 50);
    bench_clear(&bench);
}

static void boxes_stack_their_children(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, "+ hbox { left = 10 top = 20\n"
                       "  + image { file = \"red.tga\" }\n"
                       "  + vbox { + label { text = \"abc\" font = \"Small 6\" height = 11 }\n"
                       "           + image { file = \"red.tga\" width = 30 } }\n"
                       "  + image { file = \"red.tga\" height = 40 } }\n" MENU);
    assert_area(&bench, 2, 10, 20, 10, 40);
    assert_area(&bench, 3, 20, 20, 30, 40); /* as wide as its widest child */
    assert_area(&bench, 4, 20, 20, 30, 11);
    assert_area(&bench, 5, 20, 31, 30, 20);
    assert_area(&bench, 6, 50, 20, 10, 40);
    assert_area(&bench, 1, 10, 20, 50, 40);

    bench_open(&bench, "+ vbox { width = 100 height = 200\n"
                       "  + image { height = 25% file = \"red.tga\" }\n"
                       "  + image { height = 50 file = \"red.tga\" } }\n" MENU);
    assert_area(&bench, 2, 0, 0, 10, 50);
    assert_area(&bench, 3, 0, 50, 10, 50);
    bench_clear(&bench);
}

static void earlier_objects_lie_over_later_ones(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    fixture_add_picture(&bench.fixture, FOLDER "blue.tga", 10, 20, 0xFF000000 | BLUE);
    bench_open(&bench, "+ image { file = \"red.tga\" }\n+ image { file = \"blue.tga\" }\n" MENU);
    assert_int_equal(bench_pixel(&bench, 5, 5), RED);
    bench_open(&bench,
               "+ hbox { + image { file = \"red.tga\" } + image { file = \"blue.tga\" } }\n" MENU);
    assert_int_equal(bench_pixel(&bench, 5, 5), RED);
    assert_int_equal(bench_pixel(&bench, 15, 5), BLUE);
    bench_clear(&bench);
}

static void desktop_is_scaled_by_its_method(void **state)
{
    static const struct {
        const char *properties;
        unsigned black_x, black_y; /* outside of the picture; 0, 0: it is everywhere */
    } cases[] = {
        {"", 0, 0},
        {"desktop-image-scale-method: \"crop\"", 0, 0},
        {"desktop-image-scale-method: \"padding\"", 10, 150}, /* 150 x 300 in the middle */
        {"desktop-image-scale-method: \"padding\"\ndesktop-image-h-align: \"left\"", 390, 150},
        {"desktop-image-scale-method: \"fitwidth\"", 0, 0},
        {"desktop-image-scale-method: \"fitheight\"\ndesktop-image-h-align: \"right\"", 10, 10},
    };
    struct bench bench;
    (void)state;
    bench_init(&bench);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf text = STRBUF_INIT;
        strbuf_printf(&text, "desktop-image: \"red.tga\"\ndesktop-color: \"white\"\n%s\n%s",
                      cases[i].properties, MENU);
        bench_open(&bench, strbuf_text(&text));
        if (cases[i].black_x != 0)
            assert_int_equal(bench_pixel(&bench, cases[i].black_x, cases[i].black_y), BLACK);
        else
            assert_int_equal(bench_pixel(&bench, 10, 150), RED);
    }
    bench_open(&bench, "desktop-color: \"#0000ff\"\n" MENU);
    assert_int_equal(bench_pixel(&bench, 0, 0), BLUE);
    bench_clear(&bench);
}

static void styled_box_surrounds_the_menu(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, "desktop-color: \"black\"\n"
                       "+ boot_menu { left = 50 top = 60 width = 200 height = 150\n"
                       "  menu_pixmap_style = \"box_*.tga\" item_color = \"#ff0000\" }\n");
    assert_int_equal(bench_pixel(&bench, 49, 100), BLACK);
    assert_int_equal(bench_pixel(&bench, 50, 63), WHITE); /* the western side, below the northern */
    assert_int_equal(bench_pixel(&bench, 54, 209), WHITE);
    assert_int_equal(bench_pixel(&bench, 50, 62), BLACK); /* the corner: no picture */
    assert_int_equal(bench_pixel(&bench, 55, 60), BLUE);
    assert_int_equal(bench_pixel(&bench, 249, 62), BLUE);
    assert_int_equal(bench_pixel(&bench, 55, 63), GREEN);
    assert_int_equal(bench_pixel(&bench, 249, 209), GREEN);
    assert_int_equal(bench_pixel(&bench, 250, 209), BLACK);
    bench_clear(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canvas_places_children_as_grub_does),
        cmocka_unit_test(boxes_stack_their_children),
        cmocka_unit_test(earlier_objects_lie_over_later_ones),
        cmocka_unit_test(desktop_is_scaled_by_its_method),
        cmocka_unit_test(styled_box_surrounds_the_menu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
