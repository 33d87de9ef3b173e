/* SPDX-License-Identifier: BSD-2-Clause */
/* Places the components of a theme on the screen, by the rules of GRUB 2.06: a canvas puts each
 * child where it wants to be, boxes stack them. Nodes come after their parents, so two passes over
 * the array do: sizes from the last to the first, places from the first to the last. */
#include <string.h>

#include "efi/core/gfx/theme/theme_private.h"

#define SMALLEST      32 /* pixels, of what has no size */
#define PROGRESS_WIDE 200
#define PROGRESS_HIGH 28
#define PROGRESS_ROOM "XXXXXXXXXX"
#define DIMENSION_MAX (1 << 20)

static int at_least(int value, int least)
{
    return value < least ? least : value;
}

static int bounded(int64_t value)
{
    return value < 0 ? 0 : value > DIMENSION_MAX ? DIMENSION_MAX : (int)value;
}

/* Digits of NUMBER instead of the first %d; more than one, or another conversion, makes the text
 * empty, as GRUB has it. */
static void fill_number(const char *text, int number, char buffer[THEME_TEXT_MAX])
{
    char digits[16];
    size_t at = 0, count = 0;
    bool is_filled = false;

    do {
        digits[sizeof(digits) - ++count] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    for (; *text != '\0' && at + sizeof(digits) < THEME_TEXT_MAX; text++) {
        if (*text != '%' || text[1] == '%') {
            text += *text == '%';
            buffer[at++] = *text;
        } else if (text[1] == 'd' && !is_filled) {
            memcpy(buffer + at, digits + sizeof(digits) - count, count);
            at += count;
            text++;
            is_filled = true;
        } else {
            at = 0;
            break;
        }
    }
    buffer[at] = '\0';
}

const char *theme_fill_text(const char *text, const struct theme_state *state, int number,
                            char buffer[THEME_TEXT_MAX])
{
    if (strcmp(text, "@KEYMAP_LONG@") == 0)
        return state->keys_long;
    if (strcmp(text, "@KEYMAP_MIDDLE@") == 0)
        return state->keys_middle;
    if (strcmp(text, "@KEYMAP_SHORT@") == 0)
        return state->keys_short;
    if (strchr(text, '%') == NULL)
        return text;
    fill_number(text, number, buffer);
    return buffer;
}

static void measure_label(struct theme *theme, struct theme_component *component,
                          const struct theme_state *state)
{
    char buffer[THEME_TEXT_MAX];
    int number = component->is_timeout ? (int)state->seconds_left : 0;
    const char *text = theme_fill_text(component->label.text, state, number, buffer);
    component->min_width = theme_font_width(&theme->fonts, component->label.font, text);
    component->min_height =
        theme_font_ascent(component->label.font) + theme_font_descent(component->label.font);
}

static void measure_progress(struct theme *theme, struct theme_component *component)
{
    const struct theme_progress *progress = &component->progress;
    int width = 0, height = 0;

    if (progress->text != NULL) {
        width = theme_font_width(&theme->fonts, progress->font, progress->text) +
                theme_font_width(&theme->fonts, progress->font, PROGRESS_ROOM);
        height = theme_font_ascent(progress->font) + theme_font_descent(progress->font);
    }
    if (progress->bar != NULL || progress->highlight != NULL) {
        struct theme_padding bar = theme_box_padding(progress->bar);
        struct theme_padding highlight = theme_box_padding(progress->highlight);
        width += bar.left + bar.right;
        height += bar.top + bar.bottom;
        if (!progress->is_overlay) {
            width += highlight.left + highlight.right;
            height += highlight.top + highlight.bottom;
        }
    } else {
        width += 2;
        height += 2;
    }
    component->min_width = at_least(width, PROGRESS_WIDE);
    component->min_height = at_least(height, PROGRESS_HIGH);
}

/* A box is as wide (or high) as its children want to be together; what some of them want as a part
 * of the box is on top. The other side is that of the largest child. */
static void measure_box(struct theme *theme, uint32_t index)
{
    struct theme_component *box = &theme->components[index];
    const bool is_row = box->kind == THEME_HBOX;
    int64_t wanted = 0, least = 0, fraction = 0;
    int across = 0;

    for (uint32_t i = theme->text.nodes[index].first_child; i != THEME_TEXT_NONE;
         i = theme->text.nodes[i].next_sibling) {
        const struct theme_component *child = &theme->components[i];
        const struct theme_length *along = is_row ? &child->width : &child->height;
        const struct theme_length *other = is_row ? &child->height : &child->width;
        wanted += along->pixels;
        fraction += along->fraction;
        least += is_row ? child->min_width : child->min_height;
        across = at_least(across, other->pixels);
        across = at_least(across, is_row ? child->min_height : child->min_width);
    }
    int64_t length = wanted;
    if (fraction < THEME_FRACTION_ONE) {
        int64_t rest = THEME_FRACTION_ONE - fraction;
        length = (wanted * THEME_FRACTION_ONE + rest / 2) / rest;
    }
    length = length < least ? least : length;
    box->min_width = is_row ? bounded(length) : across;
    box->min_height = is_row ? across : bounded(length);
}

static void measure(struct theme *theme, uint32_t index, const struct theme_state *state)
{
    struct theme_component *component = &theme->components[index];
    switch (component->kind) {
    case THEME_HBOX:
    case THEME_VBOX:
        measure_box(theme, index);
        break;
    case THEME_LABEL:
        measure_label(theme, component, state);
        break;
    case THEME_IMAGE:
        component->min_width = (int)component->picture.raw.width;
        component->min_height = (int)component->picture.raw.height;
        break;
    case THEME_PROGRESS_BAR:
        measure_progress(theme, component);
        break;
    case THEME_BOOT_MENU:
        theme_menu_min_size(theme, component, &component->min_width, &component->min_height);
        break;
    default:
        component->min_width = 0;
        component->min_height = 0;
    }
}

/* One side of a child of a canvas: never less than it needs, never outside. */
static void place_side(int whole, struct theme_length at, struct theme_length size, int least,
                       int *ret_at, int *ret_size)
{
    int wanted = at_least(theme_length_of(size, whole), least);
    int place = theme_length_of(at, whole);
    if (wanted <= 0)
        wanted = SMALLEST;
    if (place >= whole)
        place = whole - SMALLEST;
    place = at_least(place, 0);
    if ((int64_t)place + wanted >= whole)
        wanted = whole - place;
    *ret_at = place;
    *ret_size = wanted;
}

static void place_in_canvas(struct theme *theme, uint32_t index)
{
    const struct theme_area *area = &theme->components[index].area;
    for (uint32_t i = theme->text.nodes[index].first_child; i != THEME_TEXT_NONE;
         i = theme->text.nodes[i].next_sibling) {
        struct theme_component *child = &theme->components[i];
        place_side(area->width, child->left, child->width, child->min_width, &child->area.x,
                   &child->area.width);
        place_side(area->height, child->top, child->height, child->min_height, &child->area.y,
                   &child->area.height);
        child->area.x += area->x;
        child->area.y += area->y;
    }
}

static void place_in_box(struct theme *theme, uint32_t index)
{
    const struct theme_component *box = &theme->components[index];
    const struct theme_node *nodes = theme->text.nodes;
    const bool is_row = box->kind == THEME_HBOX;
    int64_t pixels = 0, fraction = 0;
    int along_at = 0;

    for (uint32_t i = nodes[index].first_child; i != THEME_TEXT_NONE; i = nodes[i].next_sibling) {
        const struct theme_component *child = &theme->components[i];
        pixels += is_row ? child->width.pixels : child->height.pixels;
        fraction += is_row ? child->width.fraction : child->height.fraction;
    }
    /* Parts that are more than the whole are none. */
    bool are_parts =
        fraction < THEME_FRACTION_ONE || (fraction == THEME_FRACTION_ONE && pixels <= 0);
    int across = is_row ? box->min_height : box->min_width;

    for (uint32_t i = nodes[index].first_child; i != THEME_TEXT_NONE; i = nodes[i].next_sibling) {
        struct theme_component *child = &theme->components[i];
        struct theme_length along = is_row ? child->width : child->height;
        if (!are_parts)
            along.fraction = 0;
        int size = theme_length_of(along, is_row ? box->area.width : box->area.height);
        size = bounded(at_least(size, is_row ? child->min_width : child->min_height));
        child->area = is_row
                          ? (struct theme_area){box->area.x + along_at, box->area.y, size, across}
                          : (struct theme_area){box->area.x, box->area.y + along_at, across, size};
        along_at = bounded((int64_t)along_at + size);
    }
}

void theme_layout(struct theme *theme, const struct theme_state *state)
{
    for (uint32_t i = theme->count; i > 0; i--)
        measure(theme, i - 1, state);
    theme->components[0].area = (struct theme_area){0, 0, (int)theme->width, (int)theme->height};
    for (uint32_t i = 0; i < theme->count; i++) {
        enum theme_kind kind = theme->components[i].kind;
        if (kind == THEME_ROOT || kind == THEME_CANVAS)
            place_in_canvas(theme, i);
        else if (kind == THEME_HBOX || kind == THEME_VBOX)
            place_in_box(theme, i);
    }
}
