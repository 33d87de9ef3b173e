/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's consoles, screen and serial line, as one: the same bytes to each, keys from any. A
 * line that nobody reads never makes the others wait. */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONSOLE_SINKS_MAX      4
#define CONSOLE_SCREENS_FOLDER "/sys/class/vtconsole"

struct console_sink {
    char name[32]; /* "tty0" */
    int fd;        /* -1 after an error */
    char *pending; /* what the line has not taken yet: a ring */
    size_t start, len;
    uint64_t lost; /* bytes dropped since the line stopped taking them; told once it goes on */
    uint64_t lost_total; /* bytes dropped ever */
};

struct console {
    struct console_sink sinks[CONSOLE_SINKS_MAX];
    unsigned count;
    bool is_inside_line; /* the last byte written was no line's end */
};

/* Opens the consoles that the kernel has active ("tty0 ttyS0"), in raw mode. Never fails: no
 * console is a console that shows nothing. */
void console_open(struct console *console);

/* Adds the line NAME, open as FD for reading and writing without waiting; takes FD in every case. A
 * console that is full, or out of memory, shows nothing there. */
void console_add(struct console *console, const char *name, int fd);

/* Queues LEN bytes for every console and writes what they take at once. What a line that stands
 * still has no room for is counted, and told on it when it goes on. */
void console_write(struct console *console, const char *bytes, size_t len);

/* The same for the machine's screens alone, or for all other lines alone. */
void console_write_screen(struct console *console, const char *bytes, size_t len);
void console_write_lines(struct console *console, const char *bytes, size_t len);

/* Whether text on "tty0" is seen: a kernel without any screen has that terminal, too, behind a
 * "dummy device". FOLDER is /sys/class/vtconsole; stable ABI, sysfs-class-vtconsole. */
bool console_has_screen(const char *folder);

/* Writes as far as the lines take it. */
void console_flush(struct console *console);

/* Waits until everything is written, at most TIMEOUT_MS. */
void console_drain(struct console *console, int timeout_ms);

/* Fills POLLS (CONSOLE_SINKS_MAX of them); returns how many. */
unsigned console_polls(const struct console *console, struct pollfd *polls);

/* Reads keys that have arrived, from every console. Never waits. The number of bytes. */
size_t console_read(struct console *console, char *ret_bytes, size_t size);

/* Waits for any key, at most TIMEOUT_MS. */
bool console_wait_key(struct console *console, int timeout_ms);
