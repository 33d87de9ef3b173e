/* SPDX-License-Identifier: BSD-2-Clause */
/* Adds and removes files of an exFAT volume in place, in such an order that a cut at any moment
 * leaves every other file as it was and at worst clusters that are marked as used by nothing. Pure:
 * over a struct blockdev. Microsoft exFAT revision 1.00 file system specification. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/exfat.h"

struct exfat_edit;

/* Adjacent clusters of a file, as a byte range of the volume. */
struct exfat_edit_run {
    uint64_t off, bytes;
};

/* A file on its way: its clusters are chosen, its name is not there yet. */
struct exfat_edit_file {
    struct exfat_edit_run *runs; /* where its bytes belong, in their order; owned */
    size_t run_count;
    uint64_t size_bytes;
    int64_t modified;
    char *path; /* owned */
    bool is_replacing, is_committed;
};

/* What waits until all that was written before is on the medium. */
typedef enum status exfat_edit_sync(void *context);

/* Opens the volume on DEVICE for changes; both are borrowed until exfat_edit_close(). The volume is
 * checked as a whole before anything is written: STATUS_CORRUPT when writing could destroy data.
 * STATUS_UNSUPPORTED: a volume with two FATs. SYNC may be NULL. */
enum status exfat_edit_open(const struct blockdev *device, exfat_edit_sync *sync,
                            void *sync_context, struct exfat_edit **ret_edit) must_check;

/* Ends the changes: writes what is left to be written. Frees EDIT in every case. */
enum status exfat_edit_close(struct exfat_edit *edit) must_check;

/* Reads through the same view. */
struct exfat *exfat_edit_reader(struct exfat_edit *edit);
uint64_t exfat_edit_free_bytes(const struct exfat_edit *edit);

/* Makes the folder at PATH and those above it; nothing happens when it is there. STATUS_EXISTS: a
 * file has the name of one. MODIFIED in seconds since 1970. */
enum status exfat_edit_make_folder(struct exfat_edit *edit, const char *path, int64_t modified)
    must_check;

/* Chooses room for a file of SIZE_BYTES at PATH, whose folder is there. STATUS_EXISTS unless
 * REPLACE, and always for a folder; STATUS_NO_SPACE; STATUS_INVALID: no name for exFAT. The caller
 * writes the runs, then calls exfat_edit_commit(); exfat_edit_file_clear() in every case. One file
 * at a time. */
enum status exfat_edit_place(struct exfat_edit *edit, const char *path, uint64_t size_bytes,
                             int64_t modified, bool replace, struct exfat_edit_file *ret_file)
    must_check;

/* Gives the file, whose contents have been written, its name; one that is replaced is gone with the
 * same write. */
enum status exfat_edit_commit(struct exfat_edit *edit, struct exfat_edit_file *file) must_check;

/* Frees it, and the clusters of one that was not committed. */
void exfat_edit_file_clear(struct exfat_edit *edit, struct exfat_edit_file *file);

/* The file at PATH has TEXT (LEN bytes) as its contents, there before or not; its folder is there.
 * STATUS_NO_SPACE, STATUS_INVALID, and STATUS_EXISTS for a folder. */
enum status exfat_edit_write(struct exfat_edit *edit, const char *path, const void *text,
                             size_t len, int64_t modified) must_check;

/* Removes the file at PATH, or an empty folder. STATUS_EXISTS: the folder is not empty. */
enum status exfat_edit_remove(struct exfat_edit *edit, const char *path) must_check;
