/* SPDX-License-Identifier: BSD-2-Clause */
/* A device made of a fuzzer's input: only the blocks that are not zero are stored, so that a large
 * image is a small input. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi/core/fs/blockdev.h"

#define SPARSE_BLOCK_BYTES    512
#define SPARSE_RECORDS_MAX    4096
#define SPARSE_READS_MAX      20000               /* then reads fail: bounds one run's time */
#define SPARSE_READ_BYTES_MAX ((uint64_t)1 << 30) /* likewise */

struct sparse_record {
    uint64_t off;
    const uint8_t *bytes;
    uint16_t len;
};

struct sparse {
    struct sparse_record *records; /* sorted by OFF; owned */
    size_t count;
    uint64_t reads, read_bytes;
    struct blockdev device; /* hand &device on */
};

/* Lays BYTES out as a device: "SPRS", the size (8 bytes), then records of block number (4), length
 * (2), bytes; or, without the magic, the bytes as they are. Borrows BYTES. False when memory runs
 * out. */
bool sparse_init(struct sparse *sparse, const uint8_t *bytes, size_t len, uint32_t block_bytes);
void sparse_clear(struct sparse *sparse);
