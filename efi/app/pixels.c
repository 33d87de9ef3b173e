/* SPDX-License-Identifier: BSD-2-Clause */
/* From the model to the screen. */
#include "efi/app/pixels.h"

#include <stdlib.h>

#include "config/layout.h"

static enum status explain(struct strbuf *message, const char *what, enum status status)
{
    strbuf_printf(message, "The menu is shown as text: %s: %s.", what, status_text(status));
    return status;
}

static enum status open_fonts(struct pixels *pixels, struct strbuf *message)
{
    const struct platform *platform = pixels->platform;
    size_t len;

    enum status status = platform->read_file(platform->context, PLATFORM_ESP, LAYOUT_ESP_FONT,
                                             TTF_BYTES_MAX, &pixels->outlines, &len);
    if (status != STATUS_OK)
        return explain(message, LAYOUT_ESP_FONT, status);
    /* Without it there are boxes for what the outlines have not. */
    if (platform->open_file(platform->context, PLATFORM_ESP, LAYOUT_ESP_FONT_BITMAPS,
                            &pixels->bitmaps) != STATUS_OK)
        pixels->bitmaps = NULL;
    status = font_init(&pixels->font, (const uint8_t *)pixels->outlines, len, pixels->bitmaps);
    return status == STATUS_OK ? status : explain(message, LAYOUT_ESP_FONT, status);
}

static enum status open_surface(struct pixels *pixels, struct strbuf *message)
{
    const struct platform *platform = pixels->platform;
    unsigned width, height;

    enum status status =
        platform->begin_pixels(platform->context, pixels->display, pixels->modes, &width, &height);
    if (status == STATUS_OK && (width < LOOK_WIDTH_MIN || height < LOOK_HEIGHT_MIN))
        status = STATUS_UNSUPPORTED;
    if (status == STATUS_OK)
        status = surface_init(&pixels->surface, width, height);
    if (status != STATUS_OK) {
        platform->end_pixels(platform->context, pixels->display);
        return explain(message, "the screen's mode", status);
    }
    return STATUS_OK;
}

enum status pixels_open(struct pixels *pixels, const struct platform *platform, unsigned display,
                        const struct settings *control, struct problem_list *problems,
                        struct strbuf *message)
{
    const char *theme = settings_text(control, SETTING_THEME_FILE);
    bool is_light = settings_number(control, SETTING_THEME_LOOK) == THEME_LOOK_LIGHT;

    *pixels = (struct pixels){
        .platform = platform,
        .display = display,
        .modes = settings_text(control, SETTING_THEME_GFXMODE),
    };
    enum status status = open_fonts(pixels, message);
    if (status == STATUS_OK) {
        status = look_init(&pixels->look, is_light ? &palette_light : &palette_dark);
        if (status != STATUS_OK)
            explain(message, "the menu", status);
    }
    if (status == STATUS_OK)
        status = open_surface(pixels, message);
    if (status != STATUS_OK) {
        pixels_close(pixels);
        return status;
    }
    pixels->is_open = pixels->is_mode_set = true;
    if (theme[0] != '\0' &&
        themed_open(&pixels->themed, platform, theme, pixels->surface.width, pixels->surface.height,
                    pixels->bitmaps, problems) != STATUS_OK)
        pixels->themed.theme = NULL; /* PROBLEMS says why */
    return STATUS_OK;
}

void pixels_close(struct pixels *pixels)
{
    const struct platform *platform = pixels->platform;

    themed_close(&pixels->themed);
    look_clear(&pixels->look);
    surface_clear(&pixels->surface);
    font_clear(&pixels->font);
    if (pixels->bitmaps != NULL)
        platform->close_file(platform->context, pixels->bitmaps);
    free(pixels->outlines);
    *pixels = (struct pixels){0};
}

void pixels_forget(struct pixels *pixels)
{
    pixels->is_mode_set = false;
    look_forget(&pixels->look);
    themed_forget(&pixels->themed);
    surface_damage(&pixels->surface, surface_rect(&pixels->surface));
}

/* Is the screen in the mode that it was in? */
static bool set_mode_again(struct pixels *pixels)
{
    const struct platform *platform = pixels->platform;
    unsigned width, height;

    return platform->begin_pixels(platform->context, pixels->display, pixels->modes, &width,
                                  &height) == STATUS_OK &&
           width == pixels->surface.width && height == pixels->surface.height;
}

static enum status draw(struct pixels *pixels, const struct model *model, struct menu *menu)
{
    if (pixels->themed.theme != NULL) {
        themed_draw(&pixels->themed, model, menu, &pixels->surface);
        return STATUS_OK;
    }
    enum status status = look_draw(&pixels->look, model, menu, &pixels->font, &pixels->surface);
    if (status == STATUS_OK)
        menu_set_page(menu, pixels->look.page_rows, pixels->look.last_top);
    return status;
}

bool pixels_draw(struct pixels *pixels, const struct model *model, struct menu *menu)
{
    const struct platform *platform = pixels->platform;
    struct surface *surface = &pixels->surface;
    bool is_shown = true;

    if (!pixels->is_mode_set)
        pixels->is_mode_set = set_mode_again(pixels);
    if (!pixels->is_mode_set || draw(pixels, model, menu) != STATUS_OK) {
        pixels_close(pixels);
        return false;
    }
    for (unsigned i = 0; i < surface->damage.count && is_shown; i++)
        is_shown = platform->show_pixels(platform->context, pixels->display, surface,
                                         surface->damage.rects[i]);
    damage_clear(&surface->damage);
    if (!is_shown)
        pixels_forget(pixels);
    return is_shown;
}
