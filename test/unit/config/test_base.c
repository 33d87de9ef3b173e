/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts, patterns, percent-encoding, arena: config/base. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/arena.h"
#include "config/base/cleanup.h"
#include "config/base/glob.h"
#include "config/base/percent.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "test/unit/config/unit.h"

static void utf8_decode_takes_one_byte_of_what_is_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len, used;
        uint32_t code;
    } cases[] = {
        {"A", 1, 1, 'A'},
        {"\xC3\xA9", 2, 2, 0xE9},
        {"\xE4\xB8\xAD", 3, 3, 0x4E2D},
        {"\xF0\x9F\x92\xBF", 4, 4, 0x1F4BF},
        {"\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF},
        {"\xC3", 1, 1, UTF_REPLACEMENT},             /* cut */
        {"\xE4\xB8", 2, 1, UTF_REPLACEMENT},         /* cut */
        {"\xC0\x80", 2, 1, UTF_REPLACEMENT},         /* overlong NUL */
        {"\xE0\x80\xAF", 3, 1, UTF_REPLACEMENT},     /* overlong '/' */
        {"\xF0\x80\x80\xAF", 4, 1, UTF_REPLACEMENT}, /* overlong '/' */
        {"\xED\xA0\x80", 3, 1, UTF_REPLACEMENT},     /* surrogate */
        {"\xF4\x90\x80\x80", 4, 1, UTF_REPLACEMENT}, /* above U+10FFFF */
        {"\x80", 1, 1, UTF_REPLACEMENT},             /* continuation alone */
        {"\xFF", 1, 1, UTF_REPLACEMENT},
        {"\xC3(", 2, 1, UTF_REPLACEMENT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint32_t code;
        assert_int_equal(utf8_decode(cases[i].bytes, cases[i].len, &code), cases[i].used);
        assert_int_equal(code, cases[i].code);
    }
}

static void utf8_encode_is_the_inverse_of_decode(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10FFFF; code++) {
        char bytes[UTF8_MAX_BYTES];
        uint32_t decoded;
        size_t len = utf8_encode(code, bytes);
        assert_int_equal(utf8_decode(bytes, len, &decoded), len);
        bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
        assert_int_equal(decoded, is_surrogate ? UTF_REPLACEMENT : code);
    }
}

static void utf16_and_back_keeps_every_character(void **state)
{
    (void)state;
    static const char text[] = "a\xC3\xA9\xE4\xB8\xAD\xF0\x9F\x92\xBFz";
    auto_free uint16_t *units = NULL;
    auto_free char *back = NULL;
    size_t len;

    assert_int_equal(utf16_from_utf8(text, &units, &len), STATUS_OK);
    assert_int_equal(len, 6);
    assert_int_equal(units[3], 0xD83D);
    assert_int_equal(units[4], 0xDCBF);
    assert_int_equal(utf8_from_utf16(units, len, &back), STATUS_OK);
    assert_string_equal(back, text);
}

static void utf16_lone_surrogates_become_replacements(void **state)
{
    (void)state;
    const uint16_t units[] = {'a', 0xD800, 'b', 0xDC00, 0xD83D};
    auto_free char *text = NULL;

    assert_int_equal(utf8_from_utf16(units, ARRAY_SIZE(units), &text), STATUS_OK);
    assert_string_equal(text, "a\xEF\xBF\xBD"
                              "b\xEF\xBF\xBD\xEF\xBF\xBD");
}

static void utf_fold_is_idempotent_and_folds_letters(void **state)
{
    (void)state;
    static const uint32_t pairs[][2] = {
        {'A', 'a'},     {'Z', 'z'},     {'@', '@'},     {0xC9, 0xE9},
        {0xD7, 0xD7},   {0xDF, 0xDF},   {0x100, 0x101}, {0x139, 0x13A},
        {0x17D, 0x17E}, {0x391, 0x3B1}, {0x3A3, 0x3C3}, {0x410, 0x430},
        {0x42F, 0x44F}, {0x401, 0x451}, {0x40F, 0x45F}, {0x4E2D, 0x4E2D},
    };
    for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
        assert_int_equal(utf_fold(pairs[i][0]), pairs[i][1]);
    for (uint32_t code = 0; code < 0x10000; code++)
        assert_int_equal(utf_fold(utf_fold(code)), utf_fold(code));
}

static void utf8_next_stops_at_the_end(void **state)
{
    (void)state;
    const char *p = "\xE4\xB8\xAD\xE4";

    assert_int_equal(utf8_next(&p), 0x4E2D);
    assert_int_equal(utf8_next(&p), UTF_REPLACEMENT);
    assert_int_equal(utf8_next(&p), 0);
    assert_int_equal(*p, '\0');
}

static void glob_matches_as_documented(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool matches;
    } cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "a/b", true},
        {"a*c", "abbbc", true},
        {"a*c", "abbbcd", false},
        {"*.iso", "Debian.ISO", true},
        {"*.iso", "debian.iso.part", false},
        {"win*11*.iso", "Windows_11_x64.iso", true},
        {"*a*b*c*", "xxaxxbxxcxx", true},
        {"*a*b*c*", "xxaxxcxxbxx", false},
        {"?", "\xE4\xB8\xAD", true},
        {"??", "\xE4\xB8\xAD", false},
        {"[a-c]x", "Bx", true},
        {"[!a-c]x", "bx", false},
        {"[^a-c]x", "dx", true},
        {"[]]x", "]x", true},
        {"[]-a]", "_", true},
        {"[a-]", "-", true},
        {"[\\]]", "]", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"\\[a]", "[a]", true},
        {"\xC3\x89*", "\xC3\xA9tude", true},
        {"[\xD0\x90-\xD0\xAF]", "\xD0\xB6", true}, /* Cyrillic capitals match a small letter */
        {"[a", "a", false},
        {"*[", "[", false},
        {"a?", "a", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (glob_match(cases[i].pattern, cases[i].text) != cases[i].matches)
            fail_msg("%s against %s", cases[i].pattern, cases[i].text);
}

static void glob_many_stars_end_soon(void **state)
{
    (void)state;
    char pattern[201], text[2001];

    for (size_t i = 0; i < 200; i += 2)
        memcpy(pattern + i, "*a", 2);
    pattern[199] = 'b';
    pattern[200] = '\0';
    memset(text, 'a', 2000);
    text[2000] = '\0';
    assert_false(glob_match(pattern, text));
}

static void glob_check_names_the_fault(void **state)
{
    (void)state;
    assert_null(glob_check("*.iso"));
    assert_null(glob_check("[]a]"));
    assert_null(glob_check("\\["));
    assert_string_equal(glob_check("a["), "[ without ]");
    assert_string_equal(glob_check("[]"), "[ without ]");
    assert_string_equal(glob_check("a\\"), "nothing follows \\");
}

static void percent_round_trip_of_every_character(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code += code < 0x3000 ? 1 : 0x101) {
        char text[UTF8_MAX_BYTES + 1] = {0};
        auto_strbuf encoded = STRBUF_INIT;
        auto_free char *decoded = NULL;
        utf8_encode(code, text);
        percent_encode(&encoded, text);
        for (size_t i = 0; i < encoded.len; i++) {
            unsigned char byte = (unsigned char)encoded.text[i];
            assert_true(byte > 0x20 && byte != 0x7F && byte != 0xA0);
            assert_null(strchr("\"',:\\", byte));
        }
        assert_int_equal(percent_decode(encoded.text, encoded.len, &decoded), STATUS_OK);
        assert_string_equal(decoded, text);
    }
}

static void percent_encode_as_documented(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"/ISOs/debian-12.iso", "/ISOs/debian-12.iso"},
        {"a b", "a%20b"},
        {"a=b", "a=b"},
        {"100%", "100%25"},
        {"\"'", "%22%27"},
        {"a,b:c\\d", "a%2Cb%3Ac%5Cd"},
        {"\xC3\xA9", "\xC3\xA9"},
        {"\xC3\xA0", "%C3%A0"},        /* à holds the byte that Linux takes for a space */
        {"\xE4\xB8\xA0", "%E4%B8%A0"}, /* 丠, too */
        {"\xC2\x85", "%C2%85"},        /* NEXT LINE, a control character */
        {"\xFFz", "%FFz"},             /* not UTF-8, kept */
        {"\x01\x7F\n", "%01%7F%0A"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf encoded = STRBUF_INIT;
        percent_encode(&encoded, cases[i][0]);
        assert_string_equal(strbuf_text(&encoded), cases[i][1]);
    }
}

static void percent_decode_refuses_bad_escapes(void **state)
{
    (void)state;
    static const char *const bad[] = {"%", "%2", "%zz", "a%0", "%00", "%%41", "%-1"};

    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        char *decoded = NULL;
        assert_int_equal(percent_decode(bad[i], strlen(bad[i]), &decoded), STATUS_INVALID);
        assert_null(decoded);
    }
    char *decoded = NULL;
    assert_int_equal(percent_decode("a\0b", 3, &decoded), STATUS_INVALID);
}

static void text_parse_int_saturates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_number;
        int64_t number;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"007", true, 7},
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"9223372036854775808", true, INT64_MAX},
        {"99999999999999999999999999", true, INT64_MAX},
        {"-9223372036854775807", true, -INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"-99999999999999999999999999", true, INT64_MIN},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {"1x", false, 0},
        {" 1", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        int64_t number = 4711;
        assert_int_equal(text_parse_int(cases[i].text, strlen(cases[i].text), &number),
                         cases[i].is_number);
        assert_int_equal(number, cases[i].is_number ? cases[i].number : 4711);
    }
}

static void text_cut_keeps_characters_whole(void **state)
{
    (void)state;
    static const char text[] = "a\xE4\xB8\xAD"
                               "b";

    assert_int_equal(text_cut(text, 0), 0);
    assert_int_equal(text_cut(text, 1), 1);
    assert_int_equal(text_cut(text, 2), 1);
    assert_int_equal(text_cut(text, 3), 1);
    assert_int_equal(text_cut(text, 4), 4);
    assert_int_equal(text_cut(text, 99), 5);
}

static void text_find_invalid_utf8_finds_the_first(void **state)
{
    (void)state;
    assert_int_equal(text_find_invalid_utf8("abc", 3), 3);
    assert_int_equal(text_find_invalid_utf8("a\xEF\xBF\xBDz", 5), 5); /* U+FFFD itself is valid */
    assert_int_equal(text_find_invalid_utf8("a\xE9z", 3), 1);
    assert_int_equal(text_find_invalid_utf8("ab\xC3", 3), 2);
}

static void strbuf_never_exceeds_its_maximum(void **state)
{
    (void)state;
    auto_strbuf b = strbuf_with_max(5);

    strbuf_append(&b, "abc");
    strbuf_printf(&b, "%d", 12);
    assert_int_equal(strbuf_status(&b), STATUS_OK);
    strbuf_append_char(&b, 'x');
    assert_int_equal(strbuf_status(&b), STATUS_TOO_LARGE);
    strbuf_append(&b, "");
    assert_string_equal(strbuf_text(&b), "abc12");
    assert_null(strbuf_take(&b));
    strbuf_append(&b, "new");
    assert_string_equal(strbuf_text(&b), "new");
    strbuf_reset(&b);
    assert_string_equal(strbuf_text(&b), "");
}

static void strbuf_take_of_nothing_is_an_empty_text(void **state)
{
    (void)state;
    struct strbuf b = STRBUF_INIT;
    auto_free char *text = strbuf_take(&b);

    assert_non_null(text);
    assert_string_equal(text, "");
}

static void strbuf_append_json_escapes(void **state)
{
    (void)state;
    auto_strbuf b = STRBUF_INIT;

    strbuf_append_json(&b, "a\"\\\n\t\x01\x7F\xC3\xA9\xFF");
    assert_string_equal(strbuf_text(&b), "\"a\\\"\\\\\\n\\t\\u0001\\u007f\xC3\xA9\xEF\xBF\xBD\"");
    strbuf_reset(&b);
    strbuf_append_json(&b, "\xC2\x9B\xE2\x80\xAE");
    assert_string_equal(strbuf_text(&b), "\"\\u009b\\u202e\"");
}

static void strbuf_append_printable_leaves_nothing_that_deceives(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"plain \\ \"text\"", "plain \\ \"text\""},
        {"\x1B[31m\n\r\t\x7F", "\\x1B[31m\\x0A\\x0D\\x09\\x7F"},
        {"\xC2\x80\xC2\x9B\xC2\x9F\xC2\xA0", "\\u0080\\u009B\\u009F\xC2\xA0"},
        {"\xE2\x80\xAE\xE2\x81\xA6\xE2\x81\xA9\xD8\x9C\xE2\x80\x8F",
         "\\u202E\\u2066\\u2069\\u061C\\u200F"},
        {"\xE2\x80\xA8\xEF\xBB\xBF", "\\u2028\\uFEFF"},
        {"\xE4\xB8\xAD \xF0\x9F\x98\x80 \xEF\xBF\xBD",
         "\xE4\xB8\xAD \xF0\x9F\x98\x80 \xEF\xBF\xBD"},
        {"a\xFF\xC3", "a\\xFF\\xC3"}, /* as a terminal in Latin-1 would take them */
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_strbuf b = STRBUF_INIT;
        strbuf_append_printable(&b, cases[i].text);
        assert_string_equal(strbuf_text(&b), cases[i].expected);
    }
}

static void hexadecimal_digits_have_values(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdefABCDEF";

    for (int c = -128; c < 128; c++) {
        const char *found = c != 0 ? strchr(digits, c) : NULL;
        long place = found != NULL ? found - digits : -1;
        assert_int_equal(text_hex_value((char)c), place > 15 ? place - 6 : place);
    }
}

static void arena_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    struct arena arena = {0};

    for (size_t size = 0; size < 3000; size++) {
        unsigned char *memory = arena_alloc(&arena, size);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
        memset(memory, 0xAA, size);
    }
    assert_non_null(arena_alloc(&arena, (size_t)1 << 20));
    assert_null(arena_alloc(&arena, SIZE_MAX - 8));
    assert_null(arena_copy(&arena, "", SIZE_MAX));
    assert_string_equal(arena_copy(&arena, "abcdef", 3), "abc");
    arena_clear(&arena);
    assert_int_equal(arena.total_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_decode_takes_one_byte_of_what_is_invalid),
        cmocka_unit_test(utf8_encode_is_the_inverse_of_decode),
        cmocka_unit_test(utf16_and_back_keeps_every_character),
        cmocka_unit_test(utf16_lone_surrogates_become_replacements),
        cmocka_unit_test(utf_fold_is_idempotent_and_folds_letters),
        cmocka_unit_test(utf8_next_stops_at_the_end),
        cmocka_unit_test(glob_matches_as_documented),
        cmocka_unit_test(glob_many_stars_end_soon),
        cmocka_unit_test(glob_check_names_the_fault),
        cmocka_unit_test(percent_round_trip_of_every_character),
        cmocka_unit_test(percent_encode_as_documented),
        cmocka_unit_test(percent_decode_refuses_bad_escapes),
        cmocka_unit_test(text_parse_int_saturates),
        cmocka_unit_test(text_cut_keeps_characters_whole),
        cmocka_unit_test(text_find_invalid_utf8_finds_the_first),
        cmocka_unit_test(strbuf_never_exceeds_its_maximum),
        cmocka_unit_test(strbuf_take_of_nothing_is_an_empty_text),
        cmocka_unit_test(strbuf_append_json_escapes),
        cmocka_unit_test(strbuf_append_printable_leaves_nothing_that_deceives),
        cmocka_unit_test(hexadecimal_digits_have_values),
        cmocka_unit_test(arena_gives_zeroed_aligned_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
