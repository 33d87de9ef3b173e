/* SPDX-License-Identifier: BSD-2-Clause */
/* Touch pads. */
#include "initramfs/viewer/touchpad.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>

#include "initramfs/viewer/rfb.h"

#define UNIT          256
#define TAP_MS        200
#define TAP_TRAVEL    20  /* 1/1000 of the pad's width: more is a movement */
#define WHEEL_STEP    40  /* the same: one step of the wheel */
#define SPEED_PERCENT 120 /* the pad's width is this much of the screen's */
#define JUMP_MAX      250 /* 1/1000: more in one report is another finger, not a movement */

static void set_fingers(struct touchpad *pad, unsigned fingers, int value)
{
    if (value != 0)
        pad->fingers = fingers;
    else if (pad->fingers == fingers)
        pad->fingers = 0;
}

void touchpad_event(struct touchpad *pad, unsigned type, unsigned code, int value)
{
    if (type == EV_ABS && code == ABS_X)
        pad->x = value;
    if (type == EV_ABS && code == ABS_Y)
        pad->y = value;
    if (type != EV_KEY)
        return;
    switch (code) {
    case BTN_TOUCH:
        pad->is_touched = value != 0;
        break;
    case BTN_TOOL_FINGER:
        set_fingers(pad, 1, value);
        break;
    case BTN_TOOL_DOUBLETAP:
        set_fingers(pad, 2, value);
        break;
    case BTN_TOOL_TRIPLETAP:
        set_fingers(pad, 3, value);
        break;
    case BTN_LEFT:
        pad->is_button_down = value != 0;
        break;
    default:
        break;
    }
}

static unsigned button_of(unsigned fingers)
{
    return fingers >= 3 ? RFB_BUTTON_MIDDLE : fingers == 2 ? RFB_BUTTON_RIGHT : RFB_BUTTON_LEFT;
}

/* A pad without a button of its own clicks as a whole: which button it is, the fingers say. */
static void report_button(struct touchpad *pad, struct pointer *pointer)
{
    if (pad->is_button_down && pad->told_button == 0) {
        pad->told_button = button_of(pad->fingers);
        pointer_button(pointer, pad->told_button, true);
    } else if (!pad->is_button_down && pad->told_button != 0) {
        pointer_button(pointer, pad->told_button, false);
        pad->told_button = 0;
    }
}

static void report_movement(struct touchpad *pad, struct pointer *pointer)
{
    int64_t width = (int64_t)pad->range_x.max - pad->range_x.min;
    if (width <= 0)
        return;
    int64_t dx = (int64_t)pad->x - pad->last_x, dy = (int64_t)pad->y - pad->last_y;
    int64_t length = (llabs(dx) > llabs(dy) ? llabs(dx) : llabs(dy)) * 1000 / width;
    if (length > JUMP_MAX)
        return;
    pad->travelled += length;
    if (pad->fingers >= 2) {
        pad->scrolled += dy * 1000 / width;
        int steps = (int)(pad->scrolled / WHEEL_STEP);
        pad->scrolled -= (int64_t)steps * WHEEL_STEP;
        pointer_wheel(pointer, -steps);
        return;
    }
    int64_t scale = (int64_t)pointer->screen_width * UNIT * SPEED_PERCENT / 100;
    pointer_move_fine(pointer, dx * scale / width, dy * scale / width);
}

static void start_touch(struct touchpad *pad, uint64_t now_ms)
{
    pad->start_ms = now_ms;
    pad->travelled = pad->scrolled = 0;
    pad->most_fingers = 0;
    pad->has_last = false;
}

bool touchpad_report(struct touchpad *pad, struct pointer *pointer, uint64_t now_ms)
{
    bool is_tap = false;
    report_button(pad, pointer);
    if (pad->is_touched && !pad->was_touched)
        start_touch(pad, now_ms);
    if (pad->is_touched) {
        if (pad->fingers > pad->most_fingers)
            pad->most_fingers = pad->fingers;
        if (pad->has_last && pad->fingers == pad->last_fingers)
            report_movement(pad, pointer);
        pad->last_x = pad->x;
        pad->last_y = pad->y;
        pad->last_fingers = pad->fingers;
        pad->has_last = true;
    } else if (pad->was_touched) {
        is_tap = now_ms - pad->start_ms <= TAP_MS && pad->travelled <= TAP_TRAVEL &&
                 pad->told_button == 0;
    }
    pad->was_touched = pad->is_touched;
    if (is_tap) {
        pad->tap_button = button_of(pad->most_fingers);
        pointer_button(pointer, pad->tap_button, true);
    }
    return is_tap;
}

void touchpad_end_tap(struct touchpad *pad, struct pointer *pointer)
{
    pointer_button(pointer, pad->tap_button, false);
    pad->tap_button = 0;
}
