/* SPDX-License-Identifier: BSD-2-Clause */
/* The theme engine from a folder of files to pixels: the menu, the countdown, fonts, the terminal,
 * what a damaged theme does. */
#include <stdlib.h>

#include "test/unit/config/fail_alloc.h"
#include "test/unit/theme/theme_bench.h"

#define LIST                                                                                       \
    "desktop-color: \"black\"\n"                                                                   \
    "+ boot_menu { left = 0 top = 0 width = 200 height = 100 item_padding = 0 item_spacing = 2\n"  \
    "  item_height = 20 icon_width = 0 item_icon_space = 0 item_font = \"Small 6\"\n"              \
    "  item_color = \"white\" selected_item_color = \"#00ff00\"\n"                                 \
    "  selected_item_font = \"Large 12\" "

static void items_stand_in_their_rows_and_the_selected_one_differs(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, LIST "}");
    /* Small: ascent 6, descent 2, so the base line is 6 + 6 below the row's top. */
    assert_int_equal(bench_pixel(&bench, 0, 5), BLACK);
    assert_int_equal(bench_pixel(&bench, 0, 6), WHITE);
    assert_int_equal(bench_pixel(&bench, 2, 11), WHITE);
    assert_int_equal(bench_pixel(&bench, 3, 11), BLACK); /* between two letters */
    assert_int_equal(bench_pixel(&bench, 0, 12), BLACK);
    /* Large: 3 + 12 below the second row's, which is 22. */
    assert_int_equal(bench_pixel(&bench, 0, 24), BLACK);
    assert_int_equal(bench_pixel(&bench, 0, 25), GREEN);
    assert_int_equal(bench_pixel(&bench, 6, 36), GREEN);
    assert_int_equal(bench_pixel(&bench, 8 * 4, 30), BLACK); /* "beta" has four letters */
    assert_int_equal(bench_pixel(&bench, 0, 50), WHITE);
    assert_int_equal(theme_page_rows(bench.theme), 4);
    bench_clear(&bench);
}

static void menu_scrolls_to_the_selected_entry(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench.state.entries = 6;
    bench.state.selected = 5;
    bench_open(&bench, LIST "scrollbar_width = 8 scrollbar_thumb = \"box_*.tga\" "
                            "scrollbar_slice = \"center\" }");
    assert_int_equal(bench_pixel(&bench, 0, 3 * 22 + 3), GREEN); /* the fourth row */
    /* The thumb is at two to six sixths of the track; its box has no corner. */
    assert_int_equal(bench_pixel(&bench, 192 + 6, 30), BLACK);
    assert_int_equal(bench_pixel(&bench, 192 + 6, 34), BLUE);
    assert_int_equal(bench_pixel(&bench, 192 + 6, 98), GREEN);
    bench.state.selected = 0;
    theme_update(bench.theme, &bench.state, &bench.surface);
    assert_int_equal(bench_pixel(&bench, 0, 3), GREEN);
    assert_int_equal(bench_pixel(&bench, 192 + 6, 1), BLUE);
    bench_clear(&bench);
}

static void icons_are_found_by_class_and_scaled(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, LIST "icon_width = 12 icon_height = 10 item_icon_space = 3 }");
    assert_int_equal(bench_pixel(&bench, 5, 10), BLACK); /* no class, no icon */
    assert_int_equal(bench_pixel(&bench, 0, 22 + 5), WHITE);
    assert_int_equal(bench_pixel(&bench, 11, 22 + 14), WHITE);
    assert_int_equal(bench_pixel(&bench, 12, 22 + 10), BLACK);
    assert_int_equal(bench_pixel(&bench, 15, 22 + 10), GREEN); /* the title behind it */
    unsigned reads = bench.fixture.reads;
    theme_draw(bench.theme, &bench.state, &bench.surface);
    assert_int_equal(bench.fixture.reads, reads); /* nothing is read twice */
    bench_clear(&bench);
}

static void countdown_is_shown_while_it_runs(void **state)
{
    static const char text[] =
        "desktop-color: \"black\"\n"
        "+ progress_bar { id = \"__timeout__\" left = 0 top = 0 width = 202 height = 32\n"
        "  fg_color = \"#ff0000\" bg_color = \"#0000ff\" border_color = \"white\" }\n"
        "+ label { id = \"__timeout__\" top = 50 text = \"%d\" color = \"white\" font = \"Small "
        "6\" }\n"
        "+ boot_menu { top = 200 }\n";
    struct bench bench;
    (void)state;
    bench_init(&bench);
    bench.state.is_counting = true;
    bench.state.seconds_total = 10;
    bench.state.seconds_left = 10;
    bench_open(&bench, text);
    assert_true(theme_has_countdown(bench.theme));
    assert_int_equal(bench_pixel(&bench, 0, 0), WHITE);
    assert_int_equal(bench_pixel(&bench, 1, 1), BLUE);
    assert_int_equal(bench_pixel(&bench, 4, 52), WHITE); /* two digits */
    bench.state.seconds_left = 4;
    theme_update(bench.theme, &bench.state, &bench.surface);
    assert_int_equal(bench_pixel(&bench, 120, 10), RED);
    assert_int_equal(bench_pixel(&bench, 121, 10), BLUE);
    bench.state.is_counting = false;
    theme_draw(bench.theme, &bench.state, &bench.surface);
    assert_int_equal(bench_pixel(&bench, 0, 0), BLACK);
    assert_int_equal(bench_pixel(&bench, 0, 52), BLACK);
    bench_clear(&bench);
}

static void circle_gains_ticks(void **state)
{
    struct bench bench;
    (void)state;
    bench_init(&bench);
    fixture_add_picture(&bench.fixture, FOLDER "tick.tga", 5, 5, 0xFF000000 | GREEN);
    bench.state.is_counting = true;
    bench.state.seconds_total = 4;
    bench.state.seconds_left = 1;
    bench_open(&bench, "desktop-color: \"black\"\n"
                       "+ circular_progress { id = \"__timeout__\" width = 100 height = 100\n"
                       "  center_bitmap = \"red.tga\" tick_bitmap = \"tick.tga\" num_ticks = 4\n"
                       "  start_angle = -64 }\n+ boot_menu { left = 200 }\n");
    /* Radius 100 / 2 - 5 / 2 - 1 = 47: above, to the right, below; not yet to the left. */
    assert_int_equal(bench_pixel(&bench, 50, 50), RED);
    assert_int_equal(bench_pixel(&bench, 50, 50 - 47), GREEN);
    assert_int_equal(bench_pixel(&bench, 50 + 47, 50), GREEN);
    assert_int_equal(bench_pixel(&bench, 50, 50 + 47), GREEN);
    assert_int_equal(bench_pixel(&bench, 50 - 47, 50), BLACK);
    bench_clear(&bench);
}

static void labels_name_the_keys(void **state)
{
    static const struct {
        const char *text;
        unsigned letters;
    } cases[] = {
        {"@KEYMAP_LONG@", 9}, {"@KEYMAP_MIDDLE@", 6}, {"@KEYMAP_SHORT@", 5}, {"50%%", 3}, {"%s", 0},
        {"%d %d", 0},
    };
    struct bench bench;
    (void)state;
    bench_init(&bench);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf text = STRBUF_INIT;
        strbuf_printf(&text, "+ label { text = \"%s\" font = \"Small 6\" }\n" MENU, cases[i].text);
        bench_open(&bench, strbuf_text(&text));
        assert_int_equal(bench.theme->components[1].min_width, cases[i].letters * 4);
    }
    bench_clear(&bench);
}

static void fonts_fall_back_by_name_and_by_glyph(void **state)
{
    struct bench bench;
    size_t len;
    (void)state;
    bench_init(&bench);
    auto_free uint8_t *greek = fixture_make_font("Greek 11", 0x3B1, 0x3C9, 9, 11, &len);
    fixture_add(&bench.fixture, FOLDER "f/greek.pf2", greek, len);
    bench_open(&bench, "+ label { text = \"\xCE\xB1\" font = \"Small 6\" }\n" /* alpha */
                       "+ label { text = \"a\" font = \"No Such 1\" }\n" MENU);
    assert_int_equal(bench.theme->components[1].min_width, 10);
    /* The last that was loaded stands for it; what that one has not comes from the one most like
     * it. */
    assert_string_equal(bench.theme->components[2].label.font->pf2.name, "Greek 11");
    assert_int_equal(bench.theme->components[2].min_width, 8);
    bench_clear(&bench);
}

struct counted {
    const uint8_t *bytes;
    unsigned reads;
};

static enum status read_counted(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct counted *counted = context;
    memcpy(ret_bytes, counted->bytes + off, len);
    counted->reads++;
    return STATUS_OK;
}

/* The stick's own font stays in its file: a character is read once, not once a frame. */
static void glyphs_of_a_font_on_the_stick_are_kept(void **state)
{
    struct bench bench;
    size_t len;
    (void)state;
    bench_init(&bench);
    auto_free uint8_t *bytes = fixture_make_font("Unifont", 0x3B1, 0x3C9, 8, 8, &len);
    struct counted counted = {bytes, 0};
    struct blockdev device = {
        .read = read_counted, .context = &counted, .size_bytes = len, .block_bytes = 512};
    bench.fixture.theme_files.font = &device;
    bench_open(
        &bench,
        "+ label { text = \"\xCE\xB1\xCE\xB2\" color = \"#00ff00\" font = \"Small 6\" }\n" MENU);
    assert_int_equal(bench.theme->components[1].min_width, 18);
    assert_int_equal(bench_pixel(&bench, 0, 2), GREEN);
    unsigned reads = counted.reads;
    theme_draw(bench.theme, &bench.state, &bench.surface);
    assert_int_equal(counted.reads, reads);
    bench_clear(&bench);
}

/* Whatever changes, drawing the changed parts gives the picture that drawing all gives. */
static void updating_equals_drawing_all(void **state)
{
    static const char text[] =
        "desktop-image: \"red.tga\"\n"
        "+ label { left = 30 top = 20 width = 100 text = \"over the menu\" font = \"Large 12\" }\n"
        "+ hbox { top = 240 + label { id = \"__timeout__\" text = \"%d s\" font = \"Large 12\" }\n"
        "  + label { text = \"beside it\" font = \"Large 12\" } }\n"
        "+ boot_menu { left = 20 top = 10 width = 200 height = 150 item_padding = 4\n"
        "  menu_pixmap_style = \"box_*.tga\" selected_item_pixmap_style = \"box_*.tga\" }\n"
        "+ progress_bar { id = \"__timeout__\" top = 260 width = 100% }\n";
    struct bench bench;
    struct surface whole;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, text);
    assert_int_equal(surface_init(&whole, WIDTH, HEIGHT), STATUS_OK);
    for (unsigned step = 0; step < 40; step++) {
        bench.state.entries = step % 7;
        bench.state.selected = step % 5;
        bench.state.is_counting = step % 3 != 0;
        bench.state.seconds_total = 10;
        bench.state.seconds_left = step % 11;
        bench.state.message = step % 4 == 1 ? "a message" : "";
        theme_update(bench.theme, &bench.state, &bench.surface);
        theme_draw(bench.theme, &bench.state, &whole);
        assert_memory_equal(bench.surface.pixels, whole.pixels, sizeof(uint32_t) * WIDTH * HEIGHT);
    }
    surface_clear(&whole);
    bench_clear(&bench);
}

static void terminal_is_drawn_in_its_window(void **state)
{
    struct bench bench;
    struct cells shown, cells;
    unsigned columns, rows;
    (void)state;
    bench_init(&bench);
    bench_open(&bench, "terminal-font: \"Small 6\"\nterminal-border: \"2\"\nterminal-left: \"10\"\n"
                       "terminal-top: \"20\"\nterminal-width: \"370\"\nterminal-height: \"200\"\n"
                       "desktop-color: \"#ff0000\"\n" MENU);
    theme_terminal_size(bench.theme, &columns, &rows);
    assert_int_equal(columns, (370 - 4) / 4);
    assert_int_equal(rows, (200 - 4) / 8);
    assert_int_equal(cells_init(&shown, columns, rows), STATUS_OK);
    assert_int_equal(cells_init(&cells, columns, rows), STATUS_OK);
    cells_put(&cells, 1, 1, columns, STYLE_STRONG, "x");
    theme_draw_terminal(bench.theme, NULL, &cells, &bench.surface);
    assert_int_equal(bench_pixel(&bench, 9, 100), RED);
    assert_int_equal(bench_pixel(&bench, 10, 100), BLACK);
    assert_int_equal(bench_pixel(&bench, 379, 219), BLACK);
    assert_int_equal(bench_pixel(&bench, 380, 219), RED);
    assert_int_equal(bench_pixel(&bench, 12 + 4, 22 + 8), WHITE);
    /* Only the row that changed is damaged. */
    damage_clear(&bench.surface.damage);
    cells_put(&shown, 1, 1, columns, STYLE_STRONG, "y");
    theme_draw_terminal(bench.theme, &cells, &shown, &bench.surface);
    assert_int_equal(bench.surface.damage.count, 1);
    assert_int_equal(bench.surface.damage.rects[0].y, 22 + 8);
    assert_int_equal(bench.surface.damage.rects[0].height, 8);
    cells_clear(&shown);
    cells_clear(&cells);
    bench_clear(&bench);
}

/* A theme's terminal font with letters of several widths gives way to one without. */
static void terminal_has_letters_of_one_width(void **state)
{
    struct bench bench;
    size_t len;
    (void)state;
    bench_init(&bench);
    auto_free uint8_t *bytes = fixture_make_font("Wavy 9", ' ', '~', 9, 9, &len);
    /* The pen's way behind "i": in the glyph that the index names. */
    const uint8_t *index = bytes;
    while (memcmp(index, "CHIX", 4) != 0)
        index++;
    const uint8_t *entry = index + 8 + 9 * ('i' - ' ');
    size_t glyph =
        (size_t)entry[5] << 24 | (size_t)entry[6] << 16 | (size_t)entry[7] << 8 | entry[8];
    bytes[glyph + 9] = 3;
    fixture_add(&bench.fixture, FOLDER "wavy.pf2", bytes, len);
    bench_open(&bench, "terminal-font: \"Wavy 9\"\n" MENU);
    assert_string_equal(bench.theme->terminal_font->pf2.name, "Small 6");
    bench_open(&bench, "terminal-font: \"Large 12\"\n" MENU);
    assert_string_equal(bench.theme->terminal_font->pf2.name, "Large 12");
    bench_clear(&bench);
}

static void broken_themes_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *part;
    } cases[] = {
        {MENU "+ lable { }", 2, "lable"},
        {"\n+ boot_menu { item_color = \"grenn\" }", 2, "item_color: \"grenn\" is no colour"},
        {"+ boot_menu { item_height = x }", 1, "item_height: \"x\" is no number"},
        {"+ boot_menu { left = 10px }", 1, "left: \"10px\" is no length"},
        {"desktop-image: \"no.png\"\n" MENU, 1, "/t/x/no.png: not found"},
        {"desktop-image: \"theme.txt\"\n" MENU, 1, "/t/x/theme.txt"},
        {"+ image { file = \"no.png\" }\n" MENU, 1, "file: /t/x/no.png: not found"},
        {"+ boot_menu { menu_pixmap_style = \"box.png\" }", 1, "one * is missing"},
        {"desktop-image-scale-method: \"tile\"\n" MENU, 1, "no way to scale"},
        {"no-such: \"x\"\n" MENU, 1, "there is no property \"no-such\""},
        {"+ label { }", 0, "no boot_menu"},
        {"+ boot_menu { visible = false }", 0, "no boot_menu"},
        {"+ label { align = \"middle\" }\n" MENU, 1, "align: \"middle\" is no alignment"},
    };
    struct bench bench;
    (void)state;
    bench_init(&bench);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (bench_try(&bench, cases[i].text) != STATUS_CORRUPT)
            fail_msg("%s: not refused", cases[i].text);
        if (bench.error.line != cases[i].line ||
            strstr(strbuf_text(&bench.error.text), cases[i].part) == NULL)
            fail_msg("%s: %u: %s", cases[i].text, bench.error.line, strbuf_text(&bench.error.text));
    }
    assert_int_equal(theme_open(&bench.fixture.theme_files, "/nowhere/theme.txt", WIDTH, HEIGHT,
                                &bench.theme, &bench.error),
                     STATUS_NOT_FOUND);
    assert_string_equal(strbuf_text(&bench.error.text), "not found");
    bench_clear(&bench);
}

static void themes_survive_failing_allocations(void **state)
{
    static const char text[] =
        "desktop-image: \"red.tga\"\nterminal-box: \"box_*.tga\"\n"
        "+ vbox { + image { width = 33 file = \"red.tga\" } + label { text = \"x\" } }\n" LIST
        "icon_width = 9 icon_height = 9 menu_pixmap_style = \"box_*.tga\" }\n";
    struct bench bench;
    bool has_failed = true;
    (void)state;
    bench_init(&bench);
    fixture_add(&bench.fixture, FOLDER "theme.txt", text, strlen(text));
    for (unsigned long nth = 1; has_failed; nth++) {
        fail_alloc_after(nth);
        enum status status = theme_open(&bench.fixture.theme_files, FOLDER "theme.txt", WIDTH,
                                        HEIGHT, &bench.theme, &bench.error);
        if (status == STATUS_OK)
            theme_draw(bench.theme, &bench.state, &bench.surface);
        has_failed = fail_alloc_happened();
        fail_alloc_after(0);
        if (status == STATUS_OK)
            theme_close(bench.theme);
        bench.theme = NULL;
    }
    bench_clear(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_stand_in_their_rows_and_the_selected_one_differs),
        cmocka_unit_test(menu_scrolls_to_the_selected_entry),
        cmocka_unit_test(icons_are_found_by_class_and_scaled),
        cmocka_unit_test(countdown_is_shown_while_it_runs),
        cmocka_unit_test(circle_gains_ticks),
        cmocka_unit_test(labels_name_the_keys),
        cmocka_unit_test(fonts_fall_back_by_name_and_by_glyph),
        cmocka_unit_test(glyphs_of_a_font_on_the_stick_are_kept),
        cmocka_unit_test(updating_equals_drawing_all),
        cmocka_unit_test(terminal_is_drawn_in_its_window),
        cmocka_unit_test(terminal_has_letters_of_one_width),
        cmocka_unit_test(broken_themes_are_refused_with_their_line),
        cmocka_unit_test(themes_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
