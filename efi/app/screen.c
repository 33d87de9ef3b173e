/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames and keys between the app and the platform. */
#include "efi/app/screen.h"

enum status screen_init(struct screen *screen, const struct platform *platform)
{
    *screen = (struct screen){.platform = platform};
    for (unsigned i = 0; i < platform->display_count; i++) {
        const struct platform_display *display = &platform->displays[i];
        screen->displays[i].view.short_bar = display->is_serial;
        for (unsigned frame = 0; frame < 2; frame++) {
            enum status status =
                cells_init(&screen->displays[i].frames[frame], display->columns, display->rows);
            if (status != STATUS_OK) {
                screen_clear(screen);
                return status;
            }
        }
    }
    return STATUS_OK;
}

void screen_clear(struct screen *screen)
{
    for (unsigned i = 0; i < PLATFORM_DISPLAYS_MAX; i++) {
        if (screen->displays[i].pixels.is_open)
            pixels_close(&screen->displays[i].pixels);
        cells_clear(&screen->displays[i].frames[0]);
        cells_clear(&screen->displays[i].frames[1]);
    }
}

void screen_forget(struct screen *screen)
{
    for (unsigned i = 0; i < PLATFORM_DISPLAYS_MAX; i++) {
        screen->displays[i].is_known = false;
        if (screen->displays[i].pixels.is_open)
            pixels_forget(&screen->displays[i].pixels);
    }
}

void screen_use_pixels(struct screen *screen, const struct settings *control,
                       struct problem_list *problems, struct strbuf *message)
{
    const struct platform *platform = screen->platform;

    for (unsigned i = 0; i < platform->display_count; i++) {
        struct pixels *pixels = &screen->displays[i].pixels;
        if (!platform->displays[i].has_pixels || pixels->is_open)
            continue;
        if (pixels_open(pixels, platform, i, control, problems, message) == STATUS_OK)
            screen->displays[i].is_known = false;
    }
}

void screen_use_text(struct screen *screen)
{
    for (unsigned i = 0; i < screen->platform->display_count; i++) {
        if (!screen->displays[i].pixels.is_open)
            continue;
        pixels_close(&screen->displays[i].pixels);
        screen->displays[i].is_known = false;
    }
}

void screen_end_pixels(struct screen *screen)
{
    const struct platform *platform = screen->platform;

    for (unsigned i = 0; i < platform->display_count; i++) {
        if (screen->displays[i].pixels.is_open)
            platform->end_pixels(platform->context, i);
    }
}

/* Is the display's contents the picture of another one? */
static bool is_mirror(const struct screen *screen, unsigned display)
{
    bool has_picture = false;
    for (unsigned i = 0; i < screen->platform->display_count; i++)
        has_picture |= screen->displays[i].pixels.is_open;
    return has_picture && screen->platform->displays[display].is_mirror;
}

int screen_retry_ms(const struct screen *screen)
{
    for (unsigned i = 0; i < screen->platform->display_count; i++) {
        if (!screen->displays[i].is_known && !is_mirror(screen, i))
            return SCREEN_RETRY_MS;
    }
    return -1;
}

static struct cells *next_frame(struct screen *screen, unsigned display)
{
    return &screen->displays[display].frames[screen->displays[display].current ^ 1];
}

static void present(struct screen *screen, unsigned display)
{
    const struct platform *platform = screen->platform;
    unsigned current = screen->displays[display].current;
    const struct cells *shown = &screen->displays[display].frames[current];

    bool is_shown = platform->present(platform->context, display,
                                      screen->displays[display].is_known ? shown : NULL,
                                      next_frame(screen, display));
    screen->displays[display].current = current ^ 1;
    screen->displays[display].is_known = is_shown;
}

void screen_set_size(struct screen *screen, unsigned rows, unsigned columns)
{
    unsigned serial = PLATFORM_DISPLAYS_MAX, count = 0;
    struct cells frames[2];

    for (unsigned i = 0; i < screen->platform->display_count; i++) {
        if (!screen->platform->displays[i].is_serial)
            continue;
        serial = i;
        count++;
    }
    if (count != 1)
        return; /* nobody tells which of them answered */
    const struct cells *old = &screen->displays[serial].frames[0];
    if (rows > CELLS_ROWS_MAX)
        rows = CELLS_ROWS_MAX;
    if (columns > CELLS_COLUMNS_MAX)
        columns = CELLS_COLUMNS_MAX;
    if (rows < TEXTVIEW_ROWS_MIN || columns < TEXTVIEW_COLUMNS_MIN ||
        (rows == old->rows && columns == old->columns) ||
        cells_init(&frames[0], columns, rows) != STATUS_OK)
        return;
    if (cells_init(&frames[1], columns, rows) != STATUS_OK) {
        cells_clear(&frames[0]);
        return;
    }
    for (unsigned frame = 0; frame < 2; frame++) {
        cells_clear(&screen->displays[serial].frames[frame]);
        screen->displays[serial].frames[frame] = frames[frame];
    }
    screen->displays[serial].is_known = false;
}

void screen_change_ascii(struct screen *screen)
{
    for (unsigned i = 0; i < screen->platform->display_count; i++) {
        if (screen->platform->displays[i].is_serial)
            screen->displays[i].view.is_ascii = !screen->displays[i].view.is_ascii;
    }
}

void screen_draw(struct screen *screen, struct menu *menu)
{
    struct model model;

    model_init(&model, menu);
    for (unsigned i = 0; i < screen->platform->display_count; i++) {
        struct textview *view = &screen->displays[i].view;
        struct pixels *pixels = &screen->displays[i].pixels;
        if (is_mirror(screen, i))
            continue;
        if (pixels->is_open) {
            screen->displays[i].is_known = pixels_draw(pixels, &model, menu);
            if (pixels->is_open)
                continue;
        }
        textview_draw(view, &model, menu, next_frame(screen, i));
        present(screen, i);
        if (i == 0)
            menu_set_page(menu, view->page_rows, view->last_top);
    }
}

bool screen_read_key(struct screen *screen, int timeout_ms, struct key *ret_key)
{
    const struct platform *platform = screen->platform;
    uint64_t now = platform->now_ms(platform->context);
    uint64_t end = timeout_ms >= 0 ? now + (uint64_t)timeout_ms : UINT64_MAX;

    for (;;) {
        struct raw_key raw;
        if (keys_next(&screen->keys, now, ret_key))
            return true;
        int wait = keys_wait_ms(&screen->keys, now); /* half a key is worth waiting for */
        if (wait < 0 && end != UINT64_MAX)
            wait = end > now ? (int)(end - now) : 0;
        bool is_fed = platform->read_key(platform->context, wait, &raw);
        now = platform->now_ms(platform->context);
        if (is_fed)
            keys_feed(&screen->keys, raw, now);
        else if (keys_wait_ms(&screen->keys, now) < 0 && now >= end)
            return keys_next(&screen->keys, now, ret_key);
    }
}
