/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-Alt-Del pressed again and again: the way out when /init itself hangs. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define INTERRUPTS_MAX       3    /* this many ... */
#define INTERRUPTS_WINDOW_MS 5000 /* ... within this time */

struct interrupts {
    uint64_t times[INTERRUPTS_MAX]; /* of the last ones, a ring */
    unsigned count;
};

/* One more at NOW_MS. True when the user means it: the INTERRUPTS_MAX last ones lie within the
 * window. */
bool interrupts_add(struct interrupts *interrupts, uint64_t now_ms);

/* Is the newest one the first of a new row? */
bool interrupts_is_first(const struct interrupts *interrupts);
