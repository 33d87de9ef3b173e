/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that look the same and are not: "é" as one character, or as "e" with an accent behind. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

/* A new text, in *RET_KEY, that is the same for two names if they are canonically equivalent
 * (Unicode Standard Annex 15: their NFD is the same), without regard to exFAT's case. */
enum status lookalike_key(const char *name, char **ret_key) must_check;

/* Made of Python's unicodedata by lookalike_table.py, sorted by CODE. */
struct lookalike_decomposition {
    uint32_t code, first, second; /* canonical, not yet further decomposed; SECOND may be 0 */
};
struct lookalike_class {
    uint32_t code;
    uint8_t value; /* Canonical_Combining_Class, never 0 */
};
extern const struct lookalike_decomposition lookalike_decompositions[];
extern const size_t lookalike_decomposition_count;
extern const struct lookalike_class lookalike_classes[];
extern const size_t lookalike_class_count;
