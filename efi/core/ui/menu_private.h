/* SPDX-License-Identifier: BSD-2-Clause */
/* What the menu's own files share. */
#pragma once

#include "config/base/strbuf.h"
#include "efi/core/ui/menu.h"

/* A key that acts on the list: a function key and a Ctrl letter for serial lines that eat function
 * keys. Not H I J M [ (keys of their own), A B (multiplexers), S Q (flow control), ] (telnet), C Z
 * (a terminal's signals). */
struct menu_command {
    enum key_code code;
    char letter;
    struct model_action action; /* its names */
    const char *help;
    enum menu_action (*act)(struct menu *menu);
    bool is_rare; /* named behind the others in the bottom line */
};

extern const struct menu_command menu_commands[];
extern const size_t menu_command_count;

/* The next word of the folded FILTER; false if there is none left. */
bool menu_next_word(const char **filter, const char **ret_word, size_t *ret_len);

enum menu_action menu_clear_filter(struct menu *menu);
enum menu_action menu_erase(struct menu *menu);
enum menu_action menu_type(struct menu *menu, uint32_t character);

/* Fills the rows, as a list or as a tree; the bar stays on its row while that is visible. */
void menu_refresh(struct menu *menu);

/* Makes the folders, once; STATUS_NO_MEMORY leaves none. */
enum status menu_make_tree(struct menu *menu) must_check;
void menu_forget_tree(struct menu *menu);

/* Appends the rows of the tree to the empty list of visible rows. */
void menu_fill_tree(struct menu *menu);

/* The folder under the bar; NULL: an entry, or nothing. */
struct menu_folder *menu_selected_folder(const struct menu *menu);

/* Opens the folders around ENTRY. */
void menu_open_around(struct menu *menu, size_t entry);

enum menu_action menu_toggle_tree(struct menu *menu);
enum menu_action menu_open_folder(struct menu *menu);
enum menu_action menu_close_folder(struct menu *menu);

/* The power menu's next choice that is possible, STEP (1 or count - 1) at a time. */
enum menu_action menu_choose_next(struct menu *menu, size_t step);

/* The help's lines. */
const struct menu_line *menu_help(size_t *ret_count);
