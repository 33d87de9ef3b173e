/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal in memory. */
#include "tools/mkhiperiso/terminal.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"

#define PARAMETER_MAX 9999u
#define TAB_COLUMNS   8u

enum { BELL = 0x07, BACKSPACE = 0x08, ESCAPE = 0x1B, DELETE = 0x7F };

void terminal_init(struct terminal *terminal)
{
    *terminal = (struct terminal){.bottom = TERMINAL_ROWS - 1};
}

static void clear_cells(struct terminal *t, unsigned row, unsigned from, unsigned to)
{
    for (unsigned column = from; column < to && column < TERMINAL_COLUMNS; column++)
        t->cells[row][column] = 0;
}

static void clear_rows(struct terminal *t, unsigned from, unsigned to)
{
    for (unsigned row = from; row < to && row < TERMINAL_ROWS; row++)
        clear_cells(t, row, 0, TERMINAL_COLUMNS);
}

static void scroll_up(struct terminal *t)
{
    memmove(t->cells[t->top], t->cells[t->top + 1],
            (size_t)(t->bottom - t->top) * sizeof(t->cells[0]));
    clear_rows(t, t->bottom, t->bottom + 1);
}

static void scroll_down(struct terminal *t)
{
    memmove(t->cells[t->top + 1], t->cells[t->top],
            (size_t)(t->bottom - t->top) * sizeof(t->cells[0]));
    clear_rows(t, t->top, t->top + 1);
}

static void line_feed(struct terminal *t)
{
    t->wraps = false;
    if (t->row == t->bottom)
        scroll_up(t);
    else if (t->row < TERMINAL_ROWS - 1)
        t->row++;
}

static void put_character(struct terminal *t, uint32_t code, struct strbuf *text)
{
    char bytes[UTF8_MAX_BYTES];

    strbuf_append_bytes(text, bytes, utf8_encode(code, bytes));
    t->is_inside_line = true;
    if (t->wraps) {
        t->column = 0;
        line_feed(t);
    }
    t->cells[t->row][t->column] = code;
    if (t->column == TERMINAL_COLUMNS - 1)
        t->wraps = true;
    else
        t->column++;
}

static void end_line(struct terminal *t, struct strbuf *text)
{
    if (t->is_inside_line)
        strbuf_append_char(text, '\n');
    t->is_inside_line = false;
}

static void go_to(struct terminal *t, unsigned row, unsigned column, struct strbuf *text)
{
    row = row < TERMINAL_ROWS ? row : TERMINAL_ROWS - 1;
    column = column < TERMINAL_COLUMNS ? column : TERMINAL_COLUMNS - 1;
    if (row != t->row)
        end_line(t, text);
    else if (column > t->column)
        strbuf_append_char(text, ' ');
    t->row = row;
    t->column = column;
    t->wraps = false;
}

/* The value of parameter INDEX; MISSING where it is absent or 0. */
static unsigned parameter(const struct terminal *t, unsigned index, unsigned missing)
{
    unsigned value = index < t->parameter_count ? t->parameters[index] : 0;
    return value != 0 ? value : missing;
}

static unsigned minus(unsigned from, unsigned by)
{
    return from > by ? from - by : 0;
}

/* ECMA-48 8.3.39 and 8.3.41: 0 to the end, 1 from the start, 2 all. */
static void erase(struct terminal *t, bool is_screen)
{
    unsigned how = parameter(t, 0, 0);

    if (is_screen && how != 1)
        clear_rows(t, how == 0 ? t->row + 1 : 0, TERMINAL_ROWS);
    if (is_screen && how == 1)
        clear_rows(t, 0, t->row);
    clear_cells(t, t->row, how == 0 ? t->column : 0, how == 1 ? t->column + 1 : TERMINAL_COLUMNS);
}

static void set_region(struct terminal *t)
{
    unsigned top = parameter(t, 0, 1) - 1, bottom = parameter(t, 1, TERMINAL_ROWS) - 1;

    if (bottom >= TERMINAL_ROWS)
        bottom = TERMINAL_ROWS - 1;
    if (top >= bottom) {
        top = 0;
        bottom = TERMINAL_ROWS - 1;
    }
    t->top = top;
    t->bottom = bottom;
    t->row = t->column = 0;
    t->wraps = false;
}

static void end_control(struct terminal *t, char final, struct strbuf *text)
{
    unsigned n = parameter(t, 0, 1);

    switch (final) {
    case 'A':
        go_to(t, minus(t->row, n), t->column, text);
        break;
    case 'B':
    case 'e':
        go_to(t, t->row + n, t->column, text);
        break;
    case 'C':
    case 'a':
        go_to(t, t->row, t->column + n, text);
        break;
    case 'D':
        go_to(t, t->row, minus(t->column, n), text);
        break;
    case 'E':
        go_to(t, t->row + n, 0, text);
        break;
    case 'F':
        go_to(t, minus(t->row, n), 0, text);
        break;
    case 'G':
    case '`':
        go_to(t, t->row, n - 1, text);
        break;
    case 'H':
    case 'f':
        go_to(t, n - 1, parameter(t, 1, 1) - 1, text);
        break;
    case 'd':
        go_to(t, n - 1, t->column, text);
        break;
    case 'J':
        erase(t, true);
        break;
    case 'K':
        erase(t, false);
        break;
    case 'X':
        clear_cells(t, t->row, t->column, t->column + n);
        break;
    case 'r':
        set_region(t);
        break;
    case 's':
        t->saved_row = t->row;
        t->saved_column = t->column;
        break;
    case 'u':
        go_to(t, t->saved_row, t->saved_column, text);
        break;
    default: /* colours, modes, questions */
        break;
    }
}

static void take_control(struct terminal *t, char c, struct strbuf *text)
{
    if (c >= '0' && c <= '9') {
        if (t->parameter_count == 0)
            t->parameter_count = 1;
        unsigned *value = &t->parameters[t->parameter_count - 1];
        *value = *value * 10 + (unsigned)(c - '0');
        if (*value > PARAMETER_MAX)
            *value = PARAMETER_MAX;
    } else if (c == ';' || c == ':') {
        if (t->parameter_count == 0)
            t->parameter_count = 1;
        if (t->parameter_count < TERMINAL_PARAMETERS)
            t->parameters[t->parameter_count++] = 0;
    } else if (c >= 0x40 && c <= 0x7E) {
        t->state = TERMINAL_GROUND;
        end_control(t, c, text);
    }
}

static void take_escape(struct terminal *t, char c, struct strbuf *text)
{
    t->state = TERMINAL_GROUND;
    switch (c) {
    case '[':
        t->state = TERMINAL_CSI;
        t->parameter_count = 0;
        t->parameters[0] = 0;
        break;
    case ']':
    case 'P':
    case '^':
    case '_':
        t->state = TERMINAL_STRING;
        break;
    case '(':
    case ')':
    case '*':
    case '+':
    case '#':
    case '%':
    case ' ':
        t->state = TERMINAL_CHARSET;
        break;
    case '7':
        t->saved_row = t->row;
        t->saved_column = t->column;
        break;
    case '8':
        go_to(t, t->saved_row, t->saved_column, text);
        break;
    case 'M':
        if (t->row == t->top)
            scroll_down(t);
        else
            go_to(t, minus(t->row, 1), t->column, text);
        break;
    case 'D':
    case 'E':
        end_line(t, text);
        line_feed(t);
        break;
    case 'c':
        end_line(t, text);
        terminal_init(t);
        break;
    default:
        break;
    }
}

/* A byte of a character outside ASCII. */
static void take_high(struct terminal *t, char c, struct strbuf *text)
{
    unsigned lead = (unsigned char)t->character[0], wanted;
    uint32_t code;

    if (t->character_len == 0)
        lead = (unsigned char)c;
    wanted = lead >= 0xF8 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    t->character[t->character_len++] = c;
    if (t->character_len < wanted)
        return;
    size_t used = utf8_decode(t->character, t->character_len, &code);
    put_character(t, used == t->character_len ? code : UTF_REPLACEMENT, text);
    t->character_len = 0;
}

static void take_ground(struct terminal *t, char c, struct strbuf *text)
{
    if (((unsigned char)c & 0x80) != 0) {
        take_high(t, c, text);
        return;
    }
    t->character_len = 0; /* a character that was cut off is none */
    switch (c) {
    case '\n':
    case '\v':
    case '\f':
        strbuf_append_char(text, '\n');
        t->is_inside_line = false;
        line_feed(t);
        break;
    case '\r':
        t->column = 0;
        t->wraps = false;
        break;
    case '\t':
        strbuf_append_char(text, ' ');
        t->column = (t->column / TAB_COLUMNS + 1) * TAB_COLUMNS;
        if (t->column >= TERMINAL_COLUMNS)
            t->column = TERMINAL_COLUMNS - 1;
        break;
    case BACKSPACE:
        t->column = minus(t->column, 1);
        t->wraps = false;
        break;
    default:
        if (c >= ' ' && c != DELETE)
            put_character(t, (unsigned char)c, text);
        break;
    }
}

void terminal_feed(struct terminal *terminal, const void *bytes, size_t len, struct strbuf *text)
{
    for (const char *c = bytes, *end = c + len; c < end; c++) {
        if (*c == ESCAPE) {
            terminal->state = TERMINAL_ESCAPE; /* it begins anew, wherever it stands */
            terminal->character_len = 0;
            continue;
        }
        switch (terminal->state) {
        case TERMINAL_GROUND:
            take_ground(terminal, *c, text);
            break;
        case TERMINAL_ESCAPE:
            take_escape(terminal, *c, text);
            break;
        case TERMINAL_CHARSET:
            terminal->state = TERMINAL_GROUND;
            break;
        case TERMINAL_CSI:
            take_control(terminal, *c, text);
            break;
        case TERMINAL_STRING:
            /* A line's end inside is none of it: half a sequence must not swallow the rest. */
            if (*c == BELL || *c == '\n')
                terminal->state = TERMINAL_GROUND;
            break;
        }
    }
}

void terminal_append_screen(const struct terminal *terminal, struct strbuf *text)
{
    unsigned blank_rows = 0;

    for (unsigned row = 0; row < TERMINAL_ROWS; row++) {
        unsigned end = TERMINAL_COLUMNS;
        while (end > 0 &&
               (terminal->cells[row][end - 1] == 0 || terminal->cells[row][end - 1] == ' '))
            end--;
        if (end == 0) {
            blank_rows++;
            continue;
        }
        for (; blank_rows > 0; blank_rows--)
            strbuf_append_char(text, '\n');
        for (unsigned column = 0; column < end; column++) {
            char bytes[UTF8_MAX_BYTES];
            uint32_t code = terminal->cells[row][column];
            strbuf_append_bytes(text, bytes, utf8_encode(code != 0 ? code : ' ', bytes));
        }
        strbuf_append_char(text, '\n');
    }
}
