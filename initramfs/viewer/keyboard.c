/* SPDX-License-Identifier: BSD-2-Clause */
/* Key events of several keyboards made those of one. */
#include "initramfs/viewer/keyboard.h"

#include "initramfs/viewer/keymap.h"

static bool is_held(const struct keyboard *keyboard, unsigned left, unsigned right)
{
    return keyboard->holders[left] > 0 || keyboard->holders[right] > 0;
}

static bool is_chord(const struct keyboard *keyboard)
{
    return is_held(keyboard, KEY_LEFTCTRL, KEY_RIGHTCTRL) &&
           is_held(keyboard, KEY_LEFTALT, KEY_RIGHTALT) &&
           is_held(keyboard, KEY_LEFTSHIFT, KEY_RIGHTSHIFT);
}

/* False when another device holds the key, or held it first. */
static bool count_holder(struct keyboard *keyboard, unsigned code, int value)
{
    uint8_t *holders = &keyboard->holders[code];
    switch (value) {
    case 0:
        if (*holders > 0)
            (*holders)--;
        return *holders == 0;
    case 1:
        if (*holders < UINT8_MAX)
            (*holders)++;
        return *holders == 1;
    default:
        return *holders > 0;
    }
}

enum keyboard_action keyboard_event(struct keyboard *keyboard, unsigned code, int value,
                                    unsigned *ret_number, bool *ret_is_down)
{
    if (code >= KEY_CNT || value < 0 || value > 2)
        return KEYBOARD_IGNORE;
    if (!count_holder(keyboard, code, value))
        return KEYBOARD_IGNORE;
    if (code == KEY_POWER)
        return value == 1 ? KEYBOARD_QUIT : KEYBOARD_IGNORE;
    if (code == KEY_Q && value == 1 && is_chord(keyboard)) {
        keyboard->is_swallowed = true;
        return KEYBOARD_QUIT;
    }
    if (code == KEY_Q && keyboard->is_swallowed) {
        keyboard->is_swallowed = value != 0;
        return KEYBOARD_IGNORE;
    }
    unsigned number = keymap_number(code);
    if (number == KEYMAP_NONE)
        return KEYBOARD_IGNORE;
    *ret_number = number;
    *ret_is_down = value != 0;
    return KEYBOARD_SEND;
}
