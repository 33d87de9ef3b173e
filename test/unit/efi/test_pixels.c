/* SPDX-License-Identifier: BSD-2-Clause */
/* The picture's way to a monitor that a fake platform has: what it shows after each frame. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/layout.h"
#include "efi/app/screen.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/host_fonts.h"
#include "test/unit/efi/look_screens.h"

#define WIDTH  800
#define HEIGHT 600

struct monitor {
    struct platform platform;
    struct host_fonts fonts;
    uint32_t pixels[WIDTH * HEIGHT];
    unsigned width, height; /* what the mode asked for has */
    uint64_t shown_pixels;
    unsigned begins, ends, texts, open_files;
    bool has_no_font, is_broken;
    char modes[32];
};

static bool present(void *context, unsigned display, const struct cells *previous,
                    const struct cells *next)
{
    struct monitor *monitor = context;
    (void)display;
    (void)previous;
    (void)next;
    monitor->texts++;
    return true;
}

static enum status begin_pixels(void *context, unsigned display, const char *modes,
                                unsigned *ret_width, unsigned *ret_height)
{
    struct monitor *monitor = context;
    assert_int_equal(display, 0);
    snprintf(monitor->modes, sizeof(monitor->modes), "%s", modes);
    monitor->begins++;
    if (monitor->width == 0)
        return STATUS_UNSUPPORTED;
    *ret_width = monitor->width;
    *ret_height = monitor->height;
    return STATUS_OK;
}

static bool show_pixels(void *context, unsigned display, const struct surface *surface,
                        struct rect rect)
{
    struct monitor *monitor = context;
    assert_int_equal(display, 0);
    assert_true(rect.x + rect.width <= WIDTH && rect.y + rect.height <= HEIGHT);
    if (monitor->is_broken)
        return false;
    for (unsigned y = rect.y; y < rect.y + rect.height; y++)
        memcpy(monitor->pixels + y * WIDTH + rect.x, surface->pixels + y * WIDTH + rect.x,
               rect.width * sizeof(*surface->pixels));
    monitor->shown_pixels += (uint64_t)rect.width * rect.height;
    return true;
}

static void end_pixels(void *context, unsigned display)
{
    struct monitor *monitor = context;
    (void)display;
    monitor->ends++;
}

static enum status read_file(void *context, enum platform_volume volume, const char *path,
                             size_t max, char **ret_text, size_t *ret_len)
{
    struct monitor *monitor = context;
    assert_int_equal(volume, PLATFORM_ESP);
    assert_string_equal(path, LAYOUT_ESP_FONT);
    assert_true(monitor->fonts.outlines_len <= max);
    if (monitor->has_no_font)
        return STATUS_NOT_FOUND;
    char *copy = malloc(monitor->fonts.outlines_len);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    memcpy(copy, monitor->fonts.outlines, monitor->fonts.outlines_len);
    *ret_text = copy;
    *ret_len = monitor->fonts.outlines_len;
    return STATUS_OK;
}

static enum status open_file(void *context, enum platform_volume volume, const char *path,
                             struct blockdev **ret_file)
{
    struct monitor *monitor = context;
    assert_int_equal(volume, PLATFORM_ESP);
    assert_string_equal(path, LAYOUT_ESP_FONT_BITMAPS);
    monitor->open_files++;
    *ret_file = &monitor->fonts.bitmaps;
    return STATUS_OK;
}

static void close_file(void *context, struct blockdev *file)
{
    struct monitor *monitor = context;
    assert_ptr_equal(file, &monitor->fonts.bitmaps);
    monitor->open_files--;
}

struct fixture {
    struct monitor monitor;
    struct screen screen;
    struct settings control;
    struct problem_list problems;
    struct menu menu;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_fonts_open(&f->monitor.fonts);
    f->monitor.width = WIDTH;
    f->monitor.height = HEIGHT;
    f->monitor.platform = (struct platform){
        .context = &f->monitor,
        .displays = {{.columns = 80, .rows = 25, .has_pixels = true},
                     {.columns = 80, .rows = 25, .is_mirror = true}},
        .display_count = 2,
        .present = present,
        .begin_pixels = begin_pixels,
        .show_pixels = show_pixels,
        .end_pixels = end_pixels,
        .read_file = read_file,
        .open_file = open_file,
        .close_file = close_file,
    };
    settings_init(&f->control);
    assert_int_equal(screen_init(&f->screen, &f->monitor.platform), STATUS_OK);
    look_screen_make(SCREEN_COUNTDOWN, &f->menu);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    screen_clear(&f->screen);
    assert_int_equal(f->monitor.open_files, 0);
    menu_clear(&f->menu);
    settings_clear(&f->control);
    problem_list_clear(&f->problems);
    host_fonts_close(&f->monitor.fonts);
    free(f);
    return 0;
}

static void use_pixels(struct fixture *f, const char *expected_message)
{
    auto_strbuf message = STRBUF_INIT;
    screen_use_pixels(&f->screen, &f->control, &f->problems, &message);
    assert_string_equal(strbuf_text(&message), expected_message);
}

static void expect_picture(struct fixture *f)
{
    assert_memory_equal(f->monitor.pixels, f->screen.displays[0].pixels.surface.pixels,
                        sizeof(f->monitor.pixels));
}

static void the_monitor_follows_the_menu(void **state)
{
    struct fixture *f = *state;
    use_pixels(f, "");
    assert_string_equal(f->monitor.modes, "auto");
    screen_draw(&f->screen, &f->menu);
    expect_picture(f);
    assert_int_equal(f->monitor.shown_pixels, WIDTH * HEIGHT);
    for (unsigned i = 0; i < 40; i++) {
        uint64_t before = f->monitor.shown_pixels;
        menu_handle(&f->menu, (struct key){.code = i % 7 == 6 ? KEY_PAGE_DOWN : KEY_DOWN});
        screen_draw(&f->screen, &f->menu);
        expect_picture(f);
        assert_true(f->monitor.shown_pixels > before);
        assert_true(i % 7 == 6 || i > 5 || f->monitor.shown_pixels - before < WIDTH * HEIGHT / 2);
    }
    uint64_t before = f->monitor.shown_pixels;
    screen_draw(&f->screen, &f->menu);
    assert_int_equal(f->monitor.shown_pixels, before); /* nothing changed */
    assert_int_equal(f->monitor.texts, 0);             /* neither as text, nor on the mirror */
    assert_int_equal(screen_retry_ms(&f->screen), -1);
    assert_true(f->menu.page_rows > 5);
}

static void a_frame_that_did_not_get_through_is_shown_again(void **state)
{
    struct fixture *f = *state;
    use_pixels(f, "");
    screen_draw(&f->screen, &f->menu);
    f->monitor.is_broken = true;
    menu_handle(&f->menu, (struct key){.code = KEY_DOWN});
    screen_draw(&f->screen, &f->menu);
    assert_true(screen_retry_ms(&f->screen) > 0);
    f->monitor.is_broken = false;
    memset(f->monitor.pixels, 0x55, sizeof(f->monitor.pixels));
    screen_draw(&f->screen, &f->menu);
    expect_picture(f);
    assert_int_equal(screen_retry_ms(&f->screen), -1);
}

static void what_was_written_over_is_drawn_again(void **state)
{
    struct fixture *f = *state;
    use_pixels(f, "");
    screen_draw(&f->screen, &f->menu);
    unsigned begins = f->monitor.begins;
    memset(f->monitor.pixels, 0x55, sizeof(f->monitor.pixels));
    screen_end_pixels(&f->screen);
    assert_int_equal(f->monitor.ends, 1);
    screen_forget(&f->screen);
    screen_draw(&f->screen, &f->menu);
    assert_int_equal(f->monitor.begins, begins + 1);
    expect_picture(f);
}

static void a_screen_that_lost_its_mode_shows_text(void **state)
{
    struct fixture *f = *state;
    use_pixels(f, "");
    screen_draw(&f->screen, &f->menu);
    f->monitor.width = 640;
    screen_forget(&f->screen);
    screen_draw(&f->screen, &f->menu);
    assert_int_equal(f->monitor.texts, 2); /* at once, and on the mirror, too */
    assert_int_equal(screen_retry_ms(&f->screen), -1);
}

static void without_font_or_mode_there_is_text(void **state)
{
    struct fixture *f = *state;
    f->monitor.has_no_font = true;
    use_pixels(f, "The menu is shown as text: " LAYOUT_ESP_FONT ": not found.");
    f->monitor.has_no_font = false;
    f->monitor.width = 0;
    use_pixels(f, "The menu is shown as text: the screen's mode: not supported.");
    f->monitor.width = 64;
    use_pixels(f, "The menu is shown as text: the screen's mode: not supported.");
    assert_int_equal(f->monitor.ends, 2);
    screen_draw(&f->screen, &f->menu);
    assert_int_equal(f->monitor.texts, 2);
    assert_int_equal(f->monitor.shown_pixels, 0);
    assert_int_equal(f->monitor.open_files, 0);
}

static void text_comes_back(void **state)
{
    struct fixture *f = *state;
    use_pixels(f, "");
    screen_draw(&f->screen, &f->menu);
    screen_use_text(&f->screen);
    assert_int_equal(f->monitor.open_files, 0);
    screen_draw(&f->screen, &f->menu);
    assert_int_equal(f->monitor.texts, 2);
}

static void running_out_of_memory_leaves_text(void **state)
{
    struct fixture *f = *state;
    for (unsigned long n = 1;; n++) {
        auto_strbuf message = STRBUF_INIT;
        fail_alloc_after(n);
        screen_use_pixels(&f->screen, &f->control, &f->problems, &message);
        if (f->screen.displays[0].pixels.is_open)
            screen_draw(&f->screen, &f->menu);
        bool has_failed = fail_alloc_happened();
        fail_alloc_after(0);
        screen_use_text(&f->screen);
        assert_int_equal(f->monitor.open_files, 0);
        if (!has_failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_monitor_follows_the_menu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frame_that_did_not_get_through_is_shown_again, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_written_over_is_drawn_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_screen_that_lost_its_mode_shows_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_font_or_mode_there_is_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_comes_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(running_out_of_memory_leaves_text, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("pixels", tests, NULL, NULL);
}
