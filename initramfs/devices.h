/* SPDX-License-Identifier: BSD-2-Clause */
/* The disks that the host kernel sees, their GPT partitions, and which of them is the stick. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "efi/core/fs/gpt.h"

#define DEVICES_DISKS_MAX      64
#define DEVICES_PARTITIONS_MAX 128
#define DEVICES_NAME_BYTES     32

struct devices_partition {
    char name[DEVICES_NAME_BYTES]; /* "sda1"; "" while the kernel has no node for it */
    char partuuid[GPT_GUID_CHARS + 1];
    char label[64];
    uint32_t number;
    uint64_t size_bytes;
    bool is_esp;
};

struct devices_disk {
    char name[DEVICES_NAME_BYTES]; /* "sda" */
    char model[64];
    uint64_t size_bytes, sequence;
    enum status gpt; /* STATUS_OK, STATUS_NOT_FOUND, STATUS_CORRUPT, STATUS_IO, ... */
    unsigned count;
    struct devices_partition *partitions; /* owned */
};

struct devices {
    const char *class_folder, *node_folder; /* "/sys/class/block", "/dev": others in tests */
    unsigned count;
    struct devices_disk disks[DEVICES_DISKS_MAX];
};

void devices_init(struct devices *devices);
void devices_clear(struct devices *devices);

/* Looks again at what is there; a disk that was read before is not read again. */
void devices_scan(struct devices *devices);

/* Finds partitions whose GPT says PARTUUID (lower case). Returns how many there are and puts the
 * first RET_MAX of them into RET. Pointers are valid until the next scan. */
struct devices_match {
    const struct devices_disk *disk;
    const struct devices_partition *partition;
};
unsigned devices_find(const struct devices *devices, const char *partuuid,
                      struct devices_match *ret, unsigned ret_max);

/* The ESP on the disk of MATCH; NULL if there is none. */
const struct devices_partition *devices_esp_of(const struct devices_disk *disk);

/* "sda (QEMU HARDDISK, 1.0 GB: 1 HIPERISO, 2 HISOEFI), nvme0n1 (... no GPT)", or "no disk at all".
 */
void devices_describe(const struct devices *devices, struct strbuf *b);

/* Scans until PARTUUID has a device node, at most TIMEOUT_MS; *RET_COUNT as devices_find(). -ENODEV
 * when it did not come. */
int devices_wait(struct devices *devices, const char *partuuid, int timeout_ms,
                 struct devices_match *ret, unsigned ret_max, unsigned *ret_count) must_check;
