/* SPDX-License-Identifier: BSD-2-Clause */
/* All mice, tablets and touch pads as one pointer, told to the guest the way that its driver wants:
 * by place or by movement. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/damage.h"

#define POINTER_FULL         65535 /* a place on the screen: 0 .. POINTER_FULL across and down */
#define POINTER_STEPS_MAX    16    /* of the wheel that wait */
#define POINTER_MESSAGES_MAX 40

struct pointer {
    /* What it moves on. */
    unsigned guest_width, guest_height;
    unsigned screen_width, screen_height;
    struct rect view; /* the guest's picture on the screen */
    bool is_absolute;

    /* Where it is: in 1/256 of the guest's pixels. */
    int64_t x, y;

    /* What the guest has not been told. */
    int64_t moved_x, moved_y; /* in 1/256 of the host's counts; relative mode */
    bool is_moved;
    unsigned buttons, told_buttons;
    int steps; /* of the wheel, positive: away from the user */
};

struct pointer_message {
    unsigned buttons, x, y;
};

/* The guest's picture or the screen has another size. The pointer stays where it is, as far as it
 * can. */
void pointer_fit(struct pointer *pointer, unsigned guest_width, unsigned guest_height,
                 unsigned screen_width, unsigned screen_height, struct rect view);

/* The guest wants places, or movements. What it has not been told of the other kind is dropped. */
void pointer_set_mode(struct pointer *pointer, bool is_absolute);

/* A mouse moved by DX, DY counts. */
void pointer_move(struct pointer *pointer, int dx, int dy);

/* The same in 1/256 counts, for touch pads. */
void pointer_move_fine(struct pointer *pointer, int64_t dx, int64_t dy);

/* A tablet is at X, Y of 0 .. POINTER_FULL. */
void pointer_place(struct pointer *pointer, unsigned x, unsigned y);

/* RFB's bits. Buttons of several devices count once. */
void pointer_button(struct pointer *pointer, unsigned bit, bool is_down);

void pointer_wheel(struct pointer *pointer, int steps);

/* True when pointer_take() has something to say that must not be merged with what comes: a button
 * or the wheel. */
bool pointer_is_urgent(const struct pointer *pointer);

/* What to tell the guest, in order; returns how many. Forgets it. */
unsigned pointer_take(struct pointer *pointer,
                      struct pointer_message ret_messages[POINTER_MESSAGES_MAX]);

/* Where the pointer is in the guest's pixels. */
void pointer_where(const struct pointer *pointer, int *ret_x, int *ret_y);
