/* SPDX-License-Identifier: BSD-2-Clause */
/* The folders and files that a new exFAT volume is to hold: collected first, then given their
 * places, then written. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"
#include "tools/mkhiperiso/exfat_geometry.h"

#define EXFAT_LABEL_UNITS_MAX 11

struct exfat_tree;
struct exfat_item; /* a file or folder of a tree; lives as long as the tree */

/* A tree with nothing but the root folder. NULL when memory runs out. The caller frees with
 * exfat_tree_free(). */
struct exfat_tree *exfat_tree_new(void) must_check;
void exfat_tree_free(struct exfat_tree *tree);
struct exfat_item *exfat_tree_root(struct exfat_tree *tree);

/* NULL when NAME (UTF-8) can name a file on exFAT, else what is wrong with it ("has more than 255
 * UTF-16 units"). Spec 7.7.3; names that end in a full stop or a space are refused as well, since
 * Windows and Linux cut them off. */
const char *exfat_name_check(const char *name);

/* Adds a folder or a file of SIZE_BYTES to PARENT; MODIFIED in seconds since 1970 (UTC; exFAT holds
 * 1980 to 2107). STATUS_INVALID when exfat_name_check() objects. RET_ITEM may be NULL. Equal names
 * are found by exfat_tree_place(). */
enum status exfat_tree_add_folder(struct exfat_tree *tree, struct exfat_item *parent,
                                  const char *name, int64_t modified, struct exfat_item **ret_item)
    must_check;
enum status exfat_tree_add_file(struct exfat_tree *tree, struct exfat_item *parent,
                                const char *name, uint64_t size_bytes, int64_t modified,
                                struct exfat_item **ret_item) must_check;

/* The clusters that the tree takes on a volume laid out as GEOMETRY, with bitmap, up-case table and
 * folders. */
uint64_t exfat_tree_clusters(const struct exfat_tree *tree, const struct exfat_layout *geometry);

/* Gives everything its place, each file in one contiguous run, and sorts the folders by name: what
 * was added in another order gives the same volume. STATUS_NO_SPACE when it does not fit;
 * STATUS_EXISTS when two names in a folder differ in nothing or in case only, *RET_DOUBLE (may be
 * NULL) is then one of them; STATUS_TOO_LARGE for a folder above 256 MiB. */
enum status exfat_tree_place(struct exfat_tree *tree, const struct exfat_layout *geometry,
                             const struct exfat_item **ret_double) must_check;

const char *exfat_item_name(const struct exfat_item *item);

/* After exfat_tree_place(): where the contents of a file belong, in bytes from the start of the
 * volume. The caller writes them; what it leaves out must read as zeros. */
uint64_t exfat_item_off(const struct exfat_item *item);

/* After exfat_tree_place(): where the folders end and the contents of files begin. Bytes from the
 * start of the volume. */
uint64_t exfat_tree_files_off(const struct exfat_tree *tree, const struct exfat_layout *geometry);

/* Writes folders, up-case table, bitmap, FAT and, last, the boot regions. IS_BLANK: what has never
 * been written reads as zeros, so that only what differs is written. LABEL is UTF-8, at most
 * EXFAT_LABEL_UNITS_MAX units, else STATUS_INVALID. */
enum status exfat_tree_write(const struct exfat_tree *tree, const struct exfat_layout *geometry,
                             const struct blockdev *volume, const char *label, uint32_t serial,
                             bool is_blank) must_check;
