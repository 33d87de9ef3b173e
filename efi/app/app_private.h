/* SPDX-License-Identifier: BSD-2-Clause */
/* What the app's own files share. */
#pragma once

#include "config/layout.h"
#include "efi/app/checksum.h"
#include "efi/app/form_settings.h"
#include "efi/app/platform.h"
#include "efi/app/screen.h"
#include "efi/app/stick.h"

#define APP_PRODUCT "hiperiso " HIPERISO_VERSION

struct app {
    const struct platform *platform;
    struct screen screen;
    struct stick stick;
    struct menu menu;
    struct arena screen_arena; /* texts of the screen beside the list */
    struct arena details_arena;
    struct form_settings form; /* while the form is shown */
    struct checksum checksum;  /* while an image is read */
    bool has_asked_size;       /* the terminals, for theirs */
    uint64_t scan_start_ms, last_key_ms, sum_drawn_ms;
};

uint64_t app_now(const struct app *app);

/* "x.iso" of "/ISOs/x.iso". */
const char *app_file_name(const char *path);

/* Appends one line to the LINES of a text; its texts are copied into app->screen_arena. Does
 * nothing after a failure. */
struct app_text {
    struct app *app;
    struct menu_line *lines;
    size_t count, capacity;
    enum status status;
};
void app_text_add(struct app_text *text, struct menu_line line);

/* Shows TEXT, or that memory ran out, in the place of the list. HEADING is copied. */
void app_text_show(struct app_text *text, enum model_screen screen, enum menu_severity severity,
                   const char *heading);

/* Asks a question on a screen of its own and waits for the key. */
struct key app_ask(struct app *app, enum menu_severity severity, const char *heading,
                   const char *text, const char *question);

/* An error; any key returns to the menu. */
void app_show_error(struct app *app, const char *heading, const char *text);

/* ---- screens, app_screens.c ---- */
void app_show_problems(struct app *app);
void app_show_form(struct app *app);
void app_check_form(struct app *app);
void app_show_power(struct app *app);
void app_do_power(struct app *app);

/* ---- the last session, app_last.c ---- */
/* Appends a line about the newest session of the image at PATH to TEXT: when, how it ended, when
 * its login came. False when there is none (that can be read). */
bool app_describe_last(const struct platform *platform, const char *path, struct strbuf *text,
                       enum menu_severity *ret_severity);

/* ---- details, app_details.c ---- */
void app_read_details(struct app *app, size_t entry);
void app_show_details(struct app *app);
