/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes scdoc from the tables. */
#include "tools/mkhiperiso/manual.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config/base/strbuf.h"
#include "config/settings.h"

/* TEXT as it is: what scdoc would take for a mark is escaped. */
static void put(const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\*_#~<>[]|", *text) != NULL)
            putchar('\\');
        putchar(*text);
    }
}

static void put_bold(const char *text)
{
    putchar('*');
    put(text);
    putchar('*');
}

static void print_option(const struct option_info *info)
{
    char name[64];

    if (info->letter != 0) {
        snprintf(name, sizeof(name), "-%c", info->letter);
        put_bold(name);
        fputs(", ", stdout);
    }
    snprintf(name, sizeof(name), "--%s", info->name);
    put_bold(name);
    if (info->argument != NULL) {
        putchar(' ');
        put(info->argument);
    }
    fputs("\n\t", stdout);
    put(info->help);
    fputs("\n\n", stdout);
}

void manual_print_verbs(const struct verb *const *verbs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct verb *verb = verbs[i];
        printf("## mkhiperiso %s\n\n*mkhiperiso %s* ", verb->name, verb->name);
        put(verb->operands);
        fputs(verb->option_count > 0 ? " \\[OPTION\\]...\n\n" : "\n\n", stdout);
        put(verb->description);
        fputs("\n\n", stdout);
        for (size_t k = 0; k < verb->option_count; k++)
            print_option(&verb->options[k]);
        if (verb->rest != NULL) {
            fputs("*--* ", stdout);
            put(verb->rest);
            fputs("\n\thanded on as it is\n\n", stdout);
        }
    }
}

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
            put(info->choices[i]);
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
    put_bold(key);
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
        put(info->title);
        fputs(": ", stdout);
        put(info->help);
        fputs(".++\n", stdout);
        fputs("Values: ", stdout);
        print_values(info);
        settings_append_json(&defaults, id, &value);
        fputs(". Default: ", stdout);
        put(strbuf_text(&value));
        fputs(".\n\n", stdout);
    }
    settings_clear(&defaults);
}
