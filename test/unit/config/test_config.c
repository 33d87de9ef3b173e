/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso.json: what is in force, what overrides do, what is found for an image. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "config/base/cleanup.h"
#include "config/base/glob.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/config.h"
#include "test/unit/config/parse.h"
#include "test/unit/config/unit.h"

static void a_new_configuration_is_all_defaults(void **state)
{
    (void)state;
    struct config *config = config_new();

    for (int id = 0; id < SETTING_COUNT; id++)
        assert_true(settings_is_default(config_control(config), (enum setting_id)id));
    assert_null(config_alias(config, "/x.iso"));
    assert_null(config_tip(config, "/x.iso"));
    assert_null(config_override_pattern(config, "/x.iso"));
    config_free(config);
    config_free(NULL);
}

static void control_and_theme_are_laid_over_the_defaults(void **state)
{
    (void)state;
    struct config *config = parse_good_config(
        "{\"$schema\": \"hiperiso.schema.json\", \"control\": {\"timeout\": -1, "
        "\"default_ram\": 4096.0,"
        " \"default_cpus\": 1e1, \"default_display\": \"screen\", "
        "\"default_trace_level\": \"mine\","
        " \"default_cpu_features\": [\"vmx\", \"sse4.2\"], \"fallback_no_kvm\": false,"
        " \"default_qemu_extra_args\": [\"-device\", \"a,b=%\", \"\"], "
        "\"default_image\": \"*deb*\"},"
        " \"theme\": {\"gfxmode\": \"max\", \"gfxpayload\": \"text\", \"file\": "
        "\"/hiperiso/themes/x/theme.txt\"}}");
    const struct settings *s = config_control(config);

    assert_int_equal(settings_number(s, SETTING_TIMEOUT), -1);
    assert_int_equal(settings_number(s, SETTING_RAM), 4096);
    assert_int_equal(settings_number(s, SETTING_CPUS), 10);
    assert_int_equal(settings_number(s, SETTING_DISPLAY), DISPLAY_SCREEN);
    assert_string_equal(settings_text(s, SETTING_TRACE_LEVEL), "mine");
    assert_int_equal(settings_list(s, SETTING_CPU_FEATURES)->count, 2);
    assert_string_equal(settings_list(s, SETTING_QEMU_EXTRA_ARGS)->items[1], "a,b=%");
    assert_string_equal(settings_list(s, SETTING_QEMU_EXTRA_ARGS)->items[2], "");
    assert_int_equal(settings_list(s, SETTING_QEMU_EXTRA_ARGS)->count, 3);
    assert_false(settings_bool(s, SETTING_FALLBACK));
    assert_string_equal(settings_text(s, SETTING_THEME_GFXMODE), "max");
    assert_string_equal(settings_text(s, SETTING_THEME_GFXPAYLOAD), "text");
    assert_int_equal(settings_origin(s, SETTING_TIMEOUT), ORIGIN_CONTROL);
    assert_int_equal(settings_origin(s, SETTING_THEME_GFXMODE), ORIGIN_CONTROL);
    assert_int_equal(settings_origin(s, SETTING_VGA), ORIGIN_DEFAULT);
    config_free(config);
}

static void byte_order_mark_and_crlf_are_accepted(void **state)
{
    (void)state;
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config =
        parse_config("\xEF\xBB\xBF{\r\n  \"control\": {\r\n    \"timeout\": 5,\r\n    "
                     "\"max_depth\": 0\r\n  }\r\n}\r\n",
                     &problems);

    assert_int_equal(settings_number(config_control(config), SETTING_TIMEOUT), 5);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.items[0].line, 4);
    assert_int_equal(problems.items[0].column, 18);
    config_free(config);
    problem_list_clear(&problems);

    config = parse_config("\xEF\xBB\xBF{,}", &problems);
    assert_int_equal(problems.items[0].line, 1);
    assert_int_equal(problems.items[0].column, 2); /* the mark is no column */
    config_free(config);
    problem_list_clear(&problems);
}

static void wrong_values_leave_the_default(void **state)
{
    (void)state;
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config =
        parse_config("{\"control\": {\"timeout\": 9999, \"default_cpu_features\": [\"vmx\", 5]},"
                     " \"iso_overrides\": {\"*\": {\"ram\": 12, \"cpus\": 4}}}",
                     &problems);
    struct settings s;

    assert_int_equal(problems.count, 3);
    assert_int_equal(settings_number(config_control(config), SETTING_TIMEOUT), 10);
    assert_int_equal(settings_origin(config_control(config), SETTING_TIMEOUT), ORIGIN_DEFAULT);
    assert_int_equal(settings_list(config_control(config), SETTING_CPU_FEATURES)->count, 0);
    assert_int_equal(config_resolve(config, "/x.iso", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 2048);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 4);
    settings_clear(&s);
    config_free(config);
    problem_list_clear(&problems);
}

static void places_are_right_in_any_order(void **state)
{
    (void)state;
    /* Duplicates are reported after the section was read, so that places go backwards. */
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config =
        parse_config("{\"menu_alias\": [\n"
                     " {\"iso\": \"b\", \"alias\": \"1\"},\n"
                     " {\"iso\": \"b\", \"alias\": \"2\"}, {\"iso\": \"a\", \"alias\": \"2\"},\n"
                     " {\"iso\": \"a\", \"alias\": \"1\", \"x\": 0}],\n"
                     " \"y\": 0}",
                     &problems);
    static const unsigned places[][2] = {{4, 29}, {4, 10}, {3, 10}, {5, 2}};

    assert_int_equal(problems.count, ARRAY_SIZE(places));
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        assert_int_equal(problems.items[i].line, places[i][0]);
        assert_int_equal(problems.items[i].column, places[i][1]);
    }
    config_free(config);
    problem_list_clear(&problems);
}

static void aliases_and_tips_are_found_regardless_of_case_and_root(void **state)
{
    (void)state;
    struct config *config = parse_good_config(
        "{\"menu_alias\": [{\"iso\": \"/ISOs/Debian.iso\", \"alias\": \"Debian 12\"},"
        " {\"iso\": \"fedora.iso\", \"alias\": \"Fedora\"}, {\"iso\": "
        "\"\\u00c9tude.iso\", \"alias\": \"E\"},"
        " {\"iso\": \"a\\\\b.iso\", \"alias\": \"Back\"}],"
        " \"menu_tip\": [{\"iso\": \"./isos/debian.iso\", \"tip\": \"Stable\"}]}");
    static const struct {
        const char *path, *alias;
    } cases[] = {
        {"/ISOs/Debian.iso", "Debian 12"},
        {"/isos/DEBIAN.ISO", "Debian 12"},
        {"ISOs/Debian.iso", "Debian 12"},
        {"/Fedora.iso", "Fedora"},
        {"/\xC3\xA9tude.iso", "E"},
        {"/a/b.iso", "Back"},
        {"/Debian.iso", NULL},
        {"/ISOs/Debian.iso2", NULL},
        {"/", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *alias = config_alias(config, cases[i].path);
        if (cases[i].alias == NULL)
            assert_null(alias);
        else
            assert_string_equal(alias, cases[i].alias);
    }
    assert_string_equal(config_tip(config, "/ISOs/Debian.iso"), "Stable");
    assert_null(config_tip(config, "/fedora.iso"));
    config_free(config);
}

static void patterns_match_name_and_path(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *path;
        bool matches;
    } cases[] = {
        {"windows11*.iso", "/ISOs/Windows11_x64.iso", true},
        {"*./windows11*.iso", "/ISOs/Windows11_x64.iso", true},
        {"./windows11*.iso", "/ISOs/Windows11_x64.iso", true},
        {"/ISOs/win*.iso", "/ISOs/Windows11_x64.iso", true},
        {"isos/win*.iso", "/ISOs/Windows11_x64.iso", true},
        {"/ISOs/win*.iso", "/Other/Windows11_x64.iso", false},
        {"win*.iso", "/ISOs/mywin.iso", false},
        {"*win*.iso", "/ISOs/mywin.iso", true},
        {"/win*.iso", "/Windows.iso", true},
        {"/win*.iso", "/ISOs/Windows.iso", false},
        {"*/win*.iso", "/ISOs/Windows.iso", true},
        {"x.iso", "x.iso", true},
        {"/x.iso", "x.iso", true},
        {"Fedora [x86].iso", "/a/fedora [X86].iso", true},
        {"Fedora [x86].iso", "/a/Fedora 8.iso", true},
        {"Fedora [x86.iso", "/a/Fedora [x86.iso", true},
        {"\xD0\x9C\xD0\x98\xD0\xA0*", "/a/\xD0\xBC\xD0\xB8\xD1\x80.iso", true}, /* МИР, мир */
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (config_pattern_matches(cases[i].pattern, cases[i].path) != cases[i].matches)
            fail_msg("%s against %s", cases[i].pattern, cases[i].path);
}

static void the_first_matching_override_wins(void **state)
{
    (void)state;
    struct config *config =
        parse_good_config("{\"control\": {\"default_ram\": 1024, \"default_cpus\": 8},"
                          " \"iso_overrides\": {\"deb*\": {\"ram\": 512}, \"*.iso\": "
                          "{\"ram\": 256, \"tpm\": true}}}");
    struct settings s;

    assert_string_equal(config_override_pattern(config, "/Debian.iso"), "deb*");
    assert_int_equal(config_resolve(config, "/Debian.iso", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 512);
    assert_int_equal(settings_origin(&s, SETTING_RAM), ORIGIN_OVERRIDE);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 8);
    assert_int_equal(settings_origin(&s, SETTING_CPUS), ORIGIN_CONTROL);
    assert_false(settings_bool(&s, SETTING_TPM));
    assert_int_equal(settings_origin(&s, SETTING_TPM), ORIGIN_DEFAULT);
    settings_clear(&s);

    assert_string_equal(config_override_pattern(config, "/Fedora.iso"), "*.iso");
    assert_int_equal(config_resolve(config, "/Fedora.iso", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 256);
    settings_clear(&s);

    assert_null(config_override_pattern(config, "/x.img"));
    assert_int_equal(config_resolve(config, "/x.img", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 1024);
    settings_clear(&s);
    config_free(config);
}

/* A value equal to the default still says where it came from. */
static void an_explicit_default_keeps_its_origin(void **state)
{
    (void)state;
    struct config *config = parse_good_config(
        "{\"control\": {\"default_ram\": 1024}, \"iso_overrides\": {\"*\": {\"ram\": 2048}}}");
    struct settings s;

    assert_int_equal(config_resolve(config, "/x.iso", &s), STATUS_OK);
    assert_true(settings_is_default(&s, SETTING_RAM));
    assert_int_equal(settings_origin(&s, SETTING_RAM), ORIGIN_OVERRIDE);
    settings_clear(&s);
    config_free(config);
}

/* ---- size ---- */

static double seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void ten_thousand_images_and_a_thousand_overrides_are_quick(void **state)
{
    (void)state;
    auto_strbuf b = STRBUF_INIT;
    struct timespec start;

    strbuf_append(&b, "{\"menu_alias\": [");
    for (int i = 0; i < 10000; i++)
        strbuf_printf(&b, "%s\n{\"iso\": \"/ISOs/image-%d.iso\", \"alias\": \"Image %d\"}",
                      i > 0 ? "," : "", (i * 7919) % 10000, (i * 7919) % 10000);
    strbuf_append(&b, "], \"iso_overrides\": {");
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&b, "%s\n\"*image*-%d.iso\": {\"ram\": %d}", i > 0 ? "," : "", i * 10,
                      1000 + i);
    strbuf_append(&b, "}}");

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    struct config *config = parse_good_config(strbuf_text(&b));
    double parsed = seconds_since(&start);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < 10000; i++) {
        char path[64], alias[64];
        snprintf(path, sizeof(path), "/isos/Image-%d.iso", i);
        snprintf(alias, sizeof(alias), "Image %d", i);
        assert_string_equal(config_alias(config, path), alias);
        assert_int_equal(config_override_pattern(config, path) != NULL, i % 10 == 0);
    }
    double found = seconds_since(&start);
    print_message("%zu bytes of JSON in %.3f CPU s, 10000 images looked up in %.3f CPU s\n", b.len,
                  parsed, found);
    assert_true(parsed < 5 && found < 20); /* with sanitizers, on a busy machine */
    config_free(config);
}

/* Faults in great number, all in one line: places cost no more than the text is long. */
static void a_file_full_of_faults_is_quick(void **state)
{
    (void)state;
    auto_strbuf b = STRBUF_INIT;
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct timespec start;

    strbuf_append(&b, "{\"iso_overrides\": {");
    for (int i = 0; i < 60000; i++)
        strbuf_printf(&b, "%s\"%d\": {\"use\": \"x.json\", \"y\": 0}", i > 0 ? "," : "", i);
    strbuf_append(&b, "}, \"menu_tip\": [");
    for (int i = 0; i < 30000; i++)
        strbuf_append(&b, i > 0 ? ",{\"iso\": \"x\", \"tip\": \"y\"}"
                                : "{\"iso\": \"x\", \"tip\": \"y\"}");
    strbuf_append(&b, "]}");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    struct config *config = parse_config(strbuf_text(&b), &problems);
    assert_true(seconds_since(&start) < 10);
    assert_int_equal(problems.count, PROBLEMS_MAX);
    assert_int_equal(problems.not_kept, 1 + 2 * CONFIG_OVERRIDES_MAX + 29999 - PROBLEMS_MAX);
    config_free(config);
    problem_list_clear(&problems);
}

static void too_large_a_file_is_refused(void **state)
{
    (void)state;
    auto_free char *text = malloc(CONFIG_FILE_MAX + 2);
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config;

    memset(text, ' ', CONFIG_FILE_MAX + 1);
    memcpy(text, "{}", 2);
    assert_int_equal(config_parse("f", text, CONFIG_FILE_MAX, &problems, &config), STATUS_OK);
    assert_int_equal(problems.count, 0);
    config_free(config);
    assert_int_equal(config_parse("f", text, CONFIG_FILE_MAX + 1, &problems, &config), STATUS_OK);
    assert_string_equal(problems.items[0].message,
                        "4194305 bytes are above the maximum 4194304; nothing in it is in force");
    config_free(config);
    problem_list_clear(&problems);

    memset(text, '[', 2);
    for (size_t i = 1; i + 2 < CONFIG_FILE_MAX; i += 2)
        memcpy(text + i, "0,", 2);
    memcpy(text + CONFIG_FILE_MAX - 3, "0]", 2);
    assert_int_equal(config_parse("f", text, CONFIG_FILE_MAX, &problems, &config), STATUS_OK);
    assert_string_equal(problems.items[0].message,
                        "more than the maximum of 400000 values; nothing in it is in force");
    config_free(config);
    problem_list_clear(&problems);
}

/* The quick refusal of patterns never changes what matches. */
static void random_patterns_match_as_glob_says(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "*", "?",  "[ab]", "[!a]", "[]x]",     "\\*",      "\\[",          "a",     "B",
        "/", "./", ".",    "iso",  "\xC3\x89", "\xC3\xA9", "\xE4\xB8\xAD", "[\\]]", "]"};
    uint32_t seed = 1;
    size_t matched = 0;

    for (int round = 0; round < 20000; round++) {
        auto_strbuf pattern = STRBUF_INIT, path = STRBUF_INIT, json = STRBUF_INIT;
        strbuf_append_char(&path, '/');
        for (int part = 0; part < 2; part++) {
            struct strbuf *b = part == 0 ? &pattern : &path;
            for (uint32_t n = 1 + (seed = seed * 1664525u + 1013904223u) / 65536 % 6; n > 0; n--) {
                seed = seed * 1664525u + 1013904223u;
                strbuf_append(b, pieces[seed / 65536 % ARRAY_SIZE(pieces)]);
            }
        }
        if (glob_check(strbuf_text(&pattern)) != NULL)
            continue;
        strbuf_append(&json, "{\"iso_overrides\": {");
        strbuf_append_json(&json, strbuf_text(&pattern));
        strbuf_append(&json, ": {}}}");
        struct config *config = parse_good_config(strbuf_text(&json));
        bool matches = config_pattern_matches(strbuf_text(&pattern), strbuf_text(&path));
        if ((config_override_pattern(config, strbuf_text(&path)) != NULL) != matches)
            fail_msg("%s against %s", strbuf_text(&pattern), strbuf_text(&path));
        matched += matches;
        config_free(config);
    }
    print_message("%zu matched\n", matched);
    assert_true(matched > 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_configuration_is_all_defaults),
        cmocka_unit_test(control_and_theme_are_laid_over_the_defaults),
        cmocka_unit_test(byte_order_mark_and_crlf_are_accepted),
        cmocka_unit_test(wrong_values_leave_the_default),
        cmocka_unit_test(places_are_right_in_any_order),
        cmocka_unit_test(aliases_and_tips_are_found_regardless_of_case_and_root),
        cmocka_unit_test(patterns_match_name_and_path),
        cmocka_unit_test(the_first_matching_override_wins),
        cmocka_unit_test(an_explicit_default_keeps_its_origin),
        cmocka_unit_test(ten_thousand_images_and_a_thousand_overrides_are_quick),
        cmocka_unit_test(a_file_full_of_faults_is_quick),
        cmocka_unit_test(too_large_a_file_is_refused),
        cmocka_unit_test(random_patterns_match_as_glob_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
