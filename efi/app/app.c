/* SPDX-License-Identifier: BSD-2-Clause */
/* The course from the firmware to the menu and on to the host Linux. */
#include "efi/app/app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/config.h"
#include "config/layout.h"
#include "efi/app/app_private.h"
#include "efi/app/scan.h"

#define PROGRESS_AFTER_MS 1000 /* a shorter scan shows nothing */
#define SUM_DRAW_MS       250  /* between two looks at the checksum's progress */
#define EMPTY_HELP                                                                                 \
    "Copy disc or disk images to the partition " LAYOUT_DATA_LABEL                                 \
    ", into any folder but " LAYOUT_DATA_DIR ": .iso .img .raw .qcow2 .vhd .vhdx .vmdk\n"          \
    "Then start this machine from the stick again, or press Ctrl-R."

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

/* ---- what the menu shows ---- */

/* A page that asks nothing. TEXT is borrowed until the next screen. */
static void show_page(struct app *app, const char *heading, const char *text, const char *hint)
{
    const struct menu_line line = {.kind = MODEL_ROW_TEXT, .title = text};
    struct menu_text page = {
        .screen = MODEL_PAGE, .heading = heading, .lines = &line, .count = 1, .question = hint};

    menu_show_text(&app->menu, &page);
    screen_draw(&app->screen, &app->menu);
    menu_show_list(&app->menu);
}

static void show_progress(void *context, size_t images)
{
    struct app *app = context;
    char text[80];

    if (app_now(app) - app->scan_start_ms < PROGRESS_AFTER_MS)
        return;
    snprintf(text, sizeof(text), "%zu images so far", images);
    show_page(app, "Reading the stick", text, "One moment");
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

    app->scan_start_ms = app_now(app);
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
                    app_file_name(returned->iso_path), returned->reason);
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
            menu_select_first(menu);
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

/* Drivers that were passed over, a line each. */
static void add_driver_messages(struct app *app, const char *notes)
{
    while (*notes != '\0') {
        size_t len = strcspn(notes, "\n");
        add_message(app, MENU_WARNING, "%.*s", (int)len, notes);
        notes += len + (notes[len] == '\n');
    }
}

/* Reads the stick anew and builds the menu from it. */
static enum status load_menu(struct app *app, const struct platform_stick *ids, const char *notes)
{
    auto_strbuf screen_message = STRBUF_INIT;

    app->menu.empty_help = EMPTY_HELP;
    enum status status = stick_load(app->platform, ids, &app->stick);
    if (status != STATUS_OK)
        return status;
    screen_use_pixels(&app->screen, config_control(app->stick.config), &app->stick.problems,
                      &screen_message);
    status = fill_menu(app);
    if (status != STATUS_OK)
        return status;
    if (screen_message.len > 0)
        add_message(app, MENU_WARNING, "%s", strbuf_text(&screen_message));
    app->menu.volume = app->stick.ids.data_label;
    add_returned_message(app);
    add_driver_messages(app, notes);
    add_config_messages(app);
    return STATUS_OK;
}

static void unload_menu(struct app *app)
{
    screen_use_text(&app->screen); /* its fonts are on the stick, which may be another one now */
    form_settings_clear(&app->form);
    menu_clear(&app->menu);
    stick_clear(&app->stick);
    arena_clear(&app->screen_arena);
    arena_clear(&app->details_arena);
}

/* ---- starting ---- */

static void start_selected(struct app *app)
{
    const struct menu_entry *entry = menu_selected(&app->menu);
    auto_strbuf line = STRBUF_INIT, message = STRBUF_INIT, heading = STRBUF_INIT;
    const struct settings *control = config_control(app->stick.config);
    bool has_form = app->menu.screen == MODEL_FORM;

    if (entry == NULL || entry->notice != NULL)
        return;
    enum status status = stick_compose(&app->stick, entry->path,
                                       has_form ? &app->form.settings : NULL, &line, &message);
    form_settings_clear(&app->form);
    if (status == STATUS_OK) {
        show_page(app, entry->title, entry->path, "Starting");
        if (strcmp(settings_text(control, SETTING_THEME_GFXPAYLOAD), "text") == 0)
            screen_end_pixels(&app->screen);
        stick_start(&app->stick, entry->path, strbuf_text(&line), &message);
        screen_forget(&app->screen); /* the kernel's stub may have written there */
    }
    strbuf_printf(&heading, "%s was not started", entry->title);
    app_show_error(app, strbuf_text(&heading), strbuf_text(&message));
}

/* ---- the checksum ---- */

static void begin_checksum(struct app *app)
{
    const struct menu_entry *entry = menu_selected(&app->menu);
    auto_strbuf text = STRBUF_INIT;

    if (entry == NULL)
        return;
    arena_clear(&app->screen_arena);
    enum status status =
        checksum_begin(app->platform, entry->path, &app->screen_arena, &app->checksum);
    if (status != STATUS_OK) {
        strbuf_printf(&text, "%s cannot be opened: %s.", entry->path, status_text(status));
        app_show_error(app, "There is no checksum", strbuf_text(&text));
        return;
    }
    menu_sum_begin(&app->menu, app->checksum.file->size_bytes, app->checksum.lines,
                   app->checksum.line_count, app_now(app));
}

/* Reads the next piece; true: there is something to draw. */
static bool read_piece(struct app *app)
{
    uint64_t now = app_now(app);
    bool is_due = now - app->sum_drawn_ms >= SUM_DRAW_MS;

    enum status status = checksum_step(&app->checksum, &app->screen_arena);
    if (is_due || status == STATUS_END) {
        menu_sum_progress(&app->menu, app->checksum.done_bytes, app_now(app));
        app->sum_drawn_ms = now;
    }
    if (status == STATUS_END)
        menu_sum_end(&app->menu, app->checksum.lines, app->checksum.line_count);
    return is_due || status == STATUS_END;
}

/* ---- the loop ---- */

enum outcome { OUTCOME_STAY, OUTCOME_LEAVE, OUTCOME_RESCAN };

/* Does what the menu wants; sets *IS_CHANGED when there is something to draw. */
static enum outcome perform(struct app *app, enum menu_action action, bool *is_changed)
{
    *is_changed |= action != MENU_ACTION_NONE;
    switch (action) {
    case MENU_ACTION_NONE:
    case MENU_ACTION_DRAW:
    case MENU_ACTION_ANSWERED:
        break;
    case MENU_ACTION_REDRAW:
        screen_forget(&app->screen);
        app->platform->ask_size(app->platform->context);
        break;
    case MENU_ACTION_START:
        start_selected(app);
        break;
    case MENU_ACTION_PROBLEMS:
        app_show_problems(app);
        break;
    case MENU_ACTION_DETAILS:
        app_show_details(app);
        break;
    case MENU_ACTION_FORM:
        app_show_form(app);
        break;
    case MENU_ACTION_CHECK:
        app_check_form(app);
        break;
    case MENU_ACTION_CHECKSUM:
        begin_checksum(app);
        break;
    case MENU_ACTION_CANCEL:
        checksum_end(&app->checksum);
        break;
    case MENU_ACTION_POWER:
        app_show_power(app);
        break;
    case MENU_ACTION_CHOSEN:
        if (menu_power_choice(&app->menu) == MENU_LEAVE)
            return OUTCOME_LEAVE;
        app_do_power(app);
        break;
    case MENU_ACTION_ASCII:
        screen_change_ascii(&app->screen);
        break;
    case MENU_ACTION_RESCAN:
        return OUTCOME_RESCAN;
    case MENU_ACTION_LEAVE:
        return OUTCOME_LEAVE;
    }
    return OUTCOME_STAY;
}

static int sooner(int one, int other)
{
    return other >= 0 && (one < 0 || other < one) ? other : one;
}

/* Milliseconds until something is to be done without a key; -1: nothing. */
static int idle_ms(const struct app *app)
{
    uint64_t now = app_now(app), quiet = now - app->last_key_ms;
    int wait = sooner(menu_wait_ms(&app->menu, now), screen_retry_ms(&app->screen));

    if (menu_wanted_details(&app->menu) == MENU_NO_ENTRY)
        return wait;
    return sooner(wait, quiet < MENU_DETAILS_AFTER ? (int)(MENU_DETAILS_AFTER - quiet) : 0);
}

/* Nothing was typed: what is due? True: there is something to draw. */
static bool do_idle(struct app *app)
{
    size_t wanted = menu_wanted_details(&app->menu);

    if (wanted != MENU_NO_ENTRY && app_now(app) - app->last_key_ms >= MENU_DETAILS_AFTER) {
        app_read_details(app, wanted);
        return true;
    }
    return screen_retry_ms(&app->screen) >= 0;
}

/* Terminals are asked when the menu begins to wait; before a start without a wait, the answer would
 * reach the host. */
static void ask_size_once(struct app *app)
{
    if (app->has_asked_size || menu_wait_ms(&app->menu, app_now(app)) == 0)
        return;
    app->has_asked_size = true;
    app->platform->ask_size(app->platform->context);
}

static enum outcome run_menu(struct app *app)
{
    struct menu *menu = &app->menu;
    enum outcome outcome = OUTCOME_STAY;
    bool is_changed = true;

    /* The image under the bar is looked at after the first frame. */
    app->last_key_ms = app_now(app);
    while (outcome == OUTCOME_STAY) {
        struct key key;
        /* Draw only when no further key waits: a held arrow key never falls behind. */
        bool is_read = screen_read_key(&app->screen, 0, &key);
        if (!is_read && is_changed) {
            screen_draw(&app->screen, menu);
            is_changed = false;
        }
        if (!is_read && checksum_is_running(&app->checksum))
            is_changed = read_piece(app);
        else if (!is_read) {
            ask_size_once(app);
            is_read = screen_read_key(&app->screen, idle_ms(app), &key);
            is_changed = !is_read && do_idle(app);
        }
        if (is_read && key.code == KEY_SIZE) { /* no key: nobody typed it */
            screen_set_size(&app->screen, key.character >> 16, key.character & 0xFFFF);
            is_changed = true;
            continue;
        }
        if (is_read)
            app->last_key_ms = app_now(app);
        outcome = perform(app, is_read ? menu_handle(menu, key) : menu_tick(menu, app_now(app)),
                          &is_changed);
    }
    checksum_end(&app->checksum);
    return outcome;
}

/* The countdown, unless a guest just ended: a stick with a timeout never restarts a guest by
 * itself. */
static void begin_countdown(struct app *app)
{
    int64_t seconds = settings_number(config_control(app->stick.config), SETTING_TIMEOUT);
    const struct menu_entry *entry = menu_selected(&app->menu);

    if (seconds >= 0 && !app->stick.has_returned && entry != NULL && entry->notice == NULL)
        menu_start_countdown(&app->menu, app_now(app), (unsigned)seconds);
}

/* Any other key than Enter leaves. */
static bool ask_again(struct app *app, enum status status, const char *text)
{
    const char *heading =
        status == STATUS_CANCELLED ? "This stick is unfinished" : "The stick cannot be read";
    struct key key = app_ask(app, MENU_ERROR, heading, text,
                             "Enter tries again, any other key leaves to the firmware");
    return key.code == KEY_ENTER;
}

static enum outcome run_once(struct app *app, bool is_first)
{
    auto_strbuf message = STRBUF_INIT, notes = STRBUF_INIT;
    struct platform_stick ids = {0};

    app->menu.product = APP_PRODUCT;
    app->menu.details_entry = MENU_NO_ENTRY;
    enum status status = app->platform->open_stick(app->platform->context, &ids, &notes, &message);
    if (status == STATUS_OK)
        status = load_menu(app, &ids, strbuf_text(&notes));
    if (status != STATUS_OK) {
        if (message.len == 0)
            strbuf_printf(&message, "The stick's contents cannot be shown: %s.",
                          status_text(status));
        return ask_again(app, status, strbuf_text(&message)) ? OUTCOME_RESCAN : OUTCOME_LEAVE;
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
