/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes scdoc from the table of settings. */
#include "tools/mkhiperiso/manual.h"

#include <inttypes.h>
#include <stdio.h>

#include "config/base/strbuf.h"
#include "config/settings.h"

static void print_values(const struct setting_info *info)
{
    switch (info->type) {
    case SETTING_TYPE_INT:
        printf("%" PRId64 " to %" PRId64 "%s%s", info->min, info->max,
               info->unit != NULL ? " " : "", info->unit != NULL ? info->unit : "");
        break;
    case SETTING_TYPE_BOOL:
        fputs("true, false", stdout);
        break;
    case SETTING_TYPE_CHOICE:
        for (size_t i = 0; info->choices[i] != NULL; i++) {
            fputs(i > 0 ? ", " : "", stdout);
            manual_put(info->choices[i]);
        }
        if (info->check != NULL)
            fputs(", or a name", stdout);
        break;
    case SETTING_TYPE_TEXT:
        fputs("a text", stdout);
        break;
    case SETTING_TYPE_LIST:
        fputs("a list of texts", stdout);
        break;
    }
}

static void print_key(const char *section, const char *key)
{
    if (key == NULL)
        return;
    manual_put_bold(key);
    printf(" (%s)  ", section);
}

void manual_print_settings(void)
{
    struct settings defaults;

    settings_init(&defaults);
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        auto_strbuf value = STRBUF_INIT;
        print_key(info->in_theme ? "theme" : "control", info->control_key);
        print_key("override", info->override_key);
        fputs("\n\t", stdout);
        manual_put(info->title);
        fputs(": ", stdout);
        manual_put(info->help);
        fputs(".++\n", stdout);
        fputs("Values: ", stdout);
        print_values(info);
        settings_append_json(&defaults, id, &value);
        fputs(". Default: ", stdout);
        manual_put(strbuf_text(&value));
        fputs(".\n\n", stdout);
    }
    settings_clear(&defaults);
}
