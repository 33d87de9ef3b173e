/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of the view model, and where the filter's words stand in them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/menu_private.h"

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

/* ---- matches ---- */

/* Bytes at the start of TEXT that are WORD (LEN bytes, folded) without regard to case; 0: none. */
static size_t match_here(const char *text, const char *word, size_t len)
{
    size_t text_len = strlen(text), used = 0;

    while (len > 0) {
        uint32_t character, wanted;
        if (used >= text_len)
            return 0;
        size_t word_step = utf8_decode(word, len, &wanted);
        used += utf8_decode(text + used, text_len - used, &character);
        if (utf_fold(character) != wanted)
            return 0;
        word += word_step;
        len -= word_step;
    }
    return used;
}

/* Adds a range, in order; ranges that touch become one. */
static void add_range(struct model_row *row, struct model_range range)
{
    size_t at = row->match_count;

    while (at > 0 && row->matches[at - 1].start > range.start)
        at--;
    if (row->match_count == MODEL_MATCHES_MAX)
        return;
    memmove(&row->matches[at + 1], &row->matches[at],
            (row->match_count - at) * sizeof(row->matches[0]));
    row->matches[at] = range;
    row->match_count++;
    size_t kept = 0;
    for (size_t i = 1; i < row->match_count; i++) {
        struct model_range *last = &row->matches[kept], *next = &row->matches[i];
        size_t end = next->start + next->len;
        if (next->start > last->start + last->len)
            row->matches[++kept] = *next;
        else if (end > last->start + last->len)
            last->len = end - last->start;
    }
    row->match_count = kept + 1;
}

static void find_matches(const struct menu *menu, struct model_row *row)
{
    auto_strbuf folded = strbuf_with_max((size_t)MENU_FILTER_MAX * 2);

    strbuf_append_folded(&folded, menu->filter, strlen(menu->filter));
    const char *filter = strbuf_text(&folded), *word;
    size_t len;
    while (menu_next_word(&filter, &word, &len)) {
        for (const char *at = row->title; *at != '\0';) {
            size_t found = match_here(at, word, len);
            if (found > 0)
                add_range(row, (struct model_range){(size_t)(at - row->title), found});
            uint32_t skipped;
            at += found > 0 ? found : utf8_decode(at, strlen(at), &skipped);
        }
        for (const char *at = row->note; row->note_match_len == 0 && *at != '\0';) {
            uint32_t skipped;
            row->note_match_start = (size_t)(at - row->note);
            row->note_match_len = match_here(at, word, len);
            at += utf8_decode(at, strlen(at), &skipped);
        }
    }
}

/* ---- rows ---- */

static enum model_icon icon_of(const struct menu_entry *entry)
{
    size_t len = strlen(entry->path);
    bool is_disc = len > 4 && strcasecmp(entry->path + len - 4, ".iso") == 0;
    return is_disc ? MODEL_ICON_DISC : MODEL_ICON_DISK;
}

static void set_entry(const struct menu *menu, const struct menu_entry *entry,
                      struct model_row *row)
{
    row->title = entry->title;
    if (entry->notice != NULL) {
        row->kind = MODEL_ROW_NOTICE;
        row->icon = MODEL_ICON_NOTICE;
        row->severity = MENU_WARNING;
        row->note = entry->notice;
        return;
    }
    row->kind = MODEL_ROW_ENTRY;
    row->icon = icon_of(entry);
    row->value = model_size(entry->size_bytes, row->buffer);
    row->is_warned = entry->fault != NULL;
    if (!menu->is_tree)
        row->note = entry->folder;
    else
        row->indent = menu->folders[menu->folder_of[entry - menu->entries]].depth;
    if (menu->filter_len > 0)
        find_matches(menu, row);
}

static void set_folder(const struct menu *menu, const struct menu_folder *folder,
                       struct model_row *row)
{
    bool is_open = folder->is_open || menu->filter_len > 0;

    row->kind = MODEL_ROW_FOLDER;
    row->icon = is_open ? MODEL_ICON_FOLDER_OPEN : MODEL_ICON_FOLDER_CLOSED;
    row->title = folder->name;
    row->indent = folder->depth - 1;
    if (folder->notice != MENU_NO_ENTRY) {
        row->severity = MENU_WARNING;
        row->is_warned = true;
        row->note = menu->entries[folder->notice].notice;
    }
    if (folder->images > 0 || folder->notice == MENU_NO_ENTRY)
        snprintf(row->buffer, sizeof(row->buffer), "%zu %s", folder->images,
                 folder->images == 1 ? "image" : "images");
    row->value = row->buffer;
    if (menu->filter_len > 0)
        find_matches(menu, row);
}

static void set_line(const struct menu_line *line, struct model_row *row)
{
    row->kind = line->kind;
    row->severity = line->severity;
    row->title = or_empty(line->title);
    row->value = or_empty(line->value);
    row->note = or_empty(line->note);
}

static void set_field(const struct form_field *field, bool is_selected, size_t caret,
                      struct model_row *row)
{
    row->kind = MODEL_ROW_FIELD;
    row->title = field->label;
    row->value = strbuf_text(&field->text);
    row->note = or_empty(field->note);
    row->is_wrong = field->error != NULL;
    row->is_cycled = field->kind != FORM_TYPED;
    row->is_changed = form_is_changed(field);
    if (is_selected && field->kind != FORM_CYCLED)
        row->caret = caret;
}

static void set_choice(const struct menu_choice *choice, struct model_row *row)
{
    static const enum model_icon icons[] = {
        [MENU_RESTART] = MODEL_ICON_RESTART,   [MENU_POWER_OFF] = MODEL_ICON_POWER_OFF,
        [MENU_FIRMWARE] = MODEL_ICON_FIRMWARE, [MENU_LOCAL_DISK] = MODEL_ICON_LOCAL_DISK,
        [MENU_LEAVE] = MODEL_ICON_LEAVE,
    };
    row->kind = MODEL_ROW_CHOICE;
    row->icon = icons[choice->power];
    row->title = choice->title;
    row->note = or_empty(choice->note);
    row->is_disabled = choice->is_disabled;
}

void model_row(const struct model *model, const struct menu *menu, size_t index,
               struct model_row *ret_row)
{
    *ret_row = (struct model_row){
        .title = "",
        .note = "",
        .value = "",
        .caret = MODEL_NO_CARET,
        .is_selected = index == model->selected,
    };
    switch (model->screen) {
    case MODEL_LIST:
    case MODEL_TREE:
        if (menu->visible[index] < menu->count)
            set_entry(menu, &menu->entries[menu->visible[index]], ret_row);
        else
            set_folder(menu, &menu->folders[menu->visible[index] - menu->count], ret_row);
        break;
    case MODEL_HELP:
    case MODEL_PROBLEMS:
    case MODEL_DETAILS:
    case MODEL_PAGE:
        set_line(&menu->text.lines[index], ret_row);
        break;
    case MODEL_FORM:
        set_field(&menu->form.fields[index], ret_row->is_selected, menu->form.caret, ret_row);
        break;
    case MODEL_POWER:
        set_choice(&menu->choices[index], ret_row);
        break;
    case MODEL_CHECKSUM:
        break;
    }
}
