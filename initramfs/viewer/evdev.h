/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's keyboards, mice, tablets and touch pads, whenever they are plugged in. */
#pragma once

#include <linux/input-event-codes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "initramfs/viewer/keyboard.h"
#include "initramfs/viewer/pointer.h"
#include "initramfs/viewer/touchpad.h"

#define EVDEV_DEVICES_MAX 32
#define EVDEV_KEY_BYTES   (KEY_CNT / 8)

struct evdev_device {
    int fd; /* -1: the place is free */
    unsigned number;
    bool is_keyboard, is_tablet, is_touchpad, is_touchscreen;
    bool has_dropped; /* the kernel's buffer was full: ask for the state */
    uint8_t held[EVDEV_KEY_BYTES];
    struct touchpad_range range_x, range_y;
    int x, y;
    bool has_place;
    struct touchpad touchpad;
};

/* What events lead to. */
struct evdev_sink {
    void (*key)(void *context, unsigned number, bool is_down); /* for the guest */
    void (*pointer)(void *context); /* tell the guest about the pointer now */
    void (*quit)(void *context);
    void *context;
};

struct evdev {
    struct evdev_device devices[EVDEV_DEVICES_MAX];
    int inotify; /* of /dev/input; -1 */
    unsigned leds;
    struct keyboard keyboard;
    struct pointer pointer;
    struct evdev_sink sink;
};

/* Opens every device that is there. Never fails: no keyboard now may be one later. */
void evdev_open(struct evdev *evdev, const struct evdev_sink *sink);
void evdev_close(struct evdev *evdev);

/* Fills POLLS (EVDEV_DEVICES_MAX + 1 of them); returns how many. */
unsigned evdev_polls(const struct evdev *evdev, struct pollfd *polls);

/* Handles what evdev_polls() polled. */
void evdev_handle(struct evdev *evdev, const struct pollfd *polls, unsigned count);

/* Shows the guest's LEDs (RFB's bits) on every keyboard. */
void evdev_set_leds(struct evdev *evdev, unsigned leds);
