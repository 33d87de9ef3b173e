/* SPDX-License-Identifier: BSD-2-Clause */
/* A terminal emulator of what core/ui/ansi.c sends: the oracle for its output. */
#pragma once

#include <stddef.h>

#include "efi/core/ui/cells.h"

struct terminal {
    struct cells cells;
    unsigned column, row;
    enum style style;
    bool wraps, has_cursor;
};

void terminal_init(struct terminal *terminal, unsigned columns, unsigned rows);

/* Fails the test on a sequence that it does not know, or on output beyond the edge. */
void terminal_feed(struct terminal *terminal, const char *bytes, size_t len);
