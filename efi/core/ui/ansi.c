/* SPDX-License-Identifier: BSD-2-Clause */
/* Character cells to terminal sequences (ECMA-48; SGR 30-37, 90-97 as xterm, Linux and vt220
 * emulators have them). */
#include "efi/core/ui/ansi.h"

#include "config/base/utf.h"

#define ERASE_FROM 3 /* blanks: as many bytes as the sequence that erases them */

static const char *const style_sequences[STYLE_COUNT] = {
    [STYLE_NORMAL] = "\033[0m",           [STYLE_DIM] = "\033[0;90m",
    [STYLE_STRONG] = "\033[0;1;97m",      [STYLE_BAR] = "\033[0;37;44m",
    [STYLE_SELECTED] = "\033[0;1;30;46m", [STYLE_ACCENT] = "\033[0;36m",
    [STYLE_WARNING] = "\033[0;33m",       [STYLE_ERROR] = "\033[0;1;31m",
    [STYLE_MATCH] = "\033[0;1;36m",       [STYLE_SELECTED_MATCH] = "\033[0;1;4;30;46m",
};

static void put_character(struct strbuf *out, uint32_t character)
{
    char bytes[UTF8_MAX_BYTES];
    if (character != 0)
        strbuf_append_bytes(out, bytes, utf8_encode(character, bytes));
}

static bool is_blank(const struct cell *cell)
{
    return cell->character == ' ' && cell->mark == 0 && cell->style == STYLE_NORMAL;
}

static bool is_blank_from(const struct cells *cells, unsigned row, unsigned column)
{
    const struct cell *cell = &cells->cells[(size_t)row * cells->columns];
    while (column < cells->columns && is_blank(&cell[column]))
        column++;
    return column == cells->columns;
}

void ansi_draw(const struct cells *previous, const struct cells *next, struct strbuf *out)
{
    int style = -1;
    bool is_placed = false;
    unsigned at_row = 0, at_column = 0;

    if (previous == NULL) /* no wrapping at the edge, no cursor, an empty screen */
        strbuf_append(out, "\033[0m\033[?7l\033[?25l\033[2J");
    for (unsigned row = 0; row < next->rows; row++) {
        unsigned cursor = 0, first, count;
        while (cells_next_change(previous, next, row, &cursor, &first, &count)) {
            const struct cell *cell = &next->cells[(size_t)row * next->columns + first];
            if (row + 1 == next->rows && first + count == next->columns)
                count--;
            /* Blanks up to the edge: there already after clearing, else one sequence. */
            bool to_edge = is_blank_from(next, row, first + count);
            unsigned blanks = 0;
            while (to_edge && blanks < count && is_blank(&cell[count - blanks - 1]))
                blanks++;
            bool erases = previous != NULL && blanks > ERASE_FROM;
            if (previous == NULL || erases)
                count -= blanks;
            if (count == 0 && !erases)
                continue;
            if (!is_placed || at_row != row || at_column != first)
                strbuf_printf(out, "\033[%u;%uH", row + 1, first + 1);
            if (count > 0 && cell->style != style) {
                strbuf_append(out, style_sequences[cell->style]);
                style = cell->style;
            }
            for (unsigned i = 0; i < count; i++) {
                put_character(out, cell[i].character);
                put_character(out, cell[i].mark);
            }
            if (erases) {
                if (style != STYLE_NORMAL)
                    strbuf_append(out, style_sequences[STYLE_NORMAL]);
                style = STYLE_NORMAL;
                strbuf_append(out, "\033[K");
                cursor = next->columns;
            }
            is_placed = true;
            at_row = row;
            at_column = first + count;
        }
    }
    if (style > STYLE_NORMAL)
        strbuf_append(out, style_sequences[STYLE_NORMAL]);
}

void ansi_ask_size(struct strbuf *out)
{
    strbuf_append(out, "\0337\033[999;999H\033[6n\0338"); /* and back to where the cursor was */
}

void ansi_hand_over(struct strbuf *out)
{
    strbuf_append(out, "\033[0m\033[?7h\033[?25h\033[7;1H");
}

void ansi_leave(struct strbuf *out)
{
    strbuf_append(out, "\033[0m\033[?7h\033[?25h\033[2J\033[H");
}
