/* SPDX-License-Identifier: BSD-2-Clause */
/* The colours of the default look, light and dark. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 0xRRGGBB. One colour of its own, the accent; the others carry a meaning. */
struct palette {
    uint32_t background;
    uint32_t panel;  /* cards and the field that shows the filter */
    uint32_t raised; /* key caps, fields of the form */
    uint32_t line;   /* rules, tracks */
    uint32_t text, muted;
    uint32_t accent;
    uint32_t selection; /* behind the selected row */
    uint32_t selection_text, selection_muted, selection_accent;
    uint32_t good, warning, error;
};

extern const struct palette palette_dark, palette_light;

/* Every text colour and what it stands on: offsets in struct palette. */
struct palette_pair {
    const char *name;
    size_t text_off, ground_off;
};
extern const struct palette_pair palette_pairs[];
extern const size_t palette_pair_count;
