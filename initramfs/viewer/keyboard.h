/* SPDX-License-Identifier: BSD-2-Clause */
/* All keyboards as one: which keys are down, which of their events the guest gets, which are for
 * us. */
#pragma once

#include <linux/input-event-codes.h>
#include <stdbool.h>
#include <stdint.h>

enum keyboard_action {
    KEYBOARD_IGNORE,
    KEYBOARD_SEND, /* the guest gets it */
    KEYBOARD_QUIT, /* Ctrl-Alt-Shift-Q or the power button: the guest is to end */
};

struct keyboard {
    uint8_t holders[KEY_CNT]; /* how many devices hold each key */
    bool is_swallowed;        /* the Q of the chord: its release is not the guest's either */
};

/* An event of key CODE on one device: VALUE 0 up, 1 down, 2 repeated. With KEYBOARD_SEND
 * *RET_NUMBER and *RET_IS_DOWN are what the guest gets. */
enum keyboard_action keyboard_event(struct keyboard *keyboard, unsigned code, int value,
                                    unsigned *ret_number, bool *ret_is_down);
