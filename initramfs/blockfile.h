/* SPDX-License-Identifier: BSD-2-Clause */
/* A file or device node as a struct blockdev. */
#pragma once

#include "efi/core/fs/blockdev.h"

struct blockfile {
    int fd;
    uint64_t readable_bytes; /* of the file; beyond them zeros are read */
    struct blockdev device;  /* read-only; valid while FILE stays where it is */
};

/* Opens PATH read-only. SIZE_BYTES 0: the file's own size; more than that: the rest reads as zeros.
 * -errno. */
int blockfile_open(struct blockfile *file, const char *path, uint64_t size_bytes,
                   uint32_t block_bytes) must_check;
void blockfile_close(struct blockfile *file);
