/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest's text says about it: how far it has come, and that it has crashed. Pure tables. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How far a run has come, in the order they are reached. */
enum run_phase {
    RUN_PHASE_FIRMWARE,
    RUN_PHASE_MENU,
    RUN_PHASE_HOST,
    RUN_PHASE_GUEST_FIRMWARE,
    RUN_PHASE_LOADER,
    RUN_PHASE_KERNEL,
    RUN_PHASE_USER_SPACE,
    RUN_PHASE_COUNT
};

/* "guest firmware". */
const char *run_phase_text(enum run_phase phase);

/* A set of bits: what may be allowed one by one. */
enum run_crash {
    RUN_CRASH_NONE = 0,
    RUN_CRASH_PANIC = 1 << 0,
    RUN_CRASH_OOPS = 1 << 1,
    RUN_CRASH_SHELL = 1 << 2, /* an emergency or rescue shell */
    RUN_CRASH_RESET = 1 << 3, /* by itself, or by a triple fault */
    RUN_CRASH_FAULT = 1 << 4, /* of its firmware, or of the processor */
};

extern const char
    *const run_crash_names[]; /* "panic", ...; in the order of the bits; ends with NULL */

/* The latest phase that LINE (of LEN bytes, as far as it has come) shows a guest to be in;
 * RUN_PHASE_GUEST_FIRMWARE if none. */
enum run_phase run_mark_phase(const char *line, size_t len);

/* The crash that LINE tells of, RUN_CRASH_NONE if none; what is in ALLOWED does not count.
 * *RET_OFF: where the words begin. *RET_WHAT: a few words for people. */
enum run_crash run_mark_crash(const char *line, size_t len, unsigned allowed, size_t *ret_off,
                              const char **ret_what);
