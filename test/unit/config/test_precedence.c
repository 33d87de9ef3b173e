/* SPDX-License-Identifier: BSD-2-Clause */
/* Which level wins: default < control < template < the override's own keys < the menu, for every
 * setting and every set of levels that have something to say. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/config.h"
#include "config/contract.h"
#include "test/unit/config/unit.h"

enum level { LEVEL_CONTROL, LEVEL_TEMPLATE, LEVEL_OVERRIDE, LEVEL_MENU, LEVEL_COUNT };

/* A value of ID that differs from that of the next level and, where the type has enough values,
 * from all others, in the form of settings_set_text(). */
static char *value_for(enum setting_id id, enum level level)
{
    const struct setting_info *info = setting_info(id);
    struct strbuf text = STRBUF_INIT;
    int count = 0;

    switch (info->type) {
    case SETTING_TYPE_INT:
        strbuf_printf(&text, "%lld", (long long)info->min + 1 + (long long)level);
        break;
    case SETTING_TYPE_BOOL:
        strbuf_append(&text, (info->default_number + 1 + (int)level) % 2 != 0 ? "1" : "0");
        break;
    case SETTING_TYPE_CHOICE:
        while (info->choices[count] != NULL)
            count++;
        strbuf_append(&text, info->choices[(info->default_number + 1 + (int)level) % count]);
        break;
    case SETTING_TYPE_TEXT:
        strbuf_printf(&text, "/%d", (int)level);
        break;
    case SETTING_TYPE_LIST:
        strbuf_printf(&text, "a%d,b%d", (int)level, (int)level);
        break;
    }
    char *taken = strbuf_take(&text);
    assert_non_null(taken);
    return taken;
}

/* Appends "KEY": VALUE. */
static void append_member(struct strbuf *b, const char *key, enum setting_id id, enum level level)
{
    auto_free char *value = value_for(id, level);
    struct settings s;

    settings_init(&s);
    assert_int_equal(settings_set_text(&s, id, value, ORIGIN_CONTROL, NULL), STATUS_OK);
    strbuf_append_json(b, key);
    strbuf_append(b, ": ");
    settings_append_json(&s, id, b);
    settings_clear(&s);
}

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    const struct strbuf *text = context;
    assert_string_equal(name, "t");
    assert_true(text->len <= max);
    *ret_text = text_copy(strbuf_text(text));
    *ret_len = text->len;
    return *ret_text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static void assert_value(const struct settings *s, enum setting_id id, unsigned levels)
{
    static const enum setting_origin origins[] = {ORIGIN_CONTROL, ORIGIN_OVERRIDE, ORIGIN_OVERRIDE,
                                                  ORIGIN_MENU};
    int winner = -1;

    for (int level = 0; level < LEVEL_COUNT; level++)
        if ((levels >> level & 1) != 0)
            winner = level;
    if (winner < 0) {
        assert_true(settings_is_default(s, id));
        assert_int_equal(settings_origin(s, id), ORIGIN_DEFAULT);
        return;
    }
    auto_free char *text = settings_get_text(s, id), *expected = value_for(id, (enum level)winner);
    if (strcmp(text, expected) != 0 || settings_origin(s, id) != origins[winner])
        fail_msg("%s, levels %x: %s from %s, not %s from %s", setting_key(id), levels, text,
                 setting_origin_text(settings_origin(s, id)), expected,
                 setting_origin_text(origins[winner]));
}

/* Every guest setting has a value at each of LEVELS; and what travels arrives with its origin. */
static void check_levels(unsigned levels)
{
    auto_strbuf json = STRBUF_INIT, template = STRBUF_INIT, line = STRBUF_INIT;
    const struct template_source source = {.load = load_template, .context = &template};
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct boot_request request, read;
    struct config *config;
    struct strbuf *parts[] = {&json, &template, &json};

    for (int level = LEVEL_CONTROL; level <= LEVEL_OVERRIDE; level++) {
        const char *separator = "";
        strbuf_append(parts[level], level == LEVEL_CONTROL    ? "{\"control\": {"
                                    : level == LEVEL_TEMPLATE ? "{"
                                                              : "}, \"iso_overrides\": {\"x*\": {");
        if (level == LEVEL_OVERRIDE && (levels >> LEVEL_TEMPLATE & 1) != 0) {
            strbuf_append(&json, "\"use\": \"t\"");
            separator = ", ";
        }
        for (int i = 0; i < SETTING_COUNT && (levels >> level & 1) != 0; i++) {
            const struct setting_info *info = setting_info((enum setting_id)i);
            if (!info->guest_level)
                continue;
            strbuf_append(parts[level], separator);
            separator = ", ";
            append_member(parts[level],
                          level == LEVEL_CONTROL ? info->control_key : info->override_key,
                          (enum setting_id)i, (enum level)level);
        }
    }
    strbuf_append(&json, "}, \"*\": {\"ram\": 200}}}"); /* a later override has no say */
    strbuf_append(&template, "}");

    assert_int_equal(
        config_parse("hiperiso.json", strbuf_text(&json), json.len, &problems, &config), STATUS_OK);
    assert_int_equal(config_load_templates(config, &source, &problems), STATUS_OK);
    if (problems.count > 0)
        fail_msg("%s in %s", problems.items[0].message, strbuf_text(&json));
    boot_request_init(&request);
    assert_int_equal(config_resolve(config, "/ISOs/x.iso", &request.settings), STATUS_OK);
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (!setting_info(id)->guest_level || (levels >> LEVEL_MENU & 1) == 0)
            continue;
        auto_free char *value = value_for(id, LEVEL_MENU);
        assert_int_equal(settings_set_text(&request.settings, id, value, ORIGIN_MENU, NULL),
                         STATUS_OK);
    }
    request.iso_path = text_copy("/ISOs/x.iso");
    assert_int_equal(contract_write(&request, &line, NULL), STATUS_OK);
    assert_int_equal(contract_read(strbuf_text(&line), &problems, &read), STATUS_OK);
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        assert_value(&request.settings, id, setting_info(id)->guest_level ? levels : 0);
        assert_value(&read.settings, id, setting_info(id)->guest_level ? levels : 0);
    }
    boot_request_clear(&request);
    boot_request_clear(&read);
    config_free(config);
}

static void the_nearest_level_to_the_user_wins(void **state)
{
    (void)state;
    for (unsigned levels = 0; levels < 1u << LEVEL_COUNT; levels++)
        check_levels(levels);
}

/* Else the test above would prove nothing. */
static void neighbouring_levels_have_different_values(void **state)
{
    (void)state;
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (!setting_info(id)->guest_level)
            continue;
        for (int level = 0; level + 1 < LEVEL_COUNT; level++) {
            auto_free char *a = value_for(id, (enum level)level),
                           *b = value_for(id, (enum level)(level + 1));
            assert_string_not_equal(a, b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neighbouring_levels_have_different_values),
        cmocka_unit_test(the_nearest_level_to_the_user_wins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
