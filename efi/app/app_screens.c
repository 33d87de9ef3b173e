/* SPDX-License-Identifier: BSD-2-Clause */
/* The screens beside the list: problems, questions, the form, the power menu. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/app/app_private.h"

uint64_t app_now(const struct app *app)
{
    return app->platform->now_ms(app->platform->context);
}

const char *app_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static const char *keep(struct app *app, const char *text)
{
    const char *kept = arena_copy(&app->screen_arena, text, strlen(text));
    return kept != NULL ? kept : status_text(STATUS_NO_MEMORY);
}

/* ---- texts ---- */

void app_text_add(struct app_text *text, struct menu_line line)
{
    if (text->status == STATUS_OK && text->count == text->capacity) {
        size_t capacity = text->capacity > 0 ? 2 * text->capacity : 32;
        struct menu_line *lines = arena_alloc(&text->app->screen_arena, capacity * sizeof(*lines));
        if (lines == NULL) {
            text->status = STATUS_NO_MEMORY;
            return;
        }
        if (text->count > 0)
            memcpy(lines, text->lines, text->count * sizeof(*lines));
        text->lines = lines;
        text->capacity = capacity;
    }
    if (text->status != STATUS_OK)
        return;
    if (line.title != NULL)
        line.title = keep(text->app, line.title);
    if (line.value != NULL)
        line.value = keep(text->app, line.value);
    if (line.note != NULL)
        line.note = keep(text->app, line.note);
    text->lines[text->count++] = line;
}

void app_text_show(struct app_text *text, enum model_screen screen, enum menu_severity severity,
                   const char *heading)
{
    struct menu_text shown = {
        .screen = screen,
        .severity = severity,
        .heading = keep(text->app, heading),
        .lines = text->lines,
        .count = text->count,
    };
    menu_show_text(&text->app->menu, &shown);
}

struct key app_ask(struct app *app, enum menu_severity severity, const char *heading,
                   const char *text, const char *question)
{
    const struct menu_line line = {.kind = MODEL_ROW_TEXT, .title = text};
    struct menu_text page = {
        .screen = MODEL_PAGE,
        .severity = severity,
        .heading = heading,
        .lines = &line,
        .count = 1,
        .question = question,
    };
    enum menu_action action = MENU_ACTION_DRAW;
    struct key key;

    menu_show_text(&app->menu, &page);
    while (screen_read_key(&app->screen, 0, &key))
        ; /* typed before the question */
    while (action != MENU_ACTION_ANSWERED) {
        if (action == MENU_ACTION_REDRAW)
            screen_forget(&app->screen);
        if (action == MENU_ACTION_ASCII)
            screen_change_ascii(&app->screen);
        if (action != MENU_ACTION_NONE)
            screen_draw(&app->screen, &app->menu);
        bool is_read = screen_read_key(&app->screen, screen_retry_ms(&app->screen), &key);
        if (is_read && key.code == KEY_SIZE)
            screen_set_size(&app->screen, key.character >> 16, key.character & 0xFFFF);
        action = is_read && key.code != KEY_SIZE ? menu_handle(&app->menu, key) : MENU_ACTION_DRAW;
    }
    menu_show_list(&app->menu);
    return app->menu.answer;
}

void app_show_error(struct app *app, const char *heading, const char *text)
{
    app_ask(app, MENU_ERROR, heading, text, "Press any key to return to the menu");
}

/* ---- problems ---- */

void app_show_problems(struct app *app)
{
    const struct problem_list *problems = &app->stick.problems;
    struct app_text text = {.app = app};
    char more[64];

    arena_clear(&app->screen_arena);
    for (size_t i = 0; i < problems->count; i++) {
        auto_free char *line = problem_text(&problems->items[i]);
        app_text_add(&text, (struct menu_line){
                                .kind = MODEL_ROW_TEXT,
                                .title = line != NULL ? line : status_text(STATUS_NO_MEMORY)});
    }
    if (problems->not_kept > 0) {
        snprintf(more, sizeof(more), "and %zu more", problems->not_kept);
        app_text_add(&text, (struct menu_line){.kind = MODEL_ROW_TEXT, .title = more});
    }
    if (problems->count + problems->not_kept > 0) {
        app_text_show(&text, MODEL_PROBLEMS, MENU_WARNING, "Problems in the configuration");
        return;
    }
    app_text_add(&text, (struct menu_line){
                            .kind = MODEL_ROW_TEXT,
                            .title = app->stick.has_no_config
                                         ? "There is no " LAYOUT_DATA_CONFIG
                                           " on the stick: the defaults are in effect."
                                         : LAYOUT_DATA_CONFIG " and its templates are in effect.",
                        });
    app_text_show(&text, MODEL_PROBLEMS, MENU_NOTE, "The configuration has no problem");
}

/* ---- settings for one start ---- */

void app_show_form(struct app *app)
{
    const struct menu_entry *entry = menu_selected(&app->menu);
    auto_strbuf message = STRBUF_INIT, heading = STRBUF_INIT;
    struct form form;

    if (entry == NULL)
        return;
    arena_clear(&app->screen_arena);
    form_settings_clear(&app->form);
    enum status status = form_settings_begin(&app->stick, entry->path, &app->screen_arena,
                                             &app->form, &form, &message);
    if (status != STATUS_OK) {
        app_show_error(app, "The settings cannot be changed", strbuf_text(&message));
        return;
    }
    strbuf_printf(&heading, "Settings for one start of %s", entry->title);
    menu_show_form(&app->menu, keep(app, strbuf_text(&heading)), form);
}

void app_check_form(struct app *app)
{
    struct form *form = &app->menu.form;

    if (form_settings_check(&app->form, form, form->selected) == STATUS_OK)
        return;
    menu_show_list(&app->menu);
    app_show_error(app, "The settings cannot be changed", status_text(STATUS_NO_MEMORY));
}

/* ---- power ---- */

void app_show_power(struct app *app)
{
    static const struct {
        enum menu_power power;
        const char *title;
    } rows[] = {
        {MENU_RESTART, "Restart"},
        {MENU_POWER_OFF, "Power off"},
        {MENU_FIRMWARE, "Firmware setup"},
        {MENU_LOCAL_DISK, "Start from a local disk"},
        {MENU_LEAVE, "Leave to the firmware"},
    };
    const struct platform *platform = app->platform;
    struct menu_choice choices[ARRAY_SIZE(rows)];

    arena_clear(&app->screen_arena);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        auto_strbuf about = STRBUF_INIT;
        bool is_possible = platform->can_power(platform->context, rows[i].power, &about);
        choices[i] = (struct menu_choice){
            .power = rows[i].power,
            .title = rows[i].title,
            .note = keep(app, strbuf_text(&about)),
            .is_disabled = !is_possible,
        };
    }
    menu_show_power(&app->menu, choices, ARRAY_SIZE(rows));
}

void app_do_power(struct app *app)
{
    auto_strbuf message = STRBUF_INIT;

    enum menu_power power = menu_power_choice(&app->menu);
    enum status status = app->platform->power(app->platform->context, power, &message);
    screen_forget(&app->screen); /* what was started may have written there */
    menu_show_list(&app->menu);
    if (message.len == 0)
        strbuf_printf(&message, "The firmware did not do it: %s.", status_text(status));
    app_show_error(app, "It did not work", strbuf_text(&message));
}
