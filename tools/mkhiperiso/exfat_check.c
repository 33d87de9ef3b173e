/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks a volume and compares what is in use with what is marked so. exFAT specification 4, 7.1. */
#include "tools/mkhiperiso/exfat_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "efi/core/fs/exfat_private.h"

#define FOLDERS_MAX ((size_t)1000000)

struct folder {
    struct exfat_node node;
    char *path; /* owned; "" = the root */
    unsigned depth;
};

struct walk {
    struct exfat *fs;
    struct exfat_check *check;
    uint8_t *used; /* a bit for each cluster that something was seen to have */
    struct folder *folders;
    size_t count, capacity;
};

static bool get_bit(const uint8_t *bits, uint32_t index)
{
    return (bits[index / 8] >> index % 8 & 1) != 0;
}

static void tell(struct walk *walk, const char *path, const char *problem)
{
    walk->check->problems++;
    if (walk->check->tell != NULL)
        walk->check->tell(walk->check->context, *path != '\0' ? path : "/", problem);
}

/* Marks COUNT clusters from CLU on; false when one of them is marked already. */
static bool mark(struct walk *walk, uint32_t clu, uint64_t count, bool *ret_is_free)
{
    bool is_new = true;

    for (uint32_t i = clu - EXFAT_FIRST_CLU; count > 0; i++, count--) {
        is_new &= !get_bit(walk->used, i);
        *ret_is_free |= !get_bit(walk->check->bits, i);
        walk->used[i / 8] |= (uint8_t)(1u << i % 8);
    }
    return is_new;
}

/* Marks all that NODE has. A problem is told once. STATUS_CORRUPT when its contents are not to be
 * trusted. */
static enum status mark_node(struct walk *walk, const struct exfat_node *node, const char *path)
{
    struct exfat_position position = {0};
    unsigned shift = walk->fs->geometry.clu_shift;
    uint64_t clu_bytes = (uint64_t)1 << shift;
    bool is_free = false, is_alone = true;

    if (node->size_bytes > 0 && node->size_bytes > exfat_heap_bytes(walk->fs)) {
        tell(walk, path, "is larger than the volume");
        return STATUS_CORRUPT;
    }
    for (uint64_t off = 0; off < node->size_bytes;) {
        uint64_t device_off, len;
        enum status status = exfat_extent(walk->fs, node, &position, off, &device_off, &len);
        if (status == STATUS_CORRUPT)
            tell(walk, path, "its cluster chain is damaged");
        if (status != STATUS_OK)
            return status;
        uint64_t count = (len + clu_bytes - 1) >> shift;
        uint32_t clu =
            (uint32_t)((device_off - walk->fs->geometry.heap_off) >> shift) + EXFAT_FIRST_CLU;
        is_alone &= mark(walk, clu, count, &is_free);
        off += count << shift;
    }
    if (!is_alone)
        tell(walk, path, "shares clusters with another file");
    if (is_free)
        tell(walk, path, "has clusters that are marked as free");
    return is_alone ? STATUS_OK : STATUS_CORRUPT;
}

/* Takes PATH in every case. */
static enum status push(struct walk *walk, const struct exfat_node *node, char *path,
                        unsigned depth)
{
    if (path != NULL && walk->count == walk->capacity) {
        size_t capacity = walk->capacity > 0 ? 2 * walk->capacity : 64;
        struct folder *folders = realloc(walk->folders, capacity * sizeof(*folders));
        if (folders == NULL) {
            free(path);
            path = NULL;
        } else {
            walk->folders = folders;
            walk->capacity = capacity;
        }
    }
    if (path == NULL)
        return STATUS_NO_MEMORY;
    walk->folders[walk->count++] = (struct folder){*node, path, depth};
    return STATUS_OK;
}

static char *join(const char *folder, const char *name)
{
    size_t folder_len = strlen(folder), name_len = strlen(name);
    char *path = malloc(folder_len + name_len + 2);

    if (path == NULL)
        return NULL;
    memcpy(path, folder, folder_len);
    path[folder_len] = '/';
    memcpy(path + folder_len + 1, name, name_len + 1);
    return path;
}

static enum status walk_entry(struct walk *walk, const struct folder *folder,
                              const struct exfat_entry *entry)
{
    auto_free char *path = join(folder->path, entry->name);
    bool is_folder = (entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0;

    if (path == NULL)
        return STATUS_NO_MEMORY;
    if (is_folder)
        walk->check->folders++;
    else
        walk->check->files++;
    enum status status = mark_node(walk, &entry->node, path);
    if (status == STATUS_CORRUPT)
        return STATUS_OK; /* told */
    if (status != STATUS_OK || !is_folder)
        return status;
    if (entry->node.valid_bytes != entry->node.size_bytes)
        tell(walk, path, "is a folder of which not all is valid");
    if (folder->depth >= EXFAT_PATH_DEPTH_MAX) {
        tell(walk, path, "lies too deep");
        return STATUS_OK;
    }
    if (walk->check->folders > FOLDERS_MAX)
        return STATUS_TOO_LARGE;
    return push(walk, &entry->node, take_ptr(path), folder->depth + 1);
}

static enum status walk_folder(struct walk *walk, const struct folder *folder)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;

    if (entry == NULL)
        return STATUS_NO_MEMORY;
    exfat_dir_open(walk->fs, &folder->node, &dir);
    for (;;) {
        enum status status = exfat_dir_next(&dir, entry);
        if (status == STATUS_END)
            return STATUS_OK;
        if (status == STATUS_CORRUPT) {
            tell(walk, folder->path, "holds a damaged entry");
            continue;
        }
        if (status == STATUS_OK)
            status = walk_entry(walk, folder, entry);
        if (status != STATUS_OK)
            return status;
    }
}

/* Reads the bitmap. */
static enum status read_bits(struct exfat *fs, uint8_t *bits, size_t len)
{
    struct exfat_position position = {0};
    size_t got;

    if (fs->bitmap.size_bytes < len)
        return STATUS_CORRUPT;
    return exfat_read(fs, &fs->bitmap, &position, 0, len, bits, &got);
}

static void count_lost(struct walk *walk)
{
    for (uint32_t i = 0; i < walk->check->clusters; i++)
        walk->check->lost_clusters += get_bit(walk->check->bits, i) && !get_bit(walk->used, i);
}

static enum status walk_all(struct walk *walk)
{
    struct exfat *fs = walk->fs;
    char *root = text_copy("");
    enum status status = mark_node(walk, &fs->bitmap, "the allocation bitmap");

    if (status == STATUS_OK || status == STATUS_CORRUPT)
        status = mark_node(walk, &fs->upcase_node, "the up-case table");
    if (status == STATUS_OK || status == STATUS_CORRUPT)
        status = mark_node(walk, &fs->root, "");
    if (status != STATUS_OK) {
        free(root);
        return status == STATUS_CORRUPT ? STATUS_OK : status;
    }
    status = push(walk, &fs->root, root, 0);
    for (size_t i = 0; i < walk->count && status == STATUS_OK; i++) {
        const struct folder folder = walk->folders[i]; /* a copy: the array moves */
        status = walk_folder(walk, &folder);
    }
    return status;
}

enum status exfat_check_run(struct exfat *fs, struct exfat_check *check)
{
    size_t len = ((size_t)fs->geometry.clu_count + 7) / 8;
    auto_free uint8_t *used = calloc(1, len), *bits = malloc(len);
    struct walk walk = {.fs = fs, .check = check, .used = used};

    if (used == NULL || bits == NULL)
        return STATUS_NO_MEMORY;
    enum status status = read_bits(fs, bits, len);
    if (status != STATUS_OK)
        return status;
    check->files = check->folders = check->problems = check->lost_clusters = 0;
    check->clusters = fs->geometry.clu_count;
    check->bits = bits;
    status = walk_all(&walk);
    for (size_t i = 0; i < walk.count; i++)
        free(walk.folders[i].path);
    free(walk.folders);
    check->bits = NULL;
    if (status != STATUS_OK)
        return status;
    check->bits = take_ptr(bits);
    count_lost(&walk);
    return STATUS_OK;
}

void exfat_check_clear(struct exfat_check *check)
{
    free(check->bits);
    check->bits = NULL;
}
