/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a stick on a disk, and renews one, so that at every moment it is the old one or one that
 * says that it is unfinished.
 *
 * install: mark, small ESP, table of an unfinished stick; then files, folders, ESP; all is read
 * back; the stick's table last. update: the same around the ESP alone; the data partition keeps its
 * place in both tables, and nothing is ever written to it. */
#pragma once

#include <stdbool.h>

#include "tools/mkhiperiso/disk.h"
#include "tools/mkhiperiso/image_plan.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/target.h"

struct stick_job {
    struct target *target;
    const struct disk *disk; /* NULL: an image file */
    struct image_plan *plan; /* placed, for an install */
    bool is_verified;        /* what was written is read back */
    struct mark mark;        /* filled on the way */
    bool is_resumed;         /* an interrupted one goes on */
    struct process sgdisk;   /* has written a table, and sleeps */
};

/* Writes the whole stick; JOB's plan is placed. Reports errors, returns 0 or -1. */
int stick_install(struct stick_job *job) must_check;

/* What an update finds. */
struct stick_parts {
    struct partition_table table; /* of the finished stick */
    bool is_unfinished;           /* an update was interrupted */
};

/* Looks for a stick on TARGET. Refuses what is none, and one whose install was interrupted. Reports
 * errors, returns 0 or -1. */
int stick_find_parts(const struct target *target, struct stick_parts *ret_parts) must_check;

/* Renews the ESP from the plan's payload; nothing else of the plan counts. Reports errors, returns
 * 0 or -1. */
int stick_update(struct stick_job *job, const struct stick_parts *parts) must_check;
