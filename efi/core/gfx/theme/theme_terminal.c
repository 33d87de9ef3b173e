/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of a theme: GRUB's console there, here the window for all that is no menu. */
#include "config/base/utf.h"
#include "efi/core/gfx/theme/theme_private.h"
#include "efi/core/ui/width.h"

#define COLUMNS_MIN     80 /* that GRUB makes room for, if the screen has it */
#define ROWS_MIN        24
#define SMALL_BORDER    3
#define SMALL_MARGIN    3 /* borders left around the window on a small screen */
#define CELL_TEXT_BYTES (2 * UTF8_MAX_BYTES + 1)

struct window {
    struct theme_area area;
    int border, cell_width, cell_height;
};

static int side_of(const struct theme_own_length *own, int whole, int otherwise)
{
    int length = own->is_own ? theme_length_of(own->length, whole) : otherwise;
    return length > 0 ? length : 0;
}

/* One side of the window, at least LEAST where the screen has room for it. */
static void fit_side(int whole, int least, int border, int *at, int *len)
{
    if (*len > whole)
        *len = whole;
    if (whole <= least)
        *len = whole - 2 * SMALL_MARGIN * border;
    else if (*len < least)
        *len = least;
    if (whole <= least || *len == least)
        *at = (whole - *len) / 2;
    if (*at + *len > whole)
        *at = whole - *len;
}

static struct window find_window(struct theme *theme)
{
    int width = (int)theme->width, height = (int)theme->height;
    if (theme->terminal_cell_width == 0)
        theme->terminal_cell_width = theme_font_cell_width(&theme->fonts, theme->terminal_font);
    struct window window = {
        .border = theme->terminal_border > 0 ? theme->terminal_border : 0,
        .cell_width = theme->terminal_cell_width,
        .cell_height = theme_font_cell_height(theme->terminal_font),
    };
    struct theme_area *area = &window.area;
    area->width = side_of(&theme->terminal_width, width, width * 7 / 10);
    area->height = side_of(&theme->terminal_height, height, height * 7 / 10);
    area->x = side_of(&theme->terminal_left, width, (width - width * 7 / 10) / 2);
    area->y = side_of(&theme->terminal_top, height, (height - height * 7 / 10) / 2);

    int least_width = COLUMNS_MIN * window.cell_width + 2 * window.border;
    int least_height = ROWS_MIN * window.cell_height + 2 * window.border;
    if (window.border > SMALL_BORDER && (least_width >= width || least_height >= height)) {
        least_width -= 2 * (window.border - SMALL_BORDER);
        least_height -= 2 * (window.border - SMALL_BORDER);
        window.border = SMALL_BORDER;
    }
    fit_side(width, least_width, window.border, &area->x, &area->width);
    fit_side(height, least_height, window.border, &area->y, &area->height);
    return window;
}

static unsigned cells_in(int len, int border, int cell, unsigned max)
{
    int count = (len - 2 * border) / cell;
    return count < 1 ? 1 : (unsigned)count > max ? max : (unsigned)count;
}

void theme_terminal_size(struct theme *theme, unsigned *ret_columns, unsigned *ret_rows)
{
    struct window window = find_window(theme);
    *ret_columns = cells_in(window.area.width, window.border, window.cell_width, CELLS_COLUMNS_MAX);
    *ret_rows = cells_in(window.area.height, window.border, window.cell_height, CELLS_ROWS_MAX);
}

/* GRUB's console is light gray on black; the styles are told apart as on a text screen. */
static const struct {
    uint32_t front, back;
} colours[STYLE_COUNT] = {
    [STYLE_NORMAL] = {0xFFC8C8C8, 0xFF000000},   [STYLE_DIM] = {0xFF909090, 0xFF000000},
    [STYLE_STRONG] = {0xFFFFFFFF, 0xFF000000},   [STYLE_BAR] = {0xFF000000, 0xFFA8A8A8},
    [STYLE_SELECTED] = {0xFF000000, 0xFFFFFFFF}, [STYLE_ACCENT] = {0xFF7FD7FF, 0xFF000000},
    [STYLE_WARNING] = {0xFFFFD75F, 0xFF000000},  [STYLE_ERROR] = {0xFFFF8787, 0xFF000000},
};

/* Inside of its row. */
static void draw_cell(struct theme_painter *painter, const struct window *window,
                      const struct cell *cell, unsigned column)
{
    const struct theme_font *font = painter->theme->terminal_font;
    unsigned style = cell->style < STYLE_COUNT ? cell->style : STYLE_NORMAL;
    int x = window->border + (int)column * window->cell_width;
    char text[CELL_TEXT_BYTES];
    size_t len = utf8_encode(cell->character, text);

    if (cell->mark != 0)
        len += utf8_encode(cell->mark, text + len);
    text[len] = '\0';
    int width = window->cell_width * (width_of(cell->character) == 2 ? 2 : 1);
    theme_painter_fill(painter, (struct theme_area){x, 0, width, window->cell_height},
                       colours[style].back);
    if (cell->character != ' ')
        theme_painter_text(painter, font, colours[style].front, x, theme_font_ascent(font), text);
}

/* Two rows of cells: members alone, there are bytes between them. */
static bool is_row_equal(const struct cells *a, const struct cells *b, unsigned row)
{
    unsigned cursor = 0, first, count;
    return !cells_next_change(a, b, row, &cursor, &first, &count);
}

static void draw_frame(struct theme_painter *painter, const struct window *window)
{
    struct theme_box *box = painter->theme->terminal_box;
    struct theme_padding pad = theme_box_padding(box);
    const struct theme_area *area = &window->area;

    theme_box_draw(box, painter, area->x - pad.left, area->y - pad.top, area->width, area->height);
    theme_painter_fill(painter, *area, colours[STYLE_NORMAL].back);
    surface_damage(painter->surface, painter->region);
}

/* Nothing of it leaves the row, so that a row can be drawn again alone. */
static void draw_row(struct theme_painter *painter, const struct window *window,
                     const struct cells *cells, unsigned row)
{
    struct theme_area area = {0, window->border + (int)row * window->cell_height,
                              window->area.width, window->cell_height};
    struct theme_area before = theme_painter_enter(painter, area);
    for (unsigned column = 0; column < cells->columns; column++) {
        const struct cell *cell = &cells->cells[(size_t)row * cells->columns + column];
        if (cell->character != 0)
            draw_cell(painter, window, cell, column);
    }
    surface_damage(painter->surface, painter->surface->clip);
    theme_painter_leave(painter, before);
}

void theme_draw_terminal(struct theme *theme, const struct cells *shown, const struct cells *next,
                         struct surface *surface)
{
    static const struct theme_state nothing = {
        .title = "", .keys_long = "", .keys_middle = "", .keys_short = "", .message = ""};
    struct window window = find_window(theme);
    struct theme_painter painter = {
        .theme = theme,
        .state = &nothing,
        .surface = surface,
        .region = surface_rect(surface),
        .area = {0, 0, (int)theme->width, (int)theme->height},
    };
    struct rect clip = surface_set_clip(surface, painter.region);
    if (shown == NULL)
        draw_frame(&painter, &window);
    struct theme_area before = theme_painter_enter(&painter, window.area);
    for (unsigned row = 0; row < next->rows; row++) {
        if (shown == NULL || !is_row_equal(shown, next, row))
            draw_row(&painter, &window, next, row);
    }
    theme_painter_leave(&painter, before);
    surface_set_clip(surface, clip);
}
