/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu's entries: sorted, filtered, selected. */
#include "efi/core/ui/menu.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/menu_private.h"
#include "efi/core/ui/natural.h"

static enum status prepare_entry(struct menu *menu, struct strbuf *scratch,
                                 struct menu_entry *entry)
{
    strbuf_reset(scratch);
    strbuf_append_folded(scratch, entry->title, strlen(entry->title));
    strbuf_append_char(scratch, '\n'); /* no filter holds one: words do not match across */
    strbuf_append_folded(scratch, entry->path, strlen(entry->path));
    enum status status = strbuf_status(scratch);
    if (status != STATUS_OK)
        return status;
    entry->folded = arena_copy(&menu->arena, strbuf_text(scratch), scratch->len);
    entry->key = natural_key(&menu->arena, entry->title);
    return entry->folded != NULL && entry->key != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static int compare_entries(const void *a, const void *b)
{
    const struct menu_entry *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : strcmp(x->path, y->path);
}

/* ---- the filter ---- */

bool menu_next_word(const char **filter, const char **ret_word, size_t *ret_len)
{
    const char *word = *filter + strspn(*filter, " ");
    size_t len = strcspn(word, " ");

    if (len == 0)
        return false;
    *ret_word = word;
    *ret_len = len;
    *filter = word + len;
    return true;
}

/* Does ENTRY hold every word of the folded FILTER? */
static bool entry_matches(const struct menu_entry *entry, const char *filter)
{
    char word[MENU_FILTER_MAX * 2 + 1];
    const char *start;
    size_t len;

    while (menu_next_word(&filter, &start, &len)) {
        if (len >= sizeof(word))
            return false;
        memcpy(word, start, len);
        word[len] = '\0';
        if (strstr(entry->folded, word) == NULL)
            return false;
    }
    return true;
}

/* NARROWS: a longer filter than before lets nothing new through. */
static void apply_filter(struct menu *menu, bool narrows)
{
    auto_strbuf folded = strbuf_with_max((size_t)MENU_FILTER_MAX * 2);

    strbuf_append_folded(&folded, menu->filter, strlen(menu->filter));
    menu->matches = 0;
    for (size_t i = 0; i < menu->count; i++) {
        if (!narrows || menu->matched[i])
            menu->matched[i] = entry_matches(&menu->entries[i], strbuf_text(&folded));
        menu->matches += menu->matched[i] && menu->entries[i].notice == NULL;
    }
    menu_refresh(menu);
}

void menu_refresh(struct menu *menu)
{
    size_t under_bar =
        menu->selected < menu->visible_count ? menu->visible[menu->selected] : MENU_NO_ENTRY;

    menu->visible_count = 0;
    menu->selected = 0;
    if (menu->is_tree)
        menu_fill_tree(menu);
    for (size_t i = 0; !menu->is_tree && i < menu->count; i++) {
        if (menu->matched[i])
            menu->visible[menu->visible_count++] = i;
    }
    for (size_t row = 0; row < menu->visible_count; row++) {
        if (menu->visible[row] == under_bar)
            menu->selected = row;
    }
    /* What is typed looks for an image: the bar goes to the first one. */
    if (menu->is_tree && menu->filter_len > 0 && menu_selected(menu) == NULL) {
        while (menu->selected + 1 < menu->visible_count && menu_selected(menu) == NULL)
            menu->selected++;
    }
}

enum menu_action menu_clear_filter(struct menu *menu)
{
    if (menu->filter_len == 0)
        return MENU_ACTION_NONE;
    menu->filter_len = 0;
    menu->filter[0] = '\0';
    const struct menu_entry *entry = menu_selected(menu);
    if (menu->is_tree && entry != NULL)
        menu_open_around(menu, (size_t)(entry - menu->entries));
    apply_filter(menu, false);
    return MENU_ACTION_DRAW;
}

enum menu_action menu_erase(struct menu *menu)
{
    if (menu->filter_len == 0)
        return MENU_ACTION_NONE;
    do {
        menu->filter_len--;
    } while (menu->filter_len > 0 && ((uint8_t)menu->filter[menu->filter_len] & 0xC0) == 0x80);
    menu->filter[menu->filter_len] = '\0';
    apply_filter(menu, false);
    return MENU_ACTION_DRAW;
}

enum menu_action menu_type(struct menu *menu, uint32_t character)
{
    char bytes[UTF8_MAX_BYTES];
    size_t len = utf8_encode(character, bytes);

    if (len > MENU_FILTER_MAX - menu->filter_len)
        return MENU_ACTION_NONE;
    memcpy(menu->filter + menu->filter_len, bytes, len);
    menu->filter_len += len;
    menu->filter[menu->filter_len] = '\0';
    apply_filter(menu, true);
    return MENU_ACTION_DRAW;
}

/* ---- the entries ---- */

enum status menu_set_entries(struct menu *menu, const struct menu_entry *entries, size_t count)
{
    auto_strbuf scratch = STRBUF_INIT;
    auto_free struct menu_entry *sorted = NULL;
    auto_free size_t *visible = NULL;
    auto_free bool *matched = NULL;

    sorted = malloc((count + 1) * sizeof(*sorted));
    visible = malloc((count + 1) * sizeof(*visible));
    matched = malloc((count + 1) * sizeof(*matched));
    if (sorted == NULL || visible == NULL || matched == NULL)
        return STATUS_NO_MEMORY;
    if (count > 0)
        memcpy(sorted, entries, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        enum status status = prepare_entry(menu, &scratch, &sorted[i]);
        if (status != STATUS_OK)
            return status;
    }
    qsort(sorted, count, sizeof(*sorted), compare_entries);
    menu_forget_tree(menu);
    free(menu->entries);
    free(menu->visible);
    free(menu->matched);
    menu->entries = take_ptr(sorted);
    menu->visible = take_ptr(visible);
    menu->matched = take_ptr(matched);
    menu->count = count;
    menu->images = menu->visible_count = menu->selected = 0;
    menu->details_entry = MENU_NO_ENTRY;
    menu->is_tree = false;
    for (size_t i = 0; i < count; i++)
        menu->images += menu->entries[i].notice == NULL;
    apply_filter(menu, false);
    return STATUS_OK;
}

void menu_clear(struct menu *menu)
{
    menu_forget_tree(menu);
    form_clear(&menu->form);
    free(menu->entries);
    free(menu->visible);
    free(menu->matched);
    arena_clear(&menu->arena);
    *menu = (struct menu){0};
}

void menu_add_message(struct menu *menu, enum menu_severity severity, const char *text)
{
    if (menu->message_count < MODEL_MESSAGES_MAX)
        menu->messages[menu->message_count++] =
            (struct model_message){.severity = severity, .text = text};
}

const struct menu_entry *menu_selected(const struct menu *menu)
{
    if (menu->selected >= menu->visible_count)
        return NULL;
    size_t row = menu->visible[menu->selected];
    return row < menu->count ? &menu->entries[row] : NULL;
}

bool menu_select_path(struct menu *menu, const char *path)
{
    for (size_t i = 0; i < menu->visible_count; i++) {
        if (menu->visible[i] >= menu->count)
            continue;
        const struct menu_entry *entry = &menu->entries[menu->visible[i]];
        if (entry->notice == NULL && strcmp(entry->path, path) == 0) {
            menu->selected = i;
            return true;
        }
    }
    return false;
}

void menu_select_first(struct menu *menu)
{
    menu->selected = 0;
    for (size_t row = menu->visible_count; row-- > 0;) {
        size_t entry = menu->visible[row];
        if (entry < menu->count && menu->entries[entry].notice == NULL)
            menu->selected = row;
    }
}

/* ---- details ---- */

size_t menu_wanted_details(const struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);

    if (menu->screen != MODEL_LIST || entry == NULL || entry->notice != NULL)
        return MENU_NO_ENTRY;
    size_t index = (size_t)(entry - menu->entries);
    return menu->details_entry != index ? index : MENU_NO_ENTRY;
}

void menu_set_details(struct menu *menu, size_t entry, const struct model_detail *details,
                      size_t count)
{
    menu->details_entry = entry;
    menu->details = details;
    menu->detail_count = count;
}
