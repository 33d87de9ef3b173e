/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the images on the data partition: each folder is read once, nothing is opened. */
#pragma once

#include "config/base/arena.h"
#include "efi/app/platform.h"

#define SCAN_IMAGES_MAX     100000
#define SCAN_FOLDERS_MAX    20000             /* a damaged volume may hold itself */
#define SCAN_IGNORE_FILE    ".hiperisoignore" /* its folder is left out, with all that is in it */
#define SCAN_SMALLEST_BYTES ((uint64_t)32 << 10)

struct scan_item {
    struct scan_item *next;
    const char *path;   /* "/ISOs/x.iso" */
    const char *name;   /* "x.iso" */
    const char *folder; /* "/ISOs", "" for the root */
    const char *notice; /* why a folder's contents are not (all) there; NULL: an image */
    uint64_t size_bytes;
};

struct scan_result {
    struct scan_item *items; /* in the order found */
    size_t count;
    bool is_cut; /* a maximum was reached */
};

struct scan_options {
    const char *root;   /* "/" or "/ISOs" */
    unsigned max_depth; /* 1: only ROOT itself */
    /* Called now and then with the images found so far; NULL: not. */
    void (*progress)(void *context, size_t images);
    void *context;
};

/* Is a file of this name and size an image? By the extension, in either case. */
bool scan_is_image(const char *name, uint64_t size_bytes);

/* Folders and files that are never looked at: waste baskets, system folders, AppleDouble files, our
 * own folder. */
bool scan_is_excluded(const char *folder, const char *name);

/* Everything found lives in ARENA. Folders that cannot be read become items with a notice. Fails
 * only with STATUS_NO_MEMORY. */
enum status scan_run(const struct platform *platform, const struct scan_options *options,
                     struct arena *arena, struct scan_result *ret_result) must_check;
