/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of the settings: set from text, read, copied. */
#include "config/settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/percent.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"

#define SHOWN_MAX 64 /* bytes of a wrong value that a message repeats */

void text_list_clear(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct text_list){0};
}

enum status text_list_add(struct text_list *list, const char *text)
{
    char *copy = text_copy(text);
    if (copy == NULL)
        return STATUS_NO_MEMORY;
    char **items = realloc(list->items, (list->count + 1) * sizeof(*items));
    if (items == NULL) {
        free(copy);
        return STATUS_NO_MEMORY;
    }
    list->items = items;
    list->items[list->count++] = copy;
    return STATUS_OK;
}

static void value_clear(struct setting_value *value)
{
    free(value->text);
    text_list_clear(&value->list);
    *value = (struct setting_value){0};
}

static enum status value_copy(const struct setting_value *source, struct setting_value *ret_copy)
{
    struct setting_value copy = {.number = source->number, .origin = source->origin};

    if (source->text != NULL) {
        copy.text = text_copy(source->text);
        if (copy.text == NULL)
            return STATUS_NO_MEMORY;
    }
    for (size_t i = 0; i < source->list.count; i++) {
        enum status status = text_list_add(&copy.list, source->list.items[i]);
        if (status != STATUS_OK) {
            value_clear(&copy);
            return status;
        }
    }
    *ret_copy = copy;
    return STATUS_OK;
}

void settings_init(struct settings *settings)
{
    *settings = (struct settings){0};
    for (int id = 0; id < SETTING_COUNT; id++)
        settings->values[id].number = setting_info((enum setting_id)id)->default_number;
}

void settings_clear(struct settings *settings)
{
    for (int id = 0; id < SETTING_COUNT; id++)
        value_clear(&settings->values[id]);
    settings_init(settings);
}

enum status settings_copy(const struct settings *source, struct settings *ret_copy)
{
    struct settings copy;

    settings_init(&copy);
    for (int id = 0; id < SETTING_COUNT; id++) {
        enum status status = value_copy(&source->values[id], &copy.values[id]);
        if (status != STATUS_OK) {
            settings_clear(&copy);
            return status;
        }
    }
    *ret_copy = copy;
    return STATUS_OK;
}

enum status settings_copy_value(struct settings *settings, enum setting_id id,
                                const struct setting_value *value)
{
    struct setting_value copy;
    enum status status = value_copy(value, &copy);

    if (status != STATUS_OK)
        return status;
    value_clear(&settings->values[id]);
    settings->values[id] = copy;
    return STATUS_OK;
}

/* Appends TEXT in quotes, cut at a character when it is long. */
static void append_shown(struct strbuf *b, const char *text)
{
    size_t len = text_cut(text, SHOWN_MAX);

    strbuf_append_char(b, '"');
    strbuf_append_bytes(b, text, len);
    strbuf_append(b, text[len] != '\0' ? "...\"" : "\"");
}

static enum status parse_int(const struct setting_info *info, const char *text,
                             struct setting_value *value, struct strbuf *message)
{
    if (!text_parse_int(text, strlen(text), &value->number)) {
        append_shown(message, text);
        strbuf_append(message, " is no whole number");
        return STATUS_INVALID;
    }
    if (value->number > info->max) {
        strbuf_printf(message, "%s is above the maximum %lld", text, (long long)info->max);
        return STATUS_INVALID;
    }
    if (value->number < info->min) {
        strbuf_printf(message, "%s is below the minimum %lld", text, (long long)info->min);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status parse_bool(const char *text, struct setting_value *value, struct strbuf *message)
{
    static const char *const words[][2] = {
        {"0", "1"}, {"false", "true"}, {"off", "on"}, {"no", "yes"}};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        for (int number = 0; number < 2; number++) {
            if (strcmp(text, words[i][number]) == 0) {
                value->number = number;
                return STATUS_OK;
            }
        }
    }
    append_shown(message, text);
    strbuf_append(message, " is neither true nor false");
    return STATUS_INVALID;
}

static enum status parse_choice(const struct setting_info *info, const char *text,
                                struct setting_value *value, struct strbuf *message)
{
    for (size_t i = 0; info->aliases != NULL && info->aliases[i] != NULL; i += 2)
        if (strcmp(text, info->aliases[i]) == 0)
            text = info->aliases[i + 1];
    for (int i = 0; info->choices[i] != NULL; i++) {
        if (strcmp(text, info->choices[i]) == 0) {
            value->number = i;
            return STATUS_OK;
        }
    }
    if (info->check == NULL) {
        append_shown(message, text);
        strbuf_append(message, " is not one of ");
        for (int i = 0; info->choices[i] != NULL; i++)
            strbuf_printf(message, "%s%s", i > 0 ? ", " : "", info->choices[i]);
        return STATUS_INVALID;
    }
    const char *wrong = info->check(text);
    if (wrong != NULL) {
        append_shown(message, text);
        strbuf_printf(message, " %s", wrong);
        return STATUS_INVALID;
    }
    value->number = -1;
    value->text = text_copy(text);
    return value->text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* Is TEXT, a TEXT or an element of a LIST, allowed? */
static enum status check_text(const struct setting_info *info, const char *text,
                              struct strbuf *message)
{
    if (strlen(text) > SETTING_TEXT_MAX) {
        strbuf_printf(message, "a text of %zu bytes is above the maximum %u", strlen(text),
                      (unsigned)SETTING_TEXT_MAX);
        return STATUS_INVALID;
    }
    const char *wrong = info->check != NULL ? info->check(text) : NULL;
    if (wrong != NULL) {
        append_shown(message, text);
        strbuf_printf(message, " %s", wrong);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum status parse_text(const struct setting_info *info, const char *text,
                              struct setting_value *value, struct strbuf *message)
{
    enum status status = check_text(info, text, message);

    if (status != STATUS_OK)
        return status;
    value->text = text_copy(text);
    return value->text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status parse_list(const struct setting_info *info, const char *text,
                              struct setting_value *value, struct strbuf *message)
{
    while (*text != '\0') {
        size_t len = strcspn(text, ",");
        auto_free char *element = NULL;

        if (value->list.count >= SETTING_LIST_MAX) {
            strbuf_printf(message, "more than the maximum of %u elements",
                          (unsigned)SETTING_LIST_MAX);
            return STATUS_INVALID;
        }
        enum status status = percent_decode(text, len, &element);
        if (status == STATUS_INVALID) {
            append_shown(message, text);
            strbuf_append(message, " has a % that no two hexadecimal digits follow: write %25");
        }
        if (status == STATUS_OK)
            status = check_text(info, element, message);
        if (status == STATUS_OK)
            status = text_list_add(&value->list, element);
        if (status != STATUS_OK)
            return status;
        text += len;
        if (*text == ',')
            text++;
    }
    return STATUS_OK;
}

enum status settings_set_text(struct settings *settings, enum setting_id id, const char *text,
                              enum setting_origin origin, char **ret_message)
{
    const struct setting_info *info = setting_info(id);
    struct setting_value value = {.origin = origin};
    auto_strbuf message = STRBUF_INIT;
    enum status status = STATUS_INVALID;

    switch (info->type) {
    case SETTING_TYPE_INT:
        status = parse_int(info, text, &value, &message);
        break;
    case SETTING_TYPE_BOOL:
        status = parse_bool(text, &value, &message);
        break;
    case SETTING_TYPE_CHOICE:
        status = parse_choice(info, text, &value, &message);
        break;
    case SETTING_TYPE_TEXT:
        status = parse_text(info, text, &value, &message);
        break;
    case SETTING_TYPE_LIST:
        status = parse_list(info, text, &value, &message);
        break;
    }
    if (status == STATUS_OK) {
        value_clear(&settings->values[id]);
        settings->values[id] = value;
        return STATUS_OK;
    }
    value_clear(&value);
    if (status == STATUS_INVALID && ret_message != NULL) {
        char *taken = strbuf_take(&message);
        if (taken == NULL)
            return STATUS_NO_MEMORY;
        *ret_message = taken;
    }
    return status;
}

/* An element that is empty and the last would vanish: one more comma keeps it. */
static void append_list(struct strbuf *b, const struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            strbuf_append_char(b, ',');
        percent_encode(b, list->items[i]);
    }
    if (list->count > 0 && list->items[list->count - 1][0] == '\0')
        strbuf_append_char(b, ',');
}

char *settings_get_text(const struct settings *settings, enum setting_id id)
{
    struct strbuf text = STRBUF_INIT;

    switch (setting_info(id)->type) {
    case SETTING_TYPE_INT:
    case SETTING_TYPE_BOOL:
        strbuf_printf(&text, "%lld", (long long)settings->values[id].number);
        break;
    case SETTING_TYPE_CHOICE:
    case SETTING_TYPE_TEXT:
        strbuf_append(&text, settings_text(settings, id));
        break;
    case SETTING_TYPE_LIST:
        append_list(&text, &settings->values[id].list);
        break;
    }
    return strbuf_take(&text);
}

void settings_append_json(const struct settings *settings, enum setting_id id, struct strbuf *b)
{
    const struct text_list *list = &settings->values[id].list;

    switch (setting_info(id)->type) {
    case SETTING_TYPE_INT:
        strbuf_printf(b, "%lld", (long long)settings_number(settings, id));
        break;
    case SETTING_TYPE_BOOL:
        strbuf_append(b, settings_bool(settings, id) ? "true" : "false");
        break;
    case SETTING_TYPE_CHOICE:
    case SETTING_TYPE_TEXT:
        strbuf_append_json(b, settings_text(settings, id));
        break;
    case SETTING_TYPE_LIST:
        strbuf_append_char(b, '[');
        for (size_t i = 0; i < list->count; i++) {
            strbuf_append(b, i > 0 ? ", " : "");
            strbuf_append_json(b, list->items[i]);
        }
        strbuf_append_char(b, ']');
        break;
    }
}

int64_t settings_number(const struct settings *settings, enum setting_id id)
{
    return settings->values[id].number;
}

bool settings_bool(const struct settings *settings, enum setting_id id)
{
    return settings->values[id].number != 0;
}

const char *settings_text(const struct settings *settings, enum setting_id id)
{
    const struct setting_info *info = setting_info(id);
    const struct setting_value *value = &settings->values[id];

    if (info->type == SETTING_TYPE_CHOICE && value->number >= 0)
        return info->choices[value->number];
    if (value->text != NULL)
        return value->text;
    return info->default_text != NULL ? info->default_text : "";
}

const struct text_list *settings_list(const struct settings *settings, enum setting_id id)
{
    return &settings->values[id].list;
}

enum setting_origin settings_origin(const struct settings *settings, enum setting_id id)
{
    return settings->values[id].origin;
}

bool settings_is_default(const struct settings *settings, enum setting_id id)
{
    const struct setting_info *info = setting_info(id);

    switch (info->type) {
    case SETTING_TYPE_INT:
    case SETTING_TYPE_BOOL:
    case SETTING_TYPE_CHOICE:
        return settings->values[id].number == info->default_number;
    case SETTING_TYPE_TEXT:
        return strcmp(settings_text(settings, id), info->default_text) == 0;
    case SETTING_TYPE_LIST:
        break;
    }
    return settings->values[id].list.count == 0;
}
