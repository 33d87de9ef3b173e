/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of the menu by a GRUB theme: the list in the theme's boot menu, everything else in its
 * terminal. */
#pragma once

#include "config/problem.h"
#include "efi/app/platform.h"
#include "efi/core/gfx/theme/theme.h"
#include "efi/core/ui/menu.h"
#include "efi/core/ui/textview.h"

#define THEMED_KEYS_MAX 512 /* bytes of the line that names the keys */

struct themed {
    const struct platform *platform;
    struct theme_files files;
    struct theme *theme;  /* NULL: there is none */
    struct textview view; /* of the terminal */
    struct cells frames[2];
    unsigned current;         /* the frame that the surface shows */
    enum model_screen screen; /* what the surface shows */
    bool is_known;            /* it does */
    char keys[3][THEMED_KEYS_MAX];
    char title[MODEL_TEXT_MAX + 16]; /* of the row that is being drawn */
    char message[2 * MODEL_TEXT_MAX];
};

/* Loads the theme of PATH (theme.file) on the data partition for WIDTH x HEIGHT pixels. FONT (may
 * be NULL) is Unifont. THEMED must not move until themed_close(). On failure there is no theme, and
 * PROBLEMS has one more that says why. */
enum status themed_open(struct themed *themed, const struct platform *platform, const char *path,
                        unsigned width, unsigned height, const struct blockdev *font,
                        struct problem_list *problems) must_check;
void themed_close(struct themed *themed);

/* The surface's contents are unknown from now on. */
void themed_forget(struct themed *themed);

/* Draws what MODEL, made from MENU, shows, and marks what changed as damaged. */
void themed_draw(struct themed *themed, const struct model *model, struct menu *menu,
                 struct surface *surface);
