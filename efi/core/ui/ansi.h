/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends character cells to a terminal: UTF-8 and ECMA-48 sequences, only for what changed. */
#pragma once

#include "config/base/strbuf.h"
#include "efi/core/ui/cells.h"

/* Appends the bytes that turn the terminal's screen PREVIOUS (NULL: unknown) into NEXT. The last
 * cell of the last row is never written: terminals scroll there. */
void ansi_draw(const struct cells *previous, const struct cells *next, struct strbuf *out);

/* Asks how large the terminal is: it answers as if with a key, KEY_SIZE. */
void ansi_ask_size(struct strbuf *out);

/* Colours, wrapping and cursor as they were, for whoever writes below what is shown. */
void ansi_hand_over(struct strbuf *out);

/* Gives the terminal back: its colours, its cursor, an empty screen. */
void ansi_leave(struct strbuf *out);
