/* SPDX-License-Identifier: BSD-2-Clause */
/* What /init has to say: kept in memory until there is a host.log to write it to, and on the screen
 * where it matters. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Where log_say() and log_error() show their lines: bytes with CR LF, without waiting. */
struct log_screen {
    void (*write)(void *context, const char *bytes, size_t len);
    void *context;
};

void log_set_screen(const struct log_screen *screen);

/* Where lines go once there is a host.log; never waits. */
struct log_file {
    void (*write)(void *context, const char *bytes, size_t len);
    void *context;
};

/* Gives what was kept and from now on every line to FILE; NULL: back to memory. */
void log_set_file(const struct log_file *file);

/* A line for host.log only. */
void log_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A line for host.log and the screen. */
void log_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, marked as an error. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Reads what the host kernel has logged since the last call and adds it to host.log. Never waits.
 */
void log_take_kernel_messages(void);

/* The descriptor to poll for kernel messages; -1 if there is none. */
int log_kernel_fd(void);

/* The newest kernel message that explains why a program died (out of memory, a damaged squashfs, a
 * broken disk), "" if there was none. Borrowed. */
const char *log_kernel_alarm(void);
