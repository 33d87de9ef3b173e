/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON scanner, and what is said about text that is no JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/json_explain.h"
#include "config/json_scan.h"
#include "config/suggest.h"
#include "test/unit/config/unit.h"

static struct json_span span_of(const char *text)
{
    return (struct json_span){.start = text, .len = strlen(text)};
}

static void well_formed_texts_pass(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "1.5e-3",
        "1E+2",
        "\"\"",
        "true",
        "false",
        "null",
        " [ ] ",
        "\t\r\n{}\n",
        "{\"a\":{\"b\":[1,2,{\"c\":null}]}}",
        "[[],{},\"\",0]",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDCBF\"",
        "\"\x7F\xC3\xA9\"",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", /* 32 deep */
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        size_t off;
        if (json_scan_check(texts[i], strlen(texts[i]), &off) != STATUS_OK)
            fail_msg("%s at %zu", texts[i], off);
    }
}

/* The place and the words for what is no JSON. */
static void faults_are_found_and_explained(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t off, shown_off;
        const char *message;
    } cases[] = {
        {"", 0, 0, "the file is empty: an object { } is needed"},
        {" \n", 2, 2, "the file is empty: an object { } is needed"},
        {"{\"a\": 1,}", 8, 7, "a comma before }: remove it"},
        {"[1,]", 3, 2, "a comma before ]: remove it"},
        {"[1,,2]", 3, 3, "a comma too many: remove it"},
        {"[,1]", 1, 1, "a comma too many: remove it"},
        {"{\"a\": 1 \"b\": 2}", 8, 8, "a comma is missing before this"},
        {"[1 2]", 3, 3, "a comma is missing before this"},
        {"[{} {}]", 4, 4, "a comma is missing before this"},
        {"{\"a\" 1}", 5, 5, "a : is missing between key and value"},
        {"{\"a\"}", 4, 4, "a : and a value are missing"},
        {"{\"a\": }", 6, 6, "a value is missing"},
        {"{a: 1}", 1, 1, "a: a key needs double quotes"},
        {"{'a': 1}", 1, 1, "texts need double quotes (\"), not single ones"},
        {"{\"a\": 'x'}", 6, 6, "texts need double quotes (\"), not single ones"},
        {"{\"a\": True}", 6, 6,
         "True is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"{\"a\": yes}", 6, 6,
         "yes is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[tru]", 4, 1,
         "tru is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[007]", 2, 1,
         "007 is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[+5]", 1, 1,
         "+5 is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[.5]", 1, 1,
         ".5 is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[5.]", 3, 1,
         "5. is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[4096M]", 5, 1,
         "4096M is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"[0x10]", 2, 1,
         "0x10 is no JSON value: write a number like 10, true, false, or a text in double quotes"},
        {"{} // end", 3, 3, "JSON has no comments: remove it"},
        {"/* a */ {}", 0, 0, "JSON has no comments: remove it"},
        {"{\n# a\n}", 2, 2, "JSON has no comments: remove it"},
        {"{\"a\": 1", 7, 7, "the file ends, but the { of line 1 is not closed: } is missing"},
        {"{\n\"a\": [1, 2", 12, 12,
         "the file ends, but the [ of line 2 is not closed: ] is missing"},
        {"[1}", 2, 2, "] is needed here, not }"},
        {"{\"a\": 1]", 7, 7, "} is needed here, not ]"},
        {"{} {}", 3, 3, "more text behind the end of the object: remove it"},
        {"{}}", 2, 2, "more text behind the end of the object: remove it"},
        {"[\"abc\n\"]", 5, 1, "the text that starts here has no closing \" on its line"},
        {"[\"abc", 5, 1, "the text that starts here has no closing \" on its line"},
        {"[\"a\tb\"]", 3, 3, "a control character (0x9) in a text: remove it or write \\t, \\n"},
        {"[\"C:\\ISOs\"]", 5, 4,
         "\\ starts an escape here: write \\\\ for a backslash, / in paths"},
        {"[\"\\u12g4\"]", 6, 2, "\\u needs four hexadecimal digits that are a character"},
        {"[\"\\u12\"]", 6, 2, "\\u needs four hexadecimal digits that are a character"},
        {"[\"\\uD83D\"]", 7, 2, "\\u needs four hexadecimal digits that are a character"},
        {"[\"\\uDC00\"]", 7, 2, "\\u needs four hexadecimal digits that are a character"},
        {"{{}}", 1, 1, "a key in double quotes is needed here"},
        {"[;]", 1, 1, "; is not expected here"},
        {"[\xE2\x80\x9Cx\xE2\x80\x9D]", 1, 1,
         "a character (byte 0xe2) outside of a text: remove it"},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]", 32, 32, "brackets deeper than 32"},
        {"[1234567890123456789012345678901234567890123456789012345678901234]", 65, 1,
         "12345678901234567890123456789012...: longer than a number can be"},
        {"@", 0, 0, "@ is not expected here"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf message = STRBUF_INIT;
        const char *text = cases[i].text;
        size_t off = 4711, shown_off = 4711;
        if (json_scan_check(text, strlen(text), &off) != STATUS_CORRUPT || off != cases[i].off)
            fail_msg("%s: off %zu", text, off);
        json_explain(text, strlen(text), off, &message, &shown_off);
        if (strcmp(strbuf_text(&message), cases[i].message) != 0 || shown_off != cases[i].shown_off)
            fail_msg("%s: at %zu: %s", text, shown_off, strbuf_text(&message));
    }
}

static void members_come_in_order_with_their_places(void **state)
{
    (void)state;
    static const char text[] = "{ \"a\" : 1 , \"b\":[2, 3],\"a\":{\"x\":\"}\"} }";
    static const char *const keys[] = {"\"a\"", "\"b\"", "\"a\""}, *const values[] = {
                                                                       "1", "[2, 3]",
                                                                       "{\"x\":\"}\"}"};
    struct json_member member;
    size_t cursor = 0;

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(json_scan_next(span_of(text), &cursor, &member), STATUS_OK);
        assert_int_equal(member.key.len, strlen(keys[i]));
        assert_memory_equal(member.key.start, keys[i], member.key.len);
        assert_int_equal(member.value.len, strlen(values[i]));
        assert_memory_equal(member.value.start, values[i], member.value.len);
    }
    assert_int_equal(json_scan_next(span_of(text), &cursor, &member), STATUS_END);
    assert_int_equal(json_scan_next(span_of(text), &cursor, &member), STATUS_END);
}

static void elements_have_no_key(void **state)
{
    (void)state;
    struct json_member member;
    size_t cursor = 0;

    assert_int_equal(json_scan_next(span_of("[true]"), &cursor, &member), STATUS_OK);
    assert_null(member.key.start);
    assert_int_equal(member.key.len, 0);
    assert_int_equal(json_scan_next(span_of("[true]"), &cursor, &member), STATUS_END);
}

static void damaged_containers_end_the_iteration(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "{",       "[1",       "1",    "\"a\"",      "{]",
                                      "[1 2]", "{\"a\"}", "{\"a\":}", "[1,]", "{\"a\":1,}", "[}"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct json_member member;
        size_t cursor = 0;
        enum status status;
        int calls = 0;
        do
            status = json_scan_next(span_of(bad[i]), &cursor, &member);
        while (status == STATUS_OK && ++calls < 10);
        assert_int_equal(status, STATUS_CORRUPT);
    }
}

static void values_are_found_by_path(void **state)
{
    (void)state;
    static const char text[] = " {\"event\": \"STOP\", \"data\": {\"list\": [10, {\"x\": \"y\"}], "
                               "\"\": 5, \"reason\": \"guest\"}}\r\n";
    static const struct {
        const char *path, *value;
    } cases[] = {
        {"event", "\"STOP\""},  {"data/reason", "\"guest\""},
        {"data/list/0", "10"},  {"data/list/1/x", "\"y\""},
        {"data/", "5"},         {"data/list/2", NULL},
        {"data/list/-1", NULL}, {"data/list/x", NULL},
        {"event/x", NULL},      {"nothing", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json_span value;
        enum status status = json_scan_find(span_of(text), cases[i].path, &value);
        assert_int_equal(status, cases[i].value != NULL ? STATUS_OK : STATUS_NOT_FOUND);
        if (cases[i].value != NULL) {
            assert_int_equal(value.len, strlen(cases[i].value));
            assert_memory_equal(value.start, cases[i].value, value.len);
        }
    }
}

static void strings_are_decoded_and_compared(void **state)
{
    (void)state;
    static const struct {
        const char *json, *text; /* NULL: STATUS_INVALID */
    } cases[] = {
        {"\"\"", ""},
        {"\"a\\n\\t\\\"\\\\\\/\"", "a\n\t\"\\/"},
        {"\"\\u00e9\\u4E2D\\uD83D\\uDCBF\"", "\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x92\xBF"},
        {"\"\\u0000\"", NULL},
        {"\"a\\u0000b\"", NULL},
        {"12", NULL},
        {"\"a", NULL},
        {"\"a\" ", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_free char *text = NULL;
        enum status status = json_scan_string(span_of(cases[i].json), &text);
        assert_int_equal(status, cases[i].text != NULL ? STATUS_OK : STATUS_INVALID);
        if (cases[i].text == NULL)
            continue;
        assert_string_equal(text, cases[i].text);
        assert_true(json_scan_equals(span_of(cases[i].json), text));
    }
    assert_false(json_scan_equals(span_of("\"ab\""), "a"));
    assert_false(json_scan_equals(span_of("\"a\""), "ab"));
    assert_false(json_scan_equals(span_of("\"a\\u0000\""), "a"));
    assert_false(json_scan_equals(span_of("12"), "12"));
}

static void positions_count_characters_from_one(void **state)
{
    (void)state;
    static const char text[] = "a\xE4\xB8\xAD"
                               "b\r\n\tc\n";
    static const struct {
        size_t off;
        unsigned line, column;
    } cases[] = {{0, 1, 1}, {1, 1, 2}, {4, 1, 3}, {5, 1, 4}, {7, 2, 1}, {8, 2, 2}, {10, 3, 1}};

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        unsigned line, column;
        json_scan_position(text, cases[i].off, &line, &column);
        assert_int_equal(line, cases[i].line);
        assert_int_equal(column, cases[i].column);
    }
}

static void suggestions_are_near_or_none(void **state)
{
    (void)state;
    static const char *const known[] = {"default_ram", "default_cpus", "timeout",
                                        "net_dump",    "vga",          NULL};
    static const struct {
        const char *word, *nearest;
    } cases[] = {
        {"timout", "timeout"},
        {"Timeout", "timeout"},
        {"tiemout", "timeout"},
        {"time_out", "timeout"},
        {"default_rma", "default_ram"},
        {"defualt_cpus", "default_cpus"},
        {"netdump", "net_dump"},
        {"vgaa", "vga"},
        {"xyz", NULL},
        {"", NULL},
        {"colour", NULL},
        {"ram", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *nearest = suggest_nearest(cases[i].word, known);
        if (cases[i].nearest == NULL)
            assert_null(nearest);
        else
            assert_string_equal(nearest, cases[i].nearest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_texts_pass),
        cmocka_unit_test(faults_are_found_and_explained),
        cmocka_unit_test(members_come_in_order_with_their_places),
        cmocka_unit_test(elements_have_no_key),
        cmocka_unit_test(damaged_containers_end_the_iteration),
        cmocka_unit_test(values_are_found_by_path),
        cmocka_unit_test(strings_are_decoded_and_compared),
        cmocka_unit_test(positions_count_characters_from_one),
        cmocka_unit_test(suggestions_are_near_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
