/* SPDX-License-Identifier: BSD-2-Clause */
/* Small helpers over system calls that every hosted module of /init uses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"

static inline void cleanup_close(int *fd);

/* A descriptor that closes itself at the end of its scope; -1 means none. */
#define auto_close __attribute__((cleanup(cleanup_close))) int

void hosted_close(int fd);

static inline void cleanup_close(int *fd)
{
    if (*fd >= 0)
        hosted_close(*fd);
}

/* Hands a descriptor on and leaves -1 in *FD. */
static inline int take_fd(int *fd)
{
    int taken = *fd;
    *fd = -1;
    return taken;
}

/* Reads up to SIZE bytes, once more when a signal comes between. How many, 0 at the end, -errno. */
ssize_t hosted_read(int fd, void *ret_bytes, size_t size) must_check;

/* Appends what the file at PATH holds. -errno; -EFBIG beyond the buffer's maximum. */
int hosted_read_file(const char *path, struct strbuf *text) must_check;

/* The number at the start of the file at PATH (sysfs). -errno, -EINVAL when there is none. */
int hosted_read_number(const char *path, uint64_t *ret_number) must_check;

/* Writes all LEN bytes, whatever it takes on a blocking descriptor. -errno. */
int hosted_write_all(int fd, const void *bytes, size_t len) must_check;

/* Writes LEN bytes to an existing file (procfs, sysfs) in one call. -errno. */
int hosted_write_file(const char *path, const void *bytes, size_t len) must_check;

/* Makes the folder PATH and all above it; a folder that exists is no error. -errno. */
int hosted_make_folders(const char *path, unsigned mode) must_check;

/* Copies the file FROM to TO, which is created or emptied, by way of TO.tmp, and syncs it. -errno.
 */
int hosted_copy_file(const char *from, const char *to) must_check;

/* Waits until the process behind PIDFD ends. False when TIMEOUT_MS pass first. */
bool hosted_wait_pidfd(int pidfd, int timeout_ms);
