/* SPDX-License-Identifier: BSD-2-Clause */
/* The two clocks of a session: wall time for people, monotonic time for waits and durations. */
#pragma once

#include <stdint.h>

struct rusage;

#define CLOCK_TEXT_CHARS 24 /* "2026-11-21T08:45:00.123Z" */

/* Milliseconds of CLOCK_MONOTONIC; never goes back. */
uint64_t clock_mono_ms(void);

/* Nanoseconds of the same clock. */
int64_t clock_mono_ns(void);

/* Nanoseconds since 1970-01-01 UTC. */
int64_t clock_wall_ns(void);

/* Milliseconds since 1970-01-01 UTC. */
int64_t clock_wall_ms(void);

/* The wall clock between two readings of the monotonic one: puts times of either on one axis. */
struct clock_triple {
    int64_t mono_before_ns, real_ns, mono_after_ns;
};
void clock_read_triple(struct clock_triple *ret_triple);

/* ISO 8601 in UTC with milliseconds. Years outside 0..9999 give the year 1970. */
void clock_text(int64_t wall_ms, char ret_text[CLOCK_TEXT_CHARS + 1]);

/* Sleeps for MS milliseconds, signals or not. */
void clock_sleep_ms(uint64_t ms);

/* The processor's milliseconds in USAGE (getrusage, wait4), of the program and of the kernel for
 * it. */
uint64_t clock_cpu_ms(const struct rusage *usage);
