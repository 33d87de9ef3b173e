/* SPDX-License-Identifier: BSD-2-Clause */
/* A display that shows the menu as a picture: fonts from the ESP, the picture in memory, what of it
 * the screen still lacks. */
#pragma once

#include "config/settings.h"
#include "efi/app/platform.h"
#include "efi/app/themed.h"
#include "efi/core/gfx/look.h"

struct pixels {
    const struct platform *platform;
    unsigned display;
    bool is_open;      /* else the display shows text */
    bool is_mode_set;  /* the screen is still in the mode that `surface` was made for */
    const char *modes; /* borrowed */
    struct surface surface;
    struct font font;
    char *outlines;           /* the outline font's file; owned */
    struct blockdev *bitmaps; /* the bitmap font's, NULL: there is none */
    struct look look;
    struct themed themed; /* with a theme: in place of the look */
};

/* Turns DISPLAY into a picture, as CONTROL (borrowed) says: theme.gfxmode, theme.look, theme.file.
 * What is wrong with a theme is added to PROBLEMS, and the built-in look used. On failure the
 * display stays as it is and MESSAGE gets one line for people. Files of the stick are read until
 * pixels_close(); PIXELS must not move until then. */
enum status pixels_open(struct pixels *pixels, const struct platform *platform, unsigned display,
                        const struct settings *control, struct problem_list *problems,
                        struct strbuf *message) must_check;
void pixels_close(struct pixels *pixels);

/* What the screen shows, and its mode, is unknown from now on: the next frame is shown whole. */
void pixels_forget(struct pixels *pixels);

/* Draws the model and shows what changed. False: it did not get through; the next frame is whole
 * then. When there is no memory for it, or the screen has lost its mode, PIXELS is closed. */
bool pixels_draw(struct pixels *pixels, const struct model *model, struct menu *menu);
