/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads exFAT volumes: the firmware driver, mkhiperiso ls/cat and the fuzzers use this one reader.
 * Microsoft exFAT revision 1.00 file system specification. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

#define EXFAT_NAME_UNITS_MAX 255
#define EXFAT_NAME_BYTES_MAX (EXFAT_NAME_UNITS_MAX * 3)
#define EXFAT_PATH_DEPTH_MAX 64
#define EXFAT_ATTR_READ_ONLY 0x01
#define EXFAT_ATTR_HIDDEN    0x02
#define EXFAT_ATTR_SYSTEM    0x04
#define EXFAT_ATTR_DIRECTORY 0x10
#define EXFAT_ATTR_ARCHIVE   0x20

struct exfat;

/* A file or folder: a value, valid while the volume is open. */
struct exfat_node {
    uint32_t first_clu; /* 0 for an empty file */
    uint64_t size_bytes;
    uint64_t valid_bytes; /* reads beyond give zeros (spec 7.6.5) */
    uint16_t attributes;
    bool is_contiguous;                   /* NoFatChain */
    uint32_t created, modified, accessed; /* DOS time stamps, spec 7.4.8 */
};

/* What a directory iteration yields. */
struct exfat_entry {
    struct exfat_node node;
    uint16_t name_units[EXFAT_NAME_UNITS_MAX + 1]; /* NUL-terminated */
    uint16_t name_len;                             /* units */
    char name[EXFAT_NAME_BYTES_MAX + 1];           /* the same in UTF-8 */
};

/* A position in a chain: makes sequential reads O(1) a cluster. Zero it to start. */
struct exfat_position {
    uint32_t clu;
    uint64_t index;    /* of CLU in its chain */
    uint32_t mark_clu; /* an earlier cluster: meeting it again is a loop */
};

/* Iteration state; large buffers are inside the volume. Zeroed by exfat_dir_open(). */
struct exfat_dir {
    struct exfat *fs;
    struct exfat_node node;
    struct exfat_position position;
    uint64_t off; /* of the next directory entry, in bytes */
};

/* Opens the volume that starts at byte 0 of DEVICE, read-only. Checks the boot region (either copy)
 * and the up-case table. Borrows DEVICE until exfat_close(). STATUS_NOT_FOUND: no exFAT here.
 * STATUS_CORRUPT, STATUS_UNSUPPORTED (revision). */
enum status exfat_open(const struct blockdev *device, struct exfat **ret_fs) must_check;
void exfat_close(struct exfat *fs);

uint32_t exfat_serial(const struct exfat *fs);
const char *exfat_label(const struct exfat *fs); /* UTF-8, "" if none; reads the root once */
uint64_t exfat_volume_bytes(const struct exfat *fs);
uint32_t exfat_cluster_bytes(const struct exfat *fs);
enum status exfat_free_bytes(struct exfat *fs, uint64_t *ret_bytes)
    must_check; /* counts the allocation bitmap once */

struct exfat_node exfat_root(const struct exfat *fs);

/* Opens PATH ('/'-separated UTF-8, compared by the volume's up-case table). STATUS_NOT_FOUND if a
 * component is missing or no folder, STATUS_CORRUPT if a directory is damaged. Spec 7.4-7.7. */
enum status exfat_lookup(struct exfat *fs, const char *path, struct exfat_node *ret_node)
    must_check;

/* The same for one name in one folder; name in UTF-16 units, not NUL-terminated. */
enum status exfat_lookup_name(struct exfat *fs, const struct exfat_node *folder,
                              const uint16_t *name, size_t name_len, struct exfat_entry *ret_entry)
    must_check;

void exfat_dir_open(struct exfat *fs, const struct exfat_node *folder, struct exfat_dir *ret_dir);

/* The next file or folder; deleted and benign entries are passed over. STATUS_END after the last.
 * After STATUS_CORRUPT the next call goes on behind the damaged entry set where that is possible;
 * the number of calls is bounded by the directory's size, which is at most 256 MiB (spec 7.4).
 * After STATUS_IO it is STATUS_END. RET_ENTRY is undefined unless STATUS_OK. */
enum status exfat_dir_next(struct exfat_dir *dir, struct exfat_entry *ret_entry) must_check;

/* Reads up to LEN bytes at OFF; *RET_LEN is less only at the end of the file. Runs of adjacent
 * clusters are one device read. */
enum status exfat_read(struct exfat *fs, const struct exfat_node *node,
                       struct exfat_position *position, uint64_t off, size_t len, void *ret_bytes,
                       size_t *ret_len) must_check;

/* The run of adjacent clusters that holds byte OFF of NODE, from there on, as a byte range of the
 * device. STATUS_END at or behind the end of the data. For direct boot. */
enum status exfat_extent(struct exfat *fs, const struct exfat_node *node,
                         struct exfat_position *position, uint64_t off, uint64_t *ret_device_off,
                         uint64_t *ret_len) must_check;
