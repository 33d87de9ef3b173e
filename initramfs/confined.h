/* SPDX-License-Identifier: BSD-2-Clause */
/* Does a running program really lack the rights that it was meant to lose? Read from its
 * /proc/PID/status; pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"

struct confined {
    unsigned uid, gid; /* effective */
    uint64_t capabilities, bounding_set;
    bool no_new_privs, has_filter; /* seccomp */
};

/* Reads TEXT as of proc(5). STATUS_CORRUPT when a line is missing. */
enum status confined_read(const char *text, struct confined *ret_confined) must_check;

/* Is it UID's, without a capability or a way to one, and behind a filter of system calls? */
bool confined_is_tight(const struct confined *confined, unsigned uid);
