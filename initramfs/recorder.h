/* SPDX-License-Identifier: BSD-2-Clause */
/* The process that brings traces from QEMU and from the host's kernel to the session, watches the
 * room that is left, and never holds up the guest's consoles. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "config/settings.h"
#include "initramfs/record.h"

#define RECORDER_TRACEFS "/sys/kernel/tracing"

/* Memory of /init and the recorder. */
struct recorder_shared {
    struct record_state states[RECORD_SOURCES];
    _Atomic uint64_t free_bytes;      /* of the data partition */
    _Atomic int64_t qemu_start_ns;    /* CLOCK_MONOTONIC */
    _Atomic bool is_window_open;      /* of the kernel's trace at its start */
    _Atomic bool wants_end, is_ready; /* IS_READY: the kernel's events are on, or never will be */
};

struct recorder {
    struct recorder_shared *shared; /* NULL before recorder_init() */
    pid_t pid;                      /* 0: it does not run */
    int control;                    /* wakes it; -1 */
    int ready;                      /* readable once it is ready; -1 */
};

/* What it works on. Borrowed for recorder_start(). */
struct recorder_job {
    const char *folder;             /* the session's */
    const struct text_list *kernel; /* tracepoints; none: no tracing of the kernel */
    const struct text_list *ports;  /* see trace_events_is_no_port() */
    int trace;                      /* what QEMU traces, a pipe; -1 */
    int network;                    /* network.pcap, readable; -1 */
    int sync;                       /* a byte written here syncs the stick; -1 */
};

/* -errno when there is no memory to share. */
int recorder_init(struct recorder *recorder) must_check;

/* -errno. */
int recorder_start(struct recorder *recorder, const struct recorder_job *job) must_check;

/* QEMU has ended: takes the rest, tidies up, waits for its end, a bounded time. */
void recorder_stop(struct recorder *recorder);

void recorder_clear(struct recorder *recorder);

/* Nanoseconds since QEMU's start. */
int64_t recorder_t_ns(const struct recorder_shared *shared);
