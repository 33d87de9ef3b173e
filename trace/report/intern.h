/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers for texts: each different text gets the next one, from 0. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"

struct intern {
    struct arena *arena; /* where the texts are kept; borrowed */
    uint32_t max;        /* how many there may be */
    const char **texts;  /* by number; owned array */
    uint32_t count;
    uint32_t *slots; /* hash table of numbers + 1; owned */
    uint32_t slot_count;
};

#define INTERN_NONE UINT32_MAX

/* The number of the LEN bytes at TEXT; INTERN_NONE when there are MAX already or memory runs out.
 */
uint32_t intern_add(struct intern *intern, const char *text, size_t len);

/* The same without adding: INTERN_NONE if it is not there. */
uint32_t intern_find(const struct intern *intern, const char *text, size_t len);

/* Hands the array of texts to the caller, who frees it, and frees the rest. */
const char **intern_take(struct intern *intern);
void intern_clear(struct intern *intern);
