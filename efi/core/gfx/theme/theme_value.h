/* SPDX-License-Identifier: BSD-2-Clause */
/* What the values in a GRUB theme mean: colours, lengths, numbers, file names. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"

#define THEME_NUMBER_MAX   16384 /* pixels, percent, ticks: more is a mistake */
#define THEME_FRACTION_ONE 65536

/* A place or a size: a part of the parent's and pixels on top ("50%-12"). */
struct theme_length {
    int32_t pixels;
    int32_t fraction; /* of THEME_FRACTION_ONE */
};

/* "#RGB", "#RGBA", "#RRGGBB", "#RRGGBBAA", "r, g, b", "r, g, b, a", or one of the colour keywords
 * of SVG ("white"). 0xAARRGGBB. */
bool theme_parse_colour(const char *text, uint32_t *ret_colour);

/* Sums of pixels and percentages: "100%-32". */
bool theme_parse_length(const char *text, struct theme_length *ret_length);

/* A decimal number; what follows it does not count (as with strtol). */
bool theme_parse_number(const char *text, int *ret_number);

/* "90 deg", "90°" or, without a unit, in 256ths of a circle; the result is in 256ths. */
bool theme_parse_angle(const char *text, int *ret_angle);

/* In pixels of a parent of WHOLE pixels. */
int theme_length_of(struct theme_length length, int whole);

/* Appends the path of FILE, a name in a theme: from the volume's root if it starts with '/' or with
 * "(device)/", else from FOLDER, which ends in '/'. "." and ".." are followed; a ".." above the
 * root stays there. */
void theme_append_path(struct strbuf *path, const char *folder, const char *file);
