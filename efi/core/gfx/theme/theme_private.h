/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the theme engine share. */
#pragma once

#include "efi/core/gfx/image.h"
#include "efi/core/gfx/theme/theme.h"
#include "efi/core/gfx/theme/theme_box.h"
#include "efi/core/gfx/theme/theme_font.h"
#include "efi/core/gfx/theme/theme_image.h"
#include "efi/core/gfx/theme/theme_text.h"
#include "efi/core/gfx/theme/theme_value.h"

#define THEME_BOXES_MAX  64
#define THEME_ICONS_MAX  128
#define THEME_ROWS_MAX   256                  /* of a menu; further ones are not drawn */
#define THEME_PIXELS_MAX ((uint64_t)32 << 20) /* of all pictures together: 128 MiB */
#define THEME_TEXT_MAX   1024                 /* bytes of a text with its number filled in */

enum theme_slice { THEME_SLICE_WEST, THEME_SLICE_CENTRE, THEME_SLICE_EAST };

/* Values that may be left to something else. */
struct theme_own_colour {
    uint32_t colour;
    bool is_own;
};

struct theme_own_length {
    struct theme_length length;
    bool is_own;
};

struct theme_label {
    const char *text;
    const struct theme_font *font;
    uint32_t colour;
    enum theme_align align;
};

struct theme_picture {
    struct image raw, scaled;
};

struct theme_progress {
    const char *text; /* NULL: none */
    const struct theme_font *font;
    uint32_t text_colour, border_colour, back_colour, front_colour;
    struct theme_box *bar, *highlight; /* NULL: not given; if both are, a plain bar is drawn */
    bool is_overlay;                   /* the highlight's frame lies over the bar's */
};

struct theme_circular {
    struct image centre, tick;
    int ticks;
    int start_angle; /* in 256ths of a circle, from the right, clockwise */
    bool disappears; /* ticks go instead of coming */
};

struct theme_menu {
    const struct theme_font *font, *selected_font; /* the latter NULL: as the others */
    uint32_t colour;
    struct theme_own_colour selected_colour;
    int icon_width, icon_height;
    int item_height, item_padding, item_icon_space, item_spacing;
    struct theme_box *box, *item_box, *selected_box; /* NULL: none; the last: as the others */
    struct theme_box *scrollbar_frame, *scrollbar_thumb;
    bool has_scrollbar, is_thumb_overlay;
    int scrollbar_width;
    enum theme_slice scrollbar_slice;
    int scrollbar_left, scrollbar_right, scrollbar_top, scrollbar_bottom; /* room beside it */
    size_t first_shown;

    /* What was drawn last: rows that show the same are not drawn again. */
    size_t drawn_first, drawn_entries;
    unsigned drawn_rows;
    uint64_t drawn[THEME_ROWS_MAX]; /* a sum of each row */
};

/* A rectangle that may stick out of the screen. */
struct theme_area {
    int x, y, width, height;
};

struct theme_component {
    enum theme_kind kind;
    struct theme_length left, top, width, height;
    bool is_hidden;
    bool is_timeout; /* shown while the countdown runs */
    int min_width, min_height;
    struct theme_area area; /* on the screen */
    struct theme_area last_area;
    union {
        struct theme_label label;
        struct theme_picture picture;
        struct theme_progress progress;
        struct theme_circular circular;
        struct theme_menu menu;
    };
};

struct theme_icon {
    char name[THEME_CLASS_MAX];
    bool is_tried;
    struct image image; /* in the size of the menu that asked for it */
};

struct theme {
    const struct theme_files *files;
    unsigned width, height;
    struct theme_text text; /* components have its nodes' indices */
    char *folder;           /* "/hiperiso/themes/x/" */
    struct theme_component *components;
    uint32_t *order; /* components as they are painted, back to front */
    uint32_t count;
    struct theme_fonts fonts;

    struct theme_box *boxes[THEME_BOXES_MAX];
    unsigned box_count;
    struct theme_icon *icons; /* those that the theme's folder "icons" has */
    unsigned icon_count;
    uint64_t pixels; /* of all pictures */

    /* The screen's properties. */
    const char *title; /* NULL: not given */
    const struct theme_font *title_font, *message_font, *terminal_font;
    uint32_t title_colour, message_colour, message_back_colour, desktop_colour;
    const char *desktop_file; /* NULL: none */
    struct image desktop;     /* in the screen's size */
    enum theme_fit desktop_fit;
    enum theme_align desktop_horizontal, desktop_vertical;
    struct theme_box *terminal_box;
    int terminal_border;
    int terminal_cell_width; /* 0: not yet known */
    struct theme_own_length terminal_left, terminal_top, terminal_width, terminal_height;
};

/* What a part of the engine draws into: coordinates are relative to AREA, nothing outside of it and
 * of the part of the screen that is being redrawn is touched. */
struct theme_painter {
    struct theme *theme;
    const struct theme_state *state;
    struct surface *surface;
    struct rect region;
    struct theme_area area;
};

/* What of AREA is on the screen. */
struct rect theme_on_screen(struct theme_area area);

/* Goes on inside PART of the present area; returns the present one, for theme_painter_leave(). */
struct theme_area theme_painter_enter(struct theme_painter *painter, struct theme_area part);
void theme_painter_leave(struct theme_painter *painter, struct theme_area before);
void theme_painter_fill(struct theme_painter *painter, struct theme_area area, uint32_t colour);
void theme_painter_image(struct theme_painter *painter, int x, int y, const struct image *image);
void theme_painter_text(struct theme_painter *painter, const struct theme_font *font,
                        uint32_t colour, int x, int y, const char *text);

/* Resolves what the text says into THEME's components: fonts, boxes, pictures. Fills ERROR. */
enum status theme_build(struct theme *theme, struct theme_error *error) must_check;

/* Pictures of the theme's folder; ERROR may be NULL: then a missing one is no error worth a word.
 */
enum status theme_load_image(struct theme *theme, const char *file, struct image *ret_image,
                             struct strbuf *reason) must_check;

/* The box whose pictures are PATTERN with "nw", "n", ... for its '*'; shared, never NULL on
 * success.
 */
enum status theme_load_box(struct theme *theme, const char *pattern, struct theme_box **ret_box)
    must_check;

/* The icon for ENTRY, WIDTH x HEIGHT pixels, NULL if there is none. */
const struct image *theme_find_icon(struct theme *theme, const struct theme_entry *entry, int width,
                                    int height);

/* Places all components for what STATE shows. */
void theme_layout(struct theme *theme, const struct theme_state *state);

/* The text of a label or bar with its keys and its number filled in. */
const char *theme_fill_text(const char *text, const struct theme_state *state, int number,
                            char buffer[THEME_TEXT_MAX]);

/* The boot menu. */
void theme_menu_min_size(struct theme *theme, const struct theme_component *component,
                         int *ret_width, int *ret_height);
void theme_menu_draw(struct theme_painter *painter, struct theme_component *component);
unsigned theme_menu_rows(const struct theme_component *component);

/* Adds the places of the menu on the screen that differ from what was drawn last when STATE is
 * shown; those are what will be drawn next. */
void theme_menu_add_changes(struct theme_component *component, const struct theme_state *state,
                            struct damage *changed);
