/* SPDX-License-Identifier: BSD-2-Clause */
/* Example, template, schema and INTERFACES.md say what the table of settings says. */
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/config.h"
#include "test/unit/config/unit.h"

#define FILE_MAX ((size_t)1 << 20)

static const char *source_root;

/* The text of config/NAME. */
static char *read_document(const char *name)
{
    auto_strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/config/%s", source_root, name);
    FILE *file = fopen(strbuf_text(&path), "rb");
    char *text = malloc(FILE_MAX + 1);

    if (file == NULL || text == NULL)
        fail_msg("%s cannot be read", strbuf_text(&path));
    size_t len = fread(text, 1, FILE_MAX, file);
    fclose(file);
    text[len] = '\0';
    return text;
}

static void example_holds_every_key_with_its_default(void **state)
{
    (void)state;
    auto_free char *text = read_document("hiperiso.json.example");
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config;

    assert_int_equal(config_parse("example", text, strlen(text), &problems, &config), STATUS_OK);
    if (problems.count > 0)
        fail_msg("%u: %s", problems.items[0].line, problems.items[0].message);
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (!settings_is_default(config_control(config), id) ||
            settings_origin(config_control(config), id) != ORIGIN_CONTROL)
            fail_msg("%s is missing or not the default", setting_info(id)->control_key);
    }
    config_free(config);
    static const char *const sections[] = {"\"menu_alias\"", "\"menu_tip\"", "\"iso_overrides\""};
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++)
        assert_non_null(strstr(text, sections[i]));
}

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    (void)context;
    (void)max;
    assert_string_equal(name, "windows11");
    *ret_text = read_document("iso_overrides/windows11.json");
    *ret_len = strlen(*ret_text);
    return STATUS_OK;
}

static void windows11_template_says_what_is_promised(void **state)
{
    (void)state;
    static const char text[] = "{\"iso_overrides\": {\"*\": \"windows11\"}}";
    static const struct template_source source = {.load = load_template};
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config;
    struct settings s;

    assert_int_equal(config_parse("f", text, strlen(text), &problems, &config), STATUS_OK);
    assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
    assert_int_equal(config_resolve(config, "/w.iso", &s), STATUS_OK);
    assert_int_equal(problems.count, 0);
    assert_int_equal(settings_number(&s, SETTING_RAM), 4096);
    assert_int_equal(settings_number(&s, SETTING_CPUS), 4);
    assert_true(settings_bool(&s, SETTING_TPM));
    assert_true(settings_bool(&s, SETTING_SECURE_BOOT));
    assert_int_equal(settings_number(&s, SETTING_DISPLAY), DISPLAY_SCREEN);
    settings_clear(&s);
    config_free(config);
}

/* ---- schema ---- */

static const cJSON *member(const cJSON *object, const char *key)
{
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(object, key);
    if (found == NULL)
        fail_msg("the schema has no %s", key);
    return found;
}

static void check_default(const struct setting_info *info, const cJSON *value)
{
    switch (info->type) {
    case SETTING_TYPE_INT:
        assert_true(value->valuedouble == (double)info->default_number);
        break;
    case SETTING_TYPE_BOOL:
        assert_int_equal(cJSON_IsTrue(value), info->default_number);
        break;
    case SETTING_TYPE_CHOICE:
        assert_string_equal(value->valuestring, info->choices[info->default_number]);
        break;
    case SETTING_TYPE_TEXT:
        assert_string_equal(value->valuestring, info->default_text);
        break;
    case SETTING_TYPE_LIST:
        assert_int_equal(cJSON_GetArraySize(value), 0);
        break;
    }
}

static void check_choices(const struct setting_info *info, const cJSON *rule)
{
    const cJSON *words = member(rule, info->check != NULL ? "examples" : "enum");
    int count = 0;

    for (; info->choices[count] != NULL; count++)
        assert_string_equal(cJSON_GetArrayItem(words, count)->valuestring, info->choices[count]);
    for (int i = 0; info->aliases != NULL && info->aliases[i] != NULL; i += 2)
        assert_string_equal(cJSON_GetArrayItem(words, count++)->valuestring, info->aliases[i]);
    assert_int_equal(cJSON_GetArraySize(words), count);
}

static void check_rule(const struct setting_info *info, const cJSON *rule)
{
    static const char *const types[] = {
        [SETTING_TYPE_INT] = "integer",   [SETTING_TYPE_BOOL] = "boolean",
        [SETTING_TYPE_CHOICE] = "string", [SETTING_TYPE_TEXT] = "string",
        [SETTING_TYPE_LIST] = "array",
    };
    auto_strbuf description = STRBUF_INIT;

    strbuf_append(&description, info->help);
    if (info->unit != NULL)
        strbuf_printf(&description, " (%s)", info->unit);
    assert_string_equal(member(rule, "description")->valuestring, strbuf_text(&description));
    assert_string_equal(member(rule, "type")->valuestring, types[info->type]);
    if (info->type == SETTING_TYPE_INT) {
        assert_true(member(rule, "minimum")->valuedouble == (double)info->min);
        assert_true(member(rule, "maximum")->valuedouble == (double)info->max);
    } else if (info->type == SETTING_TYPE_CHOICE) {
        check_choices(info, rule);
    } else if (info->type == SETTING_TYPE_LIST) {
        assert_int_equal(member(rule, "maxItems")->valueint, SETTING_LIST_MAX);
    }
}

static void schema_has_the_tables_keys_types_ranges_and_defaults(void **state)
{
    (void)state;
    auto_free char *text = read_document("hiperiso.schema.json");
    cJSON *schema = cJSON_Parse(text);
    const cJSON *defs = member(schema, "$defs");
    const cJSON *sections = member(schema, "properties");
    const cJSON *control = member(member(sections, "control"), "properties");
    const cJSON *theme = member(member(sections, "theme"), "properties");
    const cJSON *override = member(member(defs, "override"), "properties");
    const cJSON *template = member(member(defs, "template"), "properties");
    int in_control = 0, in_theme = 0, in_override = 0;

    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        const cJSON *rule = member(info->in_theme ? theme : control, info->control_key);
        in_control += !info->in_theme;
        in_theme += info->in_theme;
        check_default(info, member(rule, "default"));
        if (info->override_key != NULL) {
            auto_strbuf reference = STRBUF_INIT;
            strbuf_printf(&reference, "#/$defs/%s", info->override_key);
            const cJSON *users[] = {rule, member(override, info->override_key),
                                    member(template, info->override_key)};
            for (size_t user = 0; user < ARRAY_SIZE(users); user++)
                assert_string_equal(member(users[user], "$ref")->valuestring,
                                    strbuf_text(&reference));
            rule = member(defs, info->override_key);
            in_override++;
        }
        check_rule(info, rule);
    }
    assert_int_equal(cJSON_GetArraySize(control), in_control);
    assert_int_equal(cJSON_GetArraySize(theme), in_theme);
    assert_int_equal(cJSON_GetArraySize(template), in_override);
    assert_int_equal(cJSON_GetArraySize(override), in_override + 1); /* use */
    assert_int_equal(cJSON_GetArraySize(sections), 6);
    cJSON_Delete(schema);
}

/* ---- INTERFACES.md ---- */

static void append_code(struct strbuf *b, const char *prefix, const char *code, const char *suffix)
{
    if (code != NULL)
        strbuf_printf(b, "%s`%s%s`", prefix, code, suffix);
    strbuf_append(b, " | ");
}

static void interfaces_have_a_row_for_every_setting(void **state)
{
    (void)state;
    auto_free char *text = read_document("INTERFACES.md");

    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        auto_strbuf row = STRBUF_INIT, set = STRBUF_INIT;
        strbuf_printf(&row, "\n| %s | ", info->title);
        append_code(&row, info->in_theme ? "`theme`: " : "", info->control_key, "");
        append_code(&row, "", info->override_key, "");
        strbuf_printf(&set, "hiperiso_set=%s:", setting_key(id));
        const char *parameter = info->parameter;
        if (parameter == NULL && info->on_command_line)
            parameter = strbuf_text(&set);
        append_code(&row, "", parameter, "");
        if (info->type == SETTING_TYPE_INT)
            strbuf_printf(&row, "%lld..%lld", (long long)info->min, (long long)info->max);
        else if (info->type == SETTING_TYPE_CHOICE)
            strbuf_append(&row, info->choices[0]);
        const char *found = strstr(text, strbuf_text(&row));
        if (found == NULL)
            fail_msg("INTERFACES.md lacks %s", strbuf_text(&row));
        size_t row_len = strcspn(found + 1, "\n");
        auto_strbuf end = STRBUF_INIT;
        struct settings defaults;
        settings_init(&defaults);
        if (info->type == SETTING_TYPE_INT)
            strbuf_printf(&end, " | %lld |", (long long)info->default_number);
        else if (info->type == SETTING_TYPE_BOOL)
            strbuf_printf(&end, " | %s |", info->default_number != 0 ? "true" : "false");
        else if (info->type == SETTING_TYPE_CHOICE)
            strbuf_printf(&end, " | %s |", settings_text(&defaults, id));
        else if (info->type == SETTING_TYPE_TEXT)
            strbuf_printf(&end, " | \"%s\" |", info->default_text);
        else
            strbuf_append(&end, " | [] |");
        assert_memory_equal(found + 1 + row_len - end.len, end.text, end.len);
    }
    size_t rows = 0;
    const char *line = strstr(text, "\n| setting |");
    assert_non_null(line);
    for (line++; line[0] == '|'; line += strcspn(line, "\n") + 1)
        rows++;
    assert_int_equal(rows, SETTING_COUNT + 2); /* heading and rule */
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(example_holds_every_key_with_its_default),
        cmocka_unit_test(windows11_template_says_what_is_promised),
        cmocka_unit_test(schema_has_the_tables_keys_types_ranges_and_defaults),
        cmocka_unit_test(interfaces_have_a_row_for_every_setting),
    };
    if (argc != 2) {
        fprintf(stderr, "usage: %s SOURCE_ROOT\n", argv[0]);
        return 2;
    }
    source_root = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
