/* SPDX-License-Identifier: BSD-2-Clause */
/* The data partition of a stick or image, opened for changes. */
#pragma once

#include "tools/mkhiperiso/exfat_edit.h"
#include "tools/mkhiperiso/target.h"
#include "tools/mkhiperiso/volume.h"

struct edit_target {
    struct target target;
    struct volume volume; /* its reader is closed: exfat_edit_reader() is up to date */
    struct exfat_edit *edit;
};

/* Opens PATH; a disk must be a stick that nobody uses. It must not move while it is open. Reports
 * errors, returns 0 or -1. */
int edit_target_open(struct edit_target *edit, const char *path) must_check;

/* Ends the changes. Reports errors, returns 0 or -1. */
int edit_target_close(struct edit_target *edit) must_check;

/* Says why PATH could not be changed. Returns -1. */
int edit_target_fail(const struct edit_target *edit, const char *path, enum status status);
