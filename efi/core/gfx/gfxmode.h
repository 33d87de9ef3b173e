/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of a screen's modes is meant by theme.gfxmode. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define GFXMODE_NONE ((size_t)-1)

struct gfxmode {
    unsigned width, height; /* pixels */
};

/* The mode that the monitor prefers, from its EDID (VESA E-EDID A2, 3.10.2: the first detailed
 * timing); 0 x 0 when LEN bytes of EDID do not say. */
struct gfxmode gfxmode_of_edid(const uint8_t *edid, size_t len);

/* The index of the first of WANTED that MODES hold: "WIDTHxHEIGHT", "max" (most pixels) or "auto"
 * (NATIVE, or where there is no such mode the one with index CURRENT), separated by commas. What is
 * not there, or none of these, is passed over; in the end "auto" counts. */
size_t gfxmode_choose(const char *wanted, const struct gfxmode *modes, size_t count, size_t current,
                      struct gfxmode native);
