/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder with two fonts and a few pictures, a theme in it, a screen. */
#include "test/unit/theme/theme_bench.h"

static const char *const titles[] = {"alpha", "beta", "gamma", "delta", "epsilon", "zeta"};

static void list_entry(void *context, size_t index, struct theme_entry *ret_entry)
{
    (void)context;
    *ret_entry = (struct theme_entry){.title = titles[index % ARRAY_SIZE(titles)],
                                      .classes = {"other", "disc"},
                                      .class_count = index == 1 ? 2 : 0};
}

void bench_init(struct bench *bench)
{
    *bench = (struct bench){.error = THEME_ERROR_INIT};
    fixture_init(&bench->fixture);
    fixture_add_font(&bench->fixture, FOLDER "small.pf2", "Small 6", 3, 6);
    fixture_add_font(&bench->fixture, FOLDER "large.pf2", "Large 12", 7, 12);
    fixture_add_picture(&bench->fixture, FOLDER "red.tga", 10, 20, 0xFF000000 | RED);
    fixture_add_picture(&bench->fixture, FOLDER "box_c.tga", 1, 1, 0xFF000000 | GREEN);
    fixture_add_picture(&bench->fixture, FOLDER "box_n.tga", 1, 3, 0xFF000000 | BLUE);
    fixture_add_picture(&bench->fixture, FOLDER "box_w.tga", 5, 1, 0xFF000000 | WHITE);
    fixture_add_picture(&bench->fixture, FOLDER "icons/disc.png", 4, 4, 0xFF000000 | WHITE);
    bench->state = (struct theme_state){
        .entries = 3,
        .selected = 1,
        .entry = list_entry,
        .title = "",
        .keys_long = "long keys",
        .keys_middle = "middle",
        .keys_short = "short",
        .message = "",
    };
    assert_int_equal(surface_init(&bench->surface, WIDTH, HEIGHT), STATUS_OK);
}

void bench_clear(struct bench *bench)
{
    theme_close(bench->theme);
    surface_clear(&bench->surface);
    fixture_clear(&bench->fixture);
    strbuf_clear(&bench->error.text);
}

enum status bench_try(struct bench *bench, const char *text)
{
    theme_close(bench->theme);
    bench->theme = NULL;
    fixture_add(&bench->fixture, FOLDER "theme.txt", text, strlen(text));
    return theme_open(&bench->fixture.theme_files, FOLDER "theme.txt", WIDTH, HEIGHT, &bench->theme,
                      &bench->error);
}

void bench_open(struct bench *bench, const char *text)
{
    if (bench_try(bench, text) != STATUS_OK)
        fail_msg("%u:%u: %s", bench->error.line, bench->error.column,
                 strbuf_text(&bench->error.text));
    theme_draw(bench->theme, &bench->state, &bench->surface);
}

uint32_t bench_pixel(const struct bench *bench, unsigned x, unsigned y)
{
    return bench->surface.pixels[(size_t)y * WIDTH + x];
}
