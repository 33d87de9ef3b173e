/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso run --pick: starts images one after the other or several at once, tells and files the
 * results. */
#pragma once

#include <stddef.h>

#include "tools/mkhiperiso/run_case.h"

/* What to run and what to keep; everything is borrowed. */
struct run_command {
    struct run_plan plan;
    const char *const *picks;
    size_t pick_count;
    const char *const *settings; /* "key=value" */
    size_t setting_count;
    unsigned jobs;
    bool has_memory; /* the machine's memory was given; else it goes by the guest's */
    bool is_tap;
    const char *junit, *report, *session, *screenshot; /* NULL: none */
};

/* Runs them all; returns the exit code: that of the first pick that did not pass, in the order of
 * the command line, 0 if all passed, 77 if all were skipped. */
int run_ci(struct run_command *command);
