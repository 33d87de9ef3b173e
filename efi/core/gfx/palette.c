/* SPDX-License-Identifier: BSD-2-Clause */
/* The colours; a test holds every pair of text and ground to a contrast of 4.5:1 (WCAG 2.1, 1.4.3).
 */
#include "efi/core/gfx/palette.h"

#include "config/base/cleanup.h"

const struct palette palette_dark = {
    .background = 0x12161C,
    .panel = 0x1A2029,
    .raised = 0x262E3A,
    .line = 0x2C3543,
    .text = 0xE6EAF0,
    .muted = 0x96A2B3,
    .accent = 0x5CC8B0,
    .selection = 0x1D4A47,
    .selection_text = 0xFFFFFF,
    .selection_muted = 0xB9CFCC,
    .selection_accent = 0x8BEAD2,
    .good = 0x86D99B,
    .warning = 0xF0BE58,
    .error = 0xFF8F85,
};

const struct palette palette_light = {
    .background = 0xF3F5F8,
    .panel = 0xFFFFFF,
    .raised = 0xE7EBF0,
    .line = 0xD5DBE3,
    .text = 0x1A212B,
    .muted = 0x566273,
    .accent = 0x0B6F61,
    .selection = 0xCDEAE4,
    .selection_text = 0x0C2925,
    .selection_muted = 0x3E5B57,
    .selection_accent = 0x075E52,
    .good = 0x1A6B32,
    .warning = 0x805000,
    .error = 0xB0261C,
};

#define PAIR(text, ground)                                                                         \
    {                                                                                              \
#text " on " #ground, offsetof(struct palette, text), offsetof(struct palette, ground)     \
    }

const struct palette_pair palette_pairs[] = {
    PAIR(text, background),
    PAIR(muted, background),
    PAIR(accent, background),
    PAIR(good, background),
    PAIR(warning, background),
    PAIR(error, background),
    PAIR(text, panel),
    PAIR(muted, panel),
    PAIR(accent, panel),
    PAIR(good, panel),
    PAIR(warning, panel),
    PAIR(error, panel),
    PAIR(text, raised),
    PAIR(muted, raised),
    PAIR(error, raised),
    PAIR(selection_text, selection),
    PAIR(selection_muted, selection),
    PAIR(selection_accent, selection),
};
const size_t palette_pair_count = ARRAY_SIZE(palette_pairs);
