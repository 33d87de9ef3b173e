/* SPDX-License-Identifier: BSD-2-Clause */
/* The view model, made from the menu's state. */
#include "efi/core/ui/model.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/menu_private.h"

/* Lines that every screen shows at once; known before a view has drawn them. */
#define TEXT_FITS 12

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

const char *model_size(uint64_t bytes, char buffer[MODEL_SIZE_MAX])
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    size_t unit = 0;
    uint64_t whole = bytes, rest = 0;

    for (; whole >= 1000 && unit + 1 < ARRAY_SIZE(units); unit++) {
        rest = whole % 1000;
        whole /= 1000;
    }
    if (unit >= 2 && whole < 100)
        snprintf(buffer, MODEL_SIZE_MAX, "%u.%u %s", (unsigned)whole, (unsigned)(rest / 100),
                 units[unit]);
    else
        snprintf(buffer, MODEL_SIZE_MAX, "%u %s", (unsigned)whole, units[unit]);
    return buffer;
}

/* ---- the list and the tree ---- */

static void add_detail(struct model *model, struct model_detail detail)
{
    if (model->detail_count < MODEL_DETAILS_MAX)
        model->details[model->detail_count++] = detail;
}

/* What is known at once: the path, then what is wrong with the image or what it is; what was read
 * from it follows. */
static void add_entry_details(struct model *model, const struct menu *menu,
                              const struct menu_entry *entry)
{
    struct model_detail line = {.label = "", .value = "", .origin = ""};

    add_detail(model, (struct model_detail){.label = "", .value = entry->path, .origin = ""});
    if (entry->notice != NULL) {
        line.value = entry->notice;
        line.severity = MENU_WARNING;
    } else if (entry->fault != NULL) {
        line.value = entry->fault;
        line.severity = MENU_ERROR;
        line.is_long = true;
    } else {
        line.value = or_empty(entry->tip);
        line.severity = MENU_GOOD;
    }
    add_detail(model, line);
    size_t index = (size_t)(entry - menu->entries);
    model->are_details_coming = entry->notice == NULL && menu->details_entry != index;
    for (size_t i = 0;
         !model->are_details_coming && entry->notice == NULL && i < menu->detail_count; i++)
        add_detail(model, menu->details[i]);
}

static void add_folder_details(struct model *model, const struct menu *menu,
                               const struct menu_folder *folder)
{
    struct model_detail line = {.label = "", .value = "", .origin = ""};

    line.value = folder->path;
    add_detail(model, line);
    if (folder->notice != MENU_NO_ENTRY) {
        line.value = menu->entries[folder->notice].notice;
        line.severity = MENU_WARNING;
        add_detail(model, line);
    }
}

/* The keys that act here, from the table that acts on them. */
static void add_commands(struct model *model, const struct menu *menu, bool rare)
{
    for (size_t i = 0; i < menu_command_count; i++) {
        struct model_action action = menu_commands[i].action;
        if (action.label[0] == '\0' || menu_commands[i].is_rare != rare ||
            model->action_count == MODEL_ACTIONS_MAX)
            continue;
        if (menu_commands[i].act == menu_toggle_tree && menu->is_tree)
            action.label = "list";
        model->actions[model->action_count++] = action;
    }
}

static void add_action(struct model *model, const char *key, const char *twin, const char *label)
{
    if (model->action_count < MODEL_ACTIONS_MAX)
        model->actions[model->action_count++] =
            (struct model_action){.key = key, .twin = twin, .label = label};
}

static void set_status(struct model *model, const struct menu *menu)
{
    if (menu->is_counting)
        snprintf(model->status, sizeof(model->status), "Starting in %u s, any key stops",
                 menu->seconds_left);
    else if (menu->leave_armed)
        snprintf(model->status, sizeof(model->status), "Esc again leaves to the firmware");
}

static void set_list(struct model *model, const struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);
    const struct menu_folder *folder = menu_selected_folder(menu);

    model->screen = menu->is_tree ? MODEL_TREE : MODEL_LIST;
    if (menu->filter_len > 0)
        snprintf(model->count, sizeof(model->count), "%zu of %zu", menu->matches, menu->images);
    else
        snprintf(model->count, sizeof(model->count), "%zu %s", menu->images,
                 menu->images == 1 ? "image" : "images");
    set_status(model, menu);
    model->filter = menu->filter;
    model->is_counting = menu->is_counting;
    model->seconds_left = menu->seconds_left;
    model->seconds_total = menu->seconds_total;
    model->messages = menu->messages;
    model->message_count = menu->message_count;
    model->row_count = menu->visible_count;
    model->selected = menu->visible_count > 0 ? menu->selected : MODEL_NO_ROW;
    if (menu->count > 0) {
        model->empty_heading = "No name holds these letters. Esc clears the filter.";
    } else {
        model->empty_heading = "There is no image on this stick yet.";
        model->empty_text = or_empty(menu->empty_help);
    }
    if (entry != NULL)
        add_entry_details(model, menu, entry);
    else if (folder != NULL)
        add_folder_details(model, menu, folder);
    add_action(model, "Enter", "", folder == NULL ? "start" : folder->is_open ? "close" : "open");
    add_action(model, "a-z", "", "filter");
    add_action(model, "Esc", "", "back");
    add_commands(model, menu, false);
    add_commands(model, menu, true);
}

/* ---- the other screens ---- */

static void set_text(struct model *model, const struct menu *menu)
{
    const struct menu_text *text = &menu->text;

    model->screen = text->screen;
    model->is_text = true;
    model->heading = or_empty(text->heading);
    model->severity = text->severity;
    model->row_count = text->count;
    model->top = text->top;
    model->question = or_empty(text->question);
    if (text->question == NULL) {
        add_action(model, "Esc", "", "returns to the menu");
        if (text->last_top > 0 || text->count > TEXT_FITS)
            add_action(model, "↑↓ PgUp PgDn", "", "scroll");
    }
}

static void set_form(struct model *model, const struct menu *menu)
{
    const struct form *form = &menu->form;
    const struct form_field *field = &form->fields[form->selected];
    size_t wrong = form_find_wrong(form);

    model->screen = MODEL_FORM;
    model->heading = or_empty(menu->form_heading);
    model->row_count = form->count;
    model->selected = form->selected;
    if (form->count == 0)
        return;
    add_detail(model,
               (struct model_detail){
                   .label = "", .value = or_empty(field->help), .origin = "", .is_long = true});
    if (field->error != NULL)
        add_detail(model, (struct model_detail){.label = "",
                                                .value = field->error,
                                                .origin = "",
                                                .severity = MENU_ERROR,
                                                .is_long = true});
    if (form->preview != NULL) {
        snprintf(model->progress, sizeof(model->progress), "%zu of %zu bytes", form->preview_len,
                 form->preview_max);
        add_detail(model, (struct model_detail){.label = "Kernel line",
                                                .value = form->preview,
                                                .origin = model->progress,
                                                .severity = form->preview_len > form->preview_max
                                                                ? MENU_ERROR
                                                                : MENU_NOTE,
                                                .is_long = true});
    }
    add_action(model, "Enter", "", wrong < form->count ? "goes to the error" : "start with these");
    add_action(model, "Esc", "Ctrl-E", "forget");
    add_action(model, "↑↓", "", "setting");
    if (field->kind != FORM_TYPED)
        add_action(model, "←→", "", "change");
    if (form_is_changed(field))
        add_action(model, "F5", "Ctrl-R", "undo");
}

/* "1.2 GB of 4.7 GB, 210 MB/s, 17 s left" */
static void set_progress(struct model *model, const struct menu_sum *sum)
{
    char done[MODEL_SIZE_MAX], total[MODEL_SIZE_MAX], rate[MODEL_SIZE_MAX];
    uint64_t passed_ms = sum->now_ms - sum->start_ms;
    int len = snprintf(model->progress, sizeof(model->progress), "%s of %s",
                       model_size(sum->done_bytes, done), model_size(sum->total_bytes, total));

    if (passed_ms < 500 || sum->done_bytes < 1000)
        return;
    uint64_t bytes_per_s =
        sum->done_bytes / passed_ms * 1000 + sum->done_bytes % passed_ms * 1000 / passed_ms;
    len += snprintf(model->progress + len, sizeof(model->progress) - (size_t)len, ", %s/s",
                    model_size(bytes_per_s, rate));
    if (sum->is_running && bytes_per_s > 0)
        snprintf(model->progress + len, sizeof(model->progress) - (size_t)len, ", %llu s left",
                 (unsigned long long)((sum->total_bytes - sum->done_bytes) / bytes_per_s));
}

static void set_sum(struct model *model, const struct menu *menu)
{
    const struct menu_sum *sum = &menu->sum;

    model->screen = MODEL_CHECKSUM;
    model->heading = "SHA-256 of the image";
    for (size_t i = 0; i < sum->line_count; i++)
        add_detail(model, sum->lines[i]);
    model->has_progress = true;
    model->done_bytes = sum->done_bytes;
    model->total_bytes = sum->total_bytes;
    set_progress(model, sum);
    add_action(model, "Esc", "Ctrl-K", sum->is_running ? "cancel" : "returns to the menu");
}

static void set_power(struct model *model, const struct menu *menu)
{
    model->screen = MODEL_POWER;
    model->heading = "Power and other ways on";
    model->row_count = menu->choice_count;
    model->selected = menu->choice_count > 0 ? menu->chosen : MODEL_NO_ROW;
    add_action(model, "Enter", "", "does it");
    add_action(model, "↑↓", "", "select");
    add_action(model, "Esc", "Ctrl-O", "returns to the menu");
}

void model_init(struct model *ret_model, const struct menu *menu)
{
    *ret_model = (struct model){
        .product = or_empty(menu->product),
        .volume = or_empty(menu->volume),
        .heading = "",
        .filter = "",
        .empty_heading = "",
        .empty_text = "",
        .question = "",
        .selected = MODEL_NO_ROW,
    };
    switch (menu->screen) {
    case MODEL_LIST:
    case MODEL_TREE:
        set_list(ret_model, menu);
        break;
    case MODEL_HELP:
    case MODEL_PROBLEMS:
    case MODEL_DETAILS:
    case MODEL_PAGE:
        set_text(ret_model, menu);
        break;
    case MODEL_FORM:
        set_form(ret_model, menu);
        break;
    case MODEL_CHECKSUM:
        set_sum(ret_model, menu);
        break;
    case MODEL_POWER:
        set_power(ret_model, menu);
        break;
    }
}
