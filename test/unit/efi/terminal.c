/* SPDX-License-Identifier: BSD-2-Clause */
/* Enough of ECMA-48 to check a screen. */
#include "test/unit/efi/terminal.h"

#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/width.h"
#include "test/unit/config/unit.h"

static const struct {
    const char *parameters;
    enum style style;
} styles[] = {
    {"0", STYLE_NORMAL},           {"0;90", STYLE_DIM},
    {"0;1;97", STYLE_STRONG},      {"0;37;44", STYLE_BAR},
    {"0;1;30;46", STYLE_SELECTED}, {"0;36", STYLE_ACCENT},
    {"0;33", STYLE_WARNING},       {"0;1;31", STYLE_ERROR},
    {"0;1;36", STYLE_MATCH},       {"0;1;4;30;46", STYLE_SELECTED_MATCH},
};

void terminal_init(struct terminal *terminal, unsigned columns, unsigned rows)
{
    *terminal = (struct terminal){.wraps = true, .has_cursor = true};
    assert_int_equal(cells_init(&terminal->cells, columns, rows), STATUS_OK);
    for (size_t i = 0; i < (size_t)columns * rows; i++)
        terminal->cells.cells[i].character = '#'; /* left by someone else */
}

static void sequence(struct terminal *terminal, const char *parameters, char final)
{
    unsigned row, column;
    if (final == 'H' && parameters[0] == '\0') {
        terminal->row = terminal->column = 0;
    } else if (final == 'H') {
        assert_int_equal(sscanf(parameters, "%u;%u", &row, &column), 2);
        assert_in_range(row, 1, terminal->cells.rows);
        assert_in_range(column, 1, terminal->cells.columns);
        terminal->row = row - 1;
        terminal->column = column - 1;
    } else if (final == 'J') {
        assert_string_equal(parameters, "2");
        cells_blank(&terminal->cells);
    } else if (final == 'K') {
        assert_int_equal(terminal->style, STYLE_NORMAL);
        cells_fill(&terminal->cells, terminal->column, terminal->row, terminal->cells.columns,
                   STYLE_NORMAL);
    } else if (final == 'm') {
        for (size_t i = 0; i < ARRAY_SIZE(styles); i++) {
            if (strcmp(styles[i].parameters, parameters) == 0) {
                terminal->style = styles[i].style;
                return;
            }
        }
        fail_msg("unknown colours %s", parameters);
    } else if (strcmp(parameters, "?7") == 0) {
        terminal->wraps = final == 'h';
    } else if (strcmp(parameters, "?25") == 0) {
        terminal->has_cursor = final == 'h';
    } else {
        fail_msg("unknown sequence %s%c", parameters, final);
    }
}

static void print(struct terminal *terminal, uint32_t character)
{
    unsigned width = width_of(character);
    struct cells *cells = &terminal->cells;
    struct cell *cell = &cells->cells[(size_t)terminal->row * cells->columns + terminal->column];
    if (width == 0) {
        cell--;
        if (cell->character == 0)
            cell--;
        cell->mark = character;
        return;
    }
    assert_true(terminal->column + width <= cells->columns);
    /* the last cell of all would scroll */
    assert_true(terminal->row + 1 < cells->rows || terminal->column + width < cells->columns);
    /* as terminals do: what is left of a wide character that is half overwritten is blank */
    if (cell[0].character == 0)
        cell[-1].character = ' ';
    if (terminal->column + width < cells->columns && cell[width].character == 0)
        cell[width].character = ' ';
    cell[0] = (struct cell){.character = character, .style = (uint8_t)terminal->style};
    if (width == 2)
        cell[1] = (struct cell){.style = (uint8_t)terminal->style};
    terminal->column += width;
}

void terminal_feed(struct terminal *terminal, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len;) {
        uint32_t character;
        if (bytes[i] != '\033') {
            i += utf8_decode(bytes + i, len - i, &character);
            assert_true(character >= 0x20);
            print(terminal, character);
            continue;
        }
        char parameters[32];
        size_t used = 0;
        assert_int_equal(bytes[++i], '[');
        for (i++; bytes[i] < 0x40; i++) {
            assert_true(used + 1 < sizeof(parameters) && i < len);
            parameters[used++] = bytes[i];
        }
        parameters[used] = '\0';
        sequence(terminal, parameters, bytes[i++]);
    }
}
