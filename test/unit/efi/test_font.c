/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts in pixels: widths, cuts, glyphs of three sources, the cache. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/gfx/font.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"
#include "test/unit/efi/host_fonts.h"

#define WHITE 0xFFFFFFu

struct fixture {
    struct host_fonts fonts;
    struct font font;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    host_fonts_open(&f->fonts);
    assert_int_equal(
        font_init(&f->font, f->fonts.outlines, f->fonts.outlines_len, &f->fonts.bitmaps),
        STATUS_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    font_clear(&f->font);
    host_fonts_close(&f->fonts);
    free(f);
    return 0;
}

static size_t count_colour(const struct surface *surface, uint32_t colour)
{
    size_t count = 0;
    for (size_t i = 0; i < (size_t)surface->width * surface->height; i++)
        count += surface->pixels[i] == colour;
    return count;
}

static void a_text_is_cut_between_characters(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {
        "plain",
        "cafe\xcc\x81 no\xcc\x88l",
        "\xe6\xbc\xa2\xe5\xad\x97.iso",
        "\xf0\x9f\x90\xa7 x",
        "\xff\xfe broken \xe2\x82",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        size_t len = strlen(texts[i]);
        unsigned all = font_width(&f->font, 16, texts[i], len);
        size_t before = 0;
        for (unsigned width = 0; width <= all; width++) {
            unsigned used;
            size_t fitting = font_fit(&f->font, 16, texts[i], len, width, &used);
            size_t tail = font_fit_end(&f->font, 16, texts[i], len, width);
            assert_true(used <= width && fitting >= before && fitting <= len && tail <= len);
            assert_int_equal(font_width(&f->font, 16, texts[i], fitting), used);
            assert_true(font_width(&f->font, 16, texts[i] + tail, len - tail) <= width);
            /* A mark stays with its letter. */
            assert_true(fitting == len || ((uint8_t)texts[i][fitting] != 0xCC));
            assert_true(tail == len || ((uint8_t)texts[i][tail] != 0xCC));
            before = fitting;
        }
        assert_int_equal(font_fit(&f->font, 16, texts[i], len, all, NULL), len);
        assert_int_equal(font_fit_end(&f->font, 16, texts[i], len, all), 0);
    }
}

/* No ink of a text lies left of its pen or right of its width by more than a letter's overhang. */
static void texts_keep_to_their_width(void **state)
{
    struct fixture *f = *state;
    static const unsigned ems[] = {12, 14, 17, 23, 46};
    enum { SIDE = 400, LEFT = 60 };
    for (size_t e = 0; e < ARRAY_SIZE(ems); e++) {
        for (uint32_t code = 0x20; code <= 0xFFFF; code += code < 0x600 ? 1 : 97) {
            char text[UTF8_MAX_BYTES];
            size_t len = utf8_encode(code, text);
            struct surface surface;
            assert_int_equal(surface_init(&surface, SIDE, 150), STATUS_OK);
            unsigned width = font_width(&f->font, ems[e], text, len);
            font_draw(&f->font, ems[e], &surface, LEFT, 90, WHITE, text, len);
            for (unsigned y = 0; y < surface.height; y++) {
                for (unsigned x = 0; x < SIDE; x++) {
                    bool is_near = x + ems[e] / 2 >= LEFT && x <= LEFT + width + ems[e] / 2;
                    if (surface.pixels[y * SIDE + x] != 0 && !is_near && width > 0)
                        fail_msg("U+%04X at %u: ink at %u, width %u", code, ems[e], x, width);
                }
            }
            surface_clear(&surface);
        }
    }
}

static bool has_ink(struct fixture *f, const char *text)
{
    struct surface surface;
    assert_int_equal(surface_init(&surface, 300, 60), STATUS_OK);
    font_draw(&f->font, 16, &surface, 20, 40, WHITE, text, strlen(text));
    bool has = count_colour(&surface, 0) < 300 * 60;
    surface_clear(&surface);
    return has;
}

/* No name of the basic plane is shown as boxes: the list is Python's, of its Unicode version. */
static void every_character_of_the_basic_plane_has_a_glyph(void **state)
{
    struct fixture *f = *state;
    auto_free char *list = host_read_text(getenv("HIPERISO_TEST_ASSIGNED"));
    static struct pf2_glyph glyph;
    struct pf2 bitmaps;
    unsigned outlines = 0, others = 0;

    assert_int_equal(pf2_open(&bitmaps, &f->fonts.bitmaps), STATUS_OK);
    for (char *line = list; *line != '\0';) {
        uint32_t code = (uint32_t)strtoul(line, &line, 16);
        line += strspn(line, "\n");
        if (ttf_glyph(f->font.outlines, code) != 0)
            outlines++;
        else if (pf2_read_glyph(&bitmaps, code, &glyph) == STATUS_OK)
            others++;
        else
            fail_msg("U+%04X has no glyph", code);
    }
    pf2_close(&bitmaps);
    assert_true(outlines > 5000 && others > 50000);
    assert_true(has_ink(f, "\xe6\xbc\xa2") && has_ink(f, "\xd9\x86") && has_ink(f, "\xe0\xa4\xb9"));
}

static void each_glyph_is_made_once(void **state)
{
    struct fixture *f = *state;
    const char *text = "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97";
    assert_int_equal(f->fonts.reads, 0);
    font_width(&f->font, 16, "Latin only", 10);
    assert_int_equal(f->fonts.reads, 0); /* the bitmap font is not even opened */
    font_width(&f->font, 16, text, strlen(text));
    unsigned reads = f->fonts.reads;
    assert_true(reads > 0);
    for (unsigned i = 0; i < 10; i++)
        assert_true(has_ink(f, text));
    assert_int_equal(f->fonts.reads, reads);
}

static void the_glyph_cache_has_a_bound(void **state)
{
    struct fixture *f = *state;
    struct surface surface;
    assert_int_equal(surface_init(&surface, 200, 200), STATUS_OK);
    for (unsigned em = 100; em < 140; em++) {
        for (uint32_t code = 0x21; code < 0x250; code++) {
            char text[UTF8_MAX_BYTES];
            size_t len = utf8_encode(code, text);
            font_draw(&f->font, em, &surface, 20, 150, WHITE, text, len);
            assert_true(f->font.cache_bytes <= FONT_CACHE_BYTES_MAX + 512 * 512);
            assert_true(f->font.cache_count < FONT_CACHE_SLOTS);
        }
    }
    surface_clear(&surface);
}

static void a_text_without_memory_leaves_glyphs_out(void **state)
{
    struct fixture *f = *state;
    struct surface surface;
    assert_int_equal(surface_init(&surface, 300, 60), STATUS_OK);
    for (unsigned n = 1; n < 60; n++) {
        char text[32];
        snprintf(text, sizeof(text), "%u \xe6\xbc\xa2 \xf0\x9f\x90\xa7 Wj", n);
        fail_alloc_after(n);
        font_draw(&f->font, 20 + n, &surface, 5, 40, WHITE, text, strlen(text));
        fail_alloc_after(0);
    }
    surface_clear(&surface);
}

static void a_cut_font_is_refused(void **state)
{
    struct fixture *f = *state;
    size_t refused = 0, tried = 0;
    for (size_t len = 0; len < f->fonts.outlines_len; len += 3571) {
        auto_free uint8_t *part = malloc(len + 1);
        struct ttf *ttf;
        memcpy(part, f->fonts.outlines, len);
        tried++;
        if (ttf_open(part, len, &ttf) == STATUS_OK)
            ttf_close(ttf);
        else
            refused++;
    }
    assert_true(tried > 200);
    assert_int_equal(refused, tried);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_text_is_cut_between_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(texts_keep_to_their_width, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_character_of_the_basic_plane_has_a_glyph, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(each_glyph_is_made_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_glyph_cache_has_a_bound, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_without_memory_leaves_glyphs_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cut_font_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("font", tests, NULL, NULL);
}
