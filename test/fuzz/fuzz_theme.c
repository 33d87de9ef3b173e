/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the text of GRUB themes, up to the pixels. */
#include <stdlib.h>
#include <string.h>

#include "test/unit/theme/theme_fixture.h"

#define FOLDER   "/t/"
#define WIDTH    96
#define HEIGHT   64
#define TEXT_MAX 8192 /* longer texts say nothing that shorter ones do not */

static void list_entry(void *context, size_t index, struct theme_entry *ret_entry)
{
    (void)context;
    *ret_entry = (struct theme_entry){
        .title = index % 2 == 0 ? "debian" : "x\xCC\x81 \xE6\x9D\xB1\xE4\xBA\xAC",
        .indent = (unsigned)(index % 3),
        .classes = {"none", "disc"},
        .class_count = 2,
    };
}

static void fill(struct fixture *fixture)
{
    fixture_init(fixture);
    fixture_add_font(fixture, FOLDER "a.pf2", "A 8", 3, 6);
    fixture_add_font(fixture, FOLDER "b.pf2", "B 12", 5, 9);
    fixture_add_picture(fixture, FOLDER "p.tga", 7, 5, 0x80FF8040);
    fixture_add_picture(fixture, FOLDER "box_c.tga", 2, 2, 0x40FFFFFF);
    fixture_add_picture(fixture, FOLDER "box_n.tga", 1, 3, 0xFF00FF00);
    fixture_add_picture(fixture, FOLDER "box_w.tga", 4, 1, 0xFF0000FF);
    fixture_add_picture(fixture, FOLDER "box_se.tga", 3, 3, 0xFFFF0000);
    fixture_add_picture(fixture, FOLDER "icons/disc.png", 4, 4, 0xFFFFFF00);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct fixture fixture;
    static struct surface surface;
    struct theme_state state = {
        .entries = 40,
        .selected = 17,
        .entry = list_entry,
        .is_counting = true,
        .seconds_left = 3,
        .seconds_total = 10,
        .title = "title",
        .keys_long = "long",
        .keys_middle = "middle",
        .keys_short = "short",
        .message = "",
    };
    struct theme_error error = THEME_ERROR_INIT;
    struct theme *theme;

    if (fixture.count == 0) {
        fill(&fixture);
        if (surface_init(&surface, WIDTH, HEIGHT) != STATUS_OK)
            abort();
    }
    if (len > TEXT_MAX)
        return 0;
    fixture_add(&fixture, FOLDER "theme.txt", bytes, len);
    if (theme_open(&fixture.theme_files, FOLDER "theme.txt", WIDTH, HEIGHT, &theme, &error) !=
        STATUS_OK) {
        if (strbuf_text(&error.text)[0] == '\0' || strchr(strbuf_text(&error.text), '\n') != NULL)
            abort(); /* one line that says what is wrong */
        strbuf_clear(&error.text);
        return 0;
    }
    theme_draw(theme, &state, &surface);
    state.selected = 39;
    state.is_counting = false;
    state.message = "a message";
    theme_update(theme, &state, &surface);
    if (theme_page_rows(theme) == 0)
        abort();
    theme_close(theme);
    strbuf_clear(&error.text);
    return 0;
}
