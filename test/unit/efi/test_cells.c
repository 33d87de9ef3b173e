/* SPDX-License-Identifier: BSD-2-Clause */
/* Character cells, widths, what changed between two frames, and what a terminal makes of it. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/ansi.h"
#include "efi/core/ui/cells.h"
#include "efi/core/ui/natural.h"
#include "efi/core/ui/width.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/terminal.h"

static const char *row_text(const struct cells *cells, unsigned row)
{
    static char text[1024];
    struct strbuf b = STRBUF_INIT;
    cells_row_text(cells, row, &b);
    snprintf(text, sizeof(text), "%s", strbuf_text(&b));
    strbuf_clear(&b);
    return text;
}

static void put_cuts_with_an_ellipsis(void **state)
{
    static const struct {
        const char *text;
        unsigned width;
        const char *shown;
        unsigned used;
    } rows[] = {
        {"abc", 10, "abc", 3},
        {"abc", 3, "abc", 3},
        {"abcd", 3, "ab…", 3},
        {"abcd", 1, "…", 1},
        {"", 5, "", 0},
        {"日本語", 6, "日本語", 6},
        {"日本語", 5, "日本…", 5},
        {"日本語", 4, "日…", 3},
        {"e\xcc\x81x", 2, "e\xcc\x81x", 2},
        {"\xcc\x81x", 2, "x", 1},
        {"a\tb\033[2Jc", 20,
         "a\xef\xbf\xbd"
         "b\xef\xbf\xbd[2Jc",
         8},
        {"\xff\xfe", 5, "\xef\xbf\xbd\xef\xbf\xbd", 2},
        {"a\xe2\x80\xae"
         "b",
         5,
         "a\xef\xbf\xbd"
         "b",
         3}, /* a direction override */
    };
    struct cells cells;
    (void)state;
    assert_int_equal(cells_init(&cells, 20, 2), STATUS_OK);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        cells_blank(&cells);
        assert_int_equal(cells_put(&cells, 0, 1, rows[i].width, STYLE_NORMAL, rows[i].text),
                         rows[i].used);
        assert_string_equal(row_text(&cells, 1), rows[i].shown);
    }
    cells_clear(&cells);
}

static void drawing_outside_is_left_out(void **state)
{
    struct cells cells;
    (void)state;
    assert_int_equal(cells_init(&cells, 0, 5), STATUS_INVALID);
    assert_int_equal(cells_init(&cells, 5, CELLS_ROWS_MAX + 1), STATUS_INVALID);
    assert_int_equal(cells_init(&cells, 5, 2), STATUS_OK);
    assert_int_equal(cells_put(&cells, 5, 0, 3, STYLE_NORMAL, "x"), 0);
    assert_int_equal(cells_put(&cells, 0, 2, 3, STYLE_NORMAL, "x"), 0);
    assert_int_equal(cells_put(&cells, 3, 1, 99, STYLE_NORMAL, "xyz"), 2);
    cells_fill(&cells, 4, 0, 99, STYLE_BAR);
    cells_fill(&cells, 0, 7, 1, STYLE_BAR);
    assert_int_equal(cells_put_right(&cells, 0, 0, 5, STYLE_NORMAL, "abcdef"), 5);
    assert_string_equal(row_text(&cells, 0), "abcd…");
    assert_string_equal(row_text(&cells, 1), "   x…");
    cells_clear(&cells);
}

static void wrapping_breaks_at_blanks(void **state)
{
    struct cells cells;
    (void)state;
    assert_int_equal(cells_init(&cells, 12, 6), STATUS_OK);
    assert_int_equal(
        cells_put_wrapped(&cells, 1, 0, 10, 6, STYLE_NORMAL, "one two three\nabcdefghijklmno x"),
        4);
    assert_string_equal(row_text(&cells, 0), " one two");
    assert_string_equal(row_text(&cells, 1), " three");
    assert_string_equal(row_text(&cells, 2), " abcdefghij");
    assert_string_equal(row_text(&cells, 3), " klmno x");
    cells_blank(&cells);
    assert_int_equal(
        cells_put_wrapped(&cells, 0, 0, 10, 2, STYLE_NORMAL, "one two three four five six"), 2);
    assert_string_equal(row_text(&cells, 0), "one two");
    assert_string_equal(row_text(&cells, 1), "three fou…");
    assert_int_equal(cells_put_wrapped(NULL, 0, 0, 10, 9, STYLE_NORMAL, "one two three four"), 2);
    assert_int_equal(cells_put_wrapped(&cells, 0, 0, 1, 3, STYLE_NORMAL, "日本"), 2);
    assert_int_equal(cells_put_wrapped(&cells, 0, 0, 0, 3, STYLE_NORMAL, "x"), 0);
    cells_clear(&cells);
}

/* Sends the difference and checks that the terminal shows NEXT, but for the last cell. */
static size_t check_draw(struct terminal *terminal, const struct cells *previous,
                         const struct cells *next)
{
    struct strbuf bytes = STRBUF_INIT;
    ansi_draw(previous, next, &bytes);
    terminal_feed(terminal, strbuf_text(&bytes), bytes.len);
    size_t len = bytes.len, cells = (size_t)next->columns * next->rows - 1;
    for (size_t i = 0; i < cells; i++) {
        const struct cell *is = &terminal->cells.cells[i], *wanted = &next->cells[i];
        if (is->character != wanted->character || is->mark != wanted->mark ||
            is->style != wanted->style)
            fail_msg("cell %zu,%zu: U+%04X style %u, not U+%04X style %u", i % next->columns,
                     i / next->columns, is->character, is->style, wanted->character, wanted->style);
    }
    strbuf_clear(&bytes);
    return len;
}

static void a_terminal_shows_every_frame(void **state)
{
    static const char *const texts[] = {"a",   "word",           "日本語", "e\xcc\x81",
                                        "   ", "long long text", "…"};
    struct cells frames[2];
    struct terminal terminal;
    unsigned seed = 7;
    (void)state;
    assert_int_equal(cells_init(&frames[0], 23, 7), STATUS_OK);
    assert_int_equal(cells_init(&frames[1], 23, 7), STATUS_OK);
    terminal_init(&terminal, 23, 7);
    for (unsigned round = 0; round < 3000; round++) {
        struct cells *next = &frames[round & 1];
        const struct cells *previous = round % 50 == 0 ? NULL : &frames[(round & 1) ^ 1];
        cells_blank(next);
        for (unsigned i = 0; i < 12; i++) {
            seed = seed * 1103515245 + 12345;
            unsigned r = seed >> 8;
            unsigned style = i < 6 ? STYLE_NORMAL : r / 7 % STYLE_COUNT;
            /* on columns of their own: halves of wide characters are never overwritten, as in a
             * view */
            cells_put(next, r / 64 % 3 * 8, r / 256 % 7, 7, style, texts[r % ARRAY_SIZE(texts)]);
            i += r / 2048 % 3;
        }
        check_draw(&terminal, previous, next);
    }
    assert_false(terminal.wraps);
    struct strbuf bytes = STRBUF_INIT;
    ansi_leave(&bytes);
    terminal_feed(&terminal, strbuf_text(&bytes), bytes.len);
    assert_true(terminal.wraps && terminal.has_cursor);
    strbuf_clear(&bytes);
    cells_clear(&frames[0]);
    cells_clear(&frames[1]);
    cells_clear(&terminal.cells);
}

static void an_equal_frame_costs_nothing(void **state)
{
    struct cells cells;
    struct strbuf bytes = STRBUF_INIT;
    (void)state;
    assert_int_equal(cells_init(&cells, 80, 24), STATUS_OK);
    cells_put(&cells, 3, 3, 40, STYLE_STRONG, "text");
    ansi_draw(&cells, &cells, &bytes);
    assert_int_equal(bytes.len, 0);
    strbuf_clear(&bytes);
    cells_clear(&cells);
}

static void widths_are_those_of_terminals(void **state)
{
    static const struct {
        uint32_t character;
        unsigned width;
    } rows[] = {
        {'a', 1},     {0xE9, 1},    {0x301, 0},  {0x416, 1},    {0x5D0, 1},
        {0x5B0, 0},   {0x200D, 0},  {0x2500, 1}, {0x1100, 2},   {0x3042, 2},
        {0x65E5, 2},  {0xAC00, 2},  {0xFF21, 2}, {0xFF71, 1},   {0xFFFD, 1},
        {0x1F600, 2}, {0x20000, 2}, {0xFE0F, 0}, {0x10FFFF, 1},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(width_of(rows[i].character), rows[i].width);
    assert_false(width_is_shown(0x1B));
    assert_false(width_is_shown(0x9B));
    assert_false(width_is_shown(0x202E));
    assert_true(width_is_shown(0x2010));
    assert_true(width_is_shown(0x2030));
}

static void natural_order_is_the_expected_one(void **state)
{
    /* in order; equal ones are not in it */
    static const char *const names[] = {
        "",
        "a",
        "A-b",
        "debian-9.iso",
        "debian-10.iso",
        "debian-10a.iso",
        "debian-100.iso",
        "Debian-123456789.iso",
        "debian-1234567890.iso",
        "debian-1234567891.iso",
        "debian-12345678901234567890.iso",
        "debian-123456789012345678901.iso",
        "debian.iso",
        "file2",
        "File10",
        "z",
        "Ä",
        "Ж",
        "日",
    };
    struct arena arena = {0};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        for (size_t k = 0; k < ARRAY_SIZE(names); k++) {
            int order = strcmp(natural_key(&arena, names[i]), natural_key(&arena, names[k]));
            if ((order < 0) != (i < k) || (order > 0) != (i > k))
                fail_msg("%s and %s: %d", names[i], names[k], order);
        }
    }
    assert_string_equal(natural_key(&arena, "x007"), natural_key(&arena, "X7"));
    assert_string_equal(natural_key(&arena, "x000"), natural_key(&arena, "x0"));
    arena_clear(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_cuts_with_an_ellipsis),
        cmocka_unit_test(drawing_outside_is_left_out),
        cmocka_unit_test(wrapping_breaks_at_blanks),
        cmocka_unit_test(a_terminal_shows_every_frame),
        cmocka_unit_test(an_equal_frame_costs_nothing),
        cmocka_unit_test(widths_are_those_of_terminals),
        cmocka_unit_test(natural_order_is_the_expected_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
