/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads records of /dev/kmsg. Documentation/ABI/testing/dev-kmsg. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kmsg_record {
    unsigned level;   /* 0 emergency .. 7 debug */
    uint64_t time_us; /* of the kernel's clock */
    const char *text; /* into the record */
    size_t len;
};

/* Reads one record ("6,339,5140900,-;text\n KEY=value\n"). False when it is none. */
bool kmsg_parse(const char *record, size_t len, struct kmsg_record *ret_record);

/* Is this a message that explains the death of a program? */
bool kmsg_is_alarm(const struct kmsg_record *record);
