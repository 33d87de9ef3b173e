/* SPDX-License-Identifier: BSD-2-Clause */
/* A device to read from (and, on the host, to write to) at any byte offset. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

struct blockdev {
    /* Transfers exactly LEN bytes at OFF; the callers stay inside size_bytes. */
    enum status (*read)(void *context, uint64_t off, size_t len, void *ret_bytes);
    enum status (*write)(void *context, uint64_t off, size_t len,
                         const void *bytes); /* NULL: read-only */
    void *context;
    uint64_t size_bytes;
    uint32_t block_bytes; /* logical sector: 512, 2048, 4096 */
};

/* Reads after checking the range against size_bytes; STATUS_CORRUPT beyond the end: offsets come
 * from the disk. */
enum status blockdev_read(const struct blockdev *device, uint64_t off, size_t len, void *ret_bytes)
    must_check;
enum status blockdev_write(const struct blockdev *device, uint64_t off, size_t len,
                           const void *bytes) must_check;

/* A window of another device: a partition, a file's extent. PARENT must outlive it. */
struct blockdev_window {
    const struct blockdev *parent;
    uint64_t off;
    struct blockdev device; /* hand &device on */
};
enum status blockdev_window_init(struct blockdev_window *window, const struct blockdev *parent,
                                 uint64_t off, uint64_t len) must_check;
