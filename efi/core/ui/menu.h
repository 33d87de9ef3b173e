/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu as a state: entries, tree, filter, selection, countdown, and the screens beside the
 * list. Pure; views draw its model, the app acts on what it says. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/status.h"
#include "efi/core/ui/form.h"
#include "efi/core/ui/keys.h"
#include "efi/core/ui/model.h"

#define MENU_FILTER_MAX    128 /* bytes */
#define MENU_DETAILS_AFTER 150 /* ms without a key until the selected image is looked at */
#define MENU_NO_ENTRY      ((size_t)-1)

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

/* A folder of the tree; made from the entries' folders when the tree is first shown. */
struct menu_folder {
    const char
        *path; /* "/ISOs/linux", may go on behind path_len; "" is the root, which has no row */
    size_t path_len;
    const char *name;                /* "linux" */
    const char *key;                 /* sort key: a folder before what it holds */
    unsigned depth;                  /* 0: the root */
    size_t parent;                   /* index; the root's is itself */
    size_t first_entry, entry_count; /* its own entries, in tree_order */
    size_t images;                   /* in it and below */
    size_t matches;                  /* entries in it and below that the filter lets through */
    size_t notice;                   /* the entry that says why it cannot be read, MENU_NO_ENTRY */
    bool is_open;
    bool is_unfolded; /* what it holds has rows */
};

enum menu_action {
    MENU_ACTION_NONE,   /* nothing changed */
    MENU_ACTION_DRAW,   /* something to draw did */
    MENU_ACTION_REDRAW, /* draw all: the terminal's contents are not known */
    MENU_ACTION_START,  /* the selected entry; with the form's values if menu->screen is the form */
    MENU_ACTION_RESCAN,
    MENU_ACTION_PROBLEMS, /* menu_show_text() what is wrong with the configuration */
    MENU_ACTION_DETAILS,  /* menu_show_text() all about the selected entry */
    MENU_ACTION_FORM,     /* menu_show_form() for the selected entry */
    MENU_ACTION_CHECK,    /* the form's selected field has changed */
    MENU_ACTION_CHECKSUM, /* read the selected image; menu_sum_...() tells how far */
    MENU_ACTION_CANCEL,   /* stop reading */
    MENU_ACTION_POWER,    /* menu_show_power() */
    MENU_ACTION_CHOSEN,   /* menu_power_choice() */
    MENU_ACTION_ASCII,    /* serial lines change between UTF-8 and plain ASCII */
    MENU_ACTION_ANSWERED, /* a page's question; menu->answer is the key */
    MENU_ACTION_LEAVE,    /* back to the firmware */
};

/* A line of a text to read through; texts are borrowed. */
struct menu_line {
    enum model_row_kind kind; /* HEADING, TEXT, PAIR, BLANK */
    enum menu_severity severity;
    const char *title, *value, *note; /* NULL: none */
};

struct menu_text {
    enum model_screen screen; /* HELP, PROBLEMS, DETAILS or PAGE */
    enum menu_severity severity;
    const char *heading;
    const struct menu_line *lines;
    size_t count;
    const char *question; /* PAGE: what to do, in the place of the keys; NULL: nothing to answer */
    size_t top;           /* the first line shown */
    size_t page;          /* lines that the first display shows; 0: not drawn yet */
    size_t last_top;      /* from here on the rest fits */
};

enum menu_power { MENU_RESTART, MENU_POWER_OFF, MENU_FIRMWARE, MENU_LOCAL_DISK, MENU_LEAVE };

struct menu_choice {
    enum menu_power power;
    const char *title, *note; /* borrowed; note: what it does, or why it is not possible */
    bool is_disabled;
};

#define MENU_CHOICES_MAX 8

/* The SHA-256 of an image. */
struct menu_sum {
    bool is_running;
    uint64_t done_bytes, total_bytes;
    uint64_t start_ms, now_ms;
    const struct model_detail *lines; /* image, sums and the verdict; borrowed */
    size_t line_count;
};

struct menu {
    const char *product;    /* the title line's text */
    const char *volume;     /* the data partition's label, "" if it has none */
    const char *empty_help; /* shown when there is no entry at all: where images go */
    struct arena arena;
    struct menu_entry *entries; /* sorted */
    size_t count;
    size_t images; /* entries that can be started */
    struct menu_folder
        *folders; /* sorted, a folder before what it holds; NULL until there is a tree */
    size_t folder_count;
    size_t *folder_of;  /* of each entry; with the tree */
    size_t *tree_order; /* entries by folder, then in order; with the tree */
    size_t *visible;    /* rows: indices of entries, or count + index of a folder */
    size_t visible_count;
    bool *matched;   /* of each entry: the filter lets it through */
    size_t matches;  /* how many images are */
    size_t selected; /* index into visible */
    bool is_tree;
    char filter[MENU_FILTER_MAX + 1];
    size_t filter_len;
    struct model_message messages[MODEL_MESSAGES_MAX];
    size_t message_count;
    size_t page_rows; /* rows of the list on the first display: what a page is */
    bool is_counting;
    uint64_t countdown_end_ms;
    unsigned seconds_left, seconds_total;
    bool leave_armed; /* the next Esc leaves */

    size_t details_entry; /* whose details are here, MENU_NO_ENTRY */
    const struct model_detail *details;
    size_t detail_count;

    enum model_screen screen; /* LIST stands for the tree, too */
    struct menu_text text;
    struct form form;
    const char *form_heading;
    struct menu_sum sum;
    struct menu_choice choices[MENU_CHOICES_MAX];
    size_t choice_count, chosen;
    struct key answer;
};

/* Takes COUNT entries (copied; their texts must outlive the menu, for example in menu->arena),
 * sorts them and selects the first. Keeps filter and messages. */
enum status menu_set_entries(struct menu *menu, const struct menu_entry *entries, size_t count)
    must_check;
void menu_clear(struct menu *menu);

/* Shows TEXT above the list; it must outlive the menu. What is above the maximum is dropped. */
void menu_add_message(struct menu *menu, enum menu_severity severity, const char *text);

/* The entry under the bar, NULL when nothing is visible or the bar is on a folder. */
const struct menu_entry *menu_selected(const struct menu *menu);

/* Puts the bar on the image at PATH; false if none such is visible. */
bool menu_select_path(struct menu *menu, const char *path);

/* Puts the bar on the first image, past messages. */
void menu_select_first(struct menu *menu);

/* Starts the countdown to the selected entry. */
void menu_start_countdown(struct menu *menu, uint64_t now_ms, unsigned seconds);

/* Lets time pass: DRAW when the seconds changed, START at the end of the countdown. */
enum menu_action menu_tick(struct menu *menu, uint64_t now_ms);

/* Milliseconds until menu_tick() has something to do; -1: never. */
int menu_wait_ms(const struct menu *menu, uint64_t now_ms);

enum menu_action menu_handle(struct menu *menu, struct key key);

/* The first display shows PAGE_ROWS rows of the current screen; of a text, what remains from line
 * LAST_TOP on fits. To be told after each drawing. */
void menu_set_page(struct menu *menu, size_t page_rows, size_t last_top);

/* The entry that the details pane should tell about and does not yet, MENU_NO_ENTRY if there is
 * none; and what there is to tell (borrowed until the next call or menu_set_entries()). */
size_t menu_wanted_details(const struct menu *menu);
void menu_set_details(struct menu *menu, size_t entry, const struct model_detail *details,
                      size_t count);

/* Screens in the place of the list, until they are left by key or by menu_show_list(). */
void menu_show_list(struct menu *menu);
void menu_show_text(struct menu *menu, const struct menu_text *text);
void menu_show_form(struct menu *menu, const char *heading, struct form form); /* takes FORM */
void menu_show_power(struct menu *menu, const struct menu_choice *choices, size_t count);
enum menu_power menu_power_choice(const struct menu *menu);

/* The checksum's screen: reading began, so much is read, it ended with LINES (borrowed). */
void menu_sum_begin(struct menu *menu, uint64_t total_bytes, const struct model_detail *lines,
                    size_t count, uint64_t now_ms);
void menu_sum_progress(struct menu *menu, uint64_t done_bytes, uint64_t now_ms);
void menu_sum_end(struct menu *menu, const struct model_detail *lines, size_t count);
