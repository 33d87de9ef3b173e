/* SPDX-License-Identifier: BSD-2-Clause */
/* Drawing into character cells and finding what changed. */
#include "efi/core/ui/cells.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/width.h"

#define ELLIPSIS     "\xe2\x80\xa6"
#define JOIN_GAP_MAX 5 /* moving the cursor costs about as many bytes */

enum status cells_init(struct cells *cells, unsigned columns, unsigned rows)
{
    if (columns == 0 || rows == 0 || columns > CELLS_COLUMNS_MAX || rows > CELLS_ROWS_MAX)
        return STATUS_INVALID;
    struct cell *memory = calloc((size_t)columns * rows, sizeof(*memory));
    if (memory == NULL)
        return STATUS_NO_MEMORY;
    *cells = (struct cells){.columns = columns, .rows = rows, .cells = memory};
    cells_blank(cells);
    return STATUS_OK;
}

void cells_clear(struct cells *cells)
{
    free(cells->cells);
    *cells = (struct cells){0};
}

static struct cell *cell_at(const struct cells *cells, unsigned column, unsigned row)
{
    return &cells->cells[(size_t)row * cells->columns + column];
}

/* Cuts *WIDTH at the right edge; false if nothing is left. */
static bool clip(const struct cells *cells, unsigned column, unsigned row, unsigned *width)
{
    if (row >= cells->rows || column >= cells->columns)
        return false;
    if (*width > cells->columns - column)
        *width = cells->columns - column;
    return *width > 0;
}

/* WIDTH cells from COLUMN are about to be overwritten: no half of a wide character stays beside
 * them. */
static void split_wide(struct cells *cells, unsigned column, unsigned row, unsigned width)
{
    struct cell *cell = cell_at(cells, column, row);
    if (column > 0 && cell[0].character == 0)
        cell[-1].character = ' ';
    if (column + width < cells->columns && cell[width].character == 0)
        cell[width].character = ' ';
}

void cells_fill(struct cells *cells, unsigned column, unsigned row, unsigned width,
                enum style style)
{
    if (!clip(cells, column, row, &width))
        return;
    split_wide(cells, column, row, width);
    struct cell *cell = cell_at(cells, column, row);
    for (unsigned i = 0; i < width; i++)
        cell[i] = (struct cell){.character = ' ', .style = (uint8_t)style};
}

void cells_blank(struct cells *cells)
{
    for (unsigned row = 0; row < cells->rows; row++)
        cells_fill(cells, 0, row, cells->columns, STYLE_NORMAL);
}

/* Draws LEN bytes of TEXT, as far as WIDTH columns (inside the screen) go. Returns the columns
 * used. */
static unsigned put_fitting(struct cells *cells, unsigned column, unsigned row, unsigned width,
                            enum style style, const char *text, size_t len)
{
    struct cell *cell = cell_at(cells, column, row);
    unsigned used = 0;

    while (len > 0) {
        uint32_t character;
        size_t bytes = utf8_decode(text, len, &character);
        text += bytes;
        len -= bytes;
        if (!width_is_shown(character))
            character = UTF_REPLACEMENT;
        unsigned columns = width_of(character);
        if (columns > width - used)
            break;
        if (columns == 0) {
            if (used > 0) {
                struct cell *base = &cell[used - 1];
                if (base->character == 0)
                    base--;
                base->mark = character;
            }
            continue;
        }
        split_wide(cells, column + used, row, columns);
        cell[used] = (struct cell){.character = character, .style = (uint8_t)style};
        if (columns == 2)
            cell[used + 1] = (struct cell){.style = (uint8_t)style};
        used += columns;
    }
    return used;
}

unsigned cells_put(struct cells *cells, unsigned column, unsigned row, unsigned width,
                   enum style style, const char *text)
{
    size_t len = strlen(text);
    if (!clip(cells, column, row, &width))
        return 0;
    if (width_of_text(text, len) <= width)
        return put_fitting(cells, column, row, width, style, text, len);
    unsigned used = put_fitting(cells, column, row, width - 1, style, text, len);
    return used + put_fitting(cells, column + used, row, 1, style, ELLIPSIS, sizeof(ELLIPSIS) - 1);
}

unsigned cells_put_right(struct cells *cells, unsigned column, unsigned row, unsigned width,
                         enum style style, const char *text)
{
    if (!clip(cells, column, row, &width))
        return 0;
    size_t needed = width_of_text(text, strlen(text));
    unsigned skip = needed < width ? width - (unsigned)needed : 0;
    return cells_put(cells, column + skip, row, width - skip, style, text);
}

void cells_style(struct cells *cells, unsigned column, unsigned row, unsigned width,
                 enum style style)
{
    if (!clip(cells, column, row, &width))
        return;
    struct cell *cell = cell_at(cells, column, row);
    for (unsigned i = 0; i < width; i++)
        cell[i].style = (uint8_t)style;
}

void cells_to_ascii(struct cells *cells)
{
    static const struct {
        uint32_t character;
        char ascii;
    } table[] = {
        {0x2500, '-'}, {0x2502, '|'}, {0x2588, '#'}, {0x2591, '.'}, {0x2026, '~'}, {0x2191, '^'},
        {0x2193, 'v'}, {0x2190, '<'}, {0x2192, '>'}, {0x25B8, '+'}, {0x25BE, '-'}, {0x26A0, '!'},
    };
    for (size_t i = 0; i < (size_t)cells->columns * cells->rows; i++) {
        struct cell *cell = &cells->cells[i];
        uint32_t character = cell->character;
        cell->mark = 0;
        if (character >= 0x20 && character < 0x7F)
            continue;
        cell->character = '?'; /* both halves of a wide one */
        for (size_t k = 0; k < ARRAY_SIZE(table); k++) {
            if (table[k].character == character)
                cell->character = (uint8_t)table[k].ascii;
        }
    }
}

/* Bytes of TEXT that go into one row of WIDTH columns, broken at a blank where there is one. */
static size_t line_length(const char *text, unsigned width)
{
    size_t len = strlen(text), off = 0, last_blank = 0;
    unsigned used = 0;

    while (off < len) {
        uint32_t character;
        size_t bytes = utf8_decode(text + off, len - off, &character);
        unsigned columns = width_is_shown(character) ? width_of(character) : 1;
        if (character == '\n')
            return off;
        if (character == ' ')
            last_blank = off;
        if (columns > width - used)
            return last_blank > 0 ? last_blank : off > 0 ? off : bytes;
        used += columns;
        off += bytes;
    }
    return off;
}

unsigned cells_put_wrapped(struct cells *cells, unsigned column, unsigned row, unsigned width,
                           unsigned max_rows, enum style style, const char *text)
{
    unsigned rows = 0;
    if (width == 0)
        return 0;
    while (*text != '\0' && rows < max_rows) {
        size_t len = line_length(text, width);
        bool is_cut = rows + 1 == max_rows && text[len] != '\0';
        unsigned room = width;
        if (cells != NULL && is_cut) {
            cells_put(cells, column, row + rows, width, style, text);
        } else if (cells != NULL && clip(cells, column, row + rows, &room)) {
            put_fitting(cells, column, row + rows, room, style, text, len);
        }
        rows++;
        text += len;
        if (*text == '\n')
            text++;
        else
            while (*text == ' ')
                text++;
    }
    return rows;
}

static bool cell_equal(const struct cell *a, const struct cell *b)
{
    return a->character == b->character && a->mark == b->mark && a->style == b->style;
}

bool cells_next_change(const struct cells *previous, const struct cells *next, unsigned row,
                       unsigned *cursor, unsigned *ret_first, unsigned *ret_count)
{
    const struct cell *new_cells = cell_at(next, 0, row);
    const struct cell *old_cells = previous != NULL ? cell_at(previous, 0, row) : NULL;
    unsigned first = *cursor, columns = next->columns;

    while (old_cells != NULL && first < columns && cell_equal(&new_cells[first], &old_cells[first]))
        first++;
    if (first >= columns)
        return false;
    while (first > 0 && new_cells[first].character == 0)
        first--; /* a wide character is sent whole */
    unsigned end = first + 1, equal = 0;
    for (unsigned i = first; i < columns; i++) {
        if (new_cells[i].style != new_cells[first].style)
            break;
        bool is_equal = old_cells != NULL && cell_equal(&new_cells[i], &old_cells[i]);
        equal = is_equal ? equal + 1 : 0;
        if (equal > JOIN_GAP_MAX)
            break;
        if (!is_equal)
            end = i + 1;
    }
    while (end < columns && new_cells[end].character == 0)
        end++;
    *ret_first = first;
    *ret_count = end - first;
    *cursor = end;
    return true;
}

void cells_row_text(const struct cells *cells, unsigned row, struct strbuf *text)
{
    const struct cell *cell = cell_at(cells, 0, row);
    unsigned columns = cells->columns;
    while (columns > 0 && cell[columns - 1].character == ' ')
        columns--;
    for (unsigned i = 0; i < columns; i++) {
        char bytes[UTF8_MAX_BYTES];
        if (cell[i].character != 0)
            strbuf_append_bytes(text, bytes, utf8_encode(cell[i].character, bytes));
        if (cell[i].mark != 0)
            strbuf_append_bytes(text, bytes, utf8_encode(cell[i].mark, bytes));
    }
}
