/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads records of /dev/kmsg. */
#include "initramfs/kmsg.h"

#include <string.h>

#include "config/base/cleanup.h"

#define KMSG_NUMBER_MAX ((uint64_t)1 << 60)

static const char *const alarms[] = {
    "Out of memory: Killed process",
    "Memory cgroup out of memory: Killed process",
    "SQUASHFS error",
    "critical medium error",
    "I/O error, dev",
    "exFAT-fs (", /* followed by "error, ..." */
};

static bool take_number(const char **p, const char *end, uint64_t *ret_number)
{
    uint64_t number = 0;
    const char *start = *p;
    for (; *p < end && **p >= '0' && **p <= '9'; (*p)++) {
        if (number > KMSG_NUMBER_MAX / 10)
            return false;
        number = number * 10 + (uint64_t)(**p - '0');
    }
    *ret_number = number;
    return *p > start && *p < end && *(*p)++ == ',';
}

bool kmsg_parse(const char *record, size_t len, struct kmsg_record *ret_record)
{
    const char *p = record, *end = record + len;
    uint64_t priority, sequence, time_us = 0;
    if (!take_number(&p, end, &priority) || !take_number(&p, end, &sequence) ||
        !take_number(&p, end, &time_us))
        return false;
    p = memchr(p, ';', (size_t)(end - p));
    if (p == NULL)
        return false;
    p++;
    const char *newline = memchr(p, '\n', (size_t)(end - p));
    *ret_record = (struct kmsg_record){
        .level = (unsigned)(priority & 7),
        .time_us = time_us,
        .text = p,
        .len = (size_t)((newline != NULL ? newline : end) - p),
    };
    return true;
}

static bool contains(const char *text, size_t len, const char *part)
{
    size_t part_len = strlen(part);
    for (size_t i = 0; part_len <= len && i <= len - part_len; i++)
        if (memcmp(text + i, part, part_len) == 0)
            return true;
    return false;
}

bool kmsg_is_alarm(const struct kmsg_record *record)
{
    if (record->level > 3)
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(alarms); i++)
        if (contains(record->text, record->len, alarms[i]))
            return true;
    return false;
}
