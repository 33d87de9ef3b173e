/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands between a user's mistake and a disk: refusals, the plan of what will be lost, the
 * confirmation. */
#pragma once

#include <stdbool.h>

#include "tools/mkhiperiso/disk.h"
#include "tools/mkhiperiso/target.h"

#define GUARD_REASON_BYTES 1024

struct guard_options {
    bool allow_fixed;           /* disks that are no sticks, too */
    bool is_assumed;            /* --yes: nobody is asked */
    bool is_dry;                /* nothing will be written: nobody has to be there */
    const char *serial, *model; /* what the user says they are; NULL: not said */
};

/* Why DISK may not be written to ("sdb1 is mounted at /media/x: umount /media/x"), "" if it may. A
 * disk that is in use is refused whatever the options say. */
void guard_reason(const struct disk *disk, const struct guard_options *options,
                  char ret_reason[GUARD_REASON_BYTES]);

/* The same as an error for PATH, as the user named the disk, and whether --yes says enough to be
 * sure which disk is meant. Returns 0, -1 or REPORT_MISUSE. */
int guard_check(const char *path, const struct disk *disk, const struct guard_options *options)
    must_check;

/* Prints which disk it is. */
void guard_print_disk(const struct disk *disk);

/* Prints what lies on the disk: partitions, labels, sizes. TARGET is the disk, opened. */
void guard_print_losses(const struct disk *disk, const struct target *target);

/* Asks on the terminal for the disk's name, and for its model where it is no stick; not with
 * is_assumed. WHAT: "erase". Reports a refusal, returns 0 or -1. */
int guard_confirm(const struct disk *disk, const struct guard_options *options, const char *what)
    must_check;

/* Is it still the disk that was planned for? Reports the contrary. 0 or -1. */
int guard_same(const struct disk *disk) must_check;

/* Opens PATH for writing: DISK, held for this program alone, or without one a file. Whatever PATH
 * means by now, nothing else is opened. Reports errors, returns 0 or -1. */
int guard_open(struct target *target, const char *path, const struct disk *disk) must_check;
