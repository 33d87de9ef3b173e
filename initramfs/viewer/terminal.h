/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's own console on the screen and keyboard: told to keep off both, and given them back.
 */
#pragma once

struct terminal {
    int fd; /* -1: there is none */
    int old_mode, old_keyboard;
};

/* Never fails: without a console nobody is in the way. */
void terminal_take(struct terminal *terminal);
void terminal_give_back(struct terminal *terminal);
