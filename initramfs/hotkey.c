/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads /dev/input/event*. */
#include "initramfs/hotkey.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define SCAN_MS     2000
#define EVENTS_TAKE 32
#define TURNS_MAX   16 /* a keyboard that never stops must not starve the guest */

enum { HELD_CTRL = 3, HELD_ALT = 12, HELD_SHIFT = 48 };

bool hotkey_chord_key(struct hotkey_chord *chord, unsigned code, int value)
{
    static const unsigned modifiers[] = {
        KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_LEFTALT, KEY_RIGHTALT, KEY_LEFTSHIFT, KEY_RIGHTSHIFT,
    };
    for (unsigned i = 0; i < ARRAY_SIZE(modifiers); i++) {
        if (code != modifiers[i])
            continue;
        if (value == 0)
            chord->held &= ~(1u << i);
        else
            chord->held |= 1u << i;
        return false;
    }
    return code == KEY_Q && value == 1 && (chord->held & HELD_CTRL) != 0 &&
           (chord->held & HELD_ALT) != 0 && (chord->held & HELD_SHIFT) != 0;
}

void hotkey_init(struct hotkey *hotkey)
{
    *hotkey = (struct hotkey){.epoll = -1};
}

void hotkey_open(struct hotkey *hotkey)
{
    static const char *const argv[] = {"/usr/bin/busybox", "modprobe", "-q", "evdev", NULL};
    const struct child_options options = {.argv = argv, .root = MOUNTS_RUNTIME};
    pid_t pid; /* collected with all other children */
    hotkey->epoll = epoll_create1(EPOLL_CLOEXEC);
    int r = hotkey->epoll < 0 ? -errno : child_start(&options, &pid);
    if (r < 0)
        log_note("Ctrl-Alt-Shift-Q will do nothing: no evdev (%d)", -r);
}

static void open_keyboard(struct hotkey *hotkey, unsigned number)
{
    char path[32];
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = number}};
    snprintf(path, sizeof(path), "/dev/input/event%u", number);
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (epoll_ctl(hotkey->epoll, EPOLL_CTL_ADD, fd, &event) < 0) {
        close(fd);
        return;
    }
    hotkey->fds[number] = fd;
    hotkey->opened |= 1u << number;
}

static void close_keyboard(struct hotkey *hotkey, unsigned number)
{
    close(hotkey->fds[number]);
    hotkey->opened &= ~(1u << number);
    hotkey->chord.held = 0; /* the keys held on it will not be seen going up */
}

/* False when there is no more for now. */
static bool take_events(struct hotkey *hotkey, unsigned number, bool *wants_end)
{
    struct input_event events[EVENTS_TAKE];
    ssize_t got = read(hotkey->fds[number], events, sizeof(events));
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (got < (ssize_t)sizeof(events[0])) {
        close_keyboard(hotkey, number); /* unplugged */
        return false;
    }
    for (size_t i = 0; i < (size_t)got / sizeof(events[0]); i++)
        if (events[i].type == EV_KEY &&
            hotkey_chord_key(&hotkey->chord, events[i].code, events[i].value))
            *wants_end = true;
    return true;
}

bool hotkey_take(struct hotkey *hotkey, uint64_t now_ms)
{
    bool wants_end = false;
    if (hotkey->epoll < 0)
        return false;
    if (hotkey->scanned_ms == 0 || now_ms - hotkey->scanned_ms >= SCAN_MS) {
        hotkey->scanned_ms = now_ms;
        for (unsigned i = 0; i < HOTKEY_KEYBOARDS_MAX; i++)
            if ((hotkey->opened & 1u << i) == 0)
                open_keyboard(hotkey, i);
    }
    for (unsigned i = 0; i < HOTKEY_KEYBOARDS_MAX; i++)
        for (int turn = 0; turn < TURNS_MAX && (hotkey->opened & 1u << i) != 0; turn++)
            if (!take_events(hotkey, i, &wants_end))
                break;
    return wants_end;
}

void hotkey_close(struct hotkey *hotkey)
{
    for (unsigned i = 0; i < HOTKEY_KEYBOARDS_MAX; i++)
        if ((hotkey->opened & 1u << i) != 0)
            close_keyboard(hotkey, i);
    if (hotkey->epoll >= 0)
        close(hotkey->epoll);
    hotkey_init(hotkey);
}
