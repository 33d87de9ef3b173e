/* SPDX-License-Identifier: BSD-2-Clause */
/* A menu in each of its screens, filled as a real stick fills it. */
#pragma once

#include "efi/core/ui/menu.h"

enum look_screen {
    SCREEN_LIST,
    SCREEN_COUNTDOWN,
    SCREEN_TREE,
    SCREEN_FILTER,
    SCREEN_NOTHING,
    SCREEN_EMPTY,
    SCREEN_SCRIPTS,
    SCREEN_DETAILS,
    SCREEN_HELP,
    SCREEN_PROBLEMS,
    SCREEN_FORM,
    SCREEN_CHECKSUM,
    SCREEN_POWER,
    SCREEN_PAGE,
    SCREEN_COUNT,
};

extern const char *const look_screen_names[SCREEN_COUNT];

/* Fills MENU (zeroed); to be cleared with menu_clear(). */
void look_screen_make(enum look_screen screen, struct menu *menu);
