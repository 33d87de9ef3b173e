/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written or read: a disk image file. The one place that knows how its bytes get there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/blockdev.h"

struct target {
    struct blockdev device; /* block_bytes is its logical sector size */
    int fd;                 /* -1: closed */
    bool is_blank;    /* what has not been written reads as zeros, and zeros are not written */
    const char *path; /* as the user named it; borrowed */
    char *real_path;  /* what an image is given as its name in the end; owned */
    char
        *temp_path; /* what is written until target_commit(); owned, NULL when opened for reading */
};

#define TARGET_CLOSED ((struct target){.fd = -1})

/* Where a new image at PATH is written: PATH, or what it leads to when it is a symbolic link, as cp
 * and dd do it. A new text; NULL after a reported error. */
char *target_real_path(const char *path) must_check;

/* Starts a new image of SIZE_BYTES beside PATH under a temporary name. REPLACE allows PATH to
 * exist. Reports errors, returns 0 or -1. PATH must outlive the target, and the target must not
 * move. */
int target_create(struct target *target, const char *path, uint64_t size_bytes, bool replace)
    must_check;

/* Opens PATH for reading. Reports errors, returns 0 or -1. */
int target_open(struct target *target, const char *path) must_check;

/* Has the image share the first bytes of the file FD at OFF instead of copying them, where the file
 * system can (reflinks of Btrfs, XFS, ...). Returns how many, at most LEN; 0 where it cannot. */
uint64_t target_share(const struct target *target, int fd, uint64_t off, uint64_t len);

/* Has the system begin to write LEN bytes at OFF to the disk, without waiting for the end of it. */
void target_push(const struct target *target, uint64_t off, uint64_t len);

/* Writes everything to the disk and gives the image its name. Reports errors, returns 0 or -1. */
int target_commit(struct target *target) must_check;

/* Closes; an image that was not committed is gone. */
void target_close(struct target *target);

#define auto_target __attribute__((cleanup(target_close))) struct target
