/* SPDX-License-Identifier: BSD-2-Clause */
/* Templates: what they set, what is wrong with them, whose fault that is; and running out of memory
 * on the way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/config.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/parse.h"
#include "test/unit/config/unit.h"

static unsigned loads;

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    const char *text = context;

    loads++;
    if (strcmp(name, "large") == 0)
        return max == CONFIG_TEMPLATE_MAX ? STATUS_TOO_LARGE : STATUS_OK;
    if (strcmp(name, "absent") == 0)
        return STATUS_NOT_FOUND;
    if (strcmp(name, "broken") == 0)
        return STATUS_IO;
    assert_string_equal(name, "windows11");
    *ret_text = text_copy(text);
    if (*ret_text == NULL)
        return STATUS_NO_MEMORY;
    *ret_len = strlen(text);
    return STATUS_OK;
}

static void templates_come_before_the_overrides_own_keys(void **state)
{
    (void)state;
    char text[] = "{\"ram\": 4096, \"cpus\": 4, \"tpm\": true}";
    const struct template_source source = {.load = load_template, .context = text};
    struct config *config = parse_good_config("{\"iso_overrides\": {\"a*\": \"windows11\","
                                              " \"b*\": {\"cpus\": 6, \"use\": \"windows11\"}}}");
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct settings s;

    loads = 0;
    assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
    assert_int_equal(loads, 1);
    assert_int_equal(config_resolve(config, "/a.iso", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 4096);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 4);
    assert_int_equal(settings_origin(&s, SETTING_CPUS), ORIGIN_OVERRIDE);
    settings_clear(&s);
    assert_int_equal(config_resolve(config, "/b.iso", &s), STATUS_OK);
    assert_int_equal(settings_number(&s, SETTING_RAM), 4096);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 6);
    assert_true(settings_bool(&s, SETTING_TPM));
    settings_clear(&s);
    assert_int_equal(problems.count, 0);
    assert_string_equal(config_override_template(config, "/b.iso"), "windows11");
    assert_null(config_override_template(config, "/c.iso"));
    assert_true(config_override_sets(config, "/b.iso", SETTING_CPUS));
    assert_false(config_override_sets(config, "/b.iso", SETTING_RAM));
    assert_false(config_override_sets(config, "/c.iso", SETTING_CPUS));
    config_free(config);
}

/* A template that is there is in force but for its wrong keys. */
static void wrong_keys_of_a_template_are_named_and_the_rest_counts(void **state)
{
    (void)state;
    static const struct {
        const char *text, *problem;
    } cases[] = {
        {"{\"cpus\": 4,\n \"use\": \"windows11\"}",
         "iso_overrides/windows11.json:2:2: use: a template cannot use another; remove it"},
        {"{\"cpus\": 4,\n \"tmp\": true}",
         "iso_overrides/windows11.json:2:2: tmp: unknown key; did you mean tpm?"},
        {"{\"cpus\": 4,\n \"ram\": 1}",
         "iso_overrides/windows11.json:2:9: ram: 1 is below the minimum 128"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_free char *template = text_copy(cases[i].text);
        const struct template_source source = {.load = load_template, .context = template};
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct settings s;
        struct config *config =
            parse_good_config("{\"iso_overrides\": {\"a*\": \"windows11\","
                              " \"b*\": {\"use\": \"windows11\", \"ram\": 512}}}");
        assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
        assert_int_equal(problems.count, 1); /* not once for each override */
        auto_free char *problem = problem_text(&problems.items[0]);
        assert_string_equal(problem, cases[i].problem);
        assert_null(config_fault(config, "/a.iso"));
        assert_int_equal(config_resolve(config, "/b.iso", &s), STATUS_OK);
        assert_int_equal(settings_number(&s, SETTING_CPUS), 4);
        assert_int_equal(settings_number(&s, SETTING_RAM), 512);
        settings_clear(&s);
        config_free(config);
        problem_list_clear(&problems);
    }
}

/* One that cannot be used keeps its images, and only those, from being started. */
static void unusable_templates_are_a_fault_of_their_images(void **state)
{
    (void)state;
    static const struct {
        const char *override, *text, *fault;
    } cases[] = {
        {"{\"use\": \"absent\", \"cpus\": 6}", "",
         "hiperiso.json:1:34: iso_overrides[\"a*\"]: template absent: there is no "
         "/hiperiso/iso_overrides/absent.json: correct the name or put the file there"},
        {"{\"use\": \"broken\", \"cpus\": 6}", "",
         "hiperiso.json:1:34: iso_overrides[\"a*\"]: template broken: "
         "/hiperiso/iso_overrides/broken.json cannot be read: input/output error"},
        {"\"large\"", "",
         "hiperiso.json:1:26: iso_overrides[\"a*\"]: template large: "
         "/hiperiso/iso_overrides/large.json is larger than the maximum of 65536 bytes"},
        {"\"windows11\"", "{\"cpus\": 4,",
         "iso_overrides/windows11.json:1:12: the file ends, but the { of line 1 is not closed: } "
         "is missing; nothing in this file is in force"},
        {"\"windows11\"", "[]",
         "iso_overrides/windows11.json:1:1: an object { } is needed, not a list"},
        {"\"windows11\"", "",
         "iso_overrides/windows11.json:1:1: the file is empty: an object { } is needed; nothing "
         "in this file is in force"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        auto_free char *template = text_copy(cases[i].text);
        const struct template_source source = {.load = load_template, .context = template};
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct settings s;
        char text[256];
        snprintf(text, sizeof(text), "{\"iso_overrides\": {\"a*\": %s, \"b*\": {\"ram\": 512}}}",
                 cases[i].override);
        struct config *config = parse_good_config(text);
        assert_non_null(config_fault(config, "/a.iso")); /* not read yet */
        assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
        assert_int_equal(problems.count, 1);
        auto_free char *problem = problem_text(&problems.items[0]);
        assert_string_equal(problem, cases[i].fault);
        assert_string_equal(config_fault(config, "/a.iso"), cases[i].fault);
        assert_int_equal(config_resolve(config, "/a.iso", &s), STATUS_INVALID);
        assert_null(config_fault(config, "/b.iso"));
        assert_int_equal(config_resolve(config, "/b.iso", &s), STATUS_OK);
        settings_clear(&s);
        assert_null(config_fault(config, "/c.iso"));
        config_free(config);
        problem_list_clear(&problems);
    }
}

static void names_that_are_no_template_are_a_fault_of_their_images(void **state)
{
    (void)state;
    static const char *const values[] = {"\"../x\"", "\"\"", "{\"use\": 5, \"ram\": 512}",
                                         "{\"use\": \"a/b\"}", "{\"use\": \"\\u0000\"}"};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct settings s;
        char text[128];
        snprintf(text, sizeof(text), "{\"iso_overrides\": {\"a*\": %s}}", values[i]);
        struct config *config = parse_config(text, &problems);
        assert_int_equal(config_load_templates(config, NULL, &problems), STATUS_OK);
        assert_int_equal(problems.count, 1);
        auto_free char *problem = problem_text(&problems.items[0]);
        assert_string_equal(config_fault(config, "/a.iso"), problem);
        assert_int_equal(config_resolve(config, "/a.iso", &s), STATUS_INVALID);
        config_free(config);
        problem_list_clear(&problems);
    }
}

static enum status load_empty(void *context, const char *name, size_t max, char **ret_text,
                              size_t *ret_len)
{
    (void)context;
    (void)name;
    (void)max;
    *ret_text = text_copy("{}");
    *ret_len = 2;
    return *ret_text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void the_number_of_templates_is_bounded(void **state)
{
    (void)state;
    static const struct template_source source = {.load = load_empty};
    auto_strbuf b = STRBUF_INIT;
    struct problem_list problems = PROBLEM_LIST_INIT;

    strbuf_append(&b, "{\"iso_overrides\": {");
    for (int i = 0; i <= CONFIG_TEMPLATES_MAX; i++)
        strbuf_printf(&b, "%s\"%d.iso\": \"t%d\"", i > 0 ? "," : "", i, i);
    strbuf_append(&b, "}}");
    struct config *config = parse_good_config(strbuf_text(&b));
    assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
    assert_int_equal(problems.count, 1);
    assert_null(config_fault(config, "/255.iso"));
    assert_non_null(strstr(config_fault(config, "/256.iso"), "more than the maximum of 256"));
    config_free(config);
    problem_list_clear(&problems);
}

/* ---- memory ---- */

static void running_out_of_memory_is_an_ordinary_error(void **state)
{
    (void)state;
    static const char text[] = "{\"control\": {\"timeout\": 5, \"default_trace_level\": \"mine\", "
                               "\"default_cpu_features\": [\"a\"],"
                               " \"bad\": 1, \"max_depth\": 1000}, \"menu_alias\": [{\"iso\": "
                               "\"/a\", \"alias\": \"b\"}, {\"iso\": \"/A\", \"alias\": \"b\"}],"
                               " \"iso_overrides\": {\"*.iso\": {\"use\": \"windows11\", \"ram\": "
                               "512}, \"x\": \"absent\", \"z\": \"../z\"}}";
    char template[] = "{\"cpus\": 4, \"trace_level\": \"other\", \"nothing\": 0}";
    const struct template_source source = {.load = load_template, .context = template};
    bool failed = true;
    unsigned long n;

    for (n = 1; failed; n++) {
        struct problem_list problems = PROBLEM_LIST_INIT;
        struct config *config = NULL;
        struct settings s;
        settings_init(&s);
        fail_alloc_after(n);
        enum status status = config_parse("f", text, strlen(text), &problems, &config);
        if (status == STATUS_OK)
            status = config_load_templates(config, &source, &problems);
        if (status == STATUS_OK)
            status = config_resolve(config, "/y.iso", &s);
        failed = fail_alloc_happened();
        fail_alloc_after(0);
        if (failed)
            assert_true(status == STATUS_NO_MEMORY || problems.not_kept > 0);
        else
            assert_int_equal(status, STATUS_OK);
        if (status == STATUS_OK)
            assert_string_equal(settings_text(&s, SETTING_TRACE_LEVEL), "other");
        settings_clear(&s);
        config_free(config);
        problem_list_clear(&problems);
    }
    assert_true(n > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(templates_come_before_the_overrides_own_keys),
        cmocka_unit_test(wrong_keys_of_a_template_are_named_and_the_rest_counts),
        cmocka_unit_test(unusable_templates_are_a_fault_of_their_images),
        cmocka_unit_test(names_that_are_no_template_are_a_fault_of_their_images),
        cmocka_unit_test(the_number_of_templates_is_bounded),
        cmocka_unit_test(running_out_of_memory_is_an_ordinary_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
