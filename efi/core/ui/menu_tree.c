/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries as a tree of folders: made when it is first asked for, without recursion. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/menu_private.h"
#include "efi/core/ui/natural.h"

#define DEPTH_MAX 255 /* deeper folders are shown at this depth */

/* A folder's path: LEN bytes of a longer one. */
struct part {
    const char *path;
    size_t len;
};

static int compare_parts(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    size_t common = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->path, y->path, common);
    return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

static int compare_folders(const void *a, const void *b)
{
    const struct menu_folder *x = a, *y = b;
    return strcmp(x->key, y->key);
}

static size_t unique_parts(struct part *parts, size_t count)
{
    size_t kept = 0;

    qsort(parts, count, sizeof(*parts), compare_parts);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || compare_parts(&parts[kept - 1], &parts[i]) != 0)
            parts[kept++] = parts[i];
    }
    return kept;
}

static size_t parent_len(struct part part)
{
    while (part.len > 0 && part.path[part.len - 1] != '/')
        part.len--;
    return part.len > 0 ? part.len - 1 : 0;
}

/* The folder of an entry; a notice's is the folder that it tells about. */
static struct part folder_part(const struct menu_entry *entry)
{
    const char *path = entry->notice != NULL ? entry->path : entry->folder;
    size_t len = strlen(path);
    return (struct part){.path = path, .len = len == 1 ? 0 : len}; /* "/" is the root */
}

/* All folders that hold an entry and all around them, sorted by path; the root is the first. */
static enum status collect_parts(const struct menu *menu, struct part **ret_parts,
                                 size_t *ret_count)
{
    auto_free struct part *parts = malloc((menu->count + 1) * sizeof(*parts));
    size_t count = 0;

    if (parts == NULL)
        return STATUS_NO_MEMORY;
    parts[count++] = (struct part){.path = "", .len = 0};
    for (size_t i = 0; i < menu->count; i++) {
        struct part part = folder_part(&menu->entries[i]);
        if (compare_parts(&part, &parts[count - 1]) != 0) /* neighbours are often the same */
            parts[count++] = part;
    }
    count = unique_parts(parts, count);
    size_t all = 0;
    for (size_t i = 0; i < count; i++)
        for (struct part part = parts[i]; part.len > 0; part.len = parent_len(part))
            all++;
    struct part *larger = realloc(parts, (count + all + 1) * sizeof(*larger));
    if (larger == NULL)
        return STATUS_NO_MEMORY;
    parts = larger;
    size_t used = count;
    for (size_t i = 0; i < count; i++) {
        struct part part = parts[i];
        while (part.len > 0) {
            part.len = parent_len(part);
            parts[used++] = part;
        }
    }
    *ret_count = unique_parts(parts, used);
    *ret_parts = take_ptr(parts);
    return STATUS_OK;
}

/* Orders a folder before all that it holds and after what precedes it by name: each component's
 * natural key and, for those that differ only in case or zeros, the component itself. */
static enum status make_key(struct arena *arena, struct strbuf *scratch, struct menu_folder *folder)
{
    const char *path = folder->path, *end = folder->path + folder->path_len;

    strbuf_reset(scratch);
    while (path < end) {
        const char *name = path + 1;
        size_t len = 0;
        while (name + len < end && name[len] != '/')
            len++;
        const char *copy = arena_copy(arena, name, len);
        const char *key = copy != NULL ? natural_key(arena, copy) : NULL;
        if (key == NULL)
            return STATUS_NO_MEMORY;
        strbuf_append(scratch, key);
        strbuf_append_char(scratch, '\1');
        strbuf_append(scratch, copy);
        strbuf_append_char(scratch, '\1');
        folder->name = copy;
        if (folder->depth < DEPTH_MAX)
            folder->depth++;
        path = name + len;
    }
    if (strbuf_status(scratch) != STATUS_OK)
        return strbuf_status(scratch);
    folder->key = arena_copy(arena, strbuf_text(scratch), scratch->len);
    return folder->key != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static bool is_inside(const struct menu_folder *folder, const struct menu_folder *other)
{
    return folder->path_len > other->path_len &&
           memcmp(folder->path, other->path, other->path_len) == 0 &&
           folder->path[other->path_len] == '/';
}

static enum status make_folders(struct menu *menu, const struct part *parts, size_t count,
                                struct menu_folder *folders)
{
    auto_strbuf scratch = STRBUF_INIT;

    for (size_t i = 0; i < count; i++) {
        folders[i] = (struct menu_folder){
            .path = arena_copy(&menu->arena, parts[i].path, parts[i].len),
            .path_len = parts[i].len,
            .name = "",
            .notice = MENU_NO_ENTRY,
        };
        if (folders[i].path == NULL)
            return STATUS_NO_MEMORY;
        enum status status = make_key(&menu->arena, &scratch, &folders[i]);
        if (status != STATUS_OK)
            return status;
    }
    qsort(folders, count, sizeof(*folders), compare_folders);
    for (size_t i = 1; i < count; i++) { /* the one before, or one around that */
        size_t parent = i - 1;
        while (parent > 0 && !is_inside(&folders[i], &folders[parent]))
            parent = folders[parent].parent;
        folders[i].parent = parent;
    }
    return STATUS_OK;
}

static size_t find_folder(const struct menu_folder *folders, const size_t *by_path, size_t count,
                          struct part part)
{
    size_t low = 0, high = count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        const struct menu_folder *folder = &folders[by_path[middle]];
        struct part other = {.path = folder->path, .len = folder->path_len};
        if (compare_parts(&other, &part) <= 0)
            low = middle;
        else
            high = middle;
    }
    return by_path[low];
}

/* Puts the entries into their folders, by counting, which keeps their order within a folder. */
static void place_entries(struct menu *menu, const size_t *by_path)
{
    size_t first = 0;

    for (size_t i = 0; i < menu->count; i++) {
        const struct menu_entry *entry = &menu->entries[i];
        size_t folder = find_folder(menu->folders, by_path, menu->folder_count, folder_part(entry));
        menu->folder_of[i] = folder;
        menu->folders[folder].entry_count++;
        if (entry->notice != NULL)
            menu->folders[folder].notice = i;
    }
    for (size_t folder = 0; folder < menu->folder_count; folder++) {
        menu->folders[folder].first_entry = first;
        first += menu->folders[folder].entry_count;
        menu->folders[folder].entry_count = 0;
    }
    for (size_t i = 0; i < menu->count; i++) {
        struct menu_folder *folder = &menu->folders[menu->folder_of[i]];
        menu->tree_order[folder->first_entry + folder->entry_count++] = i;
    }
}

void menu_forget_tree(struct menu *menu)
{
    free(menu->folders);
    free(menu->folder_of);
    free(menu->tree_order);
    menu->folders = NULL;
    menu->folder_of = menu->tree_order = NULL;
    menu->folder_count = 0;
}

enum status menu_make_tree(struct menu *menu)
{
    auto_free struct part *parts = NULL;
    auto_free struct menu_folder *folders = NULL;
    auto_free size_t *folder_of = NULL, *order = NULL, *visible = NULL, *by_path = NULL;
    size_t count;

    if (menu->folders != NULL)
        return STATUS_OK;
    enum status status = collect_parts(menu, &parts, &count);
    if (status != STATUS_OK)
        return status;
    folders = malloc(count * sizeof(*folders));
    folder_of = malloc((menu->count + 1) * sizeof(*folder_of));
    order = malloc((menu->count + 1) * sizeof(*order));
    visible = malloc((menu->count + count + 1) * sizeof(*visible));
    by_path = malloc(count * sizeof(*by_path));
    if (folders == NULL || folder_of == NULL || order == NULL || visible == NULL || by_path == NULL)
        return STATUS_NO_MEMORY;
    status = make_folders(menu, parts, count, folders);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++) { /* PARTS is sorted by path: where each of them went */
        struct part part = {.path = folders[i].path, .len = folders[i].path_len};
        const struct part *found = bsearch(&part, parts, count, sizeof(*parts), compare_parts);
        by_path[found - parts] = i;
    }
    memcpy(visible, menu->visible, menu->visible_count * sizeof(*visible));
    free(menu->visible);
    menu->visible = take_ptr(visible);
    menu->folders = take_ptr(folders);
    menu->folder_of = take_ptr(folder_of);
    menu->tree_order = take_ptr(order);
    menu->folder_count = count;
    place_entries(menu, by_path);
    return STATUS_OK;
}

/* ---- rows ---- */

/* How many images each folder holds and how many entries of it the filter lets through, below it,
 * too. A folder comes before what it holds: from the last one backwards, sums are complete. */
static void count_matches(struct menu *menu)
{
    for (size_t i = 0; i < menu->folder_count; i++)
        menu->folders[i].images = menu->folders[i].matches = 0;
    for (size_t i = 0; i < menu->count; i++) {
        struct menu_folder *folder = &menu->folders[menu->folder_of[i]];
        folder->images += menu->entries[i].notice == NULL;
        folder->matches += menu->matched[i];
    }
    for (size_t i = menu->folder_count; i-- > 1;) {
        struct menu_folder *folder = &menu->folders[i], *parent = &menu->folders[folder->parent];
        parent->images += folder->images;
        parent->matches += folder->matches;
    }
}

/* The entries in FOLDER itself, behind its folders. A notice is told by its folder's own row. */
static void add_entries(struct menu *menu, size_t index)
{
    const struct menu_folder *folder = &menu->folders[index];

    for (size_t i = 0; folder->is_unfolded && i < folder->entry_count; i++) {
        size_t entry = menu->tree_order[folder->first_entry + i];
        if (menu->matched[entry] && (index == 0 || entry != folder->notice))
            menu->visible[menu->visible_count++] = entry;
    }
}

void menu_fill_tree(struct menu *menu)
{
    size_t current = 0;

    count_matches(menu);
    menu->folders[0].is_unfolded = true;
    for (size_t i = 1; i < menu->folder_count; i++) {
        struct menu_folder *folder = &menu->folders[i];
        for (; current != folder->parent; current = menu->folders[current].parent)
            add_entries(menu, current);
        bool is_shown = menu->folders[current].is_unfolded && folder->matches > 0;
        if (is_shown)
            menu->visible[menu->visible_count++] = menu->count + i;
        folder->is_unfolded = is_shown && (folder->is_open || menu->filter_len > 0);
        current = i;
    }
    for (; current > 0; current = menu->folders[current].parent)
        add_entries(menu, current);
    add_entries(menu, 0);
}

/* ---- what keys do ---- */

struct menu_folder *menu_selected_folder(const struct menu *menu)
{
    if (menu->selected >= menu->visible_count || menu->visible[menu->selected] < menu->count)
        return NULL;
    return &menu->folders[menu->visible[menu->selected] - menu->count];
}

void menu_open_around(struct menu *menu, size_t entry)
{
    for (size_t i = menu->folder_of[entry]; i > 0; i = menu->folders[i].parent)
        menu->folders[i].is_open = true;
}

static void select_row(struct menu *menu, size_t value)
{
    for (size_t row = 0; row < menu->visible_count; row++) {
        if (menu->visible[row] == value)
            menu->selected = row;
    }
}

enum menu_action menu_toggle_tree(struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);
    const struct menu_folder *folder = menu_selected_folder(menu);

    if (menu_make_tree(menu) != STATUS_OK) {
        menu_add_message(menu, MENU_WARNING, "There is not enough memory for the tree.");
        return MENU_ACTION_DRAW;
    }
    menu->is_tree = !menu->is_tree;
    if (menu->is_tree && entry != NULL)
        menu_open_around(menu, (size_t)(entry - menu->entries));
    if (menu->is_tree && menu->count + menu->folder_count <= menu->page_rows)
        for (size_t i = 0; i < menu->folder_count; i++)
            menu->folders[i].is_open = true; /* all of it fits */
    menu_refresh(menu);
    if (folder != NULL && folder->images > 0) { /* from a folder to its first image */
        size_t index = (size_t)(folder - menu->folders);
        for (size_t i = 0; i < menu->count; i++) {
            size_t around = menu->folder_of[menu->tree_order[i]];
            while (around > index)
                around = menu->folders[around].parent;
            if (around == index && menu->matched[menu->tree_order[i]]) {
                select_row(menu, menu->tree_order[i]);
                break;
            }
        }
    }
    return MENU_ACTION_DRAW;
}

enum menu_action menu_open_folder(struct menu *menu)
{
    struct menu_folder *folder = menu_selected_folder(menu);

    if (folder == NULL || menu->filter_len > 0)
        return MENU_ACTION_NONE;
    if (folder->is_open) { /* on into it */
        if (menu->selected + 1 >= menu->visible_count)
            return MENU_ACTION_NONE;
        menu->selected++;
        return MENU_ACTION_DRAW;
    }
    folder->is_open = true;
    menu_refresh(menu);
    return MENU_ACTION_DRAW;
}

enum menu_action menu_close_folder(struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);
    struct menu_folder *folder = menu_selected_folder(menu);

    if (!menu->is_tree || menu->filter_len > 0 || (entry == NULL && folder == NULL))
        return MENU_ACTION_NONE;
    if (folder != NULL && folder->is_open) {
        folder->is_open = false;
        menu_refresh(menu);
        return MENU_ACTION_DRAW;
    }
    size_t parent =
        folder != NULL ? folder->parent : menu->folder_of[(size_t)(entry - menu->entries)];
    if (parent == 0)
        return MENU_ACTION_NONE;
    select_row(menu, menu->count + parent);
    return MENU_ACTION_DRAW;
}
