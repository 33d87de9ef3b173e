/* SPDX-License-Identifier: BSD-2-Clause */
/* What a serial line shows: its bytes as plain text in the order they came, and as the screen of a
 * terminal. Pure; any bytes are allowed. ECMA-48, and what xterm and Linux add to it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"

#define TERMINAL_ROWS       31 /* as the firmware and our menu take it */
#define TERMINAL_COLUMNS    100
#define TERMINAL_PARAMETERS 8

enum terminal_state {
    TERMINAL_GROUND,
    TERMINAL_ESCAPE,
    TERMINAL_CHARSET, /* one byte is left of ESC ( B and its like */
    TERMINAL_CSI,
    TERMINAL_STRING, /* OSC, DCS: up to BEL or ESC \ */
};

struct terminal {
    uint32_t cells[TERMINAL_ROWS][TERMINAL_COLUMNS]; /* code points */
    unsigned row, column, saved_row, saved_column, top, bottom;
    enum terminal_state state;
    unsigned parameters[TERMINAL_PARAMETERS], parameter_count;
    char character[4]; /* of UTF-8, as far as it has come */
    unsigned character_len;
    bool is_inside_line; /* of the plain text */
    bool wraps;          /* the last column was written: the next character begins a new row */
};

void terminal_init(struct terminal *terminal);

/* Takes LEN bytes. What they write is appended to TEXT as UTF-8 without escape sequences: a jump to
 * another row is a line's end there, a jump within the row a blank, a carriage return nothing. */
void terminal_feed(struct terminal *terminal, const void *bytes, size_t len, struct strbuf *text);

/* Appends the screen, a line a row without trailing blanks, up to the last row that holds any. */
void terminal_append_screen(const struct terminal *terminal, struct strbuf *text);
