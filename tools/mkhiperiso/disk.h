/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel says about a disk: identity, size, and who uses it. Linux sysfs, procfs. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/status.h"

#define DISK_TEXT_BYTES 512

struct disk {
    char name[64];               /* "sdb", as the kernel calls it */
    char path[80];               /* "/dev/sdb" */
    char model[DISK_TEXT_BYTES]; /* "" if unknown, as the next one */
    char serial[DISK_TEXT_BYTES];
    char bus[16];    /* "usb", "mmc", "emmc", "nvme", "virtio", "scsi", "ata", "loop", "dm", "md",
                        "nbd", "" */
    char parent[64]; /* of a partition: the whole disk's name; else "" */
    dev_t number;
    uint64_t size_bytes;
    uint64_t sequence; /* diskseq: another one each time that a medium or disk appears; 0 unknown */
    uint32_t sector_bytes;
    bool is_removable, is_read_only;
};

/* Describes the block device at PATH. Reports errors, returns 0 or -1. */
int disk_read(const char *path, struct disk *ret_disk) must_check;

/* The same by the kernel's name ("sdb"); says nothing. */
enum status disk_read_name(const char *name, struct disk *ret_disk) must_check;

/* All whole disks but those without a medium, sorted by name. The caller frees. Reports errors. */
int disk_list(struct disk **ret_disks, size_t *ret_count) must_check;

/* Could DISK be a stick: removable, or at a USB or SD socket? */
bool disk_is_stick_like(const struct disk *disk);

/* Is it still the same disk? Compares serial, size and sequence with what the kernel says now. */
bool disk_is_same(const struct disk *disk);

/* One use of a disk or of a part of it, and how it ends. */
struct disk_use {
    char what[384];   /* "sdb1 is mounted at /media/x" */
    char remedy[384]; /* "umount /media/x" */
};

/* Who uses DISK: mounted file systems, swap, the running system, device-mapper and md above it,
 * programs that have it open. *RET_USE is the first one found; returns whether there is one. */
bool disk_find_use(const struct disk *disk, struct disk_use *ret_use) must_check;
