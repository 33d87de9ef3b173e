/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu's state: what each key does to it. */
#include "efi/core/ui/menu.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/utf.h"
#include "efi/core/ui/natural.h"
#include "efi/core/ui/width.h"

static void append_folded(struct strbuf *b, const char *text)
{
    size_t len = strlen(text);
    while (len > 0) {
        uint32_t character;
        char bytes[UTF8_MAX_BYTES];
        size_t used = utf8_decode(text, len, &character);
        strbuf_append_bytes(b, bytes, utf8_encode(utf_fold(character), bytes));
        text += used;
        len -= used;
    }
}

static enum status prepare_entry(struct menu *menu, struct strbuf *scratch,
                                 struct menu_entry *entry)
{
    strbuf_reset(scratch);
    append_folded(scratch, entry->title);
    strbuf_append_char(scratch, '\n'); /* no filter holds one: words do not match across */
    append_folded(scratch, entry->path);
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

/* Does ENTRY hold every word of the folded FILTER? */
static bool entry_matches(const struct menu_entry *entry, const char *filter)
{
    char word[MENU_FILTER_MAX * 2 + 1];
    for (;;) {
        filter += strspn(filter, " ");
        size_t len = strcspn(filter, " ");
        if (len == 0)
            return true;
        if (len >= sizeof(word))
            return false;
        memcpy(word, filter, len);
        word[len] = '\0';
        if (strstr(entry->folded, word) == NULL)
            return false;
        filter += len;
    }
}

/* Fills the list of visible entries; the bar stays on its entry while that is visible. */
static void apply_filter(struct menu *menu)
{
    size_t under_bar =
        menu->selected < menu->visible_count ? menu->visible[menu->selected] : MENU_NO_ENTRY;
    auto_strbuf folded = strbuf_with_max((size_t)MENU_FILTER_MAX * 2);

    append_folded(&folded, menu->filter);
    menu->visible_count = 0;
    menu->selected = 0;
    for (size_t i = 0; i < menu->count; i++) {
        if (!entry_matches(&menu->entries[i], strbuf_text(&folded)))
            continue;
        if (i == under_bar)
            menu->selected = menu->visible_count;
        menu->visible[menu->visible_count++] = i;
    }
}

enum status menu_set_entries(struct menu *menu, const struct menu_entry *entries, size_t count)
{
    auto_strbuf scratch = STRBUF_INIT;
    auto_free struct menu_entry *sorted = NULL;
    auto_free size_t *visible = NULL;

    sorted = malloc((count + 1) * sizeof(*sorted));
    visible = malloc((count + 1) * sizeof(*visible));
    if (sorted == NULL || visible == NULL)
        return STATUS_NO_MEMORY;
    if (count > 0)
        memcpy(sorted, entries, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++) {
        enum status status = prepare_entry(menu, &scratch, &sorted[i]);
        if (status != STATUS_OK)
            return status;
    }
    qsort(sorted, count, sizeof(*sorted), compare_entries);
    free(menu->entries);
    free(menu->visible);
    menu->entries = take_ptr(sorted);
    menu->visible = take_ptr(visible);
    menu->count = count;
    menu->images = menu->visible_count = menu->selected = 0;
    for (size_t i = 0; i < count; i++)
        menu->images += menu->entries[i].notice == NULL;
    apply_filter(menu);
    return STATUS_OK;
}

void menu_clear(struct menu *menu)
{
    free(menu->entries);
    free(menu->visible);
    arena_clear(&menu->arena);
    *menu = (struct menu){0};
}

void menu_add_message(struct menu *menu, enum menu_severity severity, const char *text)
{
    if (menu->message_count < MENU_MESSAGES_MAX)
        menu->messages[menu->message_count++] =
            (struct menu_message){.severity = severity, .text = text};
}

const struct menu_entry *menu_selected(const struct menu *menu)
{
    if (menu->selected >= menu->visible_count)
        return NULL;
    return &menu->entries[menu->visible[menu->selected]];
}

bool menu_select_path(struct menu *menu, const char *path)
{
    for (size_t i = 0; i < menu->visible_count; i++) {
        const struct menu_entry *entry = &menu->entries[menu->visible[i]];
        if (entry->notice == NULL && strcmp(entry->path, path) == 0) {
            menu->selected = i;
            return true;
        }
    }
    return false;
}

void menu_start_countdown(struct menu *menu, uint64_t now_ms, unsigned seconds)
{
    menu->is_counting = true;
    menu->countdown_end_ms = now_ms + (uint64_t)seconds * 1000;
    menu->seconds_left = seconds;
}

enum menu_action menu_tick(struct menu *menu, uint64_t now_ms)
{
    if (!menu->is_counting)
        return MENU_ACTION_NONE;
    if (now_ms >= menu->countdown_end_ms) {
        menu->is_counting = false;
        const struct menu_entry *entry = menu_selected(menu);
        return entry != NULL && entry->notice == NULL ? MENU_ACTION_START : MENU_ACTION_DRAW;
    }
    unsigned left = (unsigned)((menu->countdown_end_ms - now_ms + 999) / 1000);
    if (left == menu->seconds_left)
        return MENU_ACTION_NONE;
    menu->seconds_left = left;
    return MENU_ACTION_DRAW;
}

int menu_wait_ms(const struct menu *menu, uint64_t now_ms)
{
    if (!menu->is_counting)
        return -1;
    if (now_ms >= menu->countdown_end_ms)
        return 0;
    return (int)((menu->countdown_end_ms - now_ms - 1) % 1000 + 1);
}

static enum menu_action move_to(struct menu *menu, size_t selected)
{
    if (menu->visible_count == 0)
        return MENU_ACTION_NONE;
    if (selected >= menu->visible_count)
        selected = menu->visible_count - 1;
    menu->selected = selected;
    return MENU_ACTION_DRAW;
}

static enum menu_action move_up(struct menu *menu)
{
    return move_to(menu, menu->selected > 0 ? menu->selected - 1 : SIZE_MAX);
}

static enum menu_action move_down(struct menu *menu)
{
    return move_to(menu, menu->selected + 1 < menu->visible_count ? menu->selected + 1 : 0);
}

static enum menu_action move_home(struct menu *menu)
{
    return move_to(menu, 0);
}

static enum menu_action move_end(struct menu *menu)
{
    return move_to(menu, SIZE_MAX);
}

static size_t page(const struct menu *menu)
{
    return menu->page_rows > 1 ? menu->page_rows - 1 : 1;
}

static enum menu_action page_up(struct menu *menu)
{
    size_t rows = page(menu);
    return move_to(menu, menu->selected > rows ? menu->selected - rows : 0);
}

static enum menu_action page_down(struct menu *menu)
{
    return move_to(menu, menu->selected + page(menu));
}

static enum menu_action start(struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);
    return entry != NULL && entry->notice == NULL ? MENU_ACTION_START : MENU_ACTION_NONE;
}

static enum menu_action clear_filter(struct menu *menu)
{
    if (menu->filter_len == 0)
        return MENU_ACTION_NONE;
    menu->filter_len = 0;
    menu->filter[0] = '\0';
    apply_filter(menu);
    return MENU_ACTION_DRAW;
}

static enum menu_action erase(struct menu *menu)
{
    if (menu->filter_len == 0)
        return MENU_ACTION_NONE;
    do {
        menu->filter_len--;
    } while (menu->filter_len > 0 && ((uint8_t)menu->filter[menu->filter_len] & 0xC0) == 0x80);
    menu->filter[menu->filter_len] = '\0';
    apply_filter(menu);
    return MENU_ACTION_DRAW;
}

static enum menu_action escape(struct menu *menu)
{
    if (menu->filter_len > 0)
        return clear_filter(menu);
    menu->leave_armed = true;
    return MENU_ACTION_DRAW;
}

static enum menu_action type_character(struct menu *menu, uint32_t character)
{
    char bytes[UTF8_MAX_BYTES];
    if (!width_is_shown(character) || (character == ' ' && menu->filter_len == 0))
        return MENU_ACTION_NONE;
    size_t len = utf8_encode(character, bytes);
    if (len > MENU_FILTER_MAX - menu->filter_len)
        return MENU_ACTION_NONE;
    memcpy(menu->filter + menu->filter_len, bytes, len);
    menu->filter_len += len;
    menu->filter[menu->filter_len] = '\0';
    apply_filter(menu);
    return MENU_ACTION_DRAW;
}

static enum menu_action list_problems(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_PROBLEMS;
}

static enum menu_action control_key(struct menu *menu, uint32_t letter)
{
    switch (letter) {
    case 'x':
        return MENU_ACTION_LEAVE;
    case 'l':
        return MENU_ACTION_REDRAW;
    case 'r':
        return MENU_ACTION_RESCAN;
    case 'p':
        return MENU_ACTION_PROBLEMS;
    case 'u':
        return clear_filter(menu);
    default:
        return MENU_ACTION_NONE;
    }
}

static const struct {
    enum key_code code;
    enum menu_action (*act)(struct menu *menu);
} key_actions[] =
    {
        {KEY_UP, move_up},       {KEY_DOWN, move_down},  {KEY_HOME, move_home},
        {KEY_END, move_end},     {KEY_PAGE_UP, page_up}, {KEY_PAGE_DOWN, page_down},
        {KEY_ENTER, start},      {KEY_ESCAPE, escape},   {KEY_BACKSPACE, erase},
        {KEY_F2, list_problems}, {KEY_DELETE, erase}, /* a serial line's 0x7F comes as Delete from
                                                         this firmware */
};

enum menu_action menu_handle(struct menu *menu, struct key key)
{
    bool was_counting = menu->is_counting, was_armed = menu->leave_armed;
    enum menu_action action = MENU_ACTION_NONE;

    menu->is_counting = false;
    menu->leave_armed = false;
    if (key.code == KEY_ESCAPE && was_counting)
        return MENU_ACTION_DRAW;
    if (key.code == KEY_ESCAPE && was_armed)
        return MENU_ACTION_LEAVE;
    if (key.code == KEY_CHAR)
        action = type_character(menu, key.character);
    else if (key.code == KEY_CTRL)
        action = control_key(menu, key.character);
    for (size_t i = 0; i < ARRAY_SIZE(key_actions); i++) {
        if (key_actions[i].code == key.code)
            action = key_actions[i].act(menu);
    }
    if (action == MENU_ACTION_NONE && (was_counting || was_armed))
        action = MENU_ACTION_DRAW;
    return action;
}
