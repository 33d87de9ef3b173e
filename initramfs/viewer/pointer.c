/* SPDX-License-Identifier: BSD-2-Clause */
/* The pointer's place and what the guest knows of it. */
#include "initramfs/viewer/pointer.h"

#include "initramfs/viewer/rfb.h"

#define UNIT 256 /* one pixel, one count */
#define MOVE_MAX                                                                                   \
    0x3fff /* of one relative message: 0x7fff + this fits 16 bits, and no mouse does more */
#define MOVES_MAX  4     /* relative messages a turn */
#define COUNTS_MAX 65536 /* of a movement: a device that lies */

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

static void keep_inside(struct pointer *pointer)
{
    int64_t right = (int64_t)pointer->guest_width * UNIT - 1;
    int64_t bottom = (int64_t)pointer->guest_height * UNIT - 1;
    pointer->x = clamp(pointer->x, 0, right > 0 ? right : 0);
    pointer->y = clamp(pointer->y, 0, bottom > 0 ? bottom : 0);
}

void pointer_fit(struct pointer *pointer, unsigned guest_width, unsigned guest_height,
                 unsigned screen_width, unsigned screen_height, struct rect view)
{
    bool was_fitted = pointer->guest_width > 0 && pointer->guest_height > 0;
    if (was_fitted) {
        pointer->x = pointer->x * guest_width / pointer->guest_width;
        pointer->y = pointer->y * guest_height / pointer->guest_height;
    } else {
        pointer->x = (int64_t)guest_width * UNIT / 2;
        pointer->y = (int64_t)guest_height * UNIT / 2;
    }
    pointer->guest_width = guest_width;
    pointer->guest_height = guest_height;
    pointer->screen_width = screen_width;
    pointer->screen_height = screen_height;
    pointer->view = view;
    keep_inside(pointer);
}

void pointer_set_mode(struct pointer *pointer, bool is_absolute)
{
    if (is_absolute == pointer->is_absolute)
        return;
    pointer->is_absolute = is_absolute;
    pointer->moved_x = pointer->moved_y = 0;
    pointer->is_moved = is_absolute; /* the tablet has to learn where the pointer is */
}

void pointer_move_fine(struct pointer *pointer, int64_t dx, int64_t dy)
{
    if (dx == 0 && dy == 0)
        return;
    dx = clamp(dx, -(int64_t)COUNTS_MAX * UNIT, (int64_t)COUNTS_MAX * UNIT);
    dy = clamp(dy, -(int64_t)COUNTS_MAX * UNIT, (int64_t)COUNTS_MAX * UNIT);
    if (!pointer->is_absolute) {
        int64_t most = (int64_t)COUNTS_MAX * UNIT;
        pointer->moved_x = clamp(pointer->moved_x + dx, -most, most);
        pointer->moved_y = clamp(pointer->moved_y + dy, -most, most);
    }
    /* a count is a pixel of the screen */
    if (pointer->view.width > 0 && pointer->view.height > 0) {
        pointer->x += dx * pointer->guest_width / pointer->view.width;
        pointer->y += dy * pointer->guest_height / pointer->view.height;
    }
    keep_inside(pointer);
    pointer->is_moved = true;
}

void pointer_move(struct pointer *pointer, int dx, int dy)
{
    pointer_move_fine(pointer, (int64_t)dx * UNIT, (int64_t)dy * UNIT);
}

/* From the screen's 0 .. POINTER_FULL to the guest's 1/256 pixels. */
static int64_t place_axis(unsigned at, unsigned screen, unsigned view_off, unsigned view_len,
                          unsigned guest)
{
    if (screen == 0 || view_len == 0)
        return 0;
    at = at > POINTER_FULL ? POINTER_FULL : at;
    /* the middle of the screen's pixel that AT falls on */
    int64_t pixel = (int64_t)at * screen * UNIT / (POINTER_FULL + 1) - (int64_t)view_off * UNIT;
    return pixel * guest / view_len;
}

void pointer_place(struct pointer *pointer, unsigned x, unsigned y)
{
    int64_t old_x = pointer->x, old_y = pointer->y;
    pointer->x = place_axis(x, pointer->screen_width, pointer->view.x, pointer->view.width,
                            pointer->guest_width);
    pointer->y = place_axis(y, pointer->screen_height, pointer->view.y, pointer->view.height,
                            pointer->guest_height);
    keep_inside(pointer);
    if (!pointer->is_absolute) {
        pointer->moved_x += pointer->x - old_x;
        pointer->moved_y += pointer->y - old_y;
    }
    pointer->is_moved = true;
}

void pointer_button(struct pointer *pointer, unsigned bit, bool is_down)
{
    pointer->buttons = is_down ? pointer->buttons | bit : pointer->buttons & ~bit;
}

void pointer_wheel(struct pointer *pointer, int steps)
{
    pointer->steps =
        (int)clamp((int64_t)pointer->steps + steps, -POINTER_STEPS_MAX, POINTER_STEPS_MAX);
}

bool pointer_is_urgent(const struct pointer *pointer)
{
    return pointer->buttons != pointer->told_buttons || pointer->steps != 0;
}

/* The next message's place or movement; takes the movement away. */
static struct pointer_message next(struct pointer *pointer, unsigned buttons)
{
    struct pointer_message message = {.buttons = buttons};
    if (pointer->is_absolute) {
        message.x = (unsigned)(pointer->x / UNIT);
        message.y = (unsigned)(pointer->y / UNIT);
        return message;
    }
    int64_t dx = clamp(pointer->moved_x / UNIT, -MOVE_MAX, MOVE_MAX);
    int64_t dy = clamp(pointer->moved_y / UNIT, -MOVE_MAX, MOVE_MAX);
    pointer->moved_x -= dx * UNIT;
    pointer->moved_y -= dy * UNIT;
    message.x = (unsigned)(RFB_RELATIVE_ZERO + dx);
    message.y = (unsigned)(RFB_RELATIVE_ZERO + dy);
    return message;
}

static bool has_movement(const struct pointer *pointer)
{
    if (pointer->is_absolute)
        return pointer->is_moved;
    return pointer->moved_x / UNIT != 0 || pointer->moved_y / UNIT != 0;
}

unsigned pointer_take(struct pointer *pointer,
                      struct pointer_message ret_messages[POINTER_MESSAGES_MAX])
{
    unsigned count = 0;
    /* First the way there with the old buttons, then what was pressed there. */
    for (unsigned i = 0; i < MOVES_MAX && has_movement(pointer); i++) {
        ret_messages[count++] = next(pointer, pointer->told_buttons);
        pointer->is_moved = false;
    }
    if (pointer->buttons != pointer->told_buttons) {
        ret_messages[count++] = next(pointer, pointer->buttons);
        pointer->told_buttons = pointer->buttons;
    }
    unsigned wheel = pointer->steps > 0 ? RFB_BUTTON_WHEEL_UP : RFB_BUTTON_WHEEL_DOWN;
    int steps = pointer->steps > 0 ? pointer->steps : -pointer->steps;
    for (int i = 0; i < steps; i++) {
        ret_messages[count++] = next(pointer, pointer->buttons | wheel);
        ret_messages[count++] = next(pointer, pointer->buttons);
    }
    pointer->steps = 0;
    return count;
}

void pointer_where(const struct pointer *pointer, int *ret_x, int *ret_y)
{
    *ret_x = (int)(pointer->x / UNIT);
    *ret_y = (int)(pointer->y / UNIT);
}
