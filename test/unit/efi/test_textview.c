/* SPDX-License-Identifier: BSD-2-Clause */
/* What the text view makes of the menu's model. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/menu_private.h"
#include "efi/core/ui/textview.h"
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
static struct textview view;
static struct cells cells;

static int set_up(void **state)
{
    (void)state;
    view = (struct textview){0};
    menu =
        (struct menu){.product = "hiperiso 0.1.0", .page_rows = 10, .details_entry = MENU_NO_ENTRY};
    return menu_set_entries(&menu, three, ARRAY_SIZE(three)) == STATUS_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    menu_clear(&menu);
    cells_clear(&cells);
    return 0;
}

static enum menu_action press(enum key_code code)
{
    return menu_handle(&menu, (struct key){.code = code});
}

static void type(const char *text)
{
    for (; *text != '\0'; text++)
        menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = (uint8_t)*text});
}

static void screen(unsigned columns, unsigned rows)
{
    cells_clear(&cells);
    assert_int_equal(cells_init(&cells, columns, rows), STATUS_OK);
}

static void draw(void)
{
    struct model model;
    model_init(&model, &menu);
    textview_draw(&view, &model, &menu, &cells);
    menu_set_page(&menu, view.page_rows, view.last_top);
}

static const char *frame(void)
{
    static char text[64 << 10];
    auto_strbuf b = STRBUF_INIT;
    draw();
    for (unsigned row = 0; row < cells.rows; row++) {
        cells_row_text(&cells, row, &b);
        strbuf_append_char(&b, '\n');
    }
    snprintf(text, sizeof(text), "%s", strbuf_text(&b));
    return text;
}

static const char *row_text(unsigned row)
{
    static char text[4096];
    auto_strbuf b = STRBUF_INIT;
    cells_row_text(&cells, row, &b);
    snprintf(text, sizeof(text), "%s", strbuf_text(&b));
    return text;
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

static void the_menu_looks_as_designed(void **state)
{
    static const struct model_detail details[] = {
        {.label = "Volume", .value = "ARCH_202609", .origin = ""},
        {.label = "Boots on", .value = "UEFI, BIOS", .origin = ""},
        {.label = "RAM", .value = "4096 MB", .origin = "override \"arch*\""},
    };
    (void)state;
    screen(80, 18);
    menu_add_message(&menu, MENU_GOOD, "debian-9.iso: guest powered off after 12 s");
    menu_start_countdown(&menu, 0, 10);
    menu_set_details(&menu, menu_wanted_details(&menu), details, ARRAY_SIZE(details));
    assert_string_equal(
        frame(), "  hiperiso 0.1.0                                                      3 images\n"
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
                 "  Volume ARCH_202609  Boots on UEFI, BIOS  RAM 4096 MB\n"
                 "  Enter start  a-z filter  Esc back  F1/^G help  F2/^P problems  F3/^T tree\n"
                 "  F4/^E settings  F5/^R rescan  F6/^K checksum  F7/^D details  F10/^O power\n");
    assert_int_equal(view.page_rows, 8);
}

static void the_tree_looks_as_designed(void **state)
{
    (void)state;
    screen(80, 14);
    menu.page_rows = 20;
    press(KEY_F3);
    type("deb");
    assert_string_equal(
        frame(), "  hiperiso 0.1.0                                                        2 of 3\n"
                 "  Filter deb\n"
                 "  ▾ ISOs                                                              2 images\n"
                 "    debian-9.iso                                                         33 kB\n"
                 "    debian-10.iso                                                       628 MB\n"
                 "\n\n\n"
                 "  ────────────────────────────────────────────────────────────────────────────\n"
                 "  /ISOs/debian-9.iso                                                     33 kB\n"
                 "\n"
                 "\n"
                 "  Enter start  a-z filter  Esc back  F1/^G help  F2/^P problems  F3/^T list\n"
                 "  F4/^E settings  F5/^R rescan  F6/^K checksum  F7/^D details  F10/^O power\n");
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(cells.cells[3 * 80 + 4 + i].style, STYLE_SELECTED_MATCH);
        assert_int_equal(cells.cells[4 * 80 + 4 + i].style, STYLE_MATCH);
    }
    assert_int_equal(cells.cells[4 * 80 + 7].style, STYLE_NORMAL);
}

static void plain_ascii_is_nothing_else(void **state)
{
    static const struct menu_entry odd = {
        .path = "/日本 é.iso", .title = "日本 é.iso", .folder = "", .fault = "bad"};
    (void)state;
    view.is_ascii = true;
    screen(80, 24);
    assert_int_equal(menu_set_entries(&menu, &odd, 1), STATUS_OK);
    for (const char *at = frame(); *at != '\0'; at++)
        assert_true((uint8_t)*at < 0x7F);
    assert_string_equal(row_text(2), "  ???? ?.iso  !                                         "
                                     "                   0 B");
    press(KEY_F1);
    for (const char *at = frame(); *at != '\0'; at++)
        assert_true((uint8_t)*at < 0x7F);
}

static void the_list_scrolls_with_the_bar(void **state)
{
    (void)state;
    view.short_bar = true;
    fill(100);
    screen(60, 14);
    draw();
    assert_int_equal(view.page_rows, 6);
    for (unsigned i = 0; i < 400; i++) {
        menu.selected = i * 37 % 100;
        draw();
        assert_true(view.top <= menu.selected && menu.selected < view.top + 6);
        assert_true(view.top + 6 <= 100);
        const struct cell *bar = &cells.cells[(2 + menu.selected - view.top) * 60 + 1];
        assert_int_equal(bar->style, STYLE_SELECTED);
    }
}

/* ---- texts ---- */

#define ITEMS 50
static char texts[ITEMS][200];
static struct menu_line lines[ITEMS];

static void show_text(size_t count, const char *format)
{
    struct menu_text text = {.screen = MODEL_PROBLEMS,
                             .severity = MENU_WARNING,
                             .heading = "Problems",
                             .lines = lines,
                             .count = count};
    for (size_t i = 0; i < ITEMS; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%s %zu", format, i + 1);
        lines[i] = (struct menu_line){.kind = MODEL_ROW_TEXT, .title = texts[i]};
    }
    menu_show_text(&menu, &text);
    draw();
}

static void a_short_text_fits_and_does_not_move(void **state)
{
    (void)state;
    screen(60, 12);
    show_text(2, "problem");
    assert_string_equal(row_text(0), "  hiperiso 0.1.0");
    assert_string_equal(row_text(2), "  Problems");
    assert_string_equal(row_text(4), "  problem 1");
    assert_string_equal(row_text(5), "  problem 2");
    assert_string_equal(row_text(11), "  Esc returns to the menu");
    for (int code = KEY_UP; code <= KEY_PAGE_DOWN; code++)
        assert_int_equal(press((enum key_code)code), MENU_ACTION_NONE);
}

static void a_long_text_scrolls_by_lines_pages_and_to_its_ends(void **state)
{
    static const struct {
        enum key_code code;
        const char *first;
    } steps[] = {
        {KEY_DOWN, "  problem 2"},    {KEY_PAGE_DOWN, "  problem 8"}, {KEY_PAGE_UP, "  problem 2"},
        {KEY_PAGE_UP, "  problem 1"}, {KEY_END, "  problem 45"},      {KEY_HOME, "  problem 1"},
    };
    (void)state;
    screen(70, 12); /* 6 at a time */
    show_text(ITEMS, "problem");
    draw();
    assert_string_equal(row_text(11), "  Esc returns to the menu  ↑↓ PgUp PgDn scroll");
    assert_non_null(strstr(row_text(0), "1 to 6 of 50"));
    assert_int_equal(press(KEY_UP), MENU_ACTION_NONE);
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        assert_int_equal(press(steps[i].code), MENU_ACTION_DRAW);
        draw();
        assert_memory_equal(row_text(4), steps[i].first, strlen(steps[i].first));
    }
}

static void long_lines_are_broken_and_reached(void **state)
{
    (void)state;
    screen(60, 14);
    show_text(ITEMS,
              "hiperiso.json:1:34: iso_overrides[\"arch*\"]: template nowhere: there is no "
              "/hiperiso/iso_overrides/nowhere.json: correct the name or put the file there");
    assert_int_equal(menu.text.page, 2);
    assert_memory_equal(row_text(7), "  or put the file there 1 ", 26);
    size_t seen = menu.text.page;
    while (press(KEY_PAGE_DOWN) == MENU_ACTION_DRAW) {
        draw();
        seen = menu.text.top + menu.text.page;
    }
    assert_int_equal(seen, ITEMS);
}

/* ---- dialogues ---- */

static const char *const on_off[] = {"off", "on", NULL};

static struct form make_form(void)
{
    struct form form;
    assert_int_equal(form_init(&form, 3), STATUS_OK);
    form.fields[0] = (struct form_field){.label = "RAM",
                                         .help = "Memory of the guest",
                                         .note = "MB, control",
                                         .original = "2048",
                                         .text = form.fields[0].text};
    form.fields[1] = (struct form_field){.kind = FORM_CYCLED,
                                         .label = "TPM",
                                         .help = "Give the guest a TPM 2.0",
                                         .note = "default",
                                         .choices = on_off,
                                         .original = "off",
                                         .text = form.fields[1].text};
    form.fields[2] = (struct form_field){.label = "QEMU arguments",
                                         .help = "Appended",
                                         .note = "default",
                                         .original = "",
                                         .text = form.fields[2].text};
    assert_int_equal(form_begin(&form), STATUS_OK);
    form.preview = strdup("console=ttyS0 hiperiso_iso=/arch.iso");
    form.preview_len = 36;
    form.preview_max = 2047;
    return form;
}

static void the_form_looks_as_designed(void **state)
{
    (void)state;
    screen(80, 24);
    menu_show_form(&menu, "Settings for one start of Arch Linux", make_form());
    assert_string_equal(
        frame(), "  hiperiso 0.1.0\n"
                 "\n"
                 "  Settings for one start of Arch Linux\n"
                 "  RAM                 2048                             MB, control\n"
                 "  TPM                 off                              default\n"
                 "  QEMU arguments                                       default\n"
                 "\n\n\n\n\n\n\n\n"
                 "  ────────────────────────────────────────────────────────────────────────────\n"
                 "  Memory of the guest\n"
                 "  Kernel line  36 of 2047 bytes\n"
                 "               console=ttyS0 hiperiso_iso=/arch.iso\n"
                 "\n\n\n\n\n"
                 "  Enter start with these  Esc/^E forget  ↑↓ setting\n");
    assert_int_equal(cells.cells[3 * 80 + 26].style, STYLE_SELECTED); /* the caret */
    press(KEY_DOWN);
    press(KEY_RIGHT);
    draw();
    assert_string_equal(row_text(4),
                        "  TPM               ← on →                             default");
    menu.form.fields[1].error = strdup("that cannot be");
    draw();
    assert_string_equal(row_text(16), "  that cannot be");
    assert_string_equal(row_text(23),
                        "  Enter goes to the error  Esc/^E forget  ↑↓ setting  ←→ change  "
                        "F5/^R undo");
}

static void a_long_value_shows_its_caret(void **state)
{
    (void)state;
    screen(80, 24);
    menu_show_form(&menu, "Settings", make_form());
    press(KEY_UP); /* the last one */
    for (int i = 0; i < 200; i++)
        type("x日" + (i % 2));
    draw();
    unsigned carets = 0;
    for (unsigned i = 22; i < 54; i++)
        carets += cells.cells[5 * 80 + i].style == STYLE_SELECTED;
    assert_int_equal(carets, 1);
}

static void the_checksum_looks_as_designed(void **state)
{
    static const struct model_detail details[] = {
        {.label = "Image", .value = "/ISOs/debian-10.iso", .origin = "", .is_long = true},
        {.label = "SHA-256",
         .value = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
         .origin = "",
         .is_long = true},
    };
    (void)state;
    screen(80, 24);
    menu_sum_begin(&menu, 1000000, details, 2, 1000);
    menu_sum_progress(&menu, 500000, 2000);
    assert_non_null(strstr(
        frame(), "  SHA-256 of the image\n"
                 "\n"
                 "  Image        /ISOs/debian-10.iso\n"
                 "  SHA-256      0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\n"
                 "               f\n"
                 "\n"
                 "  █████████████████████████████"));
    assert_non_null(strstr(frame(), "  500 kB of 1.0 MB, 500 kB/s, 1 s left\n"));
}

/* ---- whatever comes ---- */

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
    static const struct menu_choice choice = {.power = MENU_LEAVE, .title = "Leave", .note = "x"};
    (void)state;
    assert_int_equal(menu_set_entries(&menu, odd, ARRAY_SIZE(odd)), STATUS_OK);
    for (unsigned i = 0; i < 12; i++)
        menu_add_message(&menu, MENU_WARNING,
                         "hiperiso.json:14:22: control.timeout: 9999 is above the maximum 3600");
    for (unsigned columns = 1; columns < 130; columns += columns < 30 ? 1 : 7) {
        for (unsigned rows = 1; rows < 40; rows++) {
            view = (struct textview){.short_bar = rows % 2 == 0};
            screen(columns, rows);
            for (int round = 0; round < 2; round++) {
                for (menu.selected = 0; menu.selected < 4; menu.selected++) {
                    draw();
                    assert_true(view.page_rows > 0);
                }
                menu.selected = 0;
                press(KEY_F3);
            }
            show_text(ITEMS, "hiperiso.json: one");
            press(KEY_END);
            draw();
            press(KEY_ESCAPE);
            menu_show_form(&menu, "Settings", make_form());
            for (int i = 0; i < 4; i++, press(KEY_DOWN))
                draw();
            menu_show_power(&menu, &choice, 1);
            draw();
            menu_sum_begin(&menu, UINT64_MAX, NULL, 0, 0);
            menu_sum_progress(&menu, UINT64_MAX / 2, 1);
            draw();
            press(KEY_ESCAPE);
        }
    }
}

/* What the app would do, as far as the menu sees it. */
static void answer(enum menu_action action, uint32_t random)
{
    static const struct menu_choice choices[] = {
        {.power = MENU_RESTART, .title = "Restart", .note = "x"},
        {.power = MENU_LOCAL_DISK, .title = "Local disk", .note = "none", .is_disabled = true},
    };
    struct form *form = &menu.form;

    switch (action) {
    case MENU_ACTION_FORM:
        menu_show_form(&menu, "Settings", make_form());
        break;
    case MENU_ACTION_CHECK:
        free(form->fields[form->selected].error);
        form->fields[form->selected].error = random % 3 == 0 ? strdup("is wrong") : NULL;
        break;
    case MENU_ACTION_POWER:
        menu_show_power(&menu, choices, ARRAY_SIZE(choices));
        break;
    case MENU_ACTION_PROBLEMS:
    case MENU_ACTION_DETAILS:
        show_text(random % ITEMS, "a line");
        break;
    case MENU_ACTION_CHECKSUM:
        menu_sum_begin(&menu, 1000, NULL, 0, 0);
        menu_sum_progress(&menu, random % 1000, random);
        if (random % 2 == 0)
            menu_sum_end(&menu, NULL, 0);
        break;
    case MENU_ACTION_START:
    case MENU_ACTION_CHOSEN:
        menu_show_list(&menu);
        break;
    case MENU_ACTION_ASCII:
        view.is_ascii = !view.is_ascii;
        break;
    default:
        break;
    }
}

/* A long walk over all screens by whatever keys: what the state says is drawn, inside the screen,
 * with the bar on something that is there. */
static void any_sequence_of_keys_is_survived(void **state)
{
    static const char letters[] = "deb r/i10";
    uint32_t random = 1;
    (void)state;
    fill(300);
    screen(80, 24);
    for (int step = 0; step < 20000; step++) {
        struct key key = {.code = KEY_ENTER};
        random = random * 1664525 + 1013904223; /* Numerical Recipes, 7.1 */
        uint32_t pick = random >> 8;
        if (pick % 4 == 0)
            key = (struct key){KEY_CHAR, (uint8_t)letters[pick / 4 % (sizeof(letters) - 1)]};
        else if (pick % 4 == 1)
            key = (struct key){KEY_CTRL, 'a' + pick / 4 % 26};
        else
            key.code = KEY_ENTER + pick / 4 % (KEY_F12 - KEY_ENTER + 1);
        answer(menu_handle(&menu, key), pick / 128);
        assert_true(menu.visible_count == 0 || menu.selected < menu.visible_count);
        if (step % 8 == 0)
            draw();
        if (step % 1000 == 0)
            assert_int_equal(menu_set_entries(&menu, three, ARRAY_SIZE(three)), STATUS_OK);
        if (step % 1000 == 500)
            fill(300);
    }
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
    char buffer[MODEL_SIZE_MAX];
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(model_size(rows[i].bytes, buffer), rows[i].text);
}

int main(void)
{
#define VIEW_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        VIEW_TEST(the_menu_looks_as_designed),
        VIEW_TEST(the_tree_looks_as_designed),
        VIEW_TEST(plain_ascii_is_nothing_else),
        VIEW_TEST(the_list_scrolls_with_the_bar),
        VIEW_TEST(a_short_text_fits_and_does_not_move),
        VIEW_TEST(a_long_text_scrolls_by_lines_pages_and_to_its_ends),
        VIEW_TEST(long_lines_are_broken_and_reached),
        VIEW_TEST(the_form_looks_as_designed),
        VIEW_TEST(a_long_value_shows_its_caret),
        VIEW_TEST(the_checksum_looks_as_designed),
        VIEW_TEST(every_size_can_be_drawn),
        VIEW_TEST(any_sequence_of_keys_is_survived),
        VIEW_TEST(sizes_are_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
