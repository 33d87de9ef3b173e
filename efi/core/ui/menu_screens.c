/* SPDX-License-Identifier: BSD-2-Clause */
/* The screens beside the list: how they come and go. */
#include <string.h>

#include "efi/core/ui/menu_private.h"

void menu_set_page(struct menu *menu, size_t page_rows, size_t last_top)
{
    switch (menu->screen) {
    case MODEL_LIST:
    case MODEL_TREE:
        menu->page_rows = page_rows;
        break;
    case MODEL_FORM:
        menu->form.page_rows = page_rows;
        break;
    case MODEL_HELP:
    case MODEL_PROBLEMS:
    case MODEL_DETAILS:
    case MODEL_PAGE:
        menu->text.page = page_rows;
        menu->text.last_top = last_top;
        break;
    case MODEL_CHECKSUM:
    case MODEL_POWER:
        break;
    }
}

void menu_show_list(struct menu *menu)
{
    if (menu->screen == MODEL_FORM)
        form_clear(&menu->form);
    menu->screen = MODEL_LIST;
}

/* Whatever is shown, the list's countdown and question are over. */
static void show(struct menu *menu, enum model_screen screen)
{
    menu_show_list(menu);
    menu->is_counting = menu->leave_armed = false;
    menu->screen = screen;
}

void menu_show_text(struct menu *menu, const struct menu_text *text)
{
    show(menu, text->screen);
    menu->text = *text;
}

void menu_show_form(struct menu *menu, const char *heading, struct form form)
{
    show(menu, MODEL_FORM);
    menu->form = form;
    menu->form_heading = heading;
}

void menu_show_power(struct menu *menu, const struct menu_choice *choices, size_t count)
{
    show(menu, MODEL_POWER);
    menu->choice_count = count < MENU_CHOICES_MAX ? count : MENU_CHOICES_MAX;
    memcpy(menu->choices, choices, menu->choice_count * sizeof(*choices));
    menu->chosen = 0;
    if (menu->choice_count > 0 && menu->choices[0].is_disabled)
        (void)menu_choose_next(menu, 1);
}

enum menu_power menu_power_choice(const struct menu *menu)
{
    return menu->choices[menu->chosen].power;
}

void menu_sum_begin(struct menu *menu, uint64_t total_bytes, const struct model_detail *lines,
                    size_t count, uint64_t now_ms)
{
    show(menu, MODEL_CHECKSUM);
    menu->sum = (struct menu_sum){
        .is_running = true,
        .total_bytes = total_bytes,
        .start_ms = now_ms,
        .now_ms = now_ms,
        .lines = lines,
        .line_count = count,
    };
}

void menu_sum_progress(struct menu *menu, uint64_t done_bytes, uint64_t now_ms)
{
    menu->sum.done_bytes = done_bytes;
    menu->sum.now_ms = now_ms;
}

void menu_sum_end(struct menu *menu, const struct model_detail *lines, size_t count)
{
    menu->sum.is_running = false;
    menu->sum.lines = lines;
    menu->sum.line_count = count;
}
