/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu as a state, and what the text view makes of it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/menu.h"
#include "efi/core/ui/textview.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

static const struct menu_entry three[] = {
    {.path = "/ISOs/debian-10.iso",
     .title = "debian-10.iso",
     .folder = "/ISOs",
     .size_bytes = 628000000},
    {.path = "/arch.iso",
     .title = "Arch Linux",
     .folder = "",
     .tip = "The rolling one",
     .size_bytes = 1200000000},
    {.path = "/ISOs/debian-9.iso", .title = "debian-9.iso", .folder = "/ISOs", .size_bytes = 33000},
};

static struct menu menu;

static int set_up(void **state)
{
    (void)state;
    menu = (struct menu){.product = "hiperiso 0.1.0", .page_rows = 10};
    return menu_set_entries(&menu, three, ARRAY_SIZE(three)) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    menu_clear(&menu);
    return 0;
}

static enum menu_action press(enum key_code code)
{
    return menu_handle(&menu, (struct key){.code = code});
}

static enum menu_action type(const char *text)
{
    enum menu_action action = MENU_ACTION_NONE;
    for (; *text != '\0'; text++)
        action = menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = (uint8_t)*text});
    return action;
}

static enum menu_action control(char letter)
{
    return menu_handle(&menu, (struct key){.code = KEY_CTRL, .character = (uint8_t)letter});
}

static const char *selected(void)
{
    const struct menu_entry *entry = menu_selected(&menu);
    return entry != NULL ? entry->title : "";
}

/* A large menu: "image-0.iso" ... */
static void fill(size_t count)
{
    auto_free struct menu_entry *entries = calloc(count, sizeof(*entries));
    for (size_t i = 0; i < count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "/image-%zu.iso", i);
        entries[i].path = arena_copy(&menu.arena, text, (size_t)len);
        entries[i].title = entries[i].path + 1;
        entries[i].folder = "";
    }
    assert_int_equal(menu_set_entries(&menu, entries, count), STATUS_OK);
}

static void entries_are_in_natural_order(void **state)
{
    (void)state;
    assert_string_equal(selected(), "Arch Linux");
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_DRAW);
    assert_string_equal(selected(), "debian-9.iso");
    press(KEY_DOWN);
    assert_string_equal(selected(), "debian-10.iso");
}

static void arrows_wrap_around(void **state)
{
    (void)state;
    press(KEY_UP);
    assert_string_equal(selected(), "debian-10.iso");
    press(KEY_DOWN);
    assert_string_equal(selected(), "Arch Linux");
}

static void pages_stop_at_the_ends(void **state)
{
    (void)state;
    fill(50);
    press(KEY_PAGE_DOWN);
    assert_string_equal(selected(), "image-9.iso");
    press(KEY_END);
    assert_string_equal(selected(), "image-49.iso");
    press(KEY_PAGE_DOWN);
    assert_string_equal(selected(), "image-49.iso");
    press(KEY_PAGE_UP);
    assert_string_equal(selected(), "image-40.iso");
    press(KEY_HOME);
    press(KEY_PAGE_UP);
    assert_string_equal(selected(), "image-0.iso");
}

static void the_filter_looks_at_title_name_and_folder(void **state)
{
    static const struct {
        const char *filter;
        size_t visible;
        const char *first;
    } rows[] = {
        {"deb", 2, "debian-9.iso"},
        {"ARCH", 1, "Arch Linux"},
        {"isos", 2, "debian-9.iso"},
        {"arch.iso", 1, "Arch Linux"},
        {"iso 10", 1, "debian-10.iso"},
        {"linux deb", 0, ""},
        {"  ", 3, "Arch Linux"},
        {"q", 0, ""},
        {"debian-9.iso /iso", 1, "debian-9.iso"},
        {"linux /arch", 1, "Arch Linux"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        type(rows[i].filter);
        assert_int_equal(menu.visible_count, rows[i].visible);
        assert_string_equal(selected(), rows[i].first);
        control('u');
        press(KEY_HOME);
    }
}

static void the_bar_stays_on_its_entry_while_that_is_visible(void **state)
{
    (void)state;
    press(KEY_END);
    type("deb");
    assert_string_equal(selected(), "debian-10.iso");
    press(KEY_ESCAPE);
    assert_int_equal(menu.filter_len, 0);
    assert_string_equal(selected(), "debian-10.iso");
}

static void backspace_takes_whole_characters(void **state)
{
    (void)state;
    menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = 0x65E5});
    menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = 0x1F600});
    assert_int_equal(menu.filter_len, 7);
    press(KEY_BACKSPACE);
    assert_int_equal(menu.filter_len, 3);
    press(KEY_DELETE); /* what 0x7F becomes in firmware */
    assert_int_equal(menu.filter_len, 0);
    assert_int_equal(press(KEY_BACKSPACE), MENU_ACTION_NONE);
}

static void the_filter_is_bounded(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = i % 2 != 0 ? 0x1F600 : 'x'});
    assert_true(menu.filter_len <= MENU_FILTER_MAX);
    assert_int_equal(strlen(menu.filter), menu.filter_len);
    control('u');
    for (unsigned i = 0; i < 1000; i++)
        menu_handle(&menu, (struct key){.code = KEY_CHAR,
                                        .character = 0xC0}); /* grows by folding, never shrinks */
    assert_int_equal(menu.visible_count, 0);
    assert_int_equal(menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = 0x1B}),
                     MENU_ACTION_NONE);
}

static void escape_stops_clears_and_leaves(void **state)
{
    (void)state;
    menu_start_countdown(&menu, 0, 10);
    type("d");
    assert_false(menu.is_counting);
    menu_start_countdown(&menu, 0, 10);
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW); /* the countdown */
    assert_int_equal(menu.filter_len, 1);
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW); /* the filter */
    assert_int_equal(menu.filter_len, 0);
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW); /* the question */
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_DRAW);   /* the answer is no */
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW);
    assert_int_equal(press(KEY_TAB), MENU_ACTION_DRAW); /* the question goes away */
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW);
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_LEAVE);
}

static void control_keys_act(void **state)
{
    (void)state;
    assert_int_equal(control('x'), MENU_ACTION_LEAVE);
    assert_int_equal(control('l'), MENU_ACTION_REDRAW);
    assert_int_equal(control('r'), MENU_ACTION_RESCAN);
    assert_int_equal(control('p'), MENU_ACTION_PROBLEMS);
    assert_int_equal(press(KEY_F2), MENU_ACTION_PROBLEMS);
    assert_int_equal(control('z'), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_F1), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_START);
}

static void the_countdown_counts_seconds(void **state)
{
    (void)state;
    menu_start_countdown(&menu, 1000, 2);
    assert_int_equal(menu.seconds_left, 2);
    assert_int_equal(menu_wait_ms(&menu, 1000), 1000);
    assert_int_equal(menu_tick(&menu, 1500), MENU_ACTION_NONE);
    assert_int_equal(menu_wait_ms(&menu, 1500), 500);
    assert_int_equal(menu_tick(&menu, 2000), MENU_ACTION_DRAW);
    assert_int_equal(menu.seconds_left, 1);
    assert_int_equal(menu_tick(&menu, 3000), MENU_ACTION_START);
    assert_int_equal(menu_wait_ms(&menu, 3000), -1);
    assert_int_equal(menu_tick(&menu, 9000), MENU_ACTION_NONE);
}

static void notices_are_shown_and_never_started(void **state)
{
    const struct menu_entry entries[] = {
        {.path = "/bad", .title = "/bad", .folder = "", .notice = "this folder cannot be read"},
    };
    (void)state;
    assert_int_equal(menu_set_entries(&menu, entries, 1), STATUS_OK);
    assert_int_equal(menu.images, 0);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_NONE);
    menu_start_countdown(&menu, 0, 0);
    assert_int_equal(menu_tick(&menu, 1), MENU_ACTION_DRAW);
    assert_false(menu_select_path(&menu, "/bad"));
}

static void an_empty_menu_takes_every_key(void **state)
{
    (void)state;
    assert_int_equal(menu_set_entries(&menu, NULL, 0), STATUS_OK);
    for (int code = KEY_ENTER; code <= KEY_F12; code++) {
        if (code != KEY_ESCAPE && code != KEY_F2)
            assert_int_equal(press((enum key_code)code), MENU_ACTION_NONE);
    }
    type("abc");
    assert_null(menu_selected(&menu));
}

static void running_out_of_memory_keeps_the_old_entries(void **state)
{
    (void)state;
    for (unsigned long n = 1;; n++) {
        fail_alloc_after(n);
        enum status status = menu_set_entries(&menu, three, 2);
        bool happened = fail_alloc_happened();
        fail_alloc_after(0);
        if (!happened) {
            assert_int_equal(status, STATUS_OK);
            assert_int_equal(menu.count, 2);
            assert_true(n > 2);
            return;
        }
        if (status != STATUS_OK) /* qsort may go without memory */
            assert_int_equal(menu.count, 3);
        else
            menu_set_entries(&menu, three, 3) == STATUS_OK ? (void)0 : fail();
    }
}

/* ---- the view ---- */

static const char *frame(const struct cells *cells)
{
    static char text[32 << 10];
    auto_strbuf b = STRBUF_INIT;
    for (unsigned row = 0; row < cells->rows; row++) {
        cells_row_text(cells, row, &b);
        strbuf_append_char(&b, '\n');
    }
    snprintf(text, sizeof(text), "%s", strbuf_text(&b));
    return text;
}

static void the_menu_looks_as_designed(void **state)
{
    struct textview view = {0};
    struct cells cells;
    (void)state;
    assert_int_equal(cells_init(&cells, 80, 16), STATUS_OK);
    menu_add_message(&menu, MENU_GOOD, "debian-9.iso: guest powered off after 12 s");
    menu_start_countdown(&menu, 0, 10);
    textview_draw_menu(&view, &menu, &cells);
    assert_string_equal(
        frame(&cells),
        "  hiperiso 0.1.0                                                      3 images\n"
        "  Starting in 10 s, any key stops\n"
        "  debian-9.iso: guest powered off after 12 s\n"
        "\n"
        "  Arch Linux                                                            1.2 GB\n"
        "  debian-9.iso                                                 /ISOs     33 kB\n"
        "  debian-10.iso                                                /ISOs    628 MB\n"
        "\n\n\n\n\n"
        "  ────────────────────────────────────────────────────────────────────────────\n"
        "  /arch.iso                                                             1.2 GB\n"
        "  The rolling one\n"
        "  Enter start  ↑↓ select  a-z filter  Esc back  Ctrl-R rescan  Ctrl-X leave\n");
    assert_int_equal(view.list_rows, 8);
    cells_clear(&cells);
}

static void the_list_scrolls_with_the_bar(void **state)
{
    struct textview view = {.short_bar = true};
    struct cells cells;
    (void)state;
    fill(100);
    assert_int_equal(cells_init(&cells, 60, 12), STATUS_OK);
    textview_draw_menu(&view, &menu, &cells);
    assert_int_equal(view.list_rows, 6);
    for (unsigned i = 0; i < 400; i++) {
        menu.selected = i * 37 % 100;
        textview_draw_menu(&view, &menu, &cells);
        assert_true(view.top <= menu.selected && menu.selected < view.top + 6);
        assert_true(view.top + 6 <= 100);
        const struct cell *bar = &cells.cells[(2 + menu.selected - view.top) * 60 + 1];
        assert_int_equal(bar->style, STYLE_SELECTED);
    }
    cells_clear(&cells);
}

/* Whatever the size and the names, drawing stays inside (ASan looks on) and the selected entry is
 * there. */
static void every_size_can_be_drawn(void **state)
{
    static const struct menu_entry odd[] = {
        {.path = "/日本語の名前の長いファイル.iso",
         .title = "日本語の名前の長いファイル.iso",
         .folder = "",
         .size_bytes = UINT64_MAX},
        {.path = "/x/\033[2J\n.iso", .title = "\033[2J\n.iso", .folder = "/x", .tip = "\xff\xfe"},
        {.path = "/bad",
         .title = "/bad",
         .folder = "",
         .notice = "this folder cannot be read completely: damaged"},
        {.path = "/e\xcc\x81.iso",
         .title = "\xcc\x81",
         .folder = "/a/very/long/folder/name/that/does/not/fit/in/here"},
    };
    struct textview_page page = {.product = "hiperiso",
                                 .severity = MENU_ERROR,
                                 .heading = "A heading",
                                 .text = "Some text\nand more",
                                 .hint = "Keys"};
    (void)state;
    assert_int_equal(menu_set_entries(&menu, odd, ARRAY_SIZE(odd)), STATUS_OK);
    for (unsigned i = 0; i < 12; i++)
        menu_add_message(&menu, MENU_WARNING,
                         "hiperiso.json:14:22: control.timeout: 9999 is above the maximum 3600");
    for (unsigned columns = 1; columns < 130; columns += columns < 30 ? 1 : 7) {
        for (unsigned rows = 1; rows < 40; rows++) {
            struct textview view = {0};
            struct cells cells;
            assert_int_equal(cells_init(&cells, columns, rows), STATUS_OK);
            for (menu.selected = 0; menu.selected < 4; menu.selected++) {
                textview_draw_menu(&view, &menu, &cells);
                assert_true(view.list_rows > 0);
            }
            textview_draw_page(&page, &cells);
            cells_clear(&cells);
        }
    }
    menu.selected = 0;
}

static void sizes_are_short(void **state)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},          {999, "999 B"},        {1000, "1 kB"},         {99999, "99 kB"},
        {1500000, "1.5 MB"}, {999999999, "999 MB"}, {4700000000, "4.7 GB"}, {UINT64_MAX, "18.4 EB"},
    };
    char buffer[TEXTVIEW_SIZE_MAX];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(textview_size(rows[i].bytes, buffer), rows[i].text);
}

int main(void)
{
#define MENU_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        MENU_TEST(entries_are_in_natural_order),
        MENU_TEST(arrows_wrap_around),
        MENU_TEST(pages_stop_at_the_ends),
        MENU_TEST(the_filter_looks_at_title_name_and_folder),
        MENU_TEST(the_bar_stays_on_its_entry_while_that_is_visible),
        MENU_TEST(backspace_takes_whole_characters),
        MENU_TEST(the_filter_is_bounded),
        MENU_TEST(escape_stops_clears_and_leaves),
        MENU_TEST(control_keys_act),
        MENU_TEST(the_countdown_counts_seconds),
        MENU_TEST(notices_are_shown_and_never_started),
        MENU_TEST(an_empty_menu_takes_every_key),
        MENU_TEST(running_out_of_memory_keeps_the_old_entries),
        MENU_TEST(the_menu_looks_as_designed),
        MENU_TEST(the_list_scrolls_with_the_bar),
        MENU_TEST(every_size_can_be_drawn),
        MENU_TEST(sizes_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
