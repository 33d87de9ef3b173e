/* SPDX-License-Identifier: BSD-2-Clause */
/* A touch pad's fingers made a mouse: movement, taps, two fingers as wheel and right button. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "initramfs/viewer/pointer.h"

struct touchpad_range {
    int min, max;
};

struct touchpad {
    struct touchpad_range range_x, range_y;

    /* The report being read. */
    int x, y;
    bool is_touched;
    unsigned fingers; /* 1, 2, 3: as the pad counts them */
    bool is_button_down;

    /* The touch so far. */
    bool was_touched, has_last;
    int last_x, last_y;
    unsigned most_fingers, last_fingers;
    uint64_t start_ms;
    int64_t travelled; /* in 1/1000 of the pad's width */
    int64_t scrolled;  /* the same, not yet a step */
    unsigned told_button, tap_button;
};

/* An event of the device. */
void touchpad_event(struct touchpad *pad, unsigned type, unsigned code, int value);

/* A report is complete: what it means goes to POINTER. True when a tap's button went down: the
 * caller tells the guest, then calls touchpad_end_tap(). */
bool touchpad_report(struct touchpad *pad, struct pointer *pointer, uint64_t now_ms);
void touchpad_end_tap(struct touchpad *pad, struct pointer *pointer);
