/* SPDX-License-Identifier: BSD-2-Clause */
/* What the modules of the exFAT writer share. Section numbers are those of the specification. */
#pragma once

#include "efi/core/fs/exfat_private.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/exfat_edit.h"
#include "tools/mkhiperiso/exfat_set.h"

struct exfat_edit {
    const struct blockdev *device;
    struct exfat *fs;
    struct exfat_check check; /* its bits are the bitmap as it is, or will be after the commit */
    uint32_t free_clusters;
    uint32_t next_clu; /* where the search for free clusters begins */
    exfat_edit_sync *sync;
    void *sync_context;
    bool is_marked; /* VolumeDirty was set */
    bool is_torn;   /* a change failed half-way: it stays set */
};

/* Clusters in a row. */
struct cluster_run {
    uint32_t clu, count;
};

struct cluster_runs {
    struct cluster_run *items; /* owned */
    size_t count, capacity;
};

/* Where a name stands. */
struct place {
    struct exfat_node folder; /* that holds it */
    uint64_t off;             /* of its entry set in the folder's bytes */
    size_t entries;
    struct exfat_entry entry;
};

/* ---- exfat_edit_alloc.c ---- */

/* Chooses COUNT free clusters, in one run if there is one, and marks them in memory. */
enum status edit_allocate(struct exfat_edit *edit, uint32_t count, struct cluster_runs *ret_runs)
    must_check;

/* The run of all that NODE has. */
enum status edit_runs_of(struct exfat_edit *edit, const struct exfat_node *node,
                         struct cluster_runs *ret_runs) must_check;

/* Marks RUNS as free again in memory. */
void edit_release(struct exfat_edit *edit, const struct cluster_runs *runs);
bool edit_take(struct exfat_edit *edit, uint32_t clu); /* this one, if it is free */

/* Brings the marks of RUNS onto the volume (7.1.5). */
enum status edit_write_bits(struct exfat_edit *edit, const struct cluster_runs *runs) must_check;

/* Writes one chain over RUNS into the FAT (4.1), and the entry of one cluster. */
enum status edit_write_chain(struct exfat_edit *edit, const struct cluster_runs *runs) must_check;
enum status edit_write_link(struct exfat_edit *edit, uint32_t clu, uint32_t next) must_check;

bool edit_append_run(struct cluster_runs *runs, uint32_t clu, uint32_t count);
uint64_t edit_clu_off(const struct exfat_edit *edit, uint32_t clu);

/* Writes LEN bytes at OFF of NODE's contents. */
enum status edit_write_node(struct exfat_edit *edit, const struct exfat_node *node, uint64_t off,
                            size_t len, const void *bytes) must_check;
enum status edit_wait(struct exfat_edit *edit) must_check; /* for the medium */

/* Sets VolumeDirty before the first change (3.1.13.2). */
enum status edit_begin(struct exfat_edit *edit) must_check;

/* What the reader has in memory is no longer so. */
void edit_forget(struct exfat_edit *edit);

/* ---- exfat_edit_dir.c ---- */

/* Finds PATH. STATUS_NOT_FOUND; the root has no place: STATUS_INVALID. */
enum status edit_find(struct exfat_edit *edit, const char *path, struct place *ret_place)
    must_check;

/* Puts the new set of LEN bytes into the folder at PATH ("" = the root), which grows if need be.
 * After a cut it is there or it is not. */
enum status edit_add_set(struct exfat_edit *edit, const char *path, const uint8_t *set, size_t len)
    must_check;

/* Writes the LEN bytes of entries at OFF of FOLDER. */
enum status edit_write_set(struct exfat_edit *edit, const struct exfat_node *folder, uint64_t off,
                           const uint8_t *set, size_t len) must_check;

/* Reads PLACE's set, and marks it as unused. */
enum status edit_read_set(struct exfat_edit *edit, const struct place *place,
                          uint8_t ret_set[EXFAT_SET_BYTES_MAX]) must_check;
enum status edit_delete_set(struct exfat_edit *edit, const struct place *place) must_check;

/* The name of PATH's last part as it is stored; what is before it as a new text ("" = the root).
 * STATUS_INVALID: no name for exFAT. */
enum status edit_split(struct exfat_edit *edit, const char *path, char **ret_folder,
                       uint16_t ret_units[EXFAT_NAME_UNITS_MAX], struct exfat_set *ret_set)
    must_check;
