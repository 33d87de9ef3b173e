/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to tell about one image: read from it, and resolved from the settings. */
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/app/app_private.h"
#include "efi/core/fs/bootable.h"

/* Lines in an arena; what does not fit is left out. */
struct lines {
    struct arena *arena;
    struct model_detail *items;
    size_t count;
};

static const char *keep(struct arena *arena, const struct strbuf *text)
{
    const char *kept = NULL;
    if (strbuf_status(text) == STATUS_OK)
        kept = arena_copy(arena, strbuf_text(text), text->len);
    return kept != NULL ? kept : status_text(STATUS_NO_MEMORY);
}

static void add(struct lines *lines, const char *label, const char *value, const char *origin,
                enum menu_severity severity)
{
    if (lines->count < MODEL_DETAILS_MAX)
        lines->items[lines->count++] = (struct model_detail){
            .label = label, .value = value, .origin = origin, .severity = severity};
}

static const char *boots_on(const struct bootable *bootable)
{
    if (bootable->bios && bootable->uefi)
        return "UEFI, BIOS";
    if (bootable->bios || bootable->uefi)
        return bootable->uefi ? "UEFI" : "BIOS";
    switch (bootable->kind) {
    case IMAGE_QCOW2:
    case IMAGE_VHD:
    case IMAGE_VHDX:
    case IMAGE_VMDK:
        return "what is in it (not looked at)";
    case IMAGE_UNKNOWN:
    case IMAGE_ISO:
    case IMAGE_DISK:
        break;
    }
    return "nothing that was found";
}

static void add_contents(struct lines *lines, const struct bootable *bootable, uint64_t size_bytes)
{
    bool is_container = bootable->kind != IMAGE_UNKNOWN && bootable->kind != IMAGE_ISO &&
                        bootable->kind != IMAGE_DISK;
    bool boots = bootable->bios || bootable->uefi || is_container;
    auto_strbuf text = STRBUF_INIT;
    char stated[MODEL_SIZE_MAX], present[MODEL_SIZE_MAX];

    if (bootable->is_truncated) {
        strbuf_printf(&text, "cut short: %s of %s", model_size(size_bytes, present),
                      model_size(bootable->stated_bytes, stated));
        add(lines, "", keep(lines->arena, &text), "", MENU_WARNING);
    }
    if (bootable->label[0] != '\0') {
        const char *label = arena_copy(lines->arena, bootable->label, strlen(bootable->label));
        add(lines, "Volume", label != NULL ? label : "", "", MENU_NOTE);
    }
    add(lines, "Boots on", boots_on(bootable), "", boots ? MENU_NOTE : MENU_WARNING);
}

static void read_contents(struct app *app, const struct menu_entry *entry, struct lines *lines)
{
    const struct platform *platform = app->platform;
    struct bootable bootable;
    struct blockdev *file;
    auto_strbuf text = STRBUF_INIT;

    enum status status = platform->open_file(platform->context, PLATFORM_DATA, entry->path, &file);
    if (status == STATUS_OK) {
        status = bootable_inspect(file, app_file_name(entry->path), &bootable);
        platform->close_file(platform->context, file);
    }
    if (status == STATUS_OK) {
        add_contents(lines, &bootable, entry->size_bytes);
        return;
    }
    strbuf_printf(&text, "cannot be read: %s", status_text(status));
    add(lines, "", keep(lines->arena, &text), "", MENU_WARNING);
}

/* The settings in effect; only those that are not the default unless ALL. */
static void add_settings(struct app *app, const char *path, bool all, struct lines *lines)
{
    auto_strbuf message = STRBUF_INIT;
    struct settings settings;

    if (stick_resolve(&app->stick, path, &settings, &message) != STATUS_OK)
        return; /* the entry's fault says why */
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        auto_strbuf value = STRBUF_INIT, origin = STRBUF_INIT;
        if (!info->on_command_line || (!all && settings_is_default(&settings, id)))
            continue;
        if (info->type == SETTING_TYPE_CHOICE)
            strbuf_append(&value, settings_text(&settings, id));
        else if (info->type == SETTING_TYPE_BOOL)
            strbuf_append(&value, settings_bool(&settings, id) ? "on" : "off");
        else if (info->type == SETTING_TYPE_LIST && settings_list(&settings, id)->count == 0)
            strbuf_append(&value, "none");
        else
            settings_append_json(&settings, id, &value);
        if (info->unit != NULL)
            strbuf_printf(&value, " %s", info->unit);
        config_append_origin(app->stick.config, path, &settings, id, &origin);
        add(lines, info->title, keep(lines->arena, &value), keep(lines->arena, &origin), MENU_NOTE);
    }
    settings_clear(&settings);
}

static void add_last(struct app *app, const char *path, struct lines *lines)
{
    auto_strbuf text = STRBUF_INIT;
    enum menu_severity severity;
    if (app_describe_last(app->platform, path, &text, &severity))
        add(lines, "Last start", keep(lines->arena, &text), "", severity);
}

void app_read_details(struct app *app, size_t entry)
{
    struct lines lines = {.arena = &app->details_arena};

    menu_set_details(&app->menu, entry, NULL, 0);
    arena_clear(&app->details_arena);
    lines.items = arena_alloc(lines.arena, MODEL_DETAILS_MAX * sizeof(*lines.items));
    if (lines.items == NULL)
        return;
    read_contents(app, &app->menu.entries[entry], &lines);
    add_settings(app, app->menu.entries[entry].path, false, &lines);
    add_last(app, app->menu.entries[entry].path, &lines);
    menu_set_details(&app->menu, entry, lines.items, lines.count);
}

static void add_pair(struct app_text *text, const char *label, const char *value,
                     enum menu_severity severity)
{
    app_text_add(text,
                 (struct menu_line){
                     .kind = MODEL_ROW_PAIR, .severity = severity, .title = label, .value = value});
}

void app_show_details(struct app *app)
{
    const struct menu_entry *entry = menu_selected(&app->menu);
    struct lines lines = {.arena = &app->screen_arena};
    struct app_text text = {.app = app};
    char size[MODEL_SIZE_MAX], bytes[64];

    if (entry == NULL)
        return;
    arena_clear(&app->screen_arena);
    lines.items = arena_alloc(lines.arena, MODEL_DETAILS_MAX * sizeof(*lines.items));
    if (lines.items == NULL)
        return;
    read_contents(app, entry, &lines);
    add_last(app, entry->path, &lines);
    size_t settings = lines.count;
    add_settings(app, entry->path, true, &lines);
    add_pair(&text, "Path", entry->path, MENU_NOTE);
    snprintf(bytes, sizeof(bytes), "%s (%llu bytes)", model_size(entry->size_bytes, size),
             (unsigned long long)entry->size_bytes);
    add_pair(&text, "Size", bytes, MENU_NOTE);
    if (entry->fault != NULL)
        add_pair(&text, "Not started", entry->fault, MENU_ERROR);
    if (entry->tip != NULL)
        add_pair(&text, "Tip", entry->tip, MENU_GOOD);
    for (size_t i = 0; i < lines.count; i++) {
        const struct model_detail *line = &lines.items[i];
        if (i == settings) {
            app_text_add(&text, (struct menu_line){.kind = MODEL_ROW_BLANK});
            app_text_add(&text, (struct menu_line){.kind = MODEL_ROW_HEADING,
                                                   .title = "Settings in effect"});
        }
        app_text_add(&text, (struct menu_line){
                                .kind = MODEL_ROW_PAIR,
                                .severity = line->severity,
                                .title = line->label[0] != '\0' ? line->label : "Warning",
                                .value = line->value,
                                .note = line->origin[0] != '\0' ? line->origin : NULL,
                            });
    }
    app_text_show(&text, MODEL_DETAILS, MENU_NOTE, entry->title);
}
