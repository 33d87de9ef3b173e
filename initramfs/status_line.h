/* SPDX-License-Identifier: BSD-2-Clause */
/* One line at the bottom of the host's text screen while a guest uses the rest of it. It is written
 * into the screen's memory, so that it never gets into what the guest writes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/console.h"

#define STATUS_LINE_RECORD 64

struct status_line {
    int memory; /* /dev/vcsa; -1: not shown */
    char text[160], vnc[64], record[STATUS_LINE_RECORD];
    uint64_t start_ms, drawn_s;
};

/* LEFT, the time since the start and RIGHT as COLUMNS pairs of character and attribute; pure. */
void status_line_cells(const char *left, uint64_t seconds, const char *right, unsigned columns,
                       uint8_t *ret_cells);

void status_line_init(struct status_line *line);

/* Takes the last row of the screen from the guest's text. Without a text screen nothing happens. */
void status_line_start(struct status_line *line, struct console *console, const char *text,
                       uint64_t now_ms);

/* Adds where VNC clients get in. */
void status_line_note(struct status_line *line, const char *address, const char *password);

/* Shows what is recorded. */
void status_line_record(struct status_line *line, const char *text);

/* Draws anew when a second has passed. */
void status_line_tick(struct status_line *line, uint64_t now_ms);

/* Gives the row back. */
void status_line_stop(struct status_line *line, struct console *console);
