/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides when a session is over, and why. Pure: events and times in, actions out; the first reason
 * wins. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "initramfs/qmp.h"

/* What the caller has to do; a set of bits. */
enum {
    WATCH_NOTHING = 0,
    WATCH_QUERY_STATUS = 1 << 0,
    WATCH_QUERY_FACTS = 1 << 1, /* query-version, query-kvm */
    WATCH_CONTINUE = 1 << 2,    /* cont: the guest was loaded stopped */
    WATCH_POWERDOWN = 1 << 3,   /* system_powerdown */
    WATCH_QUIT = 1 << 4,        /* quit */
    WATCH_TERMINATE = 1 << 5,   /* SIGTERM */
    WATCH_KILL = 1 << 6,        /* SIGKILL */
    WATCH_ABANDON = 1 << 7,     /* QEMU cannot be killed: go on without it */
};

/* Each has a word of its own in session.json. */
enum watch_code {
    WATCH_CODE_NONE,
    WATCH_CODE_GUEST_POWEROFF,
    WATCH_CODE_GUEST_PANIC,
    WATCH_CODE_RESET_LOOP,
    WATCH_CODE_INTERNAL_ERROR,
    WATCH_CODE_IO_ERROR,
    WATCH_CODE_NO_SPACE,
    WATCH_CODE_USER,
    WATCH_CODE_QEMU_EXIT,
    WATCH_CODE_QEMU_SIGNAL,
    WATCH_CODE_QEMU_SILENT,
    WATCH_CODE_COUNT
};

#define WATCH_RESETS_MAX      5     /* this many ... */
#define WATCH_RESET_WINDOW_MS 60000 /* ... within this time are a loop */
#define WATCH_GREETING_MS     90000
#define WATCH_POWERDOWN_MS    30000 /* the guest's time to shut down by itself */
#define WATCH_QUIT_MS         10000
#define WATCH_TERMINATE_MS    5000
#define WATCH_KILL_MS         5000
#define WATCH_TEXT_MAX        512

enum watch_phase {
    WATCH_STARTING, /* until QMP talks */
    WATCH_RUNNING,
    WATCH_POWERING_DOWN,
    WATCH_QUITTING,
    WATCH_TERMINATING,
    WATCH_KILLING,
    WATCH_OVER,
};

struct watch {
    enum watch_phase phase;
    uint64_t start_ms, deadline_ms; /* deadline 0: none */
    enum watch_code code;
    char text[WATCH_TEXT_MAX];
    uint64_t resets[WATCH_RESETS_MAX]; /* times of the last ones, a ring */
    unsigned reset_count;
};

void watch_init(struct watch *watch, uint64_t now_ms);

/* A line of QMP. */
unsigned watch_message(struct watch *watch, const struct qmp_message *message, uint64_t now_ms);

/* The user wants the guest to end: the first time politely, the second time at once. */
unsigned watch_user(struct watch *watch, uint64_t now_ms);

/* Time passes; call at least each second. */
unsigned watch_tick(struct watch *watch, uint64_t now_ms);

/* QEMU has ended. STATUS_LINE is "exit code 1", LAST_LINE what it wrote last, ALARM what the host's
 * kernel said; "" if nothing. */
void watch_exited(struct watch *watch, bool by_signal, int number, const char *status_line,
                  const char *last_line, const char *alarm, uint64_t now_ms);

/* Adds to the reason what of the session may be missing: the stick failed, a file could not be
 * written (0 or -errno). */
void watch_add_losses(struct watch *watch, int stick_error, int record_error);

bool watch_is_over(const struct watch *watch);

/* "guest-poweroff". */
const char *watch_code_text(enum watch_code code);

/* "12 s", "2 min 5 s", "1 h 3 min": how long something took. */
void watch_duration_text(uint64_t ms, char *ret_text, size_t size);
