/* SPDX-License-Identifier: BSD-2-Clause */
/* Event devices of the kernel. Documentation/input/event-codes.rst. */
#include "initramfs/viewer/evdev.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/viewer/rfb.h"

#define EVDEV_FOLDER  "/dev/input"
#define EVENTS_A_READ 64

static bool test_bit(const uint8_t *bits, unsigned index)
{
    return (bits[index / 8] & 1U << index % 8) != 0;
}

static void change_bit(uint8_t *bits, unsigned index, bool is_set)
{
    uint8_t bit = (uint8_t)(1U << index % 8);
    bits[index / 8] = (uint8_t)(is_set ? bits[index / 8] | bit : bits[index / 8] & ~bit);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- what a device is ---- */

static struct touchpad_range read_range(int fd, unsigned axis)
{
    struct input_absinfo info;
    if (ioctl(fd, EVIOCGABS(axis), &info) < 0)
        return (struct touchpad_range){0};
    return (struct touchpad_range){info.minimum, info.maximum};
}

/* False when it is nothing that a person types or points with: a microphone socket, an
 * accelerometer, a lid. */
static bool classify(struct evdev_device *device)
{
    uint8_t types[EV_CNT / 8] = {0}, keys[KEY_CNT / 8] = {0}, rels[(REL_CNT + 7) / 8] = {0};
    uint8_t axes[ABS_CNT / 8] = {0}, props[INPUT_PROP_CNT / 8] = {0};
    int fd = device->fd;
    if (ioctl(fd, EVIOCGBIT(0, sizeof(types)), types) < 0)
        return false;
    ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys);
    ioctl(fd, EVIOCGBIT(EV_REL, sizeof(rels)), rels);
    ioctl(fd, EVIOCGBIT(EV_ABS, sizeof(axes)), axes);
    ioctl(fd, EVIOCGPROP(sizeof(props)), props);
    if (test_bit(props, INPUT_PROP_ACCELEROMETER))
        return false;
    for (unsigned code = KEY_ESC; code < BTN_MISC; code++)
        device->is_keyboard = device->is_keyboard || test_bit(keys, code);
    bool is_mouse = test_bit(types, EV_REL) && test_bit(rels, REL_X) && test_bit(rels, REL_Y);
    if (test_bit(types, EV_ABS) && test_bit(axes, ABS_X) && test_bit(axes, ABS_Y)) {
        device->range_x = read_range(fd, ABS_X);
        device->range_y = read_range(fd, ABS_Y);
        bool has_range =
            device->range_x.max > device->range_x.min && device->range_y.max > device->range_y.min;
        device->is_touchpad = has_range && test_bit(keys, BTN_TOOL_FINGER) &&
                              !test_bit(keys, BTN_TOOL_PEN) && !test_bit(props, INPUT_PROP_DIRECT);
        device->is_touchscreen = has_range && !device->is_touchpad && test_bit(keys, BTN_TOUCH);
        device->is_tablet = has_range && !device->is_touchpad && !device->is_touchscreen &&
                            test_bit(keys, BTN_LEFT);
        device->touchpad.range_x = device->range_x;
        device->touchpad.range_y = device->range_y;
    }
    return device->is_keyboard || is_mouse || device->is_touchpad || device->is_touchscreen ||
           device->is_tablet;
}

/* ---- lights ---- */

static void show_leds(const struct evdev *evdev, const struct evdev_device *device)
{
    static const struct {
        unsigned bit;
        uint16_t code;
    } leds[] = {{RFB_LED_SCROLL, LED_SCROLLL}, {RFB_LED_NUM, LED_NUML}, {RFB_LED_CAPS, LED_CAPSL}};
    struct input_event events[ARRAY_SIZE(leds) + 1] = {0};
    if (device->fd < 0 || !device->is_keyboard)
        return;
    for (size_t i = 0; i < ARRAY_SIZE(leds); i++) {
        events[i].type = EV_LED;
        events[i].code = leds[i].code;
        events[i].value = (evdev->leds & leds[i].bit) != 0;
    }
    events[ARRAY_SIZE(leds)].type = EV_SYN;
    events[ARRAY_SIZE(leds)].code = SYN_REPORT;
    (void)!write(device->fd, events, sizeof(events)); /* a keyboard without lights refuses */
}

void evdev_set_leds(struct evdev *evdev, unsigned leds)
{
    evdev->leds = leds;
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX; i++)
        show_leds(evdev, &evdev->devices[i]);
}

/* ---- events ---- */

static void key(struct evdev *evdev, unsigned code, int value)
{
    unsigned number;
    bool is_down;
    switch (keyboard_event(&evdev->keyboard, code, value, &number, &is_down)) {
    case KEYBOARD_SEND:
        evdev->sink.pointer(evdev->sink.context); /* the order in which things were done */
        evdev->sink.key(evdev->sink.context, number, is_down);
        break;
    case KEYBOARD_QUIT:
        evdev->sink.quit(evdev->sink.context);
        break;
    default:
        break;
    }
}

static void button(struct evdev *evdev, const struct evdev_device *device, unsigned code,
                   bool is_down)
{
    static const struct {
        uint16_t code;
        unsigned bit;
    } buttons[] = {
        {BTN_LEFT, RFB_BUTTON_LEFT},
        {BTN_RIGHT, RFB_BUTTON_RIGHT},
        {BTN_MIDDLE, RFB_BUTTON_MIDDLE},
        {BTN_TOUCH, RFB_BUTTON_LEFT},
    };
    for (size_t i = 0; i < ARRAY_SIZE(buttons); i++) {
        bool is_touch = code == BTN_TOUCH && !device->is_touchscreen;
        bool is_pad = code == BTN_LEFT && device->is_touchpad;
        if (buttons[i].code == code && !is_touch && !is_pad)
            pointer_button(&evdev->pointer, buttons[i].bit, is_down);
    }
}

static void key_or_button(struct evdev *evdev, struct evdev_device *device, unsigned code,
                          int value)
{
    if (code >= KEY_CNT)
        return;
    change_bit(device->held, code, value != 0);
    if (code >= BTN_MISC && code < KEY_OK) {
        if (device->is_touchpad)
            touchpad_event(&device->touchpad, EV_KEY, code, value);
        button(evdev, device, code, value != 0);
    } else {
        key(evdev, code, value);
    }
}

static void relative(struct evdev *evdev, unsigned code, int value)
{
    switch (code) {
    case REL_X:
        pointer_move(&evdev->pointer, value, 0);
        break;
    case REL_Y:
        pointer_move(&evdev->pointer, 0, value);
        break;
    case REL_WHEEL:
        pointer_wheel(&evdev->pointer, value > POINTER_STEPS_MAX    ? POINTER_STEPS_MAX
                                       : value < -POINTER_STEPS_MAX ? -POINTER_STEPS_MAX
                                                                    : value);
        break;
    default:
        break;
    }
}

static void absolute(struct evdev_device *device, unsigned code, int value)
{
    if (device->is_touchpad) {
        touchpad_event(&device->touchpad, EV_ABS, code, value);
        return;
    }
    if (!device->is_tablet && !device->is_touchscreen)
        return;
    if (code == ABS_X)
        device->x = value;
    else if (code == ABS_Y)
        device->y = value;
    else
        return;
    device->has_place = true;
}

static unsigned full_range(int value, const struct touchpad_range *range)
{
    int64_t length = (int64_t)range->max - range->min;
    int64_t at = (int64_t)value - range->min;
    at = at < 0 ? 0 : at > length ? length : at;
    return (unsigned)(at * POINTER_FULL / length);
}

static void report(struct evdev *evdev, struct evdev_device *device)
{
    if (device->has_place) {
        pointer_place(&evdev->pointer, full_range(device->x, &device->range_x),
                      full_range(device->y, &device->range_y));
        device->has_place = false;
    }
    if (device->is_touchpad && touchpad_report(&device->touchpad, &evdev->pointer, now_ms())) {
        evdev->sink.pointer(evdev->sink.context);
        touchpad_end_tap(&device->touchpad, &evdev->pointer);
    }
    /* Movements of one turn are told as one, what is pressed is not. */
    if (pointer_is_urgent(&evdev->pointer))
        evdev->sink.pointer(evdev->sink.context);
}

/* Events were lost: what is held now, is asked. */
static void resync(struct evdev *evdev, struct evdev_device *device)
{
    uint8_t held[EVDEV_KEY_BYTES] = {0};
    device->has_dropped = false;
    if (ioctl(device->fd, EVIOCGKEY(sizeof(held)), held) < 0)
        return;
    for (unsigned code = 0; code < KEY_CNT; code++)
        if (test_bit(held, code) != test_bit(device->held, code))
            key_or_button(evdev, device, code, test_bit(held, code));
    report(evdev, device);
}

static void event(struct evdev *evdev, struct evdev_device *device, const struct input_event *e)
{
    if (device->has_dropped) {
        if (e->type == EV_SYN && e->code == SYN_REPORT)
            resync(evdev, device);
        return;
    }
    switch (e->type) {
    case EV_KEY:
        key_or_button(evdev, device, e->code, e->value);
        break;
    case EV_REL:
        relative(evdev, e->code, e->value);
        break;
    case EV_ABS:
        absolute(device, e->code, e->value);
        break;
    case EV_SYN:
        if (e->code == SYN_DROPPED)
            device->has_dropped = true;
        else if (e->code == SYN_REPORT)
            report(evdev, device);
        break;
    default:
        break;
    }
}

/* ---- devices ---- */

/* What an unplugged device held is let go. */
static void forget(struct evdev *evdev, struct evdev_device *device)
{
    for (unsigned code = 0; code < KEY_CNT; code++)
        if (test_bit(device->held, code))
            key_or_button(evdev, device, code, 0);
    if (device->touchpad.told_button != 0)
        pointer_button(&evdev->pointer, device->touchpad.told_button, false);
    if (device->fd >= 0)
        close(device->fd);
    *device = (struct evdev_device){.fd = -1};
}

static void add(struct evdev *evdev, unsigned number)
{
    struct evdev_device *place = NULL;
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX; i++) {
        if (evdev->devices[i].fd >= 0 && evdev->devices[i].number == number)
            return;
        if (evdev->devices[i].fd < 0 && place == NULL)
            place = &evdev->devices[i];
    }
    if (place == NULL)
        return;
    char path[64];
    snprintf(path, sizeof(path), EVDEV_FOLDER "/event%u", number);
    *place = (struct evdev_device){
        .fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY),
        .number = number,
    };
    if (place->fd < 0)
        return;
    if (!classify(place)) {
        close(place->fd);
        place->fd = -1;
        return;
    }
    ioctl(place->fd, EVIOCGRAB, 1); /* else keys reach the host's console as well */
    show_leds(evdev, place);
}

/* "event12" is 12. */
static bool parse_name(const char *name, unsigned *ret_number)
{
    char *end;
    if (strncmp(name, "event", 5) != 0 || name[5] < '0' || name[5] > '9')
        return false;
    unsigned long number = strtoul(name + 5, &end, 10);
    if (*end != '\0' || number > 65535)
        return false;
    *ret_number = (unsigned)number;
    return true;
}

static void scan(struct evdev *evdev)
{
    DIR *folder = opendir(EVDEV_FOLDER);
    unsigned number;
    if (folder == NULL)
        return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (parse_name(entry->d_name, &number))
            add(evdev, number);
    closedir(folder);
}

void evdev_open(struct evdev *evdev, const struct evdev_sink *sink)
{
    *evdev = (struct evdev){.sink = *sink};
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX; i++)
        evdev->devices[i].fd = -1;
    mkdir(EVDEV_FOLDER, 0755); /* it comes with the first device: too late to be watched */
    evdev->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (evdev->inotify >= 0)
        inotify_add_watch(evdev->inotify, EVDEV_FOLDER, IN_CREATE);
    scan(evdev);
}

void evdev_close(struct evdev *evdev)
{
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX; i++)
        if (evdev->devices[i].fd >= 0)
            close(evdev->devices[i].fd);
    if (evdev->inotify >= 0)
        close(evdev->inotify);
}

unsigned evdev_polls(const struct evdev *evdev, struct pollfd *polls)
{
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX; i++)
        polls[i] = (struct pollfd){.fd = evdev->devices[i].fd, .events = POLLIN};
    polls[EVDEV_DEVICES_MAX] = (struct pollfd){.fd = evdev->inotify, .events = POLLIN};
    return EVDEV_DEVICES_MAX + 1;
}

static void read_device(struct evdev *evdev, struct evdev_device *device)
{
    struct input_event events[EVENTS_A_READ];
    ssize_t got = read(device->fd, events, sizeof(events));
    if (got < 0) {
        if (errno != EAGAIN && errno != EINTR)
            forget(evdev, device); /* ENODEV: unplugged */
        return;
    }
    for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++)
        event(evdev, device, &events[i]);
}

void evdev_handle(struct evdev *evdev, const struct pollfd *polls, unsigned count)
{
    for (unsigned i = 0; i < EVDEV_DEVICES_MAX && i < count; i++)
        if (polls[i].revents != 0 && evdev->devices[i].fd >= 0)
            read_device(evdev, &evdev->devices[i]);
    if (count > EVDEV_DEVICES_MAX && polls[EVDEV_DEVICES_MAX].revents != 0) {
        _Alignas(struct inotify_event) char bytes[4096];
        while (read(evdev->inotify, bytes, sizeof(bytes)) > 0)
            ; /* which one it is, the folder says */
        scan(evdev);
    }
}
