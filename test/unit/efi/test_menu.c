/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu as a state, and the model that views draw. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/menu_private.h"
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
    menu =
        (struct menu){.product = "hiperiso 0.1.0", .page_rows = 10, .details_entry = MENU_NO_ENTRY};
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
    assert_int_equal(press(KEY_F12), MENU_ACTION_NONE);
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
    for (int round = 0; round < 2; round++, control('t')) /* as a list and as a tree */
        for (int code = KEY_ENTER; code <= KEY_DELETE; code++)
            if (code != KEY_ESCAPE)
                assert_int_equal(press((enum key_code)code), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_F4), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_F6), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_F7), MENU_ACTION_NONE);
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

/* ---- the tree ---- */

static const struct menu_entry wood[] = {
    {.path = "/b.iso", .title = "b.iso", .folder = ""},
    {.path = "/ISOs/linux/debian-12.iso", .title = "debian-12.iso", .folder = "/ISOs/linux"},
    {.path = "/ISOs/linux/arch.iso", .title = "arch.iso", .folder = "/ISOs/linux"},
    {.path = "/ISOs/a.iso", .title = "a.iso", .folder = "/ISOs"},
    {.path = "/ISOs2/c.iso", .title = "c.iso", .folder = "/ISOs2"},
    {.path = "/ISOs 10/d.iso", .title = "d.iso", .folder = "/ISOs 10"},
    {.path = "/isos/e.iso", .title = "e.iso", .folder = "/isos"},
    {.path = "/bad", .title = "/bad", .folder = "", .notice = "cannot be read: damaged"},
};

/* The rows as the model tells them: two blanks a level, "+" before a closed folder, "-" before an
 * open one. */
static const char *rows(void)
{
    static char text[4096];
    struct model model;
    size_t len = 0;

    text[0] = '\0';
    model_init(&model, &menu);
    for (size_t i = 0; i < model.row_count; i++) {
        struct model_row row;
        model_row(&model, &menu, i, &row);
        const char *sign = row.icon == MODEL_ICON_FOLDER_CLOSED ? "+"
                           : row.icon == MODEL_ICON_FOLDER_OPEN ? "-"
                                                                : "";
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%*s%s%s%s\n", (int)row.indent * 2,
                                "", sign, row.title, row.is_warned ? " !" : "");
    }
    return text;
}

static void plant(void)
{
    assert_int_equal(menu_set_entries(&menu, wood, ARRAY_SIZE(wood)), STATUS_OK);
    assert_int_equal(press(KEY_F3), MENU_ACTION_DRAW);
}

static void the_tree_holds_every_folder_in_its_place(void **state)
{
    (void)state;
    menu.page_rows = 100;
    plant();
    assert_string_equal(rows(), "-bad !\n"
                                "-ISOs\n"
                                "  -linux\n"
                                "    arch.iso\n"
                                "    debian-12.iso\n"
                                "  a.iso\n"
                                "-isos\n"
                                "  e.iso\n"
                                "-ISOs 10\n"
                                "  d.iso\n"
                                "-ISOs2\n"
                                "  c.iso\n"
                                "b.iso\n");
}

static void folders_open_and_close(void **state)
{
    (void)state;
    menu.page_rows = 5;
    assert_int_equal(menu_set_entries(&menu, wood, ARRAY_SIZE(wood)), STATUS_OK);
    assert_true(menu_select_path(&menu, "/ISOs/a.iso"));
    control('t');
    assert_string_equal(selected(), "a.iso"); /* the bar stays, its folders are open */
    assert_string_equal(rows(), "+bad !\n-ISOs\n  +linux\n  a.iso\n+isos\n+ISOs 10\n+ISOs2\n"
                                "b.iso\n");
    assert_int_equal(press(KEY_RIGHT), MENU_ACTION_NONE); /* an image has nothing to open */
    press(KEY_UP);
    assert_null(menu_selected(&menu));
    press(KEY_RIGHT);
    assert_string_equal(rows(), "+bad !\n-ISOs\n  -linux\n    arch.iso\n    debian-12.iso\n"
                                "  a.iso\n+isos\n+ISOs 10\n+ISOs2\nb.iso\n");
    press(KEY_RIGHT); /* into it */
    assert_string_equal(selected(), "arch.iso");
    press(KEY_LEFT); /* to its folder */
    press(KEY_LEFT); /* which closes */
    press(KEY_LEFT); /* to the folder around */
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_DRAW);
    assert_string_equal(rows(), "+bad !\n+ISOs\n+isos\n+ISOs 10\n+ISOs2\nb.iso\n");
    assert_int_equal(press(KEY_LEFT), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_DRAW);
    assert_int_equal(control('e'), MENU_ACTION_NONE); /* a folder has no settings */
    control('t');                                     /* the list again: an image of the folder */
    assert_string_equal(selected(), "a.iso");
    assert_int_equal(menu.visible_count, 8);
}

static void the_filter_opens_what_it_finds(void **state)
{
    (void)state;
    menu.page_rows = 5;
    plant();
    type("deb");
    assert_string_equal(rows(), "-ISOs\n  -linux\n    debian-12.iso\n");
    assert_string_equal(selected(), "debian-12.iso");
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_START);
    press(KEY_ESCAPE);
    assert_string_equal(selected(), "debian-12.iso"); /* still to be seen */
    type("nothing has this name");
    assert_string_equal(rows(), "");
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_NONE);
}

static void a_tree_without_memory_is_a_list(void **state)
{
    (void)state;
    assert_int_equal(menu_set_entries(&menu, wood, ARRAY_SIZE(wood)), STATUS_OK);
    for (unsigned long n = 1;; n++) {
        fail_alloc_after(n);
        assert_int_equal(press(KEY_F3), MENU_ACTION_DRAW);
        bool happened = fail_alloc_happened();
        fail_alloc_after(0);
        assert_true(happened != menu.is_tree || menu.is_tree);
        if (!happened)
            break;
        if (!menu.is_tree) {
            assert_int_equal(menu.visible_count, 8);
            assert_true(menu.message_count > 0);
        } else {
            control('t');
            menu_forget_tree(&menu);
        }
    }
    assert_true(menu.is_tree);
}

static void ten_thousand_folders_are_one_walk(void **state)
{
    enum { COUNT = 10000 };
    auto_free struct menu_entry *entries = calloc(COUNT, sizeof(*entries));
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        char text[64];
        int len = snprintf(text, sizeof(text), "/f%zu/g%zu/image-%zu.iso", i % 100, i, i);
        entries[i].path = arena_copy(&menu.arena, text, (size_t)len);
        entries[i].title = strrchr(entries[i].path, '/') + 1;
        entries[i].folder =
            arena_copy(&menu.arena, text, (size_t)(entries[i].title - entries[i].path) - 1);
    }
    assert_int_equal(menu_set_entries(&menu, entries, COUNT), STATUS_OK);
    menu.page_rows = 100000;
    press(KEY_F3);
    assert_int_equal(menu.folder_count, COUNT + 100 + 1);
    assert_int_equal(menu.visible_count, COUNT + COUNT + 100);
}

/* ---- rows ---- */

static void what_matches_is_marked(void **state)
{
    static const struct {
        const char *title, *filter, *marked; /* marked letters in brackets */
    } cases[] = {
        {"debian-12.iso", "deb", "[deb]ian-12.iso"},
        {"Debian-12.iso", "deb 12", "[Deb]ian-[12].iso"},
        {"banana.iso", "an", "b[anan]a.iso"},
        {"banana.iso", "ana na", "b[anana].iso"},
        {"\xc3\x84rger.iso", "\xc3\xa4r", "[\xc3\x84r]ger.iso"},
        {"x.iso", "folder", "x.iso"},
        {"a a a a a a a a a a", "a", "[a] [a] [a] [a] [a] [a] [a] [a] a a"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct menu_entry entry = {
            .path = "/folder/x.iso", .title = cases[i].title, .folder = "/folder"};
        auto_strbuf marked = STRBUF_INIT;
        struct model model;
        struct model_row row;
        assert_int_equal(menu_set_entries(&menu, &entry, 1), STATUS_OK);
        control('u');
        for (const char *at = cases[i].filter; *at != '\0';) {
            uint32_t character = utf8_next(&at);
            menu_handle(&menu, (struct key){.code = KEY_CHAR, .character = character});
        }
        model_init(&model, &menu);
        assert_int_equal(model.row_count, 1);
        model_row(&model, &menu, 0, &row);
        size_t at = 0;
        for (size_t k = 0; k < row.match_count; k++) {
            strbuf_append_bytes(&marked, row.title + at, row.matches[k].start - at);
            strbuf_append_char(&marked, '[');
            strbuf_append_bytes(&marked, row.title + row.matches[k].start, row.matches[k].len);
            strbuf_append_char(&marked, ']');
            at = row.matches[k].start + row.matches[k].len;
        }
        strbuf_append(&marked, row.title + at);
        assert_string_equal(strbuf_text(&marked), cases[i].marked);
        assert_int_equal(row.note_match_len, strcmp(cases[i].filter, "folder") == 0 ? 6 : 0);
    }
}

static void details_are_wanted_for_images_alone_and_once(void **state)
{
    static const struct model_detail line = {.label = "Boots on", .value = "UEFI", .origin = ""};
    struct model model;
    (void)state;
    assert_int_equal(menu_set_entries(&menu, wood, ARRAY_SIZE(wood)), STATUS_OK);
    assert_int_equal(menu_wanted_details(&menu), MENU_NO_ENTRY); /* a message */
    press(KEY_DOWN);
    size_t wanted = menu_wanted_details(&menu);
    assert_ptr_equal(&menu.entries[wanted], menu_selected(&menu));
    model_init(&model, &menu);
    assert_true(model.are_details_coming);
    menu_set_details(&menu, wanted, &line, 1);
    assert_int_equal(menu_wanted_details(&menu), MENU_NO_ENTRY);
    model_init(&model, &menu);
    assert_false(model.are_details_coming);
    assert_string_equal(model.details[model.detail_count - 1].value, "UEFI");
    press(KEY_DOWN);
    assert_int_not_equal(menu_wanted_details(&menu), MENU_NO_ENTRY);
    press(KEY_F1);
    assert_int_equal(menu_wanted_details(&menu), MENU_NO_ENTRY); /* not behind the help */
    press(KEY_ESCAPE);
    press(KEY_HOME);
    type("damaged"); /* no name holds it */
    assert_int_equal(menu_wanted_details(&menu), MENU_NO_ENTRY);
}

/* ---- the other screens ---- */

static void every_function_has_a_function_key_and_a_twin(void **state)
{
    static const struct {
        enum key_code code;
        char letter;
        enum menu_action action;
    } keys[] = {
        {KEY_F2, 'p', MENU_ACTION_PROBLEMS}, {KEY_F4, 'e', MENU_ACTION_FORM},
        {KEY_F5, 'r', MENU_ACTION_RESCAN},   {KEY_F6, 'k', MENU_ACTION_CHECKSUM},
        {KEY_F7, 'd', MENU_ACTION_DETAILS},  {KEY_F9, 'n', MENU_ACTION_ASCII},
        {KEY_F10, 'o', MENU_ACTION_POWER},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        assert_int_equal(press(keys[i].code), keys[i].action);
        assert_int_equal(control(keys[i].letter), keys[i].action);
    }
    press(KEY_F1);
    assert_int_equal(menu.screen, MODEL_HELP);
    press(KEY_F1);
    assert_int_equal(menu.screen, MODEL_LIST);
    control('g');
    assert_int_equal(menu.screen, MODEL_HELP);
    control('g');
    assert_int_equal(menu.screen, MODEL_LIST);
}

/* H I J M [ are keys of their own, A B belong to multiplexers, S Q to flow control, ] to telnet,
 * C Z \\ to terminals. */
static void no_twin_is_taken_by_a_terminal(void **state)
{
    (void)state;
    for (size_t i = 0; i < menu_command_count; i++)
        assert_null(strchr("hijmabsqcz", menu_commands[i].letter));
}

static void the_help_names_every_key(void **state)
{
    struct model model;
    (void)state;
    press(KEY_F1);
    model_init(&model, &menu);
    assert_true(model.is_text);
    for (size_t i = 0; i < menu_command_count; i++) {
        bool is_named = false;
        for (size_t row = 0; row < model.row_count; row++) {
            struct model_row line;
            model_row(&model, &menu, row, &line);
            is_named |= line.kind == MODEL_ROW_PAIR &&
                        strstr(line.title, menu_commands[i].action.key) != NULL &&
                        strstr(line.title, menu_commands[i].action.twin) != NULL;
        }
        assert_true(is_named);
    }
}

static void texts_scroll_and_close(void **state)
{
    static const struct menu_line lines[] = {{.kind = MODEL_ROW_TEXT, .title = "one"},
                                             {.kind = MODEL_ROW_TEXT, .title = "two"},
                                             {.kind = MODEL_ROW_TEXT, .title = "three"},
                                             {.kind = MODEL_ROW_TEXT, .title = "four"}};
    const struct menu_text text = {.screen = MODEL_PROBLEMS, .lines = lines, .count = 4};
    static const struct key closing[] = {{.code = KEY_ESCAPE},
                                         {.code = KEY_ENTER},
                                         {.code = KEY_F2},
                                         {.code = KEY_CTRL, .character = 'p'},
                                         {.code = KEY_CTRL, .character = 'x'}};
    (void)state;
    menu_show_text(&menu, &text);
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_NONE); /* nobody said that it does not fit */
    menu_set_page(&menu, 2, 2);
    assert_int_equal(press(KEY_UP), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_DRAW);
    assert_int_equal(menu.text.top, 1);
    press(KEY_PAGE_DOWN);
    assert_int_equal(menu.text.top, 2);
    assert_int_equal(press(KEY_END), MENU_ACTION_NONE);
    press(KEY_HOME);
    assert_int_equal(menu.text.top, 0);
    assert_int_equal(press(KEY_F1), MENU_ACTION_NONE);
    assert_int_equal(type("p"), MENU_ACTION_NONE);
    for (size_t i = 0; i < ARRAY_SIZE(closing); i++) {
        menu_show_text(&menu, &text);
        assert_int_equal(menu_handle(&menu, closing[i]), MENU_ACTION_DRAW);
        assert_int_equal(menu.screen, MODEL_LIST);
    }
}

static void a_question_takes_any_key(void **state)
{
    static const struct menu_line line = {.kind = MODEL_ROW_TEXT, .title = "why"};
    const struct menu_text page = {
        .screen = MODEL_PAGE, .lines = &line, .count = 1, .question = "Any key"};
    (void)state;
    menu_show_text(&menu, &page);
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_ANSWERED);
    assert_int_equal(menu.answer.code, KEY_DOWN);
    menu_set_page(&menu, 1, 1); /* too long: moving reads on */
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_DRAW);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_ANSWERED);
}

static void the_power_menu_skips_what_is_not_possible(void **state)
{
    static const struct menu_choice choices[] = {
        {.power = MENU_RESTART, .title = "Restart", .is_disabled = true},
        {.power = MENU_POWER_OFF, .title = "Power off"},
        {.power = MENU_FIRMWARE, .title = "Setup", .is_disabled = true},
        {.power = MENU_LEAVE, .title = "Leave"},
    };
    (void)state;
    menu_show_power(&menu, choices, ARRAY_SIZE(choices));
    assert_int_equal(menu_power_choice(&menu), MENU_POWER_OFF);
    press(KEY_DOWN);
    assert_int_equal(menu_power_choice(&menu), MENU_LEAVE);
    press(KEY_DOWN);
    assert_int_equal(menu_power_choice(&menu), MENU_POWER_OFF);
    press(KEY_UP);
    assert_int_equal(menu_power_choice(&menu), MENU_LEAVE);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_CHOSEN);
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_DRAW);
    assert_int_equal(menu.screen, MODEL_LIST);
    menu_show_power(&menu, choices, 1); /* nothing is possible */
    assert_int_equal(press(KEY_DOWN), MENU_ACTION_NONE);
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_NONE);
}

static void the_checksum_tells_its_rate_and_can_be_cancelled(void **state)
{
    static const struct model_detail line = {.label = "Result", .value = "fine", .origin = ""};
    struct model model;
    (void)state;
    menu_sum_begin(&menu, 4000000000, NULL, 0, 1000);
    menu_sum_progress(&menu, 1000000000, 6000);
    model_init(&model, &menu);
    assert_int_equal(model.screen, MODEL_CHECKSUM);
    assert_string_equal(model.progress, "1.0 GB of 4.0 GB, 200 MB/s, 15 s left");
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_NONE); /* not by accident */
    assert_int_equal(press(KEY_ESCAPE), MENU_ACTION_CANCEL);
    assert_int_equal(menu.screen, MODEL_LIST);
    menu_sum_begin(&menu, 10, NULL, 0, 1000);
    menu_sum_progress(&menu, 10, 1000);
    menu_sum_end(&menu, &line, 1);
    model_init(&model, &menu);
    assert_string_equal(model.details[0].value, "fine");
    assert_string_equal(model.progress, "10 B of 10 B");
    assert_int_equal(press(KEY_ENTER), MENU_ACTION_DRAW);
    assert_int_equal(menu.screen, MODEL_LIST);
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
        MENU_TEST(the_tree_holds_every_folder_in_its_place),
        MENU_TEST(folders_open_and_close),
        MENU_TEST(the_filter_opens_what_it_finds),
        MENU_TEST(a_tree_without_memory_is_a_list),
        MENU_TEST(ten_thousand_folders_are_one_walk),
        MENU_TEST(what_matches_is_marked),
        MENU_TEST(details_are_wanted_for_images_alone_and_once),
        MENU_TEST(every_function_has_a_function_key_and_a_twin),
        MENU_TEST(no_twin_is_taken_by_a_terminal),
        MENU_TEST(the_help_names_every_key),
        MENU_TEST(texts_scroll_and_close),
        MENU_TEST(a_question_takes_any_key),
        MENU_TEST(the_power_menu_skips_what_is_not_possible),
        MENU_TEST(the_checksum_tells_its_rate_and_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
