/* SPDX-License-Identifier: BSD-2-Clause */
/* How many columns of a terminal a character takes, and which characters may be shown at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 0 for combining marks and joiners, 2 for East Asian wide characters and emoji, else 1. */
unsigned width_of(uint32_t character);

/* Control characters, line separators and direction overrides would disturb a line: they are shown
 * as U+FFFD. */
bool width_is_shown(uint32_t character);

/* Columns of the first LEN bytes of TEXT (UTF-8). */
size_t width_of_text(const char *text, size_t len);
