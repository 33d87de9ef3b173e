/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean": the known word that a mistyped one is nearest to. */
#pragma once

/* The one of CANDIDATES (NULL-terminated) that WORD was probably meant to be: fewest letters wrong,
 * missing, too many or swapped, at most one in three. NULL when none is that near. Needs no memory.
 */
const char *suggest_nearest(const char *word, const char *const *candidates);
