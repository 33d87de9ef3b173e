/* SPDX-License-Identifier: BSD-2-Clause */
/* The viewer, a program that shows the guest's screen on this machine's monitor: its start, its
 * words, its end. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/lines.h"

struct guest_screen {
    pid_t pid;       /* 0: it does not run */
    bool is_loading; /* that process loads drivers; the viewer comes after it */
    int output;      /* what it says; -1 */
    struct lines lines;
    unsigned starts;
    uint64_t cpu_ms; /* of those that have ended */
    char last_line[160];
};

void guest_screen_init(struct guest_screen *screen);

/* Makes the folder of the socket; before QEMU starts. -errno with one line in WHY. */
int guest_screen_prepare(struct strbuf *why) must_check;

/* Starts to load drivers of screens and keyboards, which takes its time while the guest starts; the
 * viewer follows when that process has ended. -errno. */
int guest_screen_start(struct guest_screen *screen) must_check;

/* Takes LEN bytes of its output. True when the user wants the guest to end. */
bool guest_screen_take(struct guest_screen *screen, const char *bytes, size_t len);

/* The process has ended with STATUS of waitpid(), after CPU_MS of the processor, while the guest
 * goes on: starts the viewer after the drivers, and anew if that may help; says so if not. */
void guest_screen_exited(struct guest_screen *screen, int status, uint64_t cpu_ms);

/* Ends it and gives the kernel's console the screen and the keyboard back. */
void guest_screen_stop(struct guest_screen *screen);
