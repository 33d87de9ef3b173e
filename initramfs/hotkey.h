/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-Alt-Shift-Q on this machine's keyboards, read beside the kernel's console, which has no
 * character for it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HOTKEY_KEYBOARDS_MAX 32

/* Which of the keys are down, on all keyboards together; pure. */
struct hotkey_chord {
    unsigned held;
};

/* A key event of evdev: CODE, VALUE 0 up, 1 down, 2 repeated. True when the chord is complete. */
bool hotkey_chord_key(struct hotkey_chord *chord, unsigned code, int value);

struct hotkey {
    int epoll; /* for poll(); -1: not open */
    struct hotkey_chord chord;
    unsigned opened; /* device numbers of event0.. that are open, a set of bits */
    int fds[HOTKEY_KEYBOARDS_MAX];
    uint64_t scanned_ms;
};

void hotkey_init(struct hotkey *hotkey);

/* Starts loading the driver, without waiting for it. */
void hotkey_open(struct hotkey *hotkey);

/* Takes what was typed; looks for new keyboards now and then. True when the user wants the guest to
 * end. */
bool hotkey_take(struct hotkey *hotkey, uint64_t now_ms);

void hotkey_close(struct hotkey *hotkey);
