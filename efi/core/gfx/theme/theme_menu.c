/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot menu of a theme: its items in their boxes, with icons and a scroll bar. */
#include "efi/core/gfx/theme/theme_private.h"

#define LEAST_ITEMS  3 /* that a menu has room for */
#define SAMPLE_TITLE "Typical OS"
#define INDENT       2 /* blanks of a title per level of the tree, as wide as an "n" each */

static int larger(int a, int b)
{
    return a > b ? a : b;
}

static const struct theme_font *selected_font(const struct theme_menu *menu)
{
    return menu->selected_font != NULL ? menu->selected_font : menu->font;
}

static struct theme_box *selected_box(const struct theme_menu *menu)
{
    return menu->selected_box != NULL ? menu->selected_box : menu->item_box;
}

/* Room around the items' contents: of both kinds of boxes the larger. */
static struct theme_padding item_padding(const struct theme_menu *menu)
{
    struct theme_padding item = theme_box_padding(menu->item_box);
    struct theme_padding selected = theme_box_padding(selected_box(menu));
    return (struct theme_padding){
        .left = larger(item.left, selected.left),
        .top = larger(item.top, selected.top),
        .right = larger(item.right, selected.right),
        .bottom = larger(item.bottom, selected.bottom),
    };
}

void theme_menu_min_size(struct theme *theme, const struct theme_component *component,
                         int *ret_width, int *ret_height)
{
    const struct theme_menu *menu = &component->menu;
    struct theme_padding frame = theme_box_padding(menu->box), item = item_padding(menu);
    int width = larger(theme_font_width(&theme->fonts, menu->font, SAMPLE_TITLE),
                       theme_font_width(&theme->fonts, selected_font(menu), SAMPLE_TITLE));

    width += 2 * menu->item_padding + frame.left + frame.right + item.left + item.right +
             menu->item_icon_space + menu->icon_width;
    switch (menu->scrollbar_slice) {
    case THEME_SLICE_WEST:
        width += menu->scrollbar_right;
        break;
    case THEME_SLICE_CENTRE:
        width += menu->scrollbar_width + menu->scrollbar_left + menu->scrollbar_right;
        break;
    case THEME_SLICE_EAST:
        width += menu->scrollbar_left;
        break;
    }
    *ret_width = larger(width, 0);
    *ret_height =
        larger(menu->item_height * LEAST_ITEMS + menu->item_spacing * (LEAST_ITEMS - 1) +
                   2 * menu->item_padding + frame.top + frame.bottom + item.top + item.bottom,
               0);
}

unsigned theme_menu_rows(const struct theme_component *component)
{
    const struct theme_menu *menu = &component->menu;
    struct theme_padding frame = theme_box_padding(menu->box), item = item_padding(menu);
    int step = menu->item_height + menu->item_spacing;
    int room = component->area.height + menu->item_spacing - 2 * menu->item_padding - item.top -
               item.bottom - frame.top - frame.bottom;

    if (step <= 0 || room < step)
        return 1; /* the selected one, whatever the theme says */
    return room / step < THEME_ROWS_MAX ? (unsigned)(room / step) : THEME_ROWS_MAX;
}

static void show_selected(struct theme_menu *menu, const struct theme_state *state, unsigned rows)
{
    if (menu->first_shown >= state->entries)
        menu->first_shown = 0;
    if (state->selected >= state->entries)
        return;
    if (state->selected < menu->first_shown)
        menu->first_shown = state->selected;
    else if (state->selected - menu->first_shown >= rows)
        menu->first_shown = state->selected - rows + 1;
}

/* What the items of one kind have in common. */
struct item_style {
    struct theme_box *box;
    struct theme_padding pad;
    const struct theme_font *font;
    uint32_t colour;
};

static void draw_item(struct theme_painter *painter, const struct theme_menu *menu,
                      const struct item_style *style, const struct theme_entry *entry, int top)
{
    struct theme_padding room = item_padding(menu);
    int width = painter->area.width, height = menu->item_height;
    int ascent = theme_font_ascent(style->font), descent = theme_font_descent(style->font);

    theme_box_draw(style->box, painter, 0, top + room.top - style->pad.top,
                   width - style->pad.left - style->pad.right, height);
    const struct image *icon =
        theme_find_icon(painter->theme, entry, menu->icon_width, menu->icon_height);
    if (icon != NULL)
        theme_painter_image(painter, room.left,
                            top + style->pad.top + (height - menu->icon_height) / 2, icon);

    int left = room.left + menu->icon_width + menu->item_icon_space;
    struct theme_area title = {left, top + style->pad.top, width - left - style->pad.right, height};
    struct theme_area before = theme_painter_enter(painter, title);
    int indent = entry->indent > 0 ? (int)entry->indent * INDENT *
                                         theme_font_width(&painter->theme->fonts, menu->font, "n")
                                   : 0;
    theme_painter_text(painter, style->font, style->colour, indent,
                       (height - (ascent + descent)) / 2 + ascent, entry->title);
    theme_painter_leave(painter, before);
}

static void draw_items(struct theme_painter *painter, const struct theme_menu *menu, unsigned rows)
{
    const struct theme_state *state = painter->state;
    const struct item_style plain = {
        .box = menu->item_box,
        .pad = theme_box_padding(menu->item_box),
        .font = menu->font,
        .colour = menu->colour,
    };
    const struct item_style selected = {
        .box = selected_box(menu),
        .pad = theme_box_padding(selected_box(menu)),
        .font = selected_font(menu),
        .colour = menu->selected_colour.is_own ? menu->selected_colour.colour : menu->colour,
    };
    int pad = menu->item_padding, top = 0;
    struct theme_area before =
        theme_painter_enter(painter, (struct theme_area){pad, pad, painter->area.width - 2 * pad,
                                                         painter->area.height - 2 * pad});

    for (unsigned row = 0; row < rows && menu->first_shown + row < state->entries; row++) {
        struct theme_entry entry = {.title = ""};
        size_t index = menu->first_shown + row;
        state->entry(state->context, index, &entry);
        draw_item(painter, menu, index == state->selected ? &selected : &plain, &entry, top);
        top += menu->item_height + menu->item_spacing;
    }
    theme_painter_leave(painter, before);
}

/* Is there a scroll bar, and room for it? */
static bool has_scrollbar(const struct theme_menu *menu, const struct theme_state *state,
                          const struct theme_component *component, unsigned rows)
{
    struct theme_padding frame = theme_box_padding(menu->scrollbar_frame);
    struct theme_padding thumb = theme_box_padding(menu->scrollbar_thumb);
    struct theme_padding box = theme_box_padding(menu->box);
    int width = frame.left + frame.right;
    int height = frame.top + frame.bottom + menu->scrollbar_top + menu->scrollbar_bottom + box.top +
                 box.bottom;

    if (!menu->has_scrollbar || rows >= state->entries)
        return false;
    if (!menu->is_thumb_overlay) {
        width += thumb.left + thumb.right;
        height += thumb.top + thumb.bottom;
    }
    return width <= menu->scrollbar_width && height <= component->area.height;
}

static void draw_scrollbar(struct theme_painter *painter, const struct theme_menu *menu,
                           unsigned rows, int width, int height)
{
    struct theme_padding frame = theme_box_padding(menu->scrollbar_frame);
    struct theme_padding thumb = theme_box_padding(menu->scrollbar_thumb);
    int64_t entries = (int64_t)painter->state->entries, first = (int64_t)menu->first_shown;
    int thumb_pad = thumb.top + thumb.bottom;
    int track = larger(height - frame.top - frame.bottom, 0), top = frame.top;

    theme_box_draw(menu->scrollbar_frame, painter, 0, 0, width - frame.left - frame.right, track);
    if (menu->is_thumb_overlay) {
        track += thumb_pad;
        top -= thumb.top;
    }
    int at = (int)(track * first / entries);
    int len = (int)((int64_t)track * rows / entries) + 1;
    if (len < thumb_pad) { /* many entries: as short as its pictures allow */
        len = thumb_pad;
        at = track > thumb_pad && entries > rows
                 ? (int)((track - thumb_pad) * first / (entries - rows))
                 : 0;
    }
    int left = frame.left, inner = width - frame.left - frame.right;
    if (menu->is_thumb_overlay)
        left -= thumb.left;
    else
        inner -= thumb.left + thumb.right;
    theme_box_draw(menu->scrollbar_thumb, painter, left, at + top, inner, len - thumb_pad);
}

/* Where the scroll bar is, in the menu. */
static struct theme_area scrollbar_area(const struct theme_menu *menu, struct theme_area whole,
                                        struct theme_padding pad)
{
    struct theme_area bar = {
        .y = pad.top + menu->scrollbar_top,
        .width = menu->scrollbar_width,
        .height =
            whole.height - pad.top - pad.bottom - menu->scrollbar_top - menu->scrollbar_bottom,
    };
    switch (menu->scrollbar_slice) {
    case THEME_SLICE_WEST:
        bar.x = larger(pad.left - menu->scrollbar_width, 0);
        if (pad.left <= menu->scrollbar_width)
            bar.width = pad.left;
        break;
    case THEME_SLICE_CENTRE:
        bar.x = whole.width - pad.right - menu->scrollbar_width - menu->scrollbar_right;
        break;
    case THEME_SLICE_EAST:
        bar.x = whole.width - pad.right;
        bar.width = pad.right;
        break;
    }
    return bar;
}

void theme_menu_draw(struct theme_painter *painter, struct theme_component *component)
{
    struct theme_menu *menu = &component->menu;
    struct theme_padding pad = theme_box_padding(menu->box);
    unsigned rows = theme_menu_rows(component);
    bool is_scrolling = has_scrollbar(menu, painter->state, component, rows);
    struct theme_area whole = theme_painter_enter(painter, component->area);
    struct theme_area content = {pad.left, pad.top, painter->area.width - pad.left - pad.right,
                                 painter->area.height - pad.top - pad.bottom};

    theme_box_draw(menu->box, painter, 0, 0, content.width, content.height);
    if (menu->scrollbar_slice == THEME_SLICE_WEST) {
        content.x += menu->scrollbar_right;
        content.width -= menu->scrollbar_right;
    } else if (menu->scrollbar_slice == THEME_SLICE_EAST) {
        content.width -= menu->scrollbar_left;
    } else if (is_scrolling) {
        content.width -= menu->scrollbar_width + menu->scrollbar_left + menu->scrollbar_right;
    }
    struct theme_area before = theme_painter_enter(painter, content);
    draw_items(painter, menu, rows);
    theme_painter_leave(painter, before);

    if (is_scrolling) {
        struct theme_area bar = scrollbar_area(menu, component->area, pad);
        before = theme_painter_enter(painter, bar);
        draw_scrollbar(painter, menu, rows, menu->scrollbar_width, bar.height);
        theme_painter_leave(painter, before);
    }
    theme_painter_leave(painter, whole);
}

/* FNV-1a of what a row shows. */
static uint64_t sum_of_row(const struct theme_state *state, size_t index)
{
    struct theme_entry entry = {.title = ""};
    uint64_t sum = 0xCBF29CE484222325u ^ (index == state->selected);

    state->entry(state->context, index, &entry);
    sum = (sum ^ entry.indent) * 0x100000001B3u;
    for (const char *c = entry.title; *c != '\0'; c++)
        sum = (sum ^ (unsigned char)*c) * 0x100000001B3u;
    for (unsigned class = 0; class < entry.class_count; class ++) {
        for (const char *c = entry.classes[class]; *c != '\0'; c++)
            sum = (sum ^ (unsigned char)*c) * 0x100000001B3u;
        sum = (sum ^ ' ') * 0x100000001B3u;
    }
    return sum;
}

/* The whole width of the menu: boxes may be wider than what they hold. */
static struct theme_area row_area(const struct theme_component *component, unsigned row)
{
    const struct theme_menu *menu = &component->menu;
    struct theme_padding frame = theme_box_padding(menu->box), item = item_padding(menu);
    int top = frame.top + menu->item_padding + (int)row * (menu->item_height + menu->item_spacing);
    return (struct theme_area){component->area.x, component->area.y + top, component->area.width,
                               item.top + menu->item_height + item.bottom};
}

void theme_menu_add_changes(struct theme_component *component, const struct theme_state *state,
                            struct damage *changed)
{
    struct theme_menu *menu = &component->menu;
    unsigned rows = theme_menu_rows(component);

    show_selected(menu, state, rows);
    bool is_scrolled = menu->first_shown != menu->drawn_first ||
                       state->entries != menu->drawn_entries || rows != menu->drawn_rows;
    if (is_scrolled)
        damage_add(changed, theme_on_screen(component->area));
    for (unsigned row = 0; row < rows && menu->first_shown + row < state->entries; row++) {
        uint64_t sum = sum_of_row(state, menu->first_shown + row);
        if (!is_scrolled && sum != menu->drawn[row])
            damage_add(changed, theme_on_screen(row_area(component, row)));
        menu->drawn[row] = sum;
    }
    menu->drawn_first = menu->first_shown;
    menu->drawn_entries = state->entries;
    menu->drawn_rows = rows;
}
