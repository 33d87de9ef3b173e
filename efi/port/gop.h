/* SPDX-License-Identifier: BSD-2-Clause */
/* The screen as pixels: EFI_GRAPHICS_OUTPUT_PROTOCOL. Only Blt is used: some devices have nothing
 * else, and the firmware's console splitter then shows the same on every monitor. */
#pragma once

#include "efi/core/gfx/surface.h"
#include "efi/port/port.h"

/* Finds the screen of the firmware's console; false: there is none. */
bool gop_init(void);

/* Does HANDLE draw its text on a screen of pixels? */
bool gop_is_below(EFI_HANDLE handle);

/* Sets the mode that WANTED means (see gfxmode_choose()). STATUS_UNSUPPORTED, STATUS_IO. */
enum status gop_set_mode(const char *wanted, unsigned *ret_width, unsigned *ret_height) must_check;

/* Shows RECT of SURFACE, which is as large as the mode. */
bool gop_show(const struct surface *surface, struct rect rect);

/* Back to the mode that the firmware had set; does nothing when it is still set. */
void gop_restore(void);
