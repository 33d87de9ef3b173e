/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys, pointer, touch pads, and the kernel's word about monitors. */
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/viewer/keyboard.h"
#include "initramfs/viewer/keymap.h"
#include "initramfs/viewer/pointer.h"
#include "initramfs/viewer/rfb.h"
#include "initramfs/viewer/touchpad.h"
#include "initramfs/viewer/uevent.h"
#include "test/unit/viewer/unit.h"

/* ---- keys ---- */

static void keymap_has_qemus_numbers(void **state)
{
    (void)state;
    static const struct {
        unsigned code, number;
    } rows[] = {
        {KEY_ESC, 1},          {KEY_1, 2},
        {KEY_A, 0x1e},         {KEY_SPACE, 0x39},
        {KEY_KPDOT, 0x53},     {KEY_102ND, 0x56},
        {KEY_F11, 0x57},       {KEY_F12, 0x58},
        {KEY_KPENTER, 0x9c},   {KEY_RIGHTCTRL, 0x9d},
        {KEY_KPSLASH, 0xb5},   {KEY_SYSRQ, 0x54},
        {KEY_RIGHTALT, 0xb8},  {KEY_HOME, 0xc7},
        {KEY_UP, 0xc8},        {KEY_PAGEUP, 0xc9},
        {KEY_LEFT, 0xcb},      {KEY_RIGHT, 0xcd},
        {KEY_END, 0xcf},       {KEY_DOWN, 0xd0},
        {KEY_PAGEDOWN, 0xd1},  {KEY_INSERT, 0xd2},
        {KEY_DELETE, 0xd3},    {KEY_PAUSE, 0xc6},
        {KEY_LEFTMETA, 0xdb},  {KEY_RIGHTMETA, 0xdc},
        {KEY_COMPOSE, 0xdd},   {KEY_RO, 0x73},
        {KEY_YEN, 0x7d},       {KEY_HENKAN, 0x79},
        {KEY_MUHENKAN, 0x7b},  {KEY_NUMLOCK, 0x45},
        {KEY_RESERVED, 0},     {84, 0},
        {KEY_BRIGHTNESSUP, 0}, {KEY_MAX, 0},
        {1 << 30, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_int_equal(keymap_number(rows[i].code), rows[i].number);
}

static void keymap_gives_no_number_twice(void **state)
{
    (void)state;
    unsigned char seen[256] = {0};
    for (unsigned code = 0; code < KEY_CNT; code++) {
        unsigned number = keymap_number(code);
        assert_in_range(number, 0, 255);
        if (number != KEYMAP_NONE)
            assert_int_equal(seen[number]++, 0);
    }
}

static enum keyboard_action press(struct keyboard *k, unsigned code, int value)
{
    unsigned number;
    bool is_down;
    enum keyboard_action action = keyboard_event(k, code, value, &number, &is_down);
    if (action == KEYBOARD_SEND) {
        assert_int_equal(number, keymap_number(code));
        assert_int_equal(is_down, value != 0);
    }
    return action;
}

static void keyboard_sends_down_repeat_and_up(void **state)
{
    (void)state;
    struct keyboard k = {0};
    assert_int_equal(press(&k, KEY_A, 1), KEYBOARD_SEND);
    assert_int_equal(press(&k, KEY_A, 2), KEYBOARD_SEND);
    assert_int_equal(press(&k, KEY_A, 0), KEYBOARD_SEND);
    assert_int_equal(press(&k, KEY_A, 2), KEYBOARD_IGNORE); /* held since before we looked */
    assert_int_equal(press(&k, KEY_BRIGHTNESSUP, 1), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_CNT + 5, 1), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_A, 7), KEYBOARD_IGNORE);
}

static void keyboard_of_two_devices_is_one(void **state)
{
    (void)state;
    struct keyboard k = {0};
    assert_int_equal(press(&k, KEY_LEFTSHIFT, 1), KEYBOARD_SEND);
    assert_int_equal(press(&k, KEY_LEFTSHIFT, 1), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_LEFTSHIFT, 0), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_LEFTSHIFT, 0), KEYBOARD_SEND);
}

static void keyboard_chord_ends_the_guest_and_its_q_stays_here(void **state)
{
    (void)state;
    struct keyboard k = {0};
    press(&k, KEY_LEFTCTRL, 1);
    press(&k, KEY_RIGHTALT, 1);
    assert_int_equal(press(&k, KEY_Q, 1), KEYBOARD_SEND); /* shift is missing */
    assert_int_equal(press(&k, KEY_Q, 0), KEYBOARD_SEND);
    press(&k, KEY_RIGHTSHIFT, 1);
    assert_int_equal(press(&k, KEY_Q, 1), KEYBOARD_QUIT);
    assert_int_equal(press(&k, KEY_Q, 2), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_RIGHTSHIFT, 0), KEYBOARD_SEND);
    assert_int_equal(press(&k, KEY_Q, 0), KEYBOARD_IGNORE);
    assert_int_equal(press(&k, KEY_Q, 1), KEYBOARD_SEND);
}

static void keyboard_power_button_ends_the_guest(void **state)
{
    (void)state;
    struct keyboard k = {0};
    assert_int_equal(press(&k, KEY_POWER, 1), KEYBOARD_QUIT);
    assert_int_equal(press(&k, KEY_POWER, 0), KEYBOARD_IGNORE);
}

/* ---- pointer ---- */

static struct pointer make_pointer(bool is_absolute)
{
    struct pointer p = {0};
    pointer_fit(&p, 800, 600, 1600, 1200, (struct rect){0, 0, 1600, 1200});
    pointer_set_mode(&p, is_absolute);
    struct pointer_message messages[POINTER_MESSAGES_MAX];
    pointer_take(&p, messages);
    return p;
}

static void expect_message(const struct pointer_message *m, unsigned buttons, unsigned x,
                           unsigned y)
{
    assert_int_equal(m->buttons, buttons);
    assert_int_equal(m->x, x);
    assert_int_equal(m->y, y);
}

static void pointer_absolute_moves_in_the_screens_pixels(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(true);
    pointer_move(&p, 10, -20); /* from the middle; the picture is shown twice as large */
    pointer_move(&p, 10, -20);
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, 410, 280);
    assert_int_equal(pointer_take(&p, m), 0);
    pointer_move(&p, 1 << 30, -(1 << 30));
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, 799, 0);
}

static void pointer_place_maps_the_screen_to_the_picture(void **state)
{
    (void)state;
    static const struct {
        unsigned x, y, guest_x, guest_y;
    } rows[] = {
        {0, 0, 0, 0},
        {POINTER_FULL, POINTER_FULL, 799, 599},
        {POINTER_FULL / 2, POINTER_FULL / 2, 399, 299},
        {POINTER_FULL / 8, 0, 0, 0}, /* on the border */
        {POINTER_FULL + 9, 1U << 31, 799, 599},
    };
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = {0};
    pointer_fit(&p, 800, 600, 1920, 1080, (struct rect){240, 0, 1440, 1080});
    pointer_set_mode(&p, true);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        pointer_place(&p, rows[i].x, rows[i].y);
        assert_int_equal(pointer_take(&p, m), 1);
        expect_message(&m[0], 0, rows[i].guest_x, rows[i].guest_y);
    }
}

static void pointer_relative_sends_counts_around_the_zero(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    pointer_move(&p, 5, 0);
    pointer_move(&p, -2, 7);
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, RFB_RELATIVE_ZERO + 3, RFB_RELATIVE_ZERO + 7);
    assert_int_equal(pointer_take(&p, m), 0);
    pointer_move(&p, -60000, 0);
    unsigned count = pointer_take(&p, m);
    assert_in_range(count, 2, 8);
    int sum = 0;
    for (unsigned i = 0; i < count; i++) {
        assert_in_range(m[i].x, 0, 65535);
        sum += (int)m[i].x - RFB_RELATIVE_ZERO;
    }
    assert_int_equal(sum, -60000);
}

static void pointer_relative_keeps_fractions(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    pointer_move_fine(&p, 200, 0);
    assert_int_equal(pointer_take(&p, m), 0);
    pointer_move_fine(&p, 100, 0);
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, RFB_RELATIVE_ZERO + 1, RFB_RELATIVE_ZERO);
}

static void pointer_moves_before_it_clicks(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(true);
    pointer_move(&p, 20, 0);
    pointer_button(&p, RFB_BUTTON_LEFT, true);
    assert_true(pointer_is_urgent(&p));
    assert_int_equal(pointer_take(&p, m), 2);
    expect_message(&m[0], 0, 410, 300);
    expect_message(&m[1], RFB_BUTTON_LEFT, 410, 300);
    assert_false(pointer_is_urgent(&p));
    pointer_button(&p, RFB_BUTTON_LEFT, false);
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, 410, 300);
}

static void pointer_wheel_is_pressed_and_released_for_each_step(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    pointer_button(&p, RFB_BUTTON_RIGHT, true);
    pointer_take(&p, m);
    pointer_wheel(&p, -2);
    assert_int_equal(pointer_take(&p, m), 4);
    for (unsigned i = 0; i < 4; i++)
        expect_message(&m[i], RFB_BUTTON_RIGHT | (i % 2 == 0 ? RFB_BUTTON_WHEEL_DOWN : 0),
                       RFB_RELATIVE_ZERO, RFB_RELATIVE_ZERO);
    pointer_wheel(&p, 1);
    assert_int_equal(pointer_take(&p, m), 2);
    assert_int_equal(m[0].buttons, RFB_BUTTON_RIGHT | RFB_BUTTON_WHEEL_UP);
}

static void pointer_says_no_more_than_fits(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    for (int i = 0; i < 1000; i++) {
        pointer_move(&p, 1 << 30, 1 << 30);
        pointer_wheel(&p, 1 << 20);
        pointer_button(&p, RFB_BUTTON_LEFT, i % 2 == 0);
    }
    assert_in_range(pointer_take(&p, m), 1, POINTER_MESSAGES_MAX);
}

static void pointer_tells_its_place_when_the_guest_turns_to_places(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    pointer_move(&p, 40, 40);
    pointer_set_mode(&p, true);
    assert_int_equal(pointer_take(&p, m), 1);
    expect_message(&m[0], 0, 420, 320);
    pointer_move(&p, 2, 2);
    pointer_set_mode(&p, false);
    assert_int_equal(pointer_take(&p, m), 0);
}

static void pointer_stays_in_a_picture_that_shrinks(void **state)
{
    (void)state;
    struct pointer p = make_pointer(true);
    int x, y;
    pointer_move(&p, 1 << 20, 1 << 20);
    pointer_fit(&p, 320, 200, 1600, 1200, (struct rect){0, 100, 1600, 1000});
    pointer_where(&p, &x, &y);
    assert_in_range(x, 318, 319);
    assert_in_range(y, 198, 199);
}

/* ---- touch pads ---- */

static struct touchpad make_pad(void)
{
    return (struct touchpad){.range_x = {0, 1000}, .range_y = {0, 600}};
}

static bool touch(struct touchpad *pad, struct pointer *p, unsigned fingers, int x, int y,
                  uint64_t ms)
{
    static const unsigned tools[] = {BTN_TOOL_FINGER, BTN_TOOL_DOUBLETAP, BTN_TOOL_TRIPLETAP};
    for (unsigned i = 0; i < 3; i++)
        touchpad_event(pad, EV_KEY, tools[i], fingers == i + 1);
    if (fingers > 0)
        touchpad_event(pad, EV_KEY, tools[fingers - 1], 1);
    touchpad_event(pad, EV_KEY, BTN_TOUCH, fingers > 0);
    touchpad_event(pad, EV_ABS, ABS_X, x);
    touchpad_event(pad, EV_ABS, ABS_Y, y);
    return touchpad_report(pad, p, ms);
}

static void touchpad_moves_from_where_the_finger_is(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    struct touchpad pad = make_pad();
    touch(&pad, &p, 1, 500, 300, 0); /* putting it down moves nothing */
    assert_int_equal(pointer_take(&p, m), 0);
    touch(&pad, &p, 1, 510, 300, 10);
    assert_int_equal(pointer_take(&p, m), 1);
    assert_in_range(m[0].x, RFB_RELATIVE_ZERO + 15, RFB_RELATIVE_ZERO + 20);
    assert_int_equal(m[0].y, RFB_RELATIVE_ZERO);
    touch(&pad, &p, 1, 900, 300, 20); /* a jump: another finger */
    assert_int_equal(pointer_take(&p, m), 0);
    touch(&pad, &p, 0, 900, 300, 600);
    touch(&pad, &p, 1, 100, 100, 700);
    assert_int_equal(pointer_take(&p, m), 0);
}

static void touchpad_taps_are_clicks(void **state)
{
    (void)state;
    static const unsigned buttons[] = {RFB_BUTTON_LEFT, RFB_BUTTON_RIGHT, RFB_BUTTON_MIDDLE};
    for (unsigned fingers = 1; fingers <= 3; fingers++) {
        struct pointer_message m[POINTER_MESSAGES_MAX];
        struct pointer p = make_pointer(false);
        struct touchpad pad = make_pad();
        assert_false(touch(&pad, &p, fingers, 500, 300, 0));
        assert_true(touch(&pad, &p, 0, 500, 300, 100));
        assert_int_equal(pointer_take(&p, m), 1);
        assert_int_equal(m[0].buttons, buttons[fingers - 1]);
        touchpad_end_tap(&pad, &p);
        assert_int_equal(pointer_take(&p, m), 1);
        assert_int_equal(m[0].buttons, 0);
        touch(&pad, &p, fingers, 500, 300, 1000);
        assert_false(touch(&pad, &p, 0, 500, 300, 1900)); /* too long */
        touch(&pad, &p, fingers, 500, 300, 2000);
        touch(&pad, &p, fingers, 560, 300, 2050);
        assert_false(touch(&pad, &p, 0, 560, 300, 2100)); /* too far */
    }
}

static void touchpad_two_fingers_turn_the_wheel(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    struct touchpad pad = make_pad();
    touch(&pad, &p, 2, 500, 100, 0);
    for (int i = 1; i <= 10; i++)
        touch(&pad, &p, 2, 500, 100 + 9 * i, (uint64_t)i * 10); /* 90 of 1000: two steps down */
    assert_int_equal(pointer_take(&p, m), 4);
    assert_int_equal(m[0].buttons, RFB_BUTTON_WHEEL_DOWN);
    assert_int_equal(m[0].x, RFB_RELATIVE_ZERO);
}

static void touchpad_click_is_the_button_of_its_fingers(void **state)
{
    (void)state;
    struct pointer_message m[POINTER_MESSAGES_MAX];
    struct pointer p = make_pointer(false);
    struct touchpad pad = make_pad();
    touch(&pad, &p, 2, 500, 300, 0);
    touchpad_event(&pad, EV_KEY, BTN_LEFT, 1);
    assert_false(touchpad_report(&pad, &p, 50));
    assert_int_equal(pointer_take(&p, m), 1);
    assert_int_equal(m[0].buttons, RFB_BUTTON_RIGHT);
    touchpad_event(&pad, EV_KEY, BTN_LEFT, 0);
    assert_false(touch(&pad, &p, 1, 500, 300, 60));
    assert_int_equal(pointer_take(&p, m), 1);
    assert_int_equal(m[0].buttons, 0);
}

/* ---- monitors ---- */

static void uevent_knows_hotplug_of_monitors(void **state)
{
    (void)state;
    static const char yes[] =
        "change@/devices/pci/drm/card0\0ACTION=change\0SUBSYSTEM=drm\0HOTPLUG=1";
    static const char other[] = "change@/devices/x\0ACTION=change\0SUBSYSTEM=usb\0HOTPLUG=1";
    static const char almost[] = "change@/devices/x\0SUBSYSTEM=drm_panel\0HOTPLUG=11\0";
    assert_true(uevent_message_is_hotplug(yes, sizeof(yes)));
    assert_true(uevent_message_is_hotplug(yes, sizeof(yes) - 1)); /* not terminated */
    assert_false(uevent_message_is_hotplug(yes, sizeof(yes) - 2));
    assert_false(uevent_message_is_hotplug(other, sizeof(other)));
    assert_false(uevent_message_is_hotplug(almost, sizeof(almost)));
    assert_false(uevent_message_is_hotplug("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keymap_has_qemus_numbers),
        cmocka_unit_test(keymap_gives_no_number_twice),
        cmocka_unit_test(keyboard_sends_down_repeat_and_up),
        cmocka_unit_test(keyboard_of_two_devices_is_one),
        cmocka_unit_test(keyboard_chord_ends_the_guest_and_its_q_stays_here),
        cmocka_unit_test(keyboard_power_button_ends_the_guest),
        cmocka_unit_test(pointer_absolute_moves_in_the_screens_pixels),
        cmocka_unit_test(pointer_place_maps_the_screen_to_the_picture),
        cmocka_unit_test(pointer_relative_sends_counts_around_the_zero),
        cmocka_unit_test(pointer_relative_keeps_fractions),
        cmocka_unit_test(pointer_moves_before_it_clicks),
        cmocka_unit_test(pointer_wheel_is_pressed_and_released_for_each_step),
        cmocka_unit_test(pointer_says_no_more_than_fits),
        cmocka_unit_test(pointer_tells_its_place_when_the_guest_turns_to_places),
        cmocka_unit_test(pointer_stays_in_a_picture_that_shrinks),
        cmocka_unit_test(touchpad_moves_from_where_the_finger_is),
        cmocka_unit_test(touchpad_taps_are_clicks),
        cmocka_unit_test(touchpad_two_fingers_turn_the_wheel),
        cmocka_unit_test(touchpad_click_is_the_button_of_its_fingers),
        cmocka_unit_test(uevent_knows_hotplug_of_monitors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
