/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session's traces are to hold: the tier's lists read and checked against this QEMU and this
 * kernel, and the room that there is. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "config/settings.h"
#include "initramfs/trigger.h"

struct trace_plan {
    bool is_on; /* any tier but none */
    const char *tier;
    struct text_list kernel;   /* the host kernel's tracepoints */
    struct text_list ports;    /* events of QEMU of which only accesses to ports are kept */
    struct text_list window;   /* events of QEMU that are switched on and off with the window */
    struct text_list files;    /* the lists that were read */
    struct text_list problems; /* lines "trace-full.events:12: ..." */
    struct trigger trigger;
    int events; /* what QEMU records from its start, a list it reads; -1: it traces nothing */
    uint64_t free_bytes; /* of the data partition */
};

void trace_plan_init(struct trace_plan *plan);

/* Reads what SETTINGS ask for. Never fails: what cannot be recorded is a problem in the plan.
 * Borrows SETTINGS. */
void trace_plan_make(struct trace_plan *plan, const struct settings *settings, bool is_emulated);

void trace_plan_clear(struct trace_plan *plan);
