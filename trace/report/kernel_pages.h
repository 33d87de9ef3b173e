/* SPDX-License-Identifier: BSD-2-Clause */
/* The child's side of reading ring-buffer pages, and the messages between the two. */
#pragma once

#include "trace/report/confined.h"
#include "trace/report/source.h"

enum kernel_message {
    KERNEL_NAME = 1, /* id (2 bytes), the event's name */
    KERNEL_EVENT,    /* struct kernel_record, then its text if it is of kind REPORT_OTHER */
    KERNEL_SUMMARY,  /* pages, damaged pages, lost events (8 bytes each) */
};

struct kernel_record {
    uint8_t message; /* KERNEL_EVENT */
    uint8_t kind, size, rw;
    uint8_t vcpu; /* 255 unknown */
    uint8_t reserved;
    uint16_t name; /* id */
    uint32_t pid;
    uint32_t count; /* of accesses in one (string I/O) */
    uint64_t mono_ns, address, value;
};

#define KERNEL_CPUS_MAX 1024u

struct kernel_pages {
    const struct report_source *source;
    char **raw_files; /* trace.cpuN.raw, by N */
    size_t raw_count;
    char **formats; /* tracefs/events/SYSTEM/EVENT/format */
    size_t format_count;
};

/* The work of the child. */
void kernel_pages_work(struct kernel_pages *pages, struct confined_out *out);
