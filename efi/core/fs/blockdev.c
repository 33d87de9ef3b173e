/* SPDX-License-Identifier: BSD-2-Clause */
/* Bounds in front of every device access, and windows onto parts of a device. */
#include "efi/core/fs/blockdev.h"

static enum status check_range(const struct blockdev *device, uint64_t off, size_t len)
{
    if (off > device->size_bytes || len > device->size_bytes - off)
        return STATUS_CORRUPT;
    return STATUS_OK;
}

enum status blockdev_read(const struct blockdev *device, uint64_t off, size_t len, void *ret_bytes)
{
    enum status status = check_range(device, off, len);

    if (status != STATUS_OK || len == 0)
        return status;
    return device->read(device->context, off, len, ret_bytes);
}

enum status blockdev_write(const struct blockdev *device, uint64_t off, size_t len,
                           const void *bytes)
{
    enum status status = check_range(device, off, len);

    if (status != STATUS_OK)
        return status;
    if (device->write == NULL)
        return STATUS_UNSUPPORTED;
    return len == 0 ? STATUS_OK : device->write(device->context, off, len, bytes);
}

static enum status window_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct blockdev_window *window = context;
    return blockdev_read(window->parent, window->off + off, len, ret_bytes);
}

static enum status window_write(void *context, uint64_t off, size_t len, const void *bytes)
{
    const struct blockdev_window *window = context;
    return blockdev_write(window->parent, window->off + off, len, bytes);
}

enum status blockdev_window_init(struct blockdev_window *window, const struct blockdev *parent,
                                 uint64_t off, uint64_t len)
{
    if (off > parent->size_bytes || len > parent->size_bytes - off)
        return STATUS_CORRUPT;
    *window = (struct blockdev_window){
        .parent = parent,
        .off = off,
        .device =
            {
                .read = window_read,
                .write = parent->write != NULL ? window_write : NULL,
                .context = window,
                .size_bytes = len,
                .block_bytes = parent->block_bytes,
            },
    };
    return STATUS_OK;
}
