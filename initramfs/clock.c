/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads clocks and writes times as people and JSON readers expect them. */
#include "initramfs/clock.h"

#include <errno.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

uint64_t clock_mono_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int64_t clock_wall_ns(void)
{
    return read_ns(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void clock_read_triple(struct clock_triple *ret_triple)
{
    ret_triple->mono_before_ns = clock_mono_ns();
    ret_triple->real_ns = clock_wall_ns();
    ret_triple->mono_after_ns = clock_mono_ns();
}

void clock_text(int64_t wall_ms, char ret_text[CLOCK_TEXT_CHARS + 1])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    int ms = (int)(wall_ms % 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm tm;
    if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year < -1900 || tm.tm_year > 8099) {
        seconds = 0;
        gmtime_r(&seconds, &tm);
    }
    /* Wide enough for any int, so that the compiler sees that nothing is cut. */
    char text[96];
    snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
             tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
    snprintf(ret_text, CLOCK_TEXT_CHARS + 1, "%.24s", text);
}

void clock_sleep_ms(uint64_t ms)
{
    struct timespec left = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
    while (nanosleep(&left, &left) < 0 && errno == EINTR)
        ;
}

uint64_t clock_cpu_ms(const struct rusage *usage)
{
    int64_t us = usage->ru_utime.tv_usec + usage->ru_stime.tv_usec;
    int64_t seconds = usage->ru_utime.tv_sec + usage->ru_stime.tv_sec;
    return (uint64_t)(seconds * 1000 + us / 1000);
}
