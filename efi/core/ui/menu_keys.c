/* SPDX-License-Identifier: BSD-2-Clause */
/* What each key does on each of the menu's screens, and the countdown. */
#include "config/base/cleanup.h"
#include "efi/core/ui/menu_private.h"
#include "efi/core/ui/width.h"

/* ---- time ---- */

static bool can_start(const struct menu *menu)
{
    const struct menu_entry *entry = menu_selected(menu);
    return entry != NULL && entry->notice == NULL;
}

void menu_start_countdown(struct menu *menu, uint64_t now_ms, unsigned seconds)
{
    menu->is_counting = true;
    menu->countdown_end_ms = now_ms + (uint64_t)seconds * 1000;
    menu->seconds_left = menu->seconds_total = seconds;
}

enum menu_action menu_tick(struct menu *menu, uint64_t now_ms)
{
    if (!menu->is_counting)
        return MENU_ACTION_NONE;
    if (now_ms >= menu->countdown_end_ms) {
        menu->is_counting = false;
        return can_start(menu) ? MENU_ACTION_START : MENU_ACTION_DRAW;
    }
    unsigned left = (unsigned)((menu->countdown_end_ms - now_ms + 999) / 1000);
    if (left == menu->seconds_left)
        return MENU_ACTION_NONE;
    menu->seconds_left = left;
    return MENU_ACTION_DRAW;
}

int menu_wait_ms(const struct menu *menu, uint64_t now_ms)
{
    if (!menu->is_counting)
        return -1;
    if (now_ms >= menu->countdown_end_ms)
        return 0;
    return (int)((menu->countdown_end_ms - now_ms - 1) % 1000 + 1);
}

/* ---- moving over rows ---- */

static enum menu_action move_to(struct menu *menu, size_t selected)
{
    if (menu->visible_count == 0)
        return MENU_ACTION_NONE;
    if (selected >= menu->visible_count)
        selected = menu->visible_count - 1;
    menu->selected = selected;
    return MENU_ACTION_DRAW;
}

static enum menu_action move_up(struct menu *menu)
{
    return move_to(menu, menu->selected > 0 ? menu->selected - 1 : SIZE_MAX);
}

static enum menu_action move_down(struct menu *menu)
{
    return move_to(menu, menu->selected + 1 < menu->visible_count ? menu->selected + 1 : 0);
}

static enum menu_action move_home(struct menu *menu)
{
    return move_to(menu, 0);
}

static enum menu_action move_end(struct menu *menu)
{
    return move_to(menu, SIZE_MAX);
}

static size_t page(const struct menu *menu)
{
    return menu->page_rows > 1 ? menu->page_rows - 1 : 1;
}

static enum menu_action page_up(struct menu *menu)
{
    size_t rows = page(menu);
    return move_to(menu, menu->selected > rows ? menu->selected - rows : 0);
}

static enum menu_action page_down(struct menu *menu)
{
    return move_to(menu, menu->selected + page(menu));
}

/* ---- keys of the list ---- */

static enum menu_action enter(struct menu *menu)
{
    const struct menu_folder *folder = menu_selected_folder(menu);

    if (folder != NULL)
        return folder->is_open ? menu_close_folder(menu) : menu_open_folder(menu);
    return can_start(menu) ? MENU_ACTION_START : MENU_ACTION_NONE;
}

static enum menu_action escape(struct menu *menu)
{
    if (menu->filter_len > 0)
        return menu_clear_filter(menu);
    menu->leave_armed = true;
    return MENU_ACTION_DRAW;
}

static enum menu_action type_character(struct menu *menu, uint32_t character)
{
    if (!width_is_shown(character) || (character == ' ' && menu->filter_len == 0))
        return MENU_ACTION_NONE;
    return menu_type(menu, character);
}

static const struct {
    enum key_code code;
    enum menu_action (*act)(struct menu *menu);
} list_keys[] = {
    {KEY_UP, move_up},
    {KEY_DOWN, move_down},
    {KEY_HOME, move_home},
    {KEY_END, move_end},
    {KEY_PAGE_UP, page_up},
    {KEY_PAGE_DOWN, page_down},
    {KEY_LEFT, menu_close_folder},
    {KEY_RIGHT, menu_open_folder},
    {KEY_ENTER, enter},
    {KEY_ESCAPE, escape},
    {KEY_BACKSPACE, menu_erase},
    {KEY_DELETE, menu_erase}, /* a serial line's 0x7F comes as Delete from EDK II */
};

static enum menu_action show_help(struct menu *menu)
{
    struct menu_text help = {.screen = MODEL_HELP, .heading = "Keys and hints"};

    help.lines = menu_help(&help.count);
    menu_show_text(menu, &help);
    return MENU_ACTION_DRAW;
}

static enum menu_action list_problems(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_PROBLEMS;
}

static enum menu_action for_an_image(const struct menu *menu, enum menu_action action)
{
    return can_start(menu) ? action : MENU_ACTION_NONE;
}

static enum menu_action open_form(struct menu *menu)
{
    return for_an_image(menu, MENU_ACTION_FORM);
}

static enum menu_action show_details(struct menu *menu)
{
    return for_an_image(menu, MENU_ACTION_DETAILS);
}

static enum menu_action check_sum(struct menu *menu)
{
    return for_an_image(menu, MENU_ACTION_CHECKSUM);
}

static enum menu_action rescan(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_RESCAN;
}

static enum menu_action change_ascii(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_ASCII;
}

static enum menu_action power(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_POWER;
}

static enum menu_action redraw(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_REDRAW;
}

static enum menu_action leave(struct menu *menu)
{
    (void)menu;
    return MENU_ACTION_LEAVE;
}

const struct menu_command menu_commands[] = {
    {KEY_F1, 'g', {"F1", "Ctrl-G", "help"}, "this help", show_help},
    {KEY_F2, 'p', {"F2", "Ctrl-P", "problems"}, "what is wrong in hiperiso.json", list_problems},
    {KEY_F3, 't', {"F3", "Ctrl-T", "tree"}, "folders as a tree, or one list", menu_toggle_tree},
    {KEY_F4, 'e', {"F4", "Ctrl-E", "settings"}, "change settings for one start", open_form},
    {KEY_F5, 'r', {"F5", "Ctrl-R", "rescan"}, "read the stick again", rescan},
    {KEY_F6, 'k', {"F6", "Ctrl-K", "checksum"}, "SHA-256 of the image", check_sum},
    {KEY_F7, 'd', {"F7", "Ctrl-D", "details"}, "all about the image", show_details},
    {KEY_F9,
     'n',
     {"F9", "Ctrl-N", "ASCII"},
     "plain ASCII on serial lines, and back",
     change_ascii,
     true},
    {KEY_F10, 'o', {"F10", "Ctrl-O", "power"}, "restart, power off, firmware, local disk", power},
    {KEY_NONE, 'u', {"Ctrl-U", "", ""}, "clear the filter", menu_clear_filter},
    {KEY_NONE, 'l', {"Ctrl-L", "", ""}, "draw the screen anew", redraw},
    {KEY_NONE, 'x', {"Ctrl-X", "", "leave"}, "leave to the firmware", leave, true},
};
const size_t menu_command_count = ARRAY_SIZE(menu_commands);

static enum menu_action act_on_list(struct menu *menu, struct key key)
{
    if (key.code == KEY_CHAR)
        return type_character(menu, key.character);
    for (size_t i = 0; i < ARRAY_SIZE(list_keys); i++) {
        if (list_keys[i].code == key.code)
            return list_keys[i].act(menu);
    }
    for (size_t i = 0; i < menu_command_count; i++) {
        const struct menu_command *command = &menu_commands[i];
        if (key.code == KEY_CTRL ? key.character == (uint8_t)command->letter
                                 : key.code != KEY_NONE && key.code == command->code)
            return command->act(menu);
    }
    return MENU_ACTION_NONE;
}

static enum menu_action handle_list(struct menu *menu, struct key key)
{
    bool was_counting = menu->is_counting, was_armed = menu->leave_armed;

    menu->is_counting = false;
    menu->leave_armed = false;
    if (key.code == KEY_ESCAPE && was_counting)
        return MENU_ACTION_DRAW;
    if (key.code == KEY_ESCAPE && was_armed)
        return MENU_ACTION_LEAVE;
    enum menu_action action = act_on_list(menu, key);
    if (action == MENU_ACTION_NONE && (was_counting || was_armed))
        action = MENU_ACTION_DRAW;
    return action;
}

/* ---- the other screens ---- */

static enum menu_action back(struct menu *menu)
{
    menu_show_list(menu);
    return MENU_ACTION_DRAW;
}

static enum menu_action scroll_to(struct menu_text *text, size_t top)
{
    if (top > text->last_top)
        top = text->last_top;
    if (top == text->top)
        return MENU_ACTION_NONE;
    text->top = top;
    return MENU_ACTION_DRAW;
}

/* Is KEY the one that shows SCREEN? It hides it, too. */
static bool is_toggle(enum model_screen screen, struct key key)
{
    static const struct {
        enum model_screen screen;
        enum key_code code;
        char letter;
    } toggles[] = {
        {MODEL_HELP, KEY_F1, 'g'},     {MODEL_PROBLEMS, KEY_F2, 'p'}, {MODEL_DETAILS, KEY_F7, 'd'},
        {MODEL_CHECKSUM, KEY_F6, 'k'}, {MODEL_POWER, KEY_F10, 'o'},
    };
    if (key.code == KEY_CTRL && key.character == 'x')
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(toggles); i++) {
        if (toggles[i].screen == screen)
            return key.code == KEY_CTRL ? key.character == (uint8_t)toggles[i].letter
                                        : key.code == toggles[i].code;
    }
    return false;
}

static enum menu_action handle_text(struct menu *menu, struct key key)
{
    struct menu_text *text = &menu->text;
    size_t rows = text->page > 1 ? text->page : 1;
    bool can_scroll = text->last_top > 0;

    if (can_scroll || text->question == NULL) {
        switch (key.code) {
        case KEY_UP:
            return scroll_to(text, text->top > 0 ? text->top - 1 : 0);
        case KEY_DOWN:
            return scroll_to(text, text->top + 1);
        case KEY_PAGE_UP:
            return scroll_to(text, text->top > rows ? text->top - rows : 0);
        case KEY_PAGE_DOWN:
            return scroll_to(text, text->top + rows);
        case KEY_HOME:
            return scroll_to(text, 0);
        case KEY_END:
            return scroll_to(text, text->last_top);
        default:
            break;
        }
    }
    if (text->question != NULL) {
        menu->answer = key;
        return MENU_ACTION_ANSWERED;
    }
    if (key.code == KEY_ESCAPE || key.code == KEY_ENTER || is_toggle(text->screen, key))
        return back(menu);
    return MENU_ACTION_NONE;
}

static enum menu_action handle_form(struct menu *menu, struct key key)
{
    switch (form_handle(&menu->form, key)) {
    case FORM_DRAW:
        return MENU_ACTION_DRAW;
    case FORM_CHANGED:
        return MENU_ACTION_CHECK;
    case FORM_ACCEPT:
        return MENU_ACTION_START;
    case FORM_FORGET:
        return back(menu);
    case FORM_NONE:
        break;
    }
    return MENU_ACTION_NONE;
}

static enum menu_action handle_sum(struct menu *menu, struct key key)
{
    bool was_running = menu->sum.is_running;
    bool is_closing = key.code == KEY_ESCAPE || is_toggle(MODEL_CHECKSUM, key);

    if (!is_closing && (was_running || key.code != KEY_ENTER))
        return MENU_ACTION_NONE;
    menu->sum.is_running = false;
    menu_show_list(menu);
    return was_running ? MENU_ACTION_CANCEL : MENU_ACTION_DRAW;
}

enum menu_action menu_choose_next(struct menu *menu, size_t step)
{
    size_t chosen = menu->chosen;
    for (size_t i = 0; i < menu->choice_count; i++) {
        chosen = (chosen + step) % menu->choice_count;
        if (menu->choices[chosen].is_disabled)
            continue;
        menu->chosen = chosen;
        return MENU_ACTION_DRAW;
    }
    return MENU_ACTION_NONE;
}

static enum menu_action handle_power(struct menu *menu, struct key key)
{
    switch (key.code) {
    case KEY_UP:
        return menu_choose_next(menu, menu->choice_count - 1);
    case KEY_DOWN:
    case KEY_TAB:
        return menu_choose_next(menu, 1);
    case KEY_ENTER:
        return menu->chosen < menu->choice_count && !menu->choices[menu->chosen].is_disabled
                   ? MENU_ACTION_CHOSEN
                   : MENU_ACTION_NONE;
    case KEY_ESCAPE:
        return back(menu);
    default:
        return is_toggle(MODEL_POWER, key) ? back(menu) : MENU_ACTION_NONE;
    }
}

enum menu_action menu_handle(struct menu *menu, struct key key)
{
    /* Two keys mean the same everywhere. */
    if (key.code == KEY_CTRL && key.character == 'l')
        return MENU_ACTION_REDRAW;
    if (key.code == KEY_F9 || (key.code == KEY_CTRL && key.character == 'n'))
        return MENU_ACTION_ASCII;
    switch (menu->screen) {
    case MODEL_HELP:
    case MODEL_PROBLEMS:
    case MODEL_DETAILS:
    case MODEL_PAGE:
        return handle_text(menu, key);
    case MODEL_FORM:
        return handle_form(menu, key);
    case MODEL_CHECKSUM:
        return handle_sum(menu, key);
    case MODEL_POWER:
        return handle_power(menu, key);
    case MODEL_LIST:
    case MODEL_TREE:
        break;
    }
    return handle_list(menu, key);
}
