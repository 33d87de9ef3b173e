/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints an explanation: for people, and as JSON with the names of session.json. */
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/explain.h"

#define KEY_COLUMNS   19
#define VALUE_COLUMNS 17

static const char *pattern_of(const struct explain *e)
{
    return config_override_pattern(e->config, e->request.iso_path);
}

static const char *template_of(const struct explain *e)
{
    return config_override_template(e->config, e->request.iso_path);
}

/* Does ID come from the template, not from the override's own keys? */
static bool is_from_template(const struct explain *e, enum setting_id id)
{
    return settings_origin(&e->request.settings, id) == ORIGIN_OVERRIDE &&
           !config_override_sets(e->config, e->request.iso_path, id);
}

/* ---- for people ---- */

/* What settings_append_json() writes is printable, too. */
static void append_value(const struct explain *e, enum setting_id id, struct strbuf *b)
{
    const struct setting_info *info = setting_info(id);

    if (info->type == SETTING_TYPE_CHOICE)
        strbuf_append_printable(b, settings_text(&e->request.settings, id));
    else
        settings_append_json(&e->request.settings, id, b);
    if (info->unit != NULL)
        strbuf_printf(b, " %s", info->unit);
    if (e->has_plan && id == SETTING_FIRMWARE &&
        settings_number(&e->request.settings, id) == FIRMWARE_AUTO)
        strbuf_printf(b, ": %s", guest_firmware_text(e->plan.firmware));
}

/* NAME, from outside, between two texts of ours. */
static void append_name(struct strbuf *b, const char *before, const char *name, const char *behind)
{
    strbuf_append(b, before);
    strbuf_append_printable(b, name);
    strbuf_append(b, behind);
}

static void append_padded(struct strbuf *b, const char *text, int columns)
{
    strbuf_printf(b, "%-*s ", columns, text);
}

static void text_settings(const struct explain *e, struct strbuf *b)
{
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        auto_strbuf value = STRBUF_INIT;
        if (!info->on_command_line)
            continue;
        append_value(e, id, &value);
        strbuf_append(b, "  ");
        append_padded(b, setting_key(id), KEY_COLUMNS);
        append_padded(b, strbuf_text(&value), VALUE_COLUMNS);
        auto_strbuf origin_text = STRBUF_INIT;
        config_append_origin(e->config, e->request.iso_path, &e->request.settings, id,
                             &origin_text);
        strbuf_append_printable(b, strbuf_text(&origin_text));
        if (!info->effective && !settings_is_default(&e->request.settings, id))
            strbuf_append(b, ", no effect in this version");
        strbuf_append_char(b, '\n');
    }
}

static bool is_printable(const char *text)
{
    auto_strbuf shown = STRBUF_INIT;

    strbuf_append_printable(&shown, text);
    return strcmp(strbuf_text(&shown), text) == 0;
}

/* Text that must not reach a terminal as it is, as bash, ksh and zsh take it: $'...', bytes in
 * octal. */
static void append_escaped(struct strbuf *b, const char *text)
{
    strbuf_append(b, "$'");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '\'' || byte == '\\')
            strbuf_printf(b, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7F)
            strbuf_printf(b, "\\%03o", byte);
        else
            strbuf_append_char(b, (char)byte);
    }
    strbuf_append_char(b, '\'');
}

/* As a shell takes it. */
static void append_quoted(struct strbuf *b, const char *text)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+,./:@%";

    if (text[0] != '\0' && text[strspn(text, plain)] == '\0') {
        strbuf_append(b, text);
        return;
    }
    if (!is_printable(text)) {
        append_escaped(b, text);
        return;
    }
    strbuf_append_char(b, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            strbuf_append(b, "'\\''");
        else
            strbuf_append_char(b, *text);
    }
    strbuf_append_char(b, '\'');
}

/* An option and its value on one line. */
static void text_argv(const struct text_list *argv, struct strbuf *b)
{
    for (size_t i = 0; i < argv->count; i++) {
        bool is_value = i > 0 && argv->items[i][0] != '-' && argv->items[i - 1][0] == '-';
        strbuf_append(b, is_value ? " " : i > 0 ? " \\\n    " : "  ");
        append_quoted(b, argv->items[i]);
    }
    strbuf_append_char(b, '\n');
}

static void text_list(const char *heading, const struct text_list *one, const struct text_list *two,
                      struct strbuf *b)
{
    if (one->count + two->count > 0)
        strbuf_printf(b, "\n%s\n", heading);
    for (size_t i = 0; i < one->count; i++)
        append_name(b, "  ", one->items[i], "\n");
    for (size_t i = 0; i < two->count; i++)
        append_name(b, "  ", two->items[i], "\n");
}

static void append_line(const struct explain *e, struct strbuf *b)
{
    strbuf_printf(b, "\nCommand line of the host's kernel (%zu of %u bytes)\n", e->line_bytes,
                  (unsigned)LAYOUT_COMMAND_LINE_MAX);
    append_name(b, "  ", strbuf_text(&e->line), "\n");
}

enum status explain_text(const struct explain *e, const struct explain_host *host, struct strbuf *b)
{
    static const struct text_list none = {0};

    strbuf_append_printable(b, e->request.iso_path);
    if (pattern_of(e) != NULL)
        append_name(b, ": override \"", pattern_of(e), "\"");
    else
        strbuf_append(b, ": no override matches");
    if (template_of(e) != NULL)
        append_name(b, ", template ", template_of(e), "");
    strbuf_append_char(b, '\n');
    if (e->line_bytes > 0) {
        strbuf_append(b, "\nSettings and where they come from\n");
        text_settings(e, b);
    }
    if (e->line.len > 0)
        append_line(e, b);
    if (e->has_plan) {
        strbuf_printf(b, "\nQEMU on a machine with %llu MB and %u %s%s\n",
                      (unsigned long long)host->ram_mb, host->cpus,
                      host->cpus == 1 ? "CPU" : "CPUs", host->has_kvm ? "" : ", without KVM");
        text_argv(&e->plan.argv, b);
    }
    text_list("Notes", &e->notes, e->has_plan ? &e->plan.notes : &none, b);
    if (e->refusal.len > 0)
        append_name(b, "\nIt would not be started: ", strbuf_text(&e->refusal), "\n");
    return strbuf_status(b);
}

/* ---- as JSON ---- */

static void json_text(struct strbuf *b, const char *text)
{
    if (text == NULL)
        strbuf_append(b, "null");
    else
        strbuf_append_json(b, text);
}

static void json_used(const struct explain *e, enum setting_id id, struct strbuf *b)
{
    if (!e->has_plan)
        return;
    if (id == SETTING_RAM)
        strbuf_printf(b, ", \"used\": %llu", (unsigned long long)e->plan.ram_mb);
    else if (id == SETTING_CPUS)
        strbuf_printf(b, ", \"used\": %u", e->plan.cpus);
    else if (id == SETTING_FIRMWARE)
        strbuf_printf(b, ", \"used\": \"%s\"", guest_firmware_text(e->plan.firmware));
}

static void json_settings(const struct explain *e, struct strbuf *b)
{
    const char *separator = "\n    ";

    if (e->line_bytes == 0) {
        strbuf_append(b, "  \"settings\": null,\n");
        return;
    }
    strbuf_append(b, "  \"settings\": {");
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        enum setting_origin origin = settings_origin(&e->request.settings, id);
        if (!info->on_command_line)
            continue;
        strbuf_append(b, separator);
        separator = ",\n    ";
        strbuf_append_json(b, setting_key(id));
        strbuf_append(b, ": {\"value\": ");
        settings_append_json(&e->request.settings, id, b);
        json_used(e, id, b);
        if (info->unit != NULL) {
            strbuf_append(b, ", \"unit\": ");
            strbuf_append_json(b, info->unit);
        }
        strbuf_printf(b, ", \"origin\": \"%s\", \"in_effect\": %s", setting_origin_text(origin),
                      info->effective ? "true" : "false");
        if (is_from_template(e, id)) {
            strbuf_append(b, ", \"template\": ");
            json_text(b, template_of(e));
        }
        strbuf_append_char(b, '}');
    }
    strbuf_append(b, "\n  },\n");
}

static void json_items(const struct text_list *list, const char **separator, struct strbuf *b)
{
    for (size_t i = 0; i < list->count; i++) {
        strbuf_append(b, *separator);
        *separator = ",\n    ";
        strbuf_append_json(b, list->items[i]);
    }
}

static void json_lists(const char *name, const struct text_list *one, const struct text_list *two,
                       struct strbuf *b)
{
    const char *separator = "\n    ";

    strbuf_printf(b, "  \"%s\": [", name);
    json_items(one, &separator, b);
    json_items(two, &separator, b);
    strbuf_append(b, one->count + two->count > 0 ? "\n  ],\n" : "],\n");
}

enum status explain_json(const struct explain *e, struct strbuf *b)
{
    static const struct text_list none = {0};

    strbuf_append(b, "{\n  \"image\": {\"path\": ");
    json_text(b, e->request.iso_path);
    if (e->has_image) {
        strbuf_printf(b, ", \"bytes\": %llu, \"bios\": %s, \"uefi\": %s, \"label\": ",
                      (unsigned long long)e->image_bytes, e->image.bios ? "true" : "false",
                      e->image.uefi ? "true" : "false");
        json_text(b, e->image.label);
    }
    strbuf_append(b, "},\n  \"override\": {\"pattern\": ");
    json_text(b, pattern_of(e));
    strbuf_append(b, ", \"template\": ");
    json_text(b, template_of(e));
    strbuf_append(b, "},\n  \"refusal\": ");
    json_text(b, e->refusal.len > 0 ? strbuf_text(&e->refusal) : NULL);
    strbuf_append(b, ",\n  \"accelerator\": ");
    json_text(b, e->has_plan ? guest_accelerator_text(e->plan.accelerator) : NULL);
    strbuf_append(b, ",\n  \"firmware\": ");
    json_text(b, e->has_plan ? guest_firmware_text(e->plan.firmware) : NULL);
    strbuf_append(b, ",\n");
    json_lists("warnings", &e->notes, e->has_plan ? &e->plan.notes : &none, b);
    json_settings(e, b);
    if (e->has_plan)
        json_lists("qemu_argv", &e->plan.argv, &none, b);
    else
        strbuf_append(b, "  \"qemu_argv\": null,\n");
    strbuf_append(b, "  \"command_line\": ");
    json_text(b, e->line.len > 0 ? strbuf_text(&e->line) : NULL);
    strbuf_append(b, "\n}\n");
    return strbuf_status(b);
}
