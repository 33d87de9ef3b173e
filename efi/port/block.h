/* SPDX-License-Identifier: BSD-2-Clause */
/* A firmware block device as a struct blockdev. */
#pragma once

#include "efi/core/fs/blockdev.h"
#include "efi/port/port.h"

struct block {
    EFI_BLOCK_IO *io;
    EFI_DISK_IO *disk; /* NULL: only whole blocks, through the bounce buffer */
    uint32_t media_id;
    uint8_t *bounce; /* aligned as the device asks for; inside bounce_memory */
    void *bounce_memory;
    struct blockdev device; /* hand &device on; context is this struct */
};

/* Opens the device on HANDLE for reading; BLOCK must not move until block_close().
 * STATUS_NOT_FOUND: no device, no medium. */
enum status block_open(struct block *block, EFI_HANDLE handle) must_check;
void block_close(struct block *block);
