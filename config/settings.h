/* SPDX-License-Identifier: BSD-2-Clause */
/* The one table of settings, and a value for each of them with where it came from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"

enum setting_id {
    /* guest level: every level may set them */
    SETTING_RAM,
    SETTING_CPUS,
    SETTING_TRACE_LEVEL,
    SETTING_DISPLAY,
    SETTING_VGA,
    SETTING_FALLBACK,
    SETTING_NET_DUMP,
    SETTING_TPM,
    SETTING_SECURE_BOOT,
    SETTING_CPU_FEATURES,
    SETTING_QEMU_EXTRA_ARGS,
    SETTING_FIRMWARE,
    SETTING_MACHINE,
    SETTING_ON_EXIT,
    SETTING_INTERACTIVE,
    SETTING_TRACE_FROM,
    SETTING_TRACE_UNTIL,
    /* stick level: only `control` (and section `theme`) */
    SETTING_TIMEOUT,
    SETTING_DEFAULT_IMAGE,
    SETTING_SEARCH_ROOT,
    SETTING_MAX_DEPTH,
    SETTING_VNC_LISTEN,
    SETTING_LOG_MAX,
    SETTING_LOG_KEEP,
    SETTING_THEME_FILE,
    SETTING_THEME_LOOK,
    SETTING_THEME_GFXMODE,
    SETTING_THEME_GFXPAYLOAD,
    SETTING_COUNT
};

enum setting_type {
    SETTING_TYPE_INT,
    SETTING_TYPE_BOOL,
    SETTING_TYPE_CHOICE, /* one of `choices`; a trace tier may also be a NAME */
    SETTING_TYPE_TEXT,
    SETTING_TYPE_LIST, /* of texts */
};

/* Where a value in effect came from; the letter is what hiperiso_from= carries. */
enum setting_origin {
    ORIGIN_DEFAULT,  /* d */
    ORIGIN_CONTROL,  /* c */
    ORIGIN_OVERRIDE, /* o */
    ORIGIN_MENU,     /* m */
};

/* The values of the CHOICE settings, in the order of `choices`. */
enum display { DISPLAY_NONE, DISPLAY_SCREEN, DISPLAY_VNC };
enum vga { VGA_NONE, VGA_STD, VGA_VIRTIO };
enum firmware { FIRMWARE_AUTO, FIRMWARE_BIOS, FIRMWARE_UEFI };
enum machine { MACHINE_Q35, MACHINE_PC };
enum theme_look { THEME_LOOK_DARK, THEME_LOOK_LIGHT };
enum on_exit { ON_EXIT_MENU, ON_EXIT_POWEROFF };

struct setting_info {
    const char *title;        /* "RAM", for forms and messages */
    const char *help;         /* one sentence, ends without a full stop */
    const char *unit;         /* "MB", "s", or NULL */
    const char *control_key;  /* in `control` (or `theme`), NULL if none */
    const char *override_key; /* in an override, NULL if none */
    const char *parameter; /* kernel parameter of its own, NULL: in hiperiso_set or not written */
    enum setting_type type;
    bool guest_level;     /* may stand in an override and in the menu's form */
    bool on_command_line; /* /init needs it */
    bool in_theme;        /* control_key stands in section `theme` */
    bool effective;       /* does something in this version; else the session names it as ignored */
    int64_t min, max;     /* INT */
    int64_t default_number;     /* INT, BOOL, CHOICE (index) */
    const char *default_text;   /* TEXT */
    const char *const *choices; /* CHOICE: NULL-terminated */
    const char *const
        *aliases; /* CHOICE: NULL, or {"screen", "gtk", NULL}: other names, resolved on input */
    /* NULL, or what is wrong with a TEXT, one element of a LIST, or the NAME of a CHOICE (which
     * takes NAMEs only if it has a check): NULL, or a phrase that goes on "\"x\" ..." and says what
     * is allowed. */
    const char *(*check)(const char *text);
};

#define SETTING_TEXT_MAX 4096 /* bytes of one text */
#define SETTING_LIST_MAX 256  /* elements */

/* A list of texts; owned. */
struct text_list {
    char **items;
    size_t count;
};

struct setting_value {
    int64_t number; /* INT, BOOL (0/1), CHOICE (index; -1 = `text` holds a user's NAME) */
    char *text; /* TEXT and CHOICE's NAME: owned; a TEXT's may be NULL, which means the default */
    struct text_list list;
    enum setting_origin origin;
};

struct settings {
    struct setting_value values[SETTING_COUNT];
};

/* The row of the table; never NULL for ID < SETTING_COUNT. */
const struct setting_info *setting_info(enum setting_id id);

/* The name in hiperiso_set= and in session.json: the override key, else the control key. Never
 * NULL. */
const char *setting_key(enum setting_id id);

/* The setting with this parameter of its own, key in an override, in `control`, in `theme`, or
 * setting_key(), of LEN bytes; STATUS_NOT_FOUND if there is none. */
enum status setting_by_parameter(const char *parameter, size_t len, enum setting_id *ret_id)
    must_check;
enum status setting_by_override_key(const char *key, size_t len, enum setting_id *ret_id)
    must_check;
enum status setting_by_control_key(const char *key, size_t len, enum setting_id *ret_id) must_check;
enum status setting_by_theme_key(const char *key, size_t len, enum setting_id *ret_id) must_check;
enum status setting_by_key(const char *key, size_t len, enum setting_id *ret_id) must_check;

/* The text of an origin: "default", "control", "override", "menu"; its letter: d, c, o, m; and
 * back. */
const char *setting_origin_text(enum setting_origin origin);
char setting_origin_letter(enum setting_origin origin);
enum status setting_origin_by_letter(char letter, enum setting_origin *ret_origin) must_check;

/* All defaults. Needs no memory. */
void settings_init(struct settings *settings);
void settings_clear(struct settings *settings);
enum status settings_copy(const struct settings *source, struct settings *ret_copy) must_check;

/* Copies one value, with its origin. SETTINGS is unchanged on failure. */
enum status settings_copy_value(struct settings *settings, enum setting_id id,
                                const struct setting_value *value) must_check;

/* Sets from text as it stands on the command line or is typed into the form (numbers decimal; bools
 * 0/1, true/false, on/off, yes/no; lists separated by commas, each element percent-encoded, one
 * comma at the end dropped). STATUS_INVALID with a message that says what is allowed ("9999 is
 * above the maximum 3600"), in *RET_MESSAGE when not NULL (a new text); SETTINGS unchanged. */
enum status settings_set_text(struct settings *settings, enum setting_id id, const char *text,
                              enum setting_origin origin, char **ret_message) must_check;

/* The value as text, in the form that settings_set_text() takes (bools 0/1); a new text, NULL when
 * memory runs out. */
char *settings_get_text(const struct settings *settings, enum setting_id id) must_check;

/* Appends the value as JSON: a number, true, a text or a list of texts. */
void settings_append_json(const struct settings *settings, enum setting_id id, struct strbuf *b);

int64_t settings_number(const struct settings *settings, enum setting_id id);
bool settings_bool(const struct settings *settings, enum setting_id id);
const char *settings_text(const struct settings *settings,
                          enum setting_id id); /* TEXT, or the name of a CHOICE */
enum setting_origin settings_origin(const struct settings *settings, enum setting_id id);
const struct text_list *settings_list(const struct settings *settings, enum setting_id id);
bool settings_is_default(const struct settings *settings, enum setting_id id);

enum status text_list_add(struct text_list *list, const char *text) must_check;
void text_list_clear(struct text_list *list);
