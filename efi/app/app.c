/* SPDX-License-Identifier: BSD-2-Clause */
/* The course from the firmware to the menu and on to the host Linux. */
#include "efi/app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/config.h"
#include "config/layout.h"
#include "efi/app/scan.h"
#include "efi/app/screen.h"
#include "efi/app/stick.h"

#define PROGRESS_AFTER_MS 1000 /* a shorter scan shows nothing */
#define PRODUCT           "hiperiso " HIPERISO_VERSION
#define EMPTY_HELP                                                                                 \
    "Copy disc or disk images to the partition " LAYOUT_DATA_LABEL                                 \
    ", into any folder but " LAYOUT_DATA_DIR ": .iso .img .raw .qcow2 .vhd .vhdx .vmdk\n"          \
    "Then start this machine from the stick again, or press Ctrl-R."

struct app {
    const struct platform *platform;
    struct screen screen;
    struct stick stick;
    struct menu menu;
    uint64_t scan_start_ms;
};

static const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static uint64_t now(const struct app *app)
{
    return app->platform->now_ms(app->platform->context);
}

/* A text that lives as long as the menu; NULL when memory runs out. */
static const char *keep(struct app *app, const struct strbuf *text)
{
    if (strbuf_status(text) != STATUS_OK)
        return NULL;
    return arena_copy(&app->menu.arena, strbuf_text(text), text->len);
}

static void add_message(struct app *app, enum menu_severity severity, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void add_message(struct app *app, enum menu_severity severity, const char *format, ...)
{
    auto_strbuf text = STRBUF_INIT;
    va_list args;

    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    const char *kept = keep(app, &text);
    menu_add_message(&app->menu, severity, kept != NULL ? kept : status_text(STATUS_NO_MEMORY));
}

static void show_error(struct app *app, const char *heading, const char *text)
{
    struct textview_page page = {
        .product = PRODUCT,
        .severity = MENU_ERROR,
        .heading = heading,
        .text = text,
        .hint = "Press any key to return to the menu",
    };
    screen_ask(&app->screen, &page);
}

/* ---- what the menu shows ---- */

static void show_progress(void *context, size_t images)
{
    struct app *app = context;
    char text[80];

    if (now(app) - app->scan_start_ms < PROGRESS_AFTER_MS)
        return;
    snprintf(text, sizeof(text), "%zu images so far", images);
    struct textview_page page = {
        .product = PRODUCT, .heading = "Reading the stick", .text = text, .hint = "One moment"};
    screen_draw_page(&app->screen, &page);
}

static enum status fill_menu(struct app *app)
{
    const struct config *config = app->stick.config;
    const struct settings *control = config_control(config);
    struct scan_options options = {
        .root = settings_text(control, SETTING_SEARCH_ROOT),
        .max_depth = (unsigned)settings_number(control, SETTING_MAX_DEPTH),
        .progress = show_progress,
        .context = app,
    };
    struct scan_result result;
    auto_free struct menu_entry *entries = NULL;

    app->scan_start_ms = now(app);
    enum status status = scan_run(app->platform, &options, &app->menu.arena, &result);
    if (status != STATUS_OK)
        return status;
    entries = calloc(result.count + 1, sizeof(*entries));
    if (entries == NULL)
        return STATUS_NO_MEMORY;
    size_t count = 0;
    for (const struct scan_item *item = result.items; item != NULL; item = item->next) {
        const char *alias = item->notice == NULL ? config_alias(config, item->path) : NULL;
        entries[count++] = (struct menu_entry){
            .path = item->path,
            .title = alias != NULL ? alias : item->name,
            .folder = item->folder,
            .tip = item->notice == NULL ? config_tip(config, item->path) : NULL,
            .fault = item->notice == NULL ? config_fault(config, item->path) : NULL,
            .notice = item->notice,
            .size_bytes = item->size_bytes,
        };
    }
    status = menu_set_entries(&app->menu, entries, count);
    if (status == STATUS_OK && result.is_cut)
        add_message(app, MENU_WARNING,
                    "Only the first %u images or %u folders were read: set control.search_root or "
                    "control.max_depth.",
                    (unsigned)SCAN_IMAGES_MAX, (unsigned)SCAN_FOLDERS_MAX);
    return status;
}

/* "hiperiso.json" when all problems are there, else "the configuration". */
static const char *place_of_problems(const struct problem_list *problems)
{
    for (size_t i = 1; i < problems->count; i++)
        if (strcmp(problems->items[i].file, problems->items[0].file) != 0)
            return "the configuration";
    return problems->count > 0 ? problems->items[0].file : "the configuration";
}

/* The first one in full, for those who cannot reach F2; how many there are. */
static void add_config_messages(struct app *app)
{
    const struct problem_list *problems = &app->stick.problems;
    size_t total = problems->count + problems->not_kept;

    if (app->stick.has_no_config)
        add_message(app, MENU_NOTE, "There is no %s on the stick: the defaults are in effect.",
                    LAYOUT_DATA_CONFIG);
    if (total == 0)
        return;
    add_message(app, MENU_WARNING, "%zu %s in %s (F2)", total, total == 1 ? "problem" : "problems",
                place_of_problems(problems));
    if (problems->count > 0) {
        auto_free char *text = problem_text(&problems->items[0]);
        add_message(app, MENU_WARNING, "%s", text != NULL ? text : status_text(STATUS_NO_MEMORY));
    }
}

static void add_returned_message(struct app *app)
{
    const struct returned *returned = &app->stick.returned;

    if (!app->stick.has_returned)
        return;
    if (returned->reason == NULL)
        add_message(app, MENU_WARNING, "A guest ended; why was not readable.");
    else if (returned->iso_path == NULL || returned->iso_path[0] == '\0')
        add_message(app, MENU_WARNING, "Back from the host Linux: %s", returned->reason);
    else
        add_message(app, returned_is_good(returned) ? MENU_GOOD : MENU_WARNING, "%s: %s",
                    file_name(returned->iso_path), returned->reason);
    if (returned->session != NULL && returned->session[0] != '\0')
        add_message(app, MENU_NOTE, "Its record: %s/%s", LAYOUT_DATA_LOGS_DIR, returned->session);
}

/* Puts the bar on the entry that the user expects. False: the default that the configuration names
 * is not there. */
static bool select_default(struct app *app)
{
    const char *wanted = settings_text(config_control(app->stick.config), SETTING_DEFAULT_IMAGE);
    struct menu *menu = &app->menu;

    if (app->stick.returned.iso_path != NULL &&
        menu_select_path(menu, app->stick.returned.iso_path))
        return true;
    if (wanted[0] == '\0') {
        if (app->stick.last_path == NULL || !menu_select_path(menu, app->stick.last_path))
            menu->selected = 0;
        return true;
    }
    for (size_t i = 0; i < menu->count; i++) {
        if (menu->entries[i].notice == NULL &&
            config_pattern_matches(wanted, menu->entries[i].path))
            return menu_select_path(menu, menu->entries[i].path);
    }
    add_message(app, MENU_WARNING, "control.default_image: no image matches \"%s\".", wanted);
    return false;
}

/* Reads the stick anew and builds the menu from it. */
static enum status load_menu(struct app *app, const struct platform_stick *ids)
{
    app->menu.product = PRODUCT;
    app->menu.empty_help = EMPTY_HELP;
    enum status status = stick_load(app->platform, ids, &app->stick);
    if (status == STATUS_OK)
        status = fill_menu(app);
    if (status != STATUS_OK)
        return status;
    add_returned_message(app);
    add_config_messages(app);
    return STATUS_OK;
}

static void unload_menu(struct app *app)
{
    menu_clear(&app->menu);
    stick_clear(&app->stick);
}

/* ---- problems ---- */

/* The texts of the problems in ARENA; NULL when memory runs out. */
static const char **problem_lines(const struct problem_list *problems, struct arena *arena,
                                  size_t *ret_count)
{
    const char **lines = arena_alloc(arena, (problems->count + 1) * sizeof(*lines));
    size_t count = 0;

    for (; lines != NULL && count < problems->count; count++) {
        auto_free char *text = problem_text(&problems->items[count]);
        lines[count] = text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
        if (lines[count] == NULL)
            return NULL;
    }
    if (lines != NULL && problems->not_kept > 0) {
        char text[64];
        snprintf(text, sizeof(text), "and %zu more", problems->not_kept);
        lines[count] = arena_copy(arena, text, strlen(text));
        if (lines[count++] == NULL)
            return NULL;
    }
    *ret_count = count;
    return lines;
}

static void read_list(struct app *app, struct listview *list)
{
    enum listview_action action = LISTVIEW_DRAW;
    struct key key;

    while (action != LISTVIEW_CLOSE) {
        if (action == LISTVIEW_DRAW)
            screen_draw_list(&app->screen, list);
        bool is_read = screen_read_key(&app->screen, screen_retry_ms(&app->screen), &key);
        action = is_read ? listview_handle(list, key) : LISTVIEW_DRAW;
    }
}

static void show_problems(struct app *app)
{
    const struct problem_list *problems = &app->stick.problems;
    struct arena arena = {0};
    struct listview list = {
        .product = PRODUCT,
        .severity = MENU_WARNING,
        .heading = "Problems in the configuration",
    };
    list.items = problem_lines(problems, &arena, &list.count);
    if (list.items == NULL) {
        show_error(app, "The problems cannot be shown", status_text(STATUS_NO_MEMORY));
    } else if (list.count == 0) {
        struct textview_page page = {
            .product = PRODUCT,
            .heading = "The configuration has no problem",
            .text = app->stick.has_no_config ? "There is no " LAYOUT_DATA_CONFIG
                                               " on the stick: the defaults are in effect."
                                             : LAYOUT_DATA_CONFIG
                        " and its templates are in effect.",
            .hint = "Press any key to return to the menu",
        };
        screen_ask(&app->screen, &page);
    } else {
        read_list(app, &list);
    }
    arena_clear(&arena);
}

/* ---- starting ---- */

static void start_selected(struct app *app)
{
    const struct menu_entry *entry = menu_selected(&app->menu);
    auto_strbuf line = STRBUF_INIT, message = STRBUF_INIT;

    if (entry == NULL || entry->notice != NULL)
        return;
    enum status status = stick_compose(&app->stick, entry->path, &line, &message);
    if (status == STATUS_OK) {
        struct textview_page page = {
            .product = PRODUCT, .heading = entry->title, .text = entry->path, .hint = "Starting"};
        screen_draw_page(&app->screen, &page);
        stick_start(&app->stick, entry->path, strbuf_text(&line), &message);
        screen_forget(&app->screen); /* the kernel's stub may have written there */
    }
    auto_strbuf heading = STRBUF_INIT;
    strbuf_printf(&heading, "%s was not started", entry->title);
    show_error(app, strbuf_text(&heading), strbuf_text(&message));
}

/* ---- the loop ---- */

enum outcome { OUTCOME_LEAVE, OUTCOME_RESCAN };

static enum outcome run_menu(struct app *app)
{
    struct menu *menu = &app->menu;
    bool is_changed = true;

    for (;;) {
        struct key key;
        enum menu_action action;
        /* Draw only when no further key waits: a held arrow key never falls behind. */
        bool is_read = screen_read_key(&app->screen, 0, &key);
        if (!is_read && is_changed) {
            screen_draw_menu(&app->screen, menu);
            is_changed = false;
        }
        if (!is_read) {
            int wait = menu_wait_ms(menu, now(app)), retry = screen_retry_ms(&app->screen);
            is_read = screen_read_key(
                &app->screen, retry >= 0 && (wait < 0 || retry < wait) ? retry : wait, &key);
            is_changed = !is_read && retry >= 0;
        }
        action = is_read ? menu_handle(menu, key) : menu_tick(menu, now(app));
        switch (action) {
        case MENU_ACTION_NONE:
            break;
        case MENU_ACTION_DRAW:
            is_changed = true;
            break;
        case MENU_ACTION_REDRAW:
            screen_forget(&app->screen);
            is_changed = true;
            break;
        case MENU_ACTION_START:
            start_selected(app);
            is_changed = true;
            break;
        case MENU_ACTION_PROBLEMS:
            show_problems(app);
            is_changed = true;
            break;
        case MENU_ACTION_RESCAN:
            return OUTCOME_RESCAN;
        case MENU_ACTION_LEAVE:
            return OUTCOME_LEAVE;
        }
    }
}

/* The countdown, unless a guest just ended: a stick with a timeout never restarts a guest by
 * itself. */
static void begin_countdown(struct app *app)
{
    int64_t seconds = settings_number(config_control(app->stick.config), SETTING_TIMEOUT);
    const struct menu_entry *entry = menu_selected(&app->menu);

    if (seconds >= 0 && !app->stick.has_returned && entry != NULL && entry->notice == NULL)
        menu_start_countdown(&app->menu, now(app), (unsigned)seconds);
}

/* Any other key than Enter leaves. */
static bool ask_again(struct app *app, const char *text)
{
    struct textview_page page = {
        .product = PRODUCT,
        .severity = MENU_ERROR,
        .heading = "The stick cannot be read",
        .text = text,
        .hint = "Enter tries again, any other key leaves to the firmware",
    };
    return screen_ask(&app->screen, &page).code == KEY_ENTER;
}

static enum outcome run_once(struct app *app, bool is_first)
{
    auto_strbuf message = STRBUF_INIT;
    struct platform_stick ids = {{0}, {0}};

    enum status status = app->platform->open_stick(app->platform->context, &ids, &message);
    if (status == STATUS_OK)
        status = load_menu(app, &ids);
    if (status != STATUS_OK) {
        if (message.len == 0)
            strbuf_printf(&message, "The stick's contents cannot be shown: %s.",
                          status_text(status));
        return ask_again(app, strbuf_text(&message)) ? OUTCOME_RESCAN : OUTCOME_LEAVE;
    }
    if (select_default(app) && is_first)
        begin_countdown(app);
    return run_menu(app);
}

void app_run(const struct platform *platform)
{
    struct app app = {.platform = platform};
    enum outcome outcome = OUTCOME_RESCAN;

    if (screen_init(&app.screen, platform) != STATUS_OK)
        return;
    for (bool is_first = true; outcome == OUTCOME_RESCAN; is_first = false) {
        outcome = run_once(&app, is_first);
        unload_menu(&app);
    }
    platform->release_displays(platform->context);
    screen_clear(&app.screen);
}
