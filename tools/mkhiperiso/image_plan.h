/* SPDX-License-Identifier: BSD-2-Clause */
/* What a stick's image is to hold and where: everything known, and refused if need be, before the
 * first byte is written. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/exfat_tree.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/payload.h"

struct image_file {
    char *path;   /* on the data partition, "/x.iso"; owned */
    char *source; /* the file to copy; NULL: `bytes`; owned */
    char *bytes;  /* owned */
    uint64_t size_bytes;
    uint64_t disk_bytes; /* what the source takes on its disk */
    int64_t modified;
    struct exfat_item *item;
    uint8_t digest[DIGEST_BYTES]; /* of the contents, once they are copied */
};

struct image_folder {
    char *path; /* "/hiperiso/logs"; owned */
    struct exfat_item *item;
};

struct image_plan {
    struct payload payload;
    struct image_file *files;
    size_t file_count;
    struct image_folder *folders;
    size_t folder_count;
    bool is_disk;   /* for a disk, whose size nobody chooses */
    bool has_epoch; /* SOURCE_DATE_EPOCH is set: the time of everything */
    int64_t epoch;  /* it, or the newest time of any input */
    struct exfat_tree *tree;
    uint32_t sector_bytes;
    struct exfat_layout geometry;
    struct partition_plan partitions;
};

/* The functions report errors and return 0 or -1; the caller clears the plan in the end. */
int image_plan_init(struct image_plan *plan, const char *payload_folder, bool incomplete_ok)
    must_check;
void image_plan_clear(struct image_plan *plan);

/* A folder and those above it; nothing happens when it is there, in whatever case: as on the stick,
 * the first spelling stays. */
int image_plan_add_folder(struct image_plan *plan, const char *path) must_check;

/* Is PATH one that a file on the stick can have? Reports what is wrong, returns 0 or REPORT_MISUSE.
 */
int image_plan_check_path(const char *path) must_check;

/* The file SOURCE at PATH ("/x.iso"); its folders are made. */
int image_plan_add_file(struct image_plan *plan, const char *source, const char *path) must_check;

/* LEN bytes at PATH; copies them. */
int image_plan_add_bytes(struct image_plan *plan, const void *bytes, size_t len, const char *path)
    must_check;

/* Is a file planned at PATH (compared without regard to the case of ASCII letters)? */
bool image_plan_has(const struct image_plan *plan, const char *path);

/* Gives everything its place on a disk of DISK_BYTES and sectors of SECTOR_BYTES; 0 = what is
 * needed and room for sessions. OUT is for messages. Refuses, with figures, what does not fit. No
 * file may be added afterwards. */
int image_plan_place(struct image_plan *plan, const char *out, uint64_t disk_bytes,
                     uint32_t sector_bytes) must_check;

/* After image_plan_place(): the file at exactly PATH, NULL if there is none. O(log n). */
const struct image_file *image_plan_find(const struct image_plan *plan, const char *path);

/* What the files hold together. */
uint64_t image_plan_content_bytes(const struct image_plan *plan);

/* Bytes left free on the data partition. */
uint64_t image_plan_free_bytes(const struct image_plan *plan);
