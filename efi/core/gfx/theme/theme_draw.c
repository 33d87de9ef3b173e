/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws a theme: the desktop, its components from the back to the front, the title, a message. */
#include <string.h>

#include "efi/core/gfx/theme/theme_private.h"

#define TITLE_TOP      40 /* pixels, as in GRUB */
#define MESSAGE_HEIGHT 50
#define MESSAGE_BOTTOM 110 /* from the screen's lower edge to the message's */
#define CIRCLE_STEPS   256
#define SINE_ONE       16384

/* Coordinates below 0 are cut, sides below 1 empty. */
struct rect theme_on_screen(struct theme_area area)
{
    int64_t right = (int64_t)area.x + area.width, bottom = (int64_t)area.y + area.height;
    int left = area.x > 0 ? area.x : 0, top = area.y > 0 ? area.y : 0;
    if (area.width <= 0 || area.height <= 0 || right <= left || bottom <= top)
        return (struct rect){0};
    return (struct rect){(unsigned)left, (unsigned)top, (unsigned)(right - left),
                         (unsigned)(bottom - top)};
}

static void set_clip(struct theme_painter *painter)
{
    surface_set_clip(painter->surface,
                     rect_intersect(theme_on_screen(painter->area), painter->region));
}

struct theme_area theme_painter_enter(struct theme_painter *painter, struct theme_area part)
{
    struct theme_area before = painter->area;
    part.x += before.x;
    part.y += before.y;
    painter->area = part;
    set_clip(painter);
    return before;
}

void theme_painter_leave(struct theme_painter *painter, struct theme_area before)
{
    painter->area = before;
    set_clip(painter);
}

void theme_painter_fill(struct theme_painter *painter, struct theme_area area, uint32_t colour)
{
    area.x += painter->area.x;
    area.y += painter->area.y;
    surface_fill(painter->surface, theme_on_screen(area), colour & 0xFFFFFF);
}

void theme_painter_image(struct theme_painter *painter, int x, int y, const struct image *image)
{
    surface_draw_image(painter->surface, painter->area.x + x, painter->area.y + y, image,
                       (struct rect){0, 0, image->width, image->height});
}

void theme_painter_text(struct theme_painter *painter, const struct theme_font *font,
                        uint32_t colour, int x, int y, const char *text)
{
    theme_font_draw(&painter->theme->fonts, font, painter->surface, painter->area.x + x,
                    painter->area.y + y, colour, text);
}

/* The desktop's picture is opaque whatever it says: there is nothing under it. */
static void draw_desktop(struct theme_painter *painter)
{
    const struct theme *theme = painter->theme;
    struct surface *surface = painter->surface;
    struct rect to = rect_intersect(painter->region, surface_rect(surface));

    if (theme->desktop.pixels == NULL) {
        surface_fill(surface, to, theme->desktop_colour & 0xFFFFFF);
        return;
    }
    for (unsigned y = to.y; y < to.y + to.height; y++) {
        const uint32_t *from = theme->desktop.pixels + (size_t)y * theme->desktop.width + to.x;
        uint32_t *pixels = surface->pixels + (size_t)y * surface->width + to.x;
        for (unsigned x = 0; x < to.width; x++)
            pixels[x] = from[x] & 0xFFFFFF;
    }
}

static void draw_label(struct theme_painter *painter, const struct theme_component *component)
{
    const struct theme_label *label = &component->label;
    const struct theme_state *state = painter->state;
    char buffer[THEME_TEXT_MAX];
    int number = component->is_timeout ? (int)state->seconds_left : 0;
    const char *text = theme_fill_text(label->text, state, number, buffer);
    int left = component->area.width;

    if (label->align == THEME_ALIGN_START)
        left = 0;
    else
        left -= theme_font_width(&painter->theme->fonts, label->font, text);
    if (label->align == THEME_ALIGN_CENTRE)
        left /= 2;
    if (left < 0)
        left = 0;
    theme_painter_text(painter, label->font, label->colour, left, theme_font_ascent(label->font),
                       text);
}

static void draw_picture(struct theme_painter *painter, struct theme_component *component)
{
    struct theme_picture *picture = &component->picture;
    unsigned width = (unsigned)painter->area.width, height = (unsigned)painter->area.height;

    if (picture->raw.pixels == NULL)
        return;
    if (picture->raw.width == width && picture->raw.height == height) {
        theme_painter_image(painter, 0, 0, &picture->raw);
        return;
    }
    if (picture->scaled.width != width || picture->scaled.height != height) {
        image_clear(&picture->scaled);
        if (theme_image_stretch(&picture->raw, width, height, &picture->scaled) != STATUS_OK)
            return;
    }
    theme_painter_image(painter, 0, 0, &picture->scaled);
}

/* LEN of WHOLE by the time that has passed. */
static int elapsed(const struct theme_state *state, int whole)
{
    unsigned total = state->seconds_total;
    if (total == 0 || state->seconds_left >= total || whole <= 0)
        return 0;
    return (int)((int64_t)whole * (total - state->seconds_left) / total);
}

static void draw_plain_bar(struct theme_painter *painter, const struct theme_progress *progress)
{
    int width = painter->area.width, height = painter->area.height;
    int done = elapsed(painter->state, width - 2);

    theme_painter_fill(painter, (struct theme_area){0, 0, width, height}, progress->border_colour);
    theme_painter_fill(painter, (struct theme_area){1 + done, 1, width - 2 - done, height - 2},
                       progress->back_colour);
    theme_painter_fill(painter, (struct theme_area){1, 1, done, height - 2},
                       progress->front_colour);
}

static void draw_styled_bar(struct theme_painter *painter, const struct theme_progress *progress)
{
    struct theme_padding bar = theme_box_padding(progress->bar);
    struct theme_padding highlight = theme_box_padding(progress->highlight);
    int track = painter->area.width - bar.left - bar.right;
    int height = painter->area.height - bar.top - bar.bottom;
    int around = highlight.left + highlight.right, x = bar.left, y = bar.top;

    theme_box_draw(progress->bar, painter, 0, 0, track, height);
    if (progress->is_overlay) {
        track += around;
        x -= highlight.left;
        y -= highlight.top;
    } else {
        height -= highlight.top + highlight.bottom;
    }
    int done = elapsed(painter->state, track);
    if (done >= around)
        theme_box_draw(progress->highlight, painter, x, y, done - around, height);
}

static void draw_progress(struct theme_painter *painter, const struct theme_component *component)
{
    const struct theme_progress *progress = &component->progress;
    const struct theme_state *state = painter->state;
    char buffer[THEME_TEXT_MAX];

    if (progress->bar != NULL || progress->highlight != NULL)
        draw_styled_bar(painter, progress);
    else
        draw_plain_bar(painter, progress);
    if (progress->text == NULL)
        return;
    const char *text = theme_fill_text(progress->text, state, (int)state->seconds_left, buffer);
    int width = theme_font_width(&painter->theme->fonts, progress->font, text);
    int ascent = theme_font_ascent(progress->font), descent = theme_font_descent(progress->font);
    theme_painter_text(painter, progress->font, progress->text_colour,
                       (painter->area.width - width) / 2,
                       (painter->area.height - descent) / 2 + ascent / 2, text);
}

/* SINE_ONE times the sine of ANGLE, in 256ths of a circle. Bhaskara's formula (seventh century) is
 * within 0.2 percent: less than half a pixel where a circle has 500. */
static int sine(int angle)
{
    int half = CIRCLE_STEPS / 2, sign = 1;
    angle = ((angle % CIRCLE_STEPS) + CIRCLE_STEPS) % CIRCLE_STEPS;
    if (angle >= half) {
        angle -= half;
        sign = -1;
    }
    int product = angle * (half - angle);
    return sign * 16 * product * (SINE_ONE / 4) / (5 * half * half - 4 * product) * 4;
}

static void draw_circular(struct theme_painter *painter, const struct theme_component *component)
{
    const struct theme_circular *circular = &component->circular;
    const struct image *centre = &circular->centre, *tick = &circular->tick;
    int width = painter->area.width, height = painter->area.height;

    if (centre->pixels == NULL || tick->pixels == NULL)
        return;
    theme_painter_image(painter, (width - (int)centre->width) / 2,
                        (height - (int)centre->height) / 2, centre);
    int side = width < height ? width : height;
    int tick_side = (int)(tick->width > tick->height ? tick->width : tick->height);
    int radius = side / 2 - tick_side / 2 - 1;
    int done = elapsed(painter->state, circular->ticks);
    int first = circular->disappears ? done : 0;
    int end = circular->disappears ? circular->ticks : done;

    for (int i = first; i < end; i++) {
        int angle = circular->start_angle + i * CIRCLE_STEPS / circular->ticks;
        int x = width / 2 + (int)((int64_t)sine(angle + CIRCLE_STEPS / 4) * radius / SINE_ONE);
        int y = height / 2 + (int)((int64_t)sine(angle) * radius / SINE_ONE);
        theme_painter_image(painter, x - (int)tick->width / 2, y - (int)tick->height / 2, tick);
    }
}

static void draw_component(struct theme_painter *painter, struct theme_component *component)
{
    if (component->is_hidden)
        return;
    bool is_counting = painter->state->is_counting && component->is_timeout;
    if (component->kind == THEME_BOOT_MENU) {
        theme_menu_draw(painter, component);
        return;
    }
    if (component->is_timeout && !is_counting)
        return;
    struct theme_area before = theme_painter_enter(painter, component->area);
    if (component->kind == THEME_LABEL)
        draw_label(painter, component);
    else if (component->kind == THEME_IMAGE)
        draw_picture(painter, component);
    else if (component->kind == THEME_PROGRESS_BAR && is_counting)
        draw_progress(painter, component);
    else if (component->kind == THEME_CIRCULAR_PROGRESS)
        draw_circular(painter, component);
    theme_painter_leave(painter, before);
}

static void draw_title(struct theme_painter *painter)
{
    struct theme *theme = painter->theme;
    const char *title = theme->title != NULL ? theme->title : painter->state->title;
    int width = theme_font_width(&theme->fonts, theme->title_font, title);
    theme_painter_text(painter, theme->title_font, theme->title_colour,
                       ((int)theme->width - width) / 2,
                       TITLE_TOP + theme_font_ascent(theme->title_font), title);
}

static bool covers_menu(const struct theme *theme, struct theme_area area)
{
    struct rect rect = theme_on_screen(area);
    for (uint32_t i = 0; i < theme->count; i++) {
        const struct theme_component *component = &theme->components[i];
        struct rect common = rect_intersect(rect, theme_on_screen(component->area));
        if (component->kind == THEME_BOOT_MENU && !component->is_hidden && !rect_is_empty(&common))
            return true;
    }
    return false;
}

/* The message with its border: where GRUB has it, unless that is on the menu; then at the lower or
 * the upper edge. */
static struct theme_area message_area(const struct theme *theme)
{
    const int places[] = {(int)theme->height - MESSAGE_BOTTOM - MESSAGE_HEIGHT - 1,
                          (int)theme->height - MESSAGE_HEIGHT - 2, 0};
    int width = (int)theme->width * 4 / 5;
    struct theme_area area = {((int)theme->width - width) / 2 - 1, places[0], width + 2,
                              MESSAGE_HEIGHT + 2};
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        area.y = places[i];
        if (!covers_menu(theme, area))
            return area;
    }
    area.y = places[0];
    return area;
}

static void draw_message(struct theme_painter *painter)
{
    struct theme *theme = painter->theme;
    const char *text = painter->state->message;
    if (text[0] == '\0')
        return;
    struct theme_area before = theme_painter_enter(painter, message_area(theme));
    int width = painter->area.width, height = painter->area.height;
    theme_painter_fill(painter, (struct theme_area){0, 0, width, height}, theme->message_colour);
    theme_painter_fill(painter, (struct theme_area){1, 1, width - 2, height - 2},
                       theme->message_back_colour);
    int left = (width - theme_font_width(&theme->fonts, theme->message_font, text)) / 2;
    theme_painter_text(painter, theme->message_font, theme->message_colour, left > 1 ? left : 1,
                       (height - theme_font_descent(theme->message_font)) / 2 +
                           theme_font_ascent(theme->message_font) / 2,
                       text);
    theme_painter_leave(painter, before);
}

/* Draws what of the screen lies in REGION. */
static void draw_region(struct theme *theme, const struct theme_state *state,
                        struct surface *surface, struct rect region)
{
    struct theme_painter painter = {
        .theme = theme,
        .state = state,
        .surface = surface,
        .region = rect_intersect(region, surface_rect(surface)),
        .area = {0, 0, (int)theme->width, (int)theme->height},
    };
    struct rect before = surface_set_clip(surface, painter.region);

    draw_desktop(&painter);
    for (uint32_t i = 0; i < theme->count; i++)
        draw_component(&painter, &theme->components[theme->order[i]]);
    draw_title(&painter);
    draw_message(&painter);
    surface_set_clip(surface, before);
    surface_damage(surface, painter.region);
}

void theme_draw(struct theme *theme, const struct theme_state *state, struct surface *surface)
{
    struct damage all = {.count = 0};

    theme_layout(theme, state);
    for (uint32_t i = 0; i < theme->count; i++) {
        if (theme->components[i].kind == THEME_BOOT_MENU)
            theme_menu_add_changes(&theme->components[i], state, &all);
    }
    draw_region(theme, state, surface, surface_rect(surface));
}

static bool is_same_area(struct theme_area a, struct theme_area b)
{
    return a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height;
}

/* Lays out anew and adds the places of what the state changes, those of before as well: a text that
 * gets shorter moves its neighbours. */
static void find_changes(struct theme *theme, const struct theme_state *state,
                         struct damage *changed)
{
    for (uint32_t i = 0; i < theme->count; i++)
        theme->components[i].last_area = theme->components[i].area;
    theme_layout(theme, state);
    for (uint32_t i = 0; i < theme->count; i++) {
        struct theme_component *component = &theme->components[i];
        bool is_moved = !is_same_area(component->area, component->last_area);
        if (component->is_hidden)
            continue;
        if (component->kind == THEME_BOOT_MENU)
            theme_menu_add_changes(component, state, changed);
        if (!component->is_timeout && !is_moved)
            continue;
        damage_add(changed, theme_on_screen(component->area));
        damage_add(changed, theme_on_screen(component->last_area));
    }
}

void theme_update(struct theme *theme, const struct theme_state *state, struct surface *surface)
{
    struct damage changed = {.count = 0};

    damage_add(&changed, theme_on_screen(message_area(theme)));
    find_changes(theme, state, &changed);
    damage_add(&changed, theme_on_screen(message_area(theme)));
    for (unsigned i = 0; i < changed.count; i++)
        draw_region(theme, state, surface, changed.rects[i]);
}

unsigned theme_page_rows(const struct theme *theme)
{
    for (uint32_t i = 0; i < theme->count; i++) {
        const struct theme_component *component = &theme->components[i];
        if (component->kind == THEME_BOOT_MENU && !component->is_hidden)
            return theme_menu_rows(component);
    }
    return 1;
}

bool theme_has_countdown(const struct theme *theme)
{
    for (uint32_t i = 0; i < theme->count; i++) {
        if (theme->components[i].is_timeout && !theme->components[i].is_hidden)
            return true;
    }
    return false;
}
