/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu by a theme: each of its screens, what changes between them, a theme that is broken. */
#include "test/unit/config/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/app/themed.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/efi/look_screens.h"
#include "test/unit/theme/theme_fixture.h"

#define WIDTH  640
#define HEIGHT 480
#define FOLDER "/hiperiso/themes/x/"
#define THEME  FOLDER "theme.txt"

static const char text[] =
    "desktop-color: \"#204060\"\nterminal-font: \"Small 6\"\nmessage-font: \"Small 6\"\n"
    "+ boot_menu { left = 20 top = 20 width = 600 height = 200 item_font = \"Small 6\"\n"
    "  item_height = 16 item_spacing = 0 item_padding = 0 item_color = \"#c0c0c0\"\n"
    "  selected_item_color = \"#ffffff\" icon_width = 8 icon_height = 8 }\n"
    "+ label { top = 100%-20 width = 100% text = \"@KEYMAP_LONG@\" font = \"Small 6\" color = "
    "\"#ff0000\" }\n";

struct bench {
    struct fixture fixture;
    struct platform platform;
    struct themed themed;
    struct surface surface;
    struct problem_list problems;
};

static enum status read_file(void *context, enum platform_volume volume, const char *path,
                             size_t max, char **ret_text, size_t *ret_len)
{
    struct bench *bench = context;
    uint8_t *bytes;
    assert_int_equal(volume, PLATFORM_DATA);
    enum status status =
        bench->fixture.theme_files.read(&bench->fixture, path, max, &bytes, ret_len);
    if (status == STATUS_OK)
        *ret_text = (char *)bytes;
    return status;
}

struct names {
    platform_visit_fn *visit;
    void *context;
};

static enum status visit_name(void *context, const char *name)
{
    const struct names *names = context;
    const struct platform_file file = {.name = name, .size_bytes = 1};
    return names->visit(names->context, &file);
}

static enum status list_folder(void *context, enum platform_volume volume, const char *path,
                               platform_visit_fn *visit, void *visit_context)
{
    struct bench *bench = context;
    struct names names = {visit, visit_context};
    auto_strbuf folder = STRBUF_INIT;
    assert_int_equal(volume, PLATFORM_DATA);
    assert_true(path[0] == '/' && (path[1] == '\0' || path[strlen(path) - 1] != '/'));
    strbuf_printf(&folder, "%s/", path);
    return bench->fixture.theme_files.list(&bench->fixture, strbuf_text(&folder), visit_name,
                                           &names);
}

static void bench_init(struct bench *bench, const char *theme)
{
    *bench = (struct bench){.problems = PROBLEM_LIST_INIT};
    fixture_init(&bench->fixture);
    fixture_add(&bench->fixture, THEME, theme, strlen(theme));
    fixture_add_font(&bench->fixture, FOLDER "small.pf2", "Small 6", 4, 6);
    fixture_add_picture(&bench->fixture, FOLDER "icons/debian.png", 8, 8, 0xFFFF00FF);
    fixture_add_picture(&bench->fixture, FOLDER "icons/folder.png", 8, 8, 0xFF00FFFF);
    bench->platform =
        (struct platform){.context = bench, .read_file = read_file, .list_folder = list_folder};
    assert_int_equal(surface_init(&bench->surface, WIDTH, HEIGHT), STATUS_OK);
}

static void bench_clear(struct bench *bench)
{
    themed_close(&bench->themed);
    problem_list_clear(&bench->problems);
    surface_clear(&bench->surface);
    fixture_clear(&bench->fixture);
}

static enum status open_themed(struct bench *bench, const char *path)
{
    return themed_open(&bench->themed, &bench->platform, path, WIDTH, HEIGHT, NULL,
                       &bench->problems);
}

static void draw(struct bench *bench, struct menu *menu)
{
    struct model model;
    model_init(&model, menu);
    themed_draw(&bench->themed, &model, menu, &bench->surface);
}

static bool has_colour(const struct bench *bench, uint32_t colour)
{
    for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
        if (bench->surface.pixels[i] == colour)
            return true;
    }
    return false;
}

static void every_screen_is_drawn(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench, text);
    assert_int_equal(open_themed(&bench, THEME), STATUS_OK);
    for (int screen = 0; screen < SCREEN_COUNT; screen++) {
        struct menu menu = {0};
        look_screen_make(screen, &menu);
        themed_forget(&bench.themed);
        bench.surface.damage.count = 0;
        surface_fill(&bench.surface, surface_rect(&bench.surface), 0x123456);
        draw(&bench, &menu);
        assert_true(bench.surface.damage.count > 0);
        if (menu.screen == MODEL_LIST || menu.screen == MODEL_TREE) {
            assert_true(has_colour(&bench, 0x204060));
            assert_true(has_colour(&bench, 0xFF0000)); /* the keys */
            assert_int_equal(menu.page_rows, 12);      /* 200 / 16 */
        } else {
            assert_true(has_colour(&bench, 0x000000)); /* the terminal */
            assert_true(has_colour(&bench, 0xA8A8A8)); /* and its title */
        }
        menu_clear(&menu);
    }
    bench_clear(&bench);
}

static void icons_go_by_the_words_of_a_name(void **state)
{
    struct bench bench;
    struct menu menu = {0};
    (void)state;
    bench_init(&bench, text);
    assert_int_equal(open_themed(&bench, "hiperiso/themes/x/theme.txt"), STATUS_OK);
    look_screen_make(SCREEN_LIST, &menu);
    while (strstr(menu_selected(&menu)->title, "Debian") == NULL)
        menu_handle(&menu, (struct key){.code = KEY_DOWN});
    draw(&bench, &menu);
    assert_true(has_colour(&bench, 0xFF00FF));
    assert_false(has_colour(&bench, 0x00FFFF));
    menu_clear(&menu);
    look_screen_make(SCREEN_TREE, &menu);
    draw(&bench, &menu);
    assert_true(has_colour(&bench, 0x00FFFF));
    menu_clear(&menu);
    bench_clear(&bench);
}

/* After any keys the picture is the one that drawing it anew gives. */
static void the_picture_follows_the_keys(void **state)
{
    static const enum key_code keys[] = {KEY_DOWN, KEY_DOWN, KEY_PAGE_DOWN, KEY_F3,    KEY_DOWN,
                                         KEY_F1,   KEY_DOWN, KEY_ESCAPE,    KEY_END,   KEY_UP,
                                         KEY_F3,   KEY_HOME, KEY_F2,        KEY_ESCAPE};
    struct bench bench;
    struct surface whole;
    struct menu menu = {0};
    (void)state;
    bench_init(&bench, text);
    assert_int_equal(open_themed(&bench, THEME), STATUS_OK);
    assert_int_equal(surface_init(&whole, WIDTH, HEIGHT), STATUS_OK);
    look_screen_make(SCREEN_LIST, &menu);
    draw(&bench, &menu);
    for (size_t i = 0; i < 3 * ARRAY_SIZE(keys); i++) {
        menu_handle(&menu, (struct key){.code = keys[i % ARRAY_SIZE(keys)]});
        draw(&bench, &menu);
        if (menu.screen != MODEL_LIST && menu.screen != MODEL_TREE)
            continue; /* the terminal lies over what was there */
        themed_forget(&bench.themed);
        struct surface kept = bench.surface;
        bench.surface = whole;
        draw(&bench, &menu);
        whole = bench.surface;
        bench.surface = kept;
        assert_memory_equal(bench.surface.pixels, whole.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
    }
    menu_clear(&menu);
    surface_clear(&whole);
    bench_clear(&bench);
}

static void a_broken_theme_is_a_problem_with_its_line(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench, "+ boot_menu {\n  item_color = \"grenn\"\n}");
    assert_int_equal(open_themed(&bench, THEME), STATUS_CORRUPT);
    assert_null(bench.themed.theme);
    assert_int_equal(bench.problems.count, 1);
    auto_free char *line = problem_text(&bench.problems.items[0]);
    assert_string_equal(line,
                        THEME ":2:16: item_color: \"grenn\" is no colour: write \"#RRGGBB\" or "
                              "a name such as \"white\"; the built-in look is used");
    assert_int_equal(open_themed(&bench, "/no/theme.txt"), STATUS_NOT_FOUND);
    auto_free char *missing = problem_text(&bench.problems.items[1]);
    assert_string_equal(missing, "/no/theme.txt: not found; the built-in look is used");
    bench_clear(&bench);
}

static void themes_survive_failing_allocations(void **state)
{
    struct bench bench;
    bool has_failed = true;
    (void)state;
    bench_init(&bench, text);
    for (unsigned long nth = 1; has_failed; nth += 7) {
        fail_alloc_after(nth);
        enum status status = open_themed(&bench, THEME);
        has_failed = fail_alloc_happened();
        fail_alloc_after(0);
        if (status == STATUS_OK)
            themed_close(&bench.themed);
    }
    bench_clear(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_is_drawn),
        cmocka_unit_test(icons_go_by_the_words_of_a_name),
        cmocka_unit_test(the_picture_follows_the_keys),
        cmocka_unit_test(a_broken_theme_is_a_problem_with_its_line),
        cmocka_unit_test(themes_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
