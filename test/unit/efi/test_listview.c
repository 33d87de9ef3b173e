/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of problems: how it looks, scrolls and closes. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "efi/core/ui/listview.h"
#include "test/unit/config/unit.h"

#define ITEMS 50

static char texts[ITEMS][32];
static const char *items[ITEMS];
static struct listview list;
static struct cells cells;

static void start(size_t count, unsigned columns, unsigned rows)
{
    for (size_t i = 0; i < ITEMS; i++) {
        snprintf(texts[i], sizeof(texts[i]), "problem %zu", i + 1);
        items[i] = texts[i];
    }
    list = (struct listview){
        .product = "hiperiso 1",
        .severity = MENU_WARNING,
        .heading = "Problems",
        .items = items,
        .count = count,
    };
    assert_int_equal(cells_init(&cells, columns, rows), STATUS_OK);
    listview_draw(&list, true, &cells);
}

static enum listview_action press(enum key_code code)
{
    enum listview_action action = listview_handle(&list, (struct key){.code = code});
    if (action == LISTVIEW_DRAW)
        listview_draw(&list, true, &cells);
    return action;
}

static const char *row_text(unsigned row)
{
    static struct strbuf text;
    if (text.max == 0)
        text = STRBUF_INIT;
    strbuf_reset(&text);
    cells_row_text(&cells, row, &text);
    return strbuf_text(&text);
}

static void a_short_list_fits_and_does_not_move(void **state)
{
    (void)state;
    start(2, 60, 12);
    assert_string_equal(row_text(0), "  hiperiso 1");
    assert_string_equal(row_text(2), "  Problems");
    assert_string_equal(row_text(4), "  problem 1");
    assert_string_equal(row_text(5), "  problem 2");
    assert_string_equal(row_text(11), "  Esc returns to the menu");
    for (int code = KEY_UP; code <= KEY_PAGE_DOWN; code++)
        assert_int_equal(press((enum key_code)code), LISTVIEW_NONE);
    cells_clear(&cells);
}

static void a_long_list_scrolls_by_lines_pages_and_to_its_ends(void **state)
{
    (void)state;
    start(ITEMS, 70, 12); /* 6 at a time */
    assert_string_equal(row_text(11),
                        "  Esc returns to the menu  ↑↓ PgUp PgDn scroll: 1 to 6 of 50");
    assert_int_equal(press(KEY_UP), LISTVIEW_NONE);
    assert_int_equal(press(KEY_DOWN), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 2");
    assert_int_equal(press(KEY_PAGE_DOWN), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 8");
    assert_int_equal(press(KEY_PAGE_UP), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 2");
    assert_int_equal(press(KEY_PAGE_UP), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 1");
    assert_int_equal(press(KEY_END), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 45");
    assert_string_equal(row_text(9), "  problem 50");
    assert_int_equal(press(KEY_DOWN), LISTVIEW_NONE);
    assert_int_equal(press(KEY_PAGE_DOWN), LISTVIEW_NONE);
    assert_int_equal(press(KEY_HOME), LISTVIEW_DRAW);
    assert_string_equal(row_text(4), "  problem 1");
    cells_clear(&cells);
}

static void long_problems_are_broken_and_reached(void **state)
{
    static const char long_text[] =
        "hiperiso.json:1:34: iso_overrides[\"arch*\"]: template nowhere: there is no "
        "/hiperiso/iso_overrides/nowhere.json: correct the name or put the file there";
    (void)state;
    start(ITEMS, 60, 14);
    for (size_t i = 0; i < ITEMS; i++)
        items[i] = long_text; /* four rows each */
    listview_draw(&list, true, &cells);
    assert_int_equal(list.page, 2);
    assert_string_equal(row_text(7), "  or put the file there");
    size_t seen = list.page;
    while (press(KEY_PAGE_DOWN) == LISTVIEW_DRAW)
        seen = list.top + list.page;
    assert_int_equal(seen, ITEMS);
    cells_clear(&cells);
}

static void it_closes_by_the_keys_that_opened_it_and_by_escape(void **state)
{
    (void)state;
    start(3, 60, 12);
    assert_int_equal(press(KEY_ESCAPE), LISTVIEW_CLOSE);
    assert_int_equal(press(KEY_ENTER), LISTVIEW_CLOSE);
    assert_int_equal(press(KEY_F2), LISTVIEW_CLOSE);
    assert_int_equal(press(KEY_F1), LISTVIEW_NONE);
    assert_int_equal(listview_handle(&list, (struct key){KEY_CTRL, 'p'}), LISTVIEW_CLOSE);
    assert_int_equal(listview_handle(&list, (struct key){KEY_CTRL, 'r'}), LISTVIEW_NONE);
    assert_int_equal(listview_handle(&list, (struct key){KEY_CHAR, 'p'}), LISTVIEW_NONE);
    cells_clear(&cells);
}

/* Whatever the size: drawing stays inside (ASan looks on), End shows the last item. */
static void every_size_can_be_drawn(void **state)
{
    (void)state;
    for (unsigned columns = 1; columns < 140; columns += columns < 30 ? 1 : 9) {
        for (unsigned rows = 1; rows < 30; rows++) {
            start(ITEMS, columns, rows);
            press(KEY_END);
            assert_true(list.top + list.page == ITEMS);
            for (int i = 0; i < 2 * ITEMS; i++)
                press(i % 3 == 0 ? KEY_PAGE_UP : KEY_UP);
            assert_int_equal(list.top, 0);
            cells_clear(&cells);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_list_fits_and_does_not_move),
        cmocka_unit_test(a_long_list_scrolls_by_lines_pages_and_to_its_ends),
        cmocka_unit_test(long_problems_are_broken_and_reached),
        cmocka_unit_test(it_closes_by_the_keys_that_opened_it_and_by_escape),
        cmocka_unit_test(every_size_can_be_drawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
