/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written or read: a disk image file. The one place that knows how its bytes get there. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/blockdev.h"

struct target {
    struct blockdev device;        /* block_bytes is its logical sector size */
    int fd;                        /* -1: closed */
    int direct_fd;                 /* of a disk, past the page cache; -1: none */
    uint64_t keep_off, keep_bytes; /* nothing is ever written there; 0 bytes: no such place */
    bool is_blank;    /* what has not been written reads as zeros, and zeros are not written */
    const char *path; /* as the user named it; borrowed */
    char *real_path;  /* what an image is given as its name in the end; owned */
    char
        *temp_path; /* what is written until target_commit(); owned, NULL when opened for reading */
};

#define TARGET_CLOSED ((struct target){.fd = -1, .direct_fd = -1})

/* Where a new image at PATH is written: PATH, or what it leads to when it is a symbolic link, as cp
 * and dd do it. A new text; NULL after a reported error. */
char *target_real_path(const char *path) must_check;

/* Starts a new image of SIZE_BYTES beside PATH under a temporary name. REPLACE allows PATH to
 * exist. Reports errors, returns 0 or -1. PATH must outlive the target, and the target must not
 * move. */
int target_create(struct target *target, const char *path, uint64_t size_bytes, bool replace)
    must_check;

/* Makes a target of the blank file FD, which it closes in the end. PATH is for messages. */
void target_adopt(struct target *target, int fd, const char *path, uint64_t size_bytes);

/* Opens PATH for reading and says nothing. */
enum status target_open_quietly(struct target *target, const char *path) must_check;

/* Opens PATH for reading. Reports errors, returns 0 or -1. */
int target_open(struct target *target, const char *path) must_check;

/* Opens the image or disk at PATH for changes in place; a disk is claimed (O_EXCL) until it is
 * closed. Reports errors, returns 0 or -1. */
int target_open_writable(struct target *target, const char *path) must_check;

/* Is it a disk, not a file? */
bool target_is_disk(const struct target *target);

/* Makes LEN bytes at OFF read as zeros: a hole where the file or disk can have one, else written.
 */
enum status target_zero(const struct target *target, uint64_t off, uint64_t len) must_check;

/* Waits until everything is on the medium, and forgets what is cached of it: what is read next
 * comes from there. Reports errors, returns 0 or -1. */
int target_sync(const struct target *target) must_check;

/* Has the kernel read a disk's partition table anew. Reports errors, returns 0 or -1. */
int target_reread_partitions(const struct target *target) must_check;

/* Has the image share the bytes of the file FD from START on at OFF instead of copying them, where
 * the file system can (reflinks of Btrfs, XFS, ...). Returns how many, at most LEN; 0 where it
 * cannot. */
uint64_t target_share(const struct target *target, int fd, uint64_t start, uint64_t off,
                      uint64_t len);

/* Has the system begin to write LEN bytes at OFF to the disk, without waiting for the end of it. */
void target_push(const struct target *target, uint64_t off, uint64_t len);

/* Writes everything to the disk and gives the image its name. Reports errors, returns 0 or -1. */
int target_commit(struct target *target) must_check;

/* Closes; an image that was not committed is gone. */
void target_close(struct target *target);

#define auto_target __attribute__((cleanup(target_close))) struct target
