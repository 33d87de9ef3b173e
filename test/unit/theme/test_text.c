/* SPDX-License-Identifier: BSD-2-Clause */
/* The grammar of theme.txt and the values in it. */
#include "test/unit/config/unit.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/gfx/theme/theme_text.h"
#include "efi/core/gfx/theme/theme_value.h"
#include "test/unit/config/fail_alloc.h"

static enum status parse(const char *text, struct theme_text *ret_text, struct theme_error *error)
{
    *error = (struct theme_error){.text = STRBUF_INIT};
    return theme_text_parse(text, strlen(text), ret_text, error);
}

static void parser_makes_a_tree_in_the_order_of_the_file(void **state)
{
    static const char text[] = "title-text: \"A b\"\n"
                               "+ vbox { left = 10%\n"
                               "  # a comment }\n"
                               "  + label { text=\"x y\" color = #fff}\n"
                               "  + hbox { + image { file = (a b) } }\n"
                               "  id = \"last\" }\n"
                               "+ boot_menu { }\n";
    /* "#fff}" is one word, as in GRUB: the label is closed by the next brace */
    static const char closed[] =
        "+ vbox { + label { text = \"x y\" } + hbox { + image { file = (a b) } } "
        "id = \"last\" }\n+ boot_menu { }";
    static const struct {
        enum theme_kind kind;
        uint32_t parent;
    } expected[] = {
        {THEME_ROOT, THEME_TEXT_NONE},
        {THEME_VBOX, 0},
        {THEME_LABEL, 1},
        {THEME_HBOX, 1},
        {THEME_IMAGE, 3},
        {THEME_BOOT_MENU, 0},
    };
    struct theme_text tree;
    struct theme_error error;
    (void)state;
    assert_int_equal(parse(text, &tree, &error), STATUS_CORRUPT);
    theme_text_clear(&tree);
    strbuf_clear(&error.text);

    assert_int_equal(parse(closed, &tree, &error), STATUS_OK);
    assert_int_equal(tree.node_count, ARRAY_SIZE(expected));
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_int_equal(tree.nodes[i].kind, expected[i].kind);
        assert_int_equal(tree.nodes[i].parent, expected[i].parent);
    }
    assert_int_equal(tree.nodes[0].first_child, 1);
    assert_int_equal(tree.nodes[1].next_sibling, 5);
    assert_int_equal(tree.nodes[5].previous_sibling, 1);
    assert_int_equal(tree.property_count, 3);
    assert_string_equal(tree.properties[0].value, "x y");
    assert_string_equal(tree.properties[1].value, "(a b)");
    assert_string_equal(tree.properties[2].name, "id");
    assert_int_equal(tree.properties[2].object, 1);
    theme_text_clear(&tree);
}

static void parser_names_the_place_of_what_is_wrong(void **state)
{
    static const struct {
        const char *text;
        unsigned line, column;
        const char *part; /* of the message */
    } cases[] = {
        {"+ lable { }", 1, 3, "\"lable\""},
        {"\n\n  + { }", 3, 5, "type is missing"},
        {"+ label text = 1", 1, 3, "'{' is missing"},
        {"+ label {\n text \"x\" }", 2, 2, "'=' is missing behind text"},
        {"+ label { text = \"x }", 1, 18, "never closed"},
        {"+ label { text = (1, 2 }", 1, 18, "never closed"},
        {"+ label { text = ", 1, 18, "value is missing"},
        {"+ label { ; }", 1, 11, "property of label"},
        {"+ label { + image { } }", 1, 13, "cannot hold"},
        {"title-text \"x\"", 1, 1, "':' is missing"},
        {"title-text: x", 1, 13, "in quotes"},
        {"+ label { text = \"\xFF\" }", 1, 18, "UTF-8"},
        {"\xC3\xA9\n+ label { text = \"\xC3\xA9\xC3\xA9\" \xC3\xA9 }", 2, 23, "property of label"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct theme_text tree;
        struct theme_error error;
        if (parse(cases[i].text, &tree, &error) != STATUS_CORRUPT)
            fail_msg("%s: not refused", cases[i].text);
        if (error.line != cases[i].line || error.column != cases[i].column ||
            strstr(strbuf_text(&error.text), cases[i].part) == NULL)
            fail_msg("%s: %u:%u: %s", cases[i].text, error.line, error.column,
                     strbuf_text(&error.text));
        theme_text_clear(&tree);
        strbuf_clear(&error.text);
    }
}

static void parser_passes_over_what_grub_passes_over(void **state)
{
    static const char *const texts[] = {
        "",
        "\xEF\xBB\xBF# with a mark",
        "}\n+ label { }",
        "; nothing here\n+ label { }",
        "+ label { text = \"x\"",
        "+ canvas { + canvas {",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct theme_text tree;
        struct theme_error error;
        if (parse(texts[i], &tree, &error) != STATUS_OK)
            fail_msg("%s: %s", texts[i], strbuf_text(&error.text));
        theme_text_clear(&tree);
        strbuf_clear(&error.text);
    }
}

static void parser_is_bounded(void **state)
{
    auto_strbuf text = strbuf_with_max(THEME_TEXT_BYTES_MAX * 2);
    struct theme_text tree;
    struct theme_error error;
    (void)state;
    for (int i = 0; i <= THEME_TEXT_DEPTH_MAX; i++)
        strbuf_append(&text, "+ canvas { ");
    assert_int_equal(parse(strbuf_text(&text), &tree, &error), STATUS_TOO_LARGE);
    theme_text_clear(&tree);
    strbuf_clear(&error.text);

    strbuf_reset(&text);
    for (int i = 0; i < THEME_TEXT_OBJECTS_MAX; i++)
        strbuf_append(&text, "+ label { }\n");
    assert_int_equal(parse(strbuf_text(&text), &tree, &error), STATUS_TOO_LARGE);
    assert_int_equal(error.line, THEME_TEXT_OBJECTS_MAX); /* the root is one of them */
    theme_text_clear(&tree);
    strbuf_clear(&error.text);

    strbuf_reset(&text);
    for (int i = 0; i <= THEME_TEXT_PROPERTIES_MAX; i++)
        strbuf_append(&text, "a:\"\"\n");
    assert_int_equal(parse(strbuf_text(&text), &tree, &error), STATUS_TOO_LARGE);
    theme_text_clear(&tree);
    strbuf_clear(&error.text);

    strbuf_reset(&text);
    for (size_t i = 0; i <= THEME_TEXT_BYTES_MAX; i++)
        strbuf_append_char(&text, ' ');
    assert_int_equal(parse(strbuf_text(&text), &tree, &error), STATUS_TOO_LARGE);
    theme_text_clear(&tree);
    strbuf_clear(&error.text);
}

static void parser_survives_failing_allocations(void **state)
{
    static const char text[] = "title-text: \"x\"\n+ vbox { left = 1 + label { text = \"y\" } }";
    enum status status = STATUS_NO_MEMORY;
    unsigned long nth = 1;
    (void)state;
    for (; status != STATUS_OK; nth++) {
        struct theme_text tree;
        struct theme_error error = {.text = STRBUF_INIT};
        fail_alloc_after(nth);
        status = theme_text_parse(text, strlen(text), &tree, &error);
        fail_alloc_after(0);
        if (status != STATUS_OK)
            assert_int_equal(status, STATUS_NO_MEMORY);
        theme_text_clear(&tree);
        strbuf_clear(&error.text);
    }
    assert_true(nth > 3);
}

static void colours_are_understood(void **state)
{
    static const struct {
        const char *text;
        uint32_t colour;
    } cases[] = {
        {"#fff", 0xFFFFFFFF},          {"#1238", 0x88112233},     {"#102030", 0xFF102030},
        {"#10203040", 0x40102030},     {" 1, 2,3", 0xFF010203},   {"0x10,020,255, 7", 0x071010FF},
        {"white", 0xFFFFFFFF},         {"aliceblue", 0xFFF0F8FF}, {"yellowgreen", 0xFF9ACD32},
        {"darkslategrey", 0xFF2F4F4F},
    };
    static const char *const refused[] = {
        "",          "#",       "#12",   "#12345", "#1234567", "#123456789",           "1,2",
        "1,2,3,4,5", "256,0,0", "1;2;3", "grenn",  "White",    "lightgoldenrodyellows"};
    uint32_t colour = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (!theme_parse_colour(cases[i].text, &colour) || colour != cases[i].colour)
            fail_msg("%s: 0x%08X", cases[i].text, colour);
    }
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        if (theme_parse_colour(refused[i], &colour))
            fail_msg("%s: not refused", refused[i]);
    }
}

static void lengths_are_understood(void **state)
{
    static const struct {
        const char *text;
        int whole, pixels;
    } cases[] = {
        {"", 1000, 0},          {"12", 1000, 12},    {"50%", 1000, 500}, {"100%-32", 768, 736},
        {"50%+12", 100, 62},    {"12+50%", 100, 62}, {"-5", 100, -5},    {"--5", 100, 5},
        {"10%+10%", 1000, 200}, {"33%", 1024, 337},  {"0x10", 100, 16},
    };
    static const char *const refused[] = {"x", "5px", "%", "50%-", "99999", "1 2 x"};
    struct theme_length length;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (!theme_parse_length(cases[i].text, &length))
            fail_msg("%s: refused", cases[i].text);
        if (theme_length_of(length, cases[i].whole) != cases[i].pixels)
            fail_msg("%s: %d", cases[i].text, theme_length_of(length, cases[i].whole));
    }
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        if (theme_parse_length(refused[i], &length))
            fail_msg("%s: not refused", refused[i]);
    }
}

static void angles_are_in_parts_of_a_circle(void **state)
{
    static const struct {
        const char *text;
        int angle;
    } cases[] = {
        {"-64", -64}, {"90 deg", 64}, {"-90deg", -64}, {"45\xC2\xB0", 32}, {"7 x", 7},
    };
    int angle;
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (!theme_parse_angle(cases[i].text, &angle) || angle != cases[i].angle)
            fail_msg("%s: %d", cases[i].text, angle);
    }
    assert_false(theme_parse_angle("deg", &angle));
}

static void paths_are_resolved(void **state)
{
    static const struct {
        const char *file, *path;
    } cases[] = {
        {"a.png", "/h/t/x/a.png"},
        {"../splash.png", "/h/t/splash.png"},
        {"./f/./a.pf2", "/h/t/x/f/a.pf2"},
        {"/isolinux/splash.png", "/isolinux/splash.png"},
        {"(hd0,1)/b/c.png", "/b/c.png"},
        {"../../../../../etc", "/etc"},
        {"a//b", "/h/t/x/a/b"},
        {"icons/", "/h/t/x/icons/"},
        {"..", "/h/t/"},
        {"/../..//x", "/x"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf path = STRBUF_INIT;
        theme_append_path(&path, "/h/t/x/", cases[i].file);
        assert_string_equal(strbuf_text(&path), cases[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parser_makes_a_tree_in_the_order_of_the_file),
        cmocka_unit_test(parser_names_the_place_of_what_is_wrong),
        cmocka_unit_test(parser_passes_over_what_grub_passes_over),
        cmocka_unit_test(parser_is_bounded),
        cmocka_unit_test(parser_survives_failing_allocations),
        cmocka_unit_test(colours_are_understood),
        cmocka_unit_test(lengths_are_understood),
        cmocka_unit_test(angles_are_in_parts_of_a_circle),
        cmocka_unit_test(paths_are_resolved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
