/* SPDX-License-Identifier: BSD-2-Clause */
/* The view model: what the current screen of the menu shows, apart from how. Views turn it into
 * cells or pixels and decide nothing; rows are asked for one by one, so that only what is seen is
 * made. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MODEL_NO_ROW       ((size_t)-1)
#define MODEL_NO_CARET     ((size_t)-1)
#define MODEL_SIZE_MAX     16
#define MODEL_MATCHES_MAX  8
#define MODEL_MESSAGES_MAX 8
#define MODEL_DETAILS_MAX  48
#define MODEL_ACTIONS_MAX  16
#define MODEL_TEXT_MAX     160

struct menu;

/* LIST and TREE share one layout: status, messages, rows, details, actions. POWER, FORM and
 * CHECKSUM are dialogues: heading, rows or details, messages, progress, actions. HELP, PROBLEMS,
 * DETAILS and PAGE are texts to read through: heading, rows from `top`, actions. */
enum model_screen {
    MODEL_LIST,
    MODEL_TREE,
    MODEL_HELP,
    MODEL_PROBLEMS,
    MODEL_DETAILS,
    MODEL_FORM,
    MODEL_CHECKSUM,
    MODEL_POWER,
    MODEL_PAGE, /* a message that fills the screen: an error, a question, "Reading the stick" */
};

enum menu_severity { MENU_NOTE, MENU_GOOD, MENU_WARNING, MENU_ERROR };

enum model_icon {
    MODEL_ICON_NONE,
    MODEL_ICON_DISC, /* .iso */
    MODEL_ICON_DISK, /* every other image */
    MODEL_ICON_FOLDER_CLOSED,
    MODEL_ICON_FOLDER_OPEN,
    MODEL_ICON_NOTICE, /* a folder that cannot be read */
    MODEL_ICON_RESTART,
    MODEL_ICON_POWER_OFF,
    MODEL_ICON_FIRMWARE,
    MODEL_ICON_LOCAL_DISK,
    MODEL_ICON_LEAVE,
};

enum model_row_kind {
    MODEL_ROW_ENTRY,   /* an image: title, note (its folder, on the list only), value (its size) */
    MODEL_ROW_FOLDER,  /* of the tree: title, value ("12 images") */
    MODEL_ROW_NOTICE,  /* not an image but a message: title, note */
    MODEL_ROW_CHOICE,  /* POWER: title, note (what it does, or why it is not possible) */
    MODEL_ROW_FIELD,   /* FORM: title, value, note (unit and origin), caret, is_wrong */
    MODEL_ROW_HEADING, /* of a text: title */
    MODEL_ROW_TEXT,    /* of a text: title, a paragraph to be broken over several lines */
    MODEL_ROW_PAIR, /* of a text: title (a key, a label) beside value, which may be long, and note
                     */
    MODEL_ROW_BLANK,
};

/* Bytes of a row's title that the filter matches. */
struct model_range {
    size_t start, len;
};

/* Texts are "" when there is nothing, never NULL; they live until the menu is next changed, those
 * in `buffer` as long as the row. */
struct model_row {
    enum model_row_kind kind;
    enum model_icon icon;
    enum menu_severity severity;
    unsigned indent; /* levels of the tree */
    const char *title;
    const char *note;
    const char *value;
    struct model_range matches[MODEL_MATCHES_MAX]; /* in order, without overlap */
    size_t match_count;
    size_t note_match_start, note_match_len; /* of the folder's name; len 0: none */
    bool is_selected;
    bool is_warned;   /* a sign beside the title: details say why */
    bool is_disabled; /* cannot be chosen; note says why */
    bool is_wrong;    /* FIELD: what is typed is not allowed */
    bool is_cycled;   /* FIELD: left and right go through the values */
    bool is_changed;  /* FIELD: differs from what is in effect without the form */
    size_t caret;     /* FIELD: byte offset in value, MODEL_NO_CARET if it is not typed into */
    char buffer[MODEL_SIZE_MAX + 16];
};

struct model_message {
    enum menu_severity severity;
    const char *text;
};

/* A line of the details pane. */
struct model_detail {
    const char *label; /* "" continues the line before, or stands alone (path, tip) */
    const char *value;
    const char *origin; /* of a setting: "default", "control", `override "win*"`; "" if none */
    enum menu_severity severity;
    bool is_long; /* may be broken over several lines */
};

/* What a key does: "F4", "Ctrl-E", "settings". TWIN is "" where the key works everywhere. */
struct model_action {
    const char *key, *twin, *label;
};

struct model {
    enum model_screen screen;
    const char *product;         /* "hiperiso 0.1.0" */
    const char *volume;          /* the data partition's label, "" while unknown */
    const char *heading;         /* "" on LIST and TREE */
    enum menu_severity severity; /* of the heading */
    char count[MODEL_TEXT_MAX];  /* "62 images", "10 of 62", "1 to 6 of 50"; "" */
    char status[MODEL_TEXT_MAX]; /* one line: the countdown, a question; "" */
    const char *filter;          /* what was typed; "" */
    bool is_counting;            /* the countdown runs */
    unsigned seconds_left, seconds_total;
    const struct model_message *messages;
    size_t message_count;
    size_t row_count;
    size_t selected;           /* MODEL_NO_ROW if no row is */
    size_t top;                /* texts: the first row shown. Elsewhere the view scrolls */
    bool is_text;              /* HELP, PROBLEMS, DETAILS, PAGE */
    const char *empty_heading; /* shown when there are no rows; "" */
    const char *empty_text;
    struct model_detail details[MODEL_DETAILS_MAX];
    size_t detail_count;
    bool are_details_coming; /* the image is being looked at: more lines follow */
    bool has_progress;       /* CHECKSUM: */
    uint64_t done_bytes, total_bytes;
    char progress[MODEL_TEXT_MAX]; /* "1.2 GB of 4.7 GB, 210 MB/s, 17 s left" */
    const char *question;          /* PAGE: what to do, in the place of the actions; "" */
    struct model_action actions[MODEL_ACTIONS_MAX]; /* the bottom line's, most wanted first */
    size_t action_count;
};

/* What MENU's current screen shows. Borrows from it until it is next changed. */
void model_init(struct model *ret_model, const struct menu *menu);

/* Row INDEX < row_count of MODEL, which was made from MENU. */
void model_row(const struct model *model, const struct menu *menu, size_t index,
               struct model_row *ret_row);

/* "4.7 GB", decimal units; BUFFER is returned. */
const char *model_size(uint64_t bytes, char buffer[MODEL_SIZE_MAX]);
