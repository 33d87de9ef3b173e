/* SPDX-License-Identifier: BSD-2-Clause */
/* A picture of the menu by a GRUB theme. */
#include "efi/app/themed.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config/base/text.h"
#include "config/base/utf.h"

#define FOLDER_PATH_MAX 1024
#define SHORT_ACTIONS   3 /* that @KEYMAP_SHORT@ names */
#define MIDDLE_ACTIONS  6
#define CLOSED_FOLDER   "\xE2\x96\xB8 " /* U+25B8 */
#define OPEN_FOLDER     "\xE2\x96\xBE " /* U+25BE */

/* ---- the theme's files ---- */

static enum status read_file(void *context, const char *path, size_t max, uint8_t **ret_bytes,
                             size_t *ret_len)
{
    const struct platform *platform = ((const struct themed *)context)->platform;
    char *text;
    enum status status =
        platform->read_file(platform->context, PLATFORM_DATA, path, max, &text, ret_len);
    if (status == STATUS_OK)
        *ret_bytes = (uint8_t *)text;
    return status;
}

struct listing {
    enum status (*visit)(void *visit_context, const char *name);
    void *visit_context;
};

static enum status visit_file(void *context, const struct platform_file *file)
{
    const struct listing *listing = context;
    return file->is_folder ? STATUS_OK : listing->visit(listing->visit_context, file->name);
}

static enum status list_folder(void *context, const char *folder,
                               enum status (*visit)(void *visit_context, const char *name),
                               void *visit_context)
{
    const struct platform *platform = ((const struct themed *)context)->platform;
    struct listing listing = {visit, visit_context};
    size_t len = strlen(folder);
    char path[FOLDER_PATH_MAX];

    if (len >= sizeof(path))
        return STATUS_NOT_FOUND;
    memcpy(path, folder, len + 1);
    if (len > 1 && path[len - 1] == '/')
        path[len - 1] = '\0';
    return platform->list_folder(platform->context, PLATFORM_DATA, path, visit_file, &listing);
}

enum status themed_open(struct themed *themed, const struct platform *platform, const char *path,
                        unsigned width, unsigned height, const struct blockdev *font,
                        struct problem_list *problems)
{
    struct theme_error error = THEME_ERROR_INIT;
    auto_strbuf absolute = STRBUF_INIT;
    unsigned columns, rows;

    *themed = (struct themed){.platform = platform};
    themed->files = (struct theme_files){
        .context = themed, .read = read_file, .list = list_folder, .font = font};
    strbuf_printf(&absolute, "%s%s", path[0] == '/' ? "" : "/", path);
    enum status status = strbuf_status(&absolute);
    if (status == STATUS_OK)
        status = theme_open(&themed->files, strbuf_text(&absolute), width, height, &themed->theme,
                            &error);
    if (status == STATUS_OK) {
        theme_terminal_size(themed->theme, &columns, &rows);
        for (unsigned frame = 0; frame < 2 && status == STATUS_OK; frame++)
            status = cells_init(&themed->frames[frame], columns, rows);
    }
    if (status != STATUS_OK) {
        const char *text = strbuf_text(&error.text);
        problem_add(problems, path, error.line, error.column, "%s; the built-in look is used",
                    text[0] != '\0' ? text : status_text(status));
        themed_close(themed);
    }
    strbuf_clear(&error.text);
    return status;
}

void themed_close(struct themed *themed)
{
    theme_close(themed->theme);
    cells_clear(&themed->frames[0]);
    cells_clear(&themed->frames[1]);
    *themed = (struct themed){0};
}

void themed_forget(struct themed *themed)
{
    themed->is_known = false;
}

/* ---- the list ---- */

struct rows {
    struct themed *themed;
    const struct model *model;
    const struct menu *menu;
};

/* Adds NAME, LEN bytes, in lower case. */
static void add_class(struct theme_entry *entry, const char *name, size_t len)
{
    if (len == 0 || len >= THEME_CLASS_MAX || entry->class_count == THEME_ICON_CLASSES_MAX)
        return;
    char *class = entry->classes[entry->class_count++];
    for (size_t i = 0; i < len; i++)
        class[i] = (char)tolower((unsigned char)name[i]);
    class[len] = '\0';
}

/* The words of a name are its classes: "debian", "live" and "amd" of debian-live-12-amd64.iso; a
 * theme has icons for some. Behind them what it is. */
static void add_classes(struct theme_entry *entry, const struct model_row *row)
{
    static const struct {
        enum model_icon icon;
        const char *class;
    } kinds[] = {
        {MODEL_ICON_DISC, "iso"},
        {MODEL_ICON_DISK, "disk"},
        {MODEL_ICON_FOLDER_CLOSED, "folder"},
        {MODEL_ICON_FOLDER_OPEN, "folder"},
    };
    const char *at = row->title;
    while (*at != '\0' && entry->class_count < THEME_ICON_CLASSES_MAX - 2) {
        size_t len = 0;
        while (isalpha((unsigned char)at[len]))
            len++;
        add_class(entry, at, len);
        at += len > 0 ? len : 1;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].icon == row->icon)
            add_class(entry, kinds[i].class, strlen(kinds[i].class));
    }
    add_class(entry, "os", 2);
}

static void show_entry(void *context, size_t index, struct theme_entry *ret_entry)
{
    const struct rows *rows = context;
    struct model_row row;

    model_row(rows->model, rows->menu, index, &row);
    const char *before = row.icon == MODEL_ICON_FOLDER_CLOSED ? CLOSED_FOLDER
                         : row.icon == MODEL_ICON_FOLDER_OPEN ? OPEN_FOLDER
                                                              : "";
    *ret_entry = (struct theme_entry){.title = row.title, .indent = row.indent};
    if (before[0] != '\0') {
        size_t len = text_cut(row.title, MODEL_TEXT_MAX);
        snprintf(rows->themed->title, sizeof(rows->themed->title), "%s%.*s", before, (int)len,
                 row.title);
        ret_entry->title = rows->themed->title;
    }
    add_classes(ret_entry, &row);
}

/* "Enter: start, F1: help, ..." of the first COUNT actions. Is it another text than before? */
static bool name_keys(const struct model *model, size_t count, char keys[THEMED_KEYS_MAX])
{
    auto_strbuf text = strbuf_with_max(THEMED_KEYS_MAX - 1);
    for (size_t i = 0; i < model->action_count && i < count; i++)
        strbuf_printf(&text, "%s%s: %s", i == 0 ? "" : ", ", model->actions[i].key,
                      model->actions[i].label);
    if (strcmp(keys, strbuf_text(&text)) == 0)
        return false;
    memcpy(keys, strbuf_text(&text), text.len + 1);
    return true;
}

/* What the screen has to say beside the list: what was typed, else a question or the time left that
 * the theme does not show, else the last message. */
static const char *find_message(struct themed *themed, const struct model *model)
{
    if (model->filter[0] != '\0') {
        size_t len = text_cut(model->filter, MODEL_TEXT_MAX);
        snprintf(themed->message, sizeof(themed->message), "Filter: %.*s  (%s)", (int)len,
                 model->filter, model->count);
        return themed->message;
    }
    if (model->status[0] != '\0' && !(model->is_counting && theme_has_countdown(themed->theme)))
        return model->status;
    if (model->row_count == 0 && model->empty_heading[0] != '\0')
        return model->empty_heading;
    return model->message_count > 0 ? model->messages[model->message_count - 1].text : "";
}

static void draw_list(struct themed *themed, const struct model *model, struct menu *menu,
                      struct surface *surface)
{
    struct rows rows = {themed, model, menu};
    bool is_whole = !themed->is_known || themed->screen != model->screen;
    is_whole |= name_keys(model, SHORT_ACTIONS, themed->keys[0]);
    is_whole |= name_keys(model, MIDDLE_ACTIONS, themed->keys[1]);
    is_whole |= name_keys(model, model->action_count, themed->keys[2]);
    struct theme_state state = {
        .entries = model->row_count,
        .selected = model->selected,
        .context = &rows,
        .entry = show_entry,
        .is_counting = model->is_counting,
        .seconds_left = model->seconds_left,
        .seconds_total = model->seconds_total,
        .title = model->product,
        .keys_short = themed->keys[0],
        .keys_middle = themed->keys[1],
        .keys_long = themed->keys[2],
        .message = find_message(themed, model),
    };
    if (is_whole)
        theme_draw(themed->theme, &state, surface);
    else
        theme_update(themed->theme, &state, surface);
    menu_set_page(menu, theme_page_rows(themed->theme), 0);
}

/* ---- everything else ---- */

static void draw_terminal(struct themed *themed, const struct model *model, struct menu *menu,
                          struct surface *surface)
{
    struct cells *shown = &themed->frames[themed->current];
    struct cells *next = &themed->frames[themed->current ^ 1];
    bool has_terminal =
        themed->is_known && themed->screen != MODEL_LIST && themed->screen != MODEL_TREE;

    textview_draw(&themed->view, model, menu, next);
    theme_draw_terminal(themed->theme, has_terminal ? shown : NULL, next, surface);
    themed->current ^= 1;
    menu_set_page(menu, themed->view.page_rows, themed->view.last_top);
}

void themed_draw(struct themed *themed, const struct model *model, struct menu *menu,
                 struct surface *surface)
{
    if (model->screen == MODEL_LIST || model->screen == MODEL_TREE)
        draw_list(themed, model, menu, surface);
    else
        draw_terminal(themed, model, menu, surface);
    themed->screen = model->screen;
    themed->is_known = true;
}
