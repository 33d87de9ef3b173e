/* SPDX-License-Identifier: BSD-2-Clause */
/* The default look: the view model as pixels, on screens of every size and density. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/core/gfx/font.h"
#include "efi/core/gfx/palette.h"
#include "efi/core/gfx/scene.h"
#include "efi/core/gfx/surface.h"
#include "efi/core/ui/menu.h"
#include "efi/core/ui/model.h"

#define LOOK_WIDTH_MIN  320u /* pixels: smaller screens are for the text view */
#define LOOK_HEIGHT_MIN 200u

struct look {
    struct scene scene;
    const struct palette *palette;
    size_t tops[MODEL_PAGE + 1]; /* first visible row of each screen; kept from frame to frame */
    size_t page_rows;            /* set by drawing: rows of the current screen that fit */
    size_t last_top;             /* likewise: of a text, what remains from this row on fits */
};

enum status look_init(struct look *look, const struct palette *palette) must_check;
void look_clear(struct look *look);

/* The surface's contents are unknown from now on: the next frame is drawn whole. */
void look_forget(struct look *look);

/* Draws what MODEL, made from MENU, shows. Fails without drawing anything: see scene_draw(). */
enum status look_draw(struct look *look, const struct model *model, const struct menu *menu,
                      struct font *font, struct surface *surface) must_check;
