/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of settings as a form. */
#include "efi/app/form_settings.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/layout.h"

static const char *const booleans[] = {"off", "on", NULL};

/* Does the setting reach the host? The others belong to the menu itself, which is there already. */
static bool is_for_a_start(enum setting_id id)
{
    return setting_info(id)->on_command_line;
}

/* The value as the form shows it; new, NULL when memory runs out. */
static char *shown_text(const struct settings *settings, enum setting_id id)
{
    if (setting_info(id)->type == SETTING_TYPE_BOOL)
        return text_copy(booleans[settings_bool(settings, id)]);
    return settings_get_text(settings, id);
}

static const char *keep(struct arena *arena, const char *text)
{
    return text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
}

/* "MB, override "win*"" */
static const char *make_note(const struct form_settings *settings, enum setting_id id,
                             struct arena *arena)
{
    const struct setting_info *info = setting_info(id);
    auto_strbuf note = STRBUF_INIT;

    if (info->unit != NULL)
        strbuf_printf(&note, "%s, ", info->unit);
    config_append_origin(settings->stick->config, settings->path, &settings->original, id, &note);
    if (!info->effective)
        strbuf_append(&note, ", no effect yet");
    if (strbuf_status(&note) != STATUS_OK)
        return NULL;
    return keep(arena, strbuf_text(&note));
}

static enum status make_field(const struct form_settings *settings, enum setting_id id,
                              struct arena *arena, struct form_field *field)
{
    const struct setting_info *info = setting_info(id);
    auto_free char *text = shown_text(&settings->original, id);

    field->label = info->title;
    field->help = info->help;
    field->original = keep(arena, text);
    field->note = make_note(settings, id, arena);
    if (info->type == SETTING_TYPE_BOOL || info->type == SETTING_TYPE_CHOICE) {
        field->kind = info->check != NULL ? FORM_EITHER : FORM_CYCLED;
        field->choices = info->type == SETTING_TYPE_BOOL ? booleans : info->choices;
    }
    return field->original != NULL && field->note != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* The line as it will be, but for the arguments that are always the same. */
static enum status make_preview(const struct form_settings *settings, struct form *form)
{
    auto_strbuf line = STRBUF_INIT, shown = STRBUF_INIT;
    const size_t same = sizeof(LAYOUT_KERNEL_ARGUMENTS) - 1;
    size_t len = 0;

    enum status status =
        stick_write_line(settings->stick, settings->path, &settings->settings, &line, &len);
    free(form->preview);
    form->preview = NULL;
    form->preview_len = len;
    form->preview_max = LAYOUT_COMMAND_LINE_MAX;
    if (status == STATUS_TOO_LARGE)
        strbuf_append(&shown, "too long: shorten CPU flags or QEMU arguments");
    else if (status != STATUS_OK)
        return status;
    else
        strbuf_printf(&shown, "\xe2\x80\xa6%s", strbuf_text(&line) + (line.len > same ? same : 0));
    form->preview = strbuf_take(&shown);
    return form->preview != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status form_settings_begin(struct stick *stick, const char *path, struct arena *arena,
                                struct form_settings *ret_settings, struct form *ret_form,
                                struct strbuf *message)
{
    struct form_settings settings = {.stick = stick, .path = path};
    struct form form = {0};
    size_t count = 0;

    settings_init(&settings.settings);
    enum status status = stick_resolve(stick, path, &settings.original, message);
    if (status != STATUS_OK)
        return status;
    status = settings_copy(&settings.original, &settings.settings);
    for (int id = 0; id < SETTING_COUNT; id++) {
        if (is_for_a_start((enum setting_id)id))
            settings.ids[count++] = (enum setting_id)id;
    }
    if (status == STATUS_OK)
        status = form_init(&form, count);
    for (size_t i = 0; status == STATUS_OK && i < count; i++)
        status = make_field(&settings, settings.ids[i], arena, &form.fields[i]);
    if (status == STATUS_OK)
        status = form_begin(&form);
    if (status == STATUS_OK)
        status = make_preview(&settings, &form);
    if (status != STATUS_OK) {
        form_clear(&form);
        form_settings_clear(&settings);
        strbuf_printf(message, "The settings cannot be shown: %s.", status_text(status));
        return status;
    }
    *ret_settings = settings;
    *ret_form = form;
    return STATUS_OK;
}

void form_settings_clear(struct form_settings *settings)
{
    if (settings->stick == NULL)
        return;
    settings_clear(&settings->original);
    settings_clear(&settings->settings);
    *settings = (struct form_settings){0};
}

/* The value is what it was before the form: with its origin, so that the record tells the truth. */
static enum status take_text(struct form_settings *settings, enum setting_id id,
                             const struct form_field *field, char **ret_error)
{
    if (!form_is_changed(field))
        return settings_copy_value(&settings->settings, id, &settings->original.values[id]);
    return settings_set_text(&settings->settings, id, strbuf_text(&field->text), ORIGIN_MENU,
                             ret_error);
}

enum status form_settings_check(struct form_settings *settings, struct form *form, size_t field)
{
    struct form_field *checked = &form->fields[field];
    enum setting_id id = settings->ids[field];

    free(checked->error);
    checked->error = NULL;
    enum status status = take_text(settings, id, checked, &checked->error);
    if (status == STATUS_INVALID && checked->error != NULL)
        return STATUS_OK;
    return status == STATUS_OK ? make_preview(settings, form) : status;
}
