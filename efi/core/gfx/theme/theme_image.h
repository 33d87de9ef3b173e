/* SPDX-License-Identifier: BSD-2-Clause */
/* Pictures of a theme in the sizes that its places have: by GRUB's rules, so that a theme looks as
 * its author saw it. */
#pragma once

#include "config/base/status.h"
#include "efi/core/gfx/image.h"

enum theme_fit {
    THEME_FIT_STRETCH,
    THEME_FIT_CROP,       /* fills the place, what is too much is cut */
    THEME_FIT_PADDING,    /* all of it is seen, black around it */
    THEME_FIT_FIT_WIDTH,  /* as wide as the place */
    THEME_FIT_FIT_HEIGHT, /* as high as the place */
};

enum theme_align { THEME_ALIGN_START, THEME_ALIGN_CENTRE, THEME_ALIGN_END };

/* A copy of IMAGE, WIDTH x HEIGHT pixels, bilinear. STATUS_INVALID for a side of 0,
 * STATUS_TOO_LARGE, STATUS_NO_MEMORY. */
enum status theme_image_stretch(const struct image *image, unsigned width, unsigned height,
                                struct image *ret_image) must_check;

/* The same by FIT; what is cut or left over is so by ALIGN. */
enum status theme_image_fit(const struct image *image, unsigned width, unsigned height,
                            enum theme_fit fit, enum theme_align horizontal,
                            enum theme_align vertical, struct image *ret_image) must_check;
