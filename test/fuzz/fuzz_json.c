/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: hiperiso.json. The input is the file and, in each of its overrides, the template,
 * too. */
#include <stdlib.h>
#include <string.h>

#include "config/base/text.h"
#include "config/config.h"

#define INPUT_MAX ((size_t)2048) /* what is longer takes time and reaches nothing more */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const uint8_t *input;
static size_t input_len;

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    (void)context;
    if (name[0] == 'x')
        return STATUS_NOT_FOUND;
    if (input_len > max)
        return STATUS_TOO_LARGE;
    char *text = text_copy_part((const char *)input, input_len);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    *ret_text = text;
    *ret_len = input_len;
    return STATUS_OK;
}

/* What was read can be written and read again. */
static void check_settings(const struct settings *settings)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        if (settings_is_default(settings, id))
            continue;
        struct settings copy;
        char *text = settings_get_text(settings, id), *again;
        settings_init(&copy);
        if (text == NULL || settings_set_text(&copy, id, text, ORIGIN_MENU, NULL) != STATUS_OK)
            abort();
        again = settings_get_text(&copy, id);
        if (again == NULL || strcmp(text, again) != 0)
            abort();
        free(text);
        free(again);
        settings_clear(&copy);
    }
}

static void check_problems(const struct problem_list *problems)
{
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *problem = &problems->items[i];
        if (problem->message[0] == '\0' || (problem->line == 0) != (problem->column == 0) ||
            problem->line > input_len + 1 || problem->column > input_len + 1)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct template_source templates = {.load = load_template};
    static const char *const paths[] = {"/ISOs/Windows11.iso", "/\xC3\x89/\xFF"};
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config;

    if (len > INPUT_MAX)
        return -1; /* not worth keeping */
    input = bytes;
    input_len = len;
    /* Memory is plenty here, so that anything but success is text that cJSON refuses and
     * json_scan_check() passed. */
    if (config_parse("f", (const char *)bytes, len, &problems, &config) != STATUS_OK)
        abort();
    if (config_load_templates(config, &templates, &problems) != STATUS_OK)
        abort();
    check_settings(config_control(config));
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct settings settings;
        const char *pattern = config_override_pattern(config, paths[i]);
        if (pattern != NULL && !config_pattern_matches(pattern, paths[i]))
            abort();
        config_alias(config, paths[i]);
        config_tip(config, paths[i]);
        const char *fault = config_fault(config, paths[i]);
        enum status status = config_resolve(config, paths[i], &settings);
        if (status != (fault != NULL ? STATUS_INVALID : STATUS_OK))
            abort();
        if (fault != NULL)
            continue;
        check_settings(&settings);
        settings_clear(&settings);
    }
    check_problems(&problems);
    config_free(config);
    problem_list_clear(&problems);
    return 0;
}
