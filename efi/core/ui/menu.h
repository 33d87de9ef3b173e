/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu as a state: entries, filter, selection, countdown. Pure; views draw it, the app acts on
 * what it says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/status.h"
#include "efi/core/ui/keys.h"

#define MENU_FILTER_MAX   128 /* bytes */
#define MENU_MESSAGES_MAX 8
#define MENU_NO_ENTRY     ((size_t)-1)

/* One line of the list; texts live as long as the menu. */
struct menu_entry {
    const char *path;   /* "/ISOs/x.iso", from the volume's root */
    const char *title;  /* alias or file name */
    const char *folder; /* "/ISOs", "" for the root */
    const char *tip;    /* NULL if none */
    const char *fault;  /* why it will not be started, shown instead of the tip; NULL: nothing */
    const char *notice; /* not an image but a message ("cannot be read: damaged"); cannot be
                           started. NULL: an image */
    uint64_t size_bytes;
    const char *folded; /* title, folder and name in lower case; made by menu_set_entries() */
    const char *key;    /* natural sort key; likewise */
};

enum menu_severity { MENU_NOTE, MENU_GOOD, MENU_WARNING, MENU_ERROR };

struct menu_message {
    enum menu_severity severity;
    const char *text;
};

enum menu_action {
    MENU_ACTION_NONE,   /* nothing changed */
    MENU_ACTION_DRAW,   /* something to draw did */
    MENU_ACTION_REDRAW, /* draw all: the terminal's contents are not known */
    MENU_ACTION_START,  /* the selected entry */
    MENU_ACTION_RESCAN,
    MENU_ACTION_PROBLEMS, /* list what is wrong with the configuration */
    MENU_ACTION_LEAVE,    /* back to the firmware */
};

struct menu {
    const char *product;    /* the title line's text */
    const char *empty_help; /* shown when there is no entry at all: where images go */
    struct arena arena;
    struct menu_entry *entries; /* sorted */
    size_t count;
    size_t images;   /* entries that can be started */
    size_t *visible; /* indices of the entries that match the filter, in order */
    size_t visible_count;
    size_t selected; /* index into visible */
    char filter[MENU_FILTER_MAX + 1];
    size_t filter_len;
    struct menu_message messages[MENU_MESSAGES_MAX];
    size_t message_count;
    unsigned page_rows; /* rows of the list on the screen: what a page is */
    bool is_counting;
    uint64_t countdown_end_ms;
    unsigned seconds_left;
    bool leave_armed; /* the next Esc leaves */
};

/* Takes COUNT entries (copied; their texts must outlive the menu, for example in menu->arena),
 * sorts them and selects the first. Keeps filter and messages. */
enum status menu_set_entries(struct menu *menu, const struct menu_entry *entries, size_t count)
    must_check;
void menu_clear(struct menu *menu);

/* Shows TEXT above the list; it must outlive the menu. The ninth and later ones are dropped. */
void menu_add_message(struct menu *menu, enum menu_severity severity, const char *text);

/* The entry under the bar, NULL when nothing is visible. */
const struct menu_entry *menu_selected(const struct menu *menu);

/* Puts the bar on the image at PATH; false if none such is visible. */
bool menu_select_path(struct menu *menu, const char *path);

/* Starts the countdown to the selected entry. */
void menu_start_countdown(struct menu *menu, uint64_t now_ms, unsigned seconds);

/* Lets time pass: DRAW when the seconds changed, START at the end of the countdown. */
enum menu_action menu_tick(struct menu *menu, uint64_t now_ms);

/* Milliseconds until menu_tick() has something to do; -1: never. */
int menu_wait_ms(const struct menu *menu, uint64_t now_ms);

enum menu_action menu_handle(struct menu *menu, struct key key);
