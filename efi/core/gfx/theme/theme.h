/* SPDX-License-Identifier: BSD-2-Clause */
/* A GRUB theme (gfxmenu): loaded from a folder, laid out on a screen, drawn with the menu in it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"
#include "efi/core/gfx/surface.h"
#include "efi/core/gfx/theme/theme_error.h"
#include "efi/core/ui/cells.h"

#define THEME_ICON_CLASSES_MAX 8
#define THEME_CLASS_MAX        32 /* bytes of an icon's name */

/* Where the files of a theme come from. Paths start at the root of the volume. */
struct theme_files {
    void *context;

    /* The whole file, new; STATUS_TOO_LARGE above MAX bytes. */
    enum status (*read)(void *context, const char *path, size_t max, uint8_t **ret_bytes,
                        size_t *ret_len);

    /* Calls VISIT for each file in FOLDER; its status, when not STATUS_OK, ends the listing. */
    enum status (*list)(void *context, const char *folder,
                        enum status (*visit)(void *visit_context, const char *name),
                        void *visit_context);

    /* A font that is there whatever the theme brings along (Unifont); NULL: none. */
    const struct blockdev *font;
};

/* One entry of the menu. Classes name icons, the best first ("debian", "linux"). */
struct theme_entry {
    const char *title;
    unsigned indent; /* levels of a tree */
    char classes[THEME_ICON_CLASSES_MAX][THEME_CLASS_MAX];
    unsigned class_count;
};

/* What a theme shows. Texts are never NULL. */
struct theme_state {
    size_t entries;
    size_t selected; /* >= entries: none */
    void *context;
    void (*entry)(void *context, size_t index, struct theme_entry *ret_entry);
    bool is_counting;
    unsigned seconds_left, seconds_total;
    const char *title;                                /* unless the theme has one */
    const char *keys_long, *keys_middle, *keys_short; /* what the keys do, for @KEYMAP_...@ */
    const char *message;                              /* "" if there is none */
};

struct theme;

/* Loads the theme whose text is at PATH ("/hiperiso/themes/x/theme.txt") for a screen of WIDTH x
 * HEIGHT pixels. FILES must outlive it; the caller frees with theme_close(). On failure ERROR says
 * what is wrong: STATUS_CORRUPT or STATUS_TOO_LARGE for the text and its pictures, else the status
 * of what failed. */
enum status theme_open(const struct theme_files *files, const char *path, unsigned width,
                       unsigned height, struct theme **ret_theme, struct theme_error *error)
    must_check;
void theme_close(struct theme *theme);

/* Draws all of the menu's screen into SURFACE (of the size given to theme_open()) and marks it as
 * damaged. */
void theme_draw(struct theme *theme, const struct theme_state *state, struct surface *surface);

/* The same after theme_draw() or theme_update() of another state: only the parts that can differ.
 */
void theme_update(struct theme *theme, const struct theme_state *state, struct surface *surface);

/* Entries that the menu shows at a time: what a page is. At least 1. */
unsigned theme_page_rows(const struct theme *theme);

/* The theme's terminal: the window for everything that is no menu. */
void theme_terminal_size(struct theme *theme, unsigned *ret_columns, unsigned *ret_rows);

/* Draws the terminal before what SURFACE shows: all of it when SHOWN is NULL, else the rows of NEXT
 * that differ from SHOWN. Both are of the terminal's size. */
void theme_draw_terminal(struct theme *theme, const struct cells *shown, const struct cells *next,
                         struct surface *surface);

/* Does the theme show how much time is left? */
bool theme_has_countdown(const struct theme *theme);
