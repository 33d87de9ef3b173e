/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and places of what a new exFAT volume is to hold. exFAT specification 7.4-7.7. */
#include "tools/mkhiperiso/exfat_tree_private.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/exfat_sum.h"
#include "tools/mkhiperiso/exfat_upcase.h"

#define NAME_UNITS_MAX   255u
#define FOLDER_BYTES_MAX ((uint64_t)256 << 20) /* spec 7.4 */

struct exfat_tree *exfat_tree_new(void)
{
    struct exfat_tree *tree = calloc(1, sizeof(*tree));

    if (tree == NULL)
        return NULL;
    tree->root.name = "/";
    tree->root.is_folder = true;
    tree->root.entry_count = ROOT_EXTRA_ENTRIES;
    tree->last_folder = &tree->root;
    return tree;
}

void exfat_tree_free(struct exfat_tree *tree)
{
    if (tree == NULL)
        return;
    arena_clear(&tree->arena);
    free(tree);
}

struct exfat_item *exfat_tree_root(struct exfat_tree *tree)
{
    return &tree->root;
}

const char *exfat_item_name(const struct exfat_item *item)
{
    return item->name;
}

uint64_t exfat_item_off(const struct exfat_item *item)
{
    return item->volume_off;
}

const char *exfat_name_check(const char *name)
{
    size_t len = strlen(name), units = 0;

    if (len == 0)
        return "is empty";
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return "is no name of its own";
    for (size_t i = 0; i < len;) {
        uint32_t code;
        size_t used = utf8_decode(name + i, len - i, &code);
        if (code == UTF_REPLACEMENT && used == 1)
            return "is not UTF-8";
        if (code < 0x20)
            return "holds a control character";
        if (code < 0x80 && strchr("\"*/:<>?\\|", (int)code) != NULL)
            return "holds one of \" * / : < > ? \\ |, which exFAT forbids";
        units += code >= 0x10000 ? 2 : 1;
        i += used;
    }
    if (units > NAME_UNITS_MAX)
        return "has more than 255 UTF-16 units";
    if (name[len - 1] == '.' || name[len - 1] == ' ')
        return "ends in a full stop or a space, which Windows and Linux cut off";
    return NULL;
}

static enum status set_name(struct exfat_tree *tree, struct exfat_item *item, const char *name)
{
    auto_free uint16_t *units = NULL;
    size_t len;

    if (exfat_name_check(name) != NULL)
        return STATUS_INVALID;
    enum status status = utf16_from_utf8(name, &units, &len);
    if (status != STATUS_OK)
        return status;
    char *text = arena_copy(&tree->arena, name, strlen(name));
    uint16_t *kept = arena_alloc(&tree->arena, 2 * len * sizeof(*kept));
    if (text == NULL || kept == NULL)
        return STATUS_NO_MEMORY;
    item->name_hash = 0;
    for (size_t i = 0; i < len; i++) {
        kept[i] = units[i];
        kept[len + i] = exfat_upcase(units[i]);
        item->name_hash = exfat_sum_name(item->name_hash, kept[len + i]);
    }
    item->name = text;
    item->units = kept;
    item->upcased = kept + len;
    item->name_len = (uint16_t)len;
    return STATUS_OK;
}

static enum status add_item(struct exfat_tree *tree, struct exfat_item *parent, const char *name,
                            int64_t modified, struct exfat_item **ret_item)
{
    struct exfat_item *item = arena_alloc(&tree->arena, sizeof(*item));

    if (item == NULL)
        return STATUS_NO_MEMORY;
    enum status status = set_name(tree, item, name);
    if (status != STATUS_OK)
        return status;
    item->modified = modified;
    if (parent->children == NULL)
        parent->children = item;
    else
        parent->last_child->sibling = item;
    parent->last_child = item;
    parent->child_count++;
    parent->entry_count += exfat_item_entries(item);
    *ret_item = item;
    return STATUS_OK;
}

enum status exfat_tree_add_folder(struct exfat_tree *tree, struct exfat_item *parent,
                                  const char *name, int64_t modified, struct exfat_item **ret_item)
{
    struct exfat_item *item;
    enum status status = add_item(tree, parent, name, modified, &item);

    if (status != STATUS_OK)
        return status;
    item->is_folder = true;
    tree->last_folder->next_folder = item;
    tree->last_folder = item;
    if (ret_item != NULL)
        *ret_item = item;
    return STATUS_OK;
}

enum status exfat_tree_add_file(struct exfat_tree *tree, struct exfat_item *parent,
                                const char *name, uint64_t size_bytes, int64_t modified,
                                struct exfat_item **ret_item)
{
    struct exfat_item *item;
    enum status status = add_item(tree, parent, name, modified, &item);

    if (status != STATUS_OK)
        return status;
    item->size_bytes = size_bytes;
    if (tree->files == NULL)
        tree->files = item;
    else
        tree->last_file->next_file = item;
    tree->last_file = item;
    if (ret_item != NULL)
        *ret_item = item;
    return STATUS_OK;
}

/* A - B + sum, stopping at the greatest value: sizes come from anywhere. */
static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

uint64_t exfat_tree_clusters(const struct exfat_tree *tree, const struct exfat_layout *geometry)
{
    uint64_t clusters = exfat_clusters_for(exfat_bitmap_bytes(geometry), geometry) +
                        exfat_clusters_for(EXFAT_UPCASE_STORED_BYTES, geometry);

    for (const struct exfat_item *i = &tree->root; i != NULL; i = i->next_folder)
        clusters = add_saturated(clusters, exfat_folder_clusters(i, geometry));
    for (const struct exfat_item *i = tree->files; i != NULL; i = i->next_file)
        clusters = add_saturated(clusters, exfat_clusters_for(i->size_bytes, geometry));
    return clusters;
}

static int compare_names(const void *a, const void *b)
{
    const struct exfat_item *x = *(struct exfat_item *const *)a;
    const struct exfat_item *y = *(struct exfat_item *const *)b;
    size_t len = x->name_len < y->name_len ? x->name_len : y->name_len;

    for (size_t i = 0; i < len; i++)
        if (x->upcased[i] != y->upcased[i])
            return x->upcased[i] < y->upcased[i] ? -1 : 1;
    return (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

/* Relinks the children of FOLDER in the order of their names. */
static enum status sort_children(struct exfat_item *folder, const struct exfat_item **ret_double)
{
    if (folder->child_count == 0)
        return STATUS_OK;
    auto_free struct exfat_item **sorted =
        malloc(folder->child_count * sizeof(struct exfat_item *));
    if (sorted == NULL)
        return STATUS_NO_MEMORY;
    size_t count = 0;
    for (struct exfat_item *i = folder->children; i != NULL; i = i->sibling)
        sorted[count++] = i;
    qsort(sorted, count, sizeof(struct exfat_item *), compare_names);
    for (size_t i = 1; i < count; i++) {
        if (compare_names(&sorted[i - 1], &sorted[i]) == 0) {
            if (ret_double != NULL)
                *ret_double = sorted[i];
            return STATUS_EXISTS;
        }
        sorted[i - 1]->sibling = sorted[i];
    }
    folder->children = sorted[0];
    folder->last_child = sorted[count - 1];
    folder->last_child->sibling = NULL;
    return STATUS_OK;
}

/* Takes the next CLUSTERS clusters for ITEM. */
static void place_item(struct exfat_item *item, const struct exfat_layout *geometry,
                       uint64_t clusters, uint32_t *next_clu)
{
    if (clusters == 0)
        return;
    item->first_clu = *next_clu;
    item->volume_off = exfat_cluster_off(geometry, *next_clu);
    *next_clu += (uint32_t)clusters;
}

/* Relinks the folders breadth first by name, whatever the order of their adding was. */
static void link_folders(struct exfat_tree *tree)
{
    tree->last_folder = &tree->root;
    tree->root.next_folder = NULL;
    for (struct exfat_item *folder = &tree->root; folder != NULL; folder = folder->next_folder) {
        for (struct exfat_item *i = folder->children; i != NULL; i = i->sibling) {
            if (!i->is_folder)
                continue;
            i->next_folder = NULL;
            tree->last_folder->next_folder = i;
            tree->last_folder = i;
        }
    }
}

enum status exfat_tree_place(struct exfat_tree *tree, const struct exfat_layout *geometry,
                             const struct exfat_item **ret_double)
{
    for (struct exfat_item *i = &tree->root; i != NULL; i = i->next_folder) {
        if (i->entry_count * ENTRY_BYTES > FOLDER_BYTES_MAX)
            return STATUS_TOO_LARGE;
        enum status status = sort_children(i, ret_double);
        if (status != STATUS_OK)
            return status;
    }
    link_folders(tree);
    uint64_t used = exfat_tree_clusters(tree, geometry);
    if (used > geometry->cluster_count)
        return STATUS_NO_SPACE;
    tree->used_clusters = (uint32_t)used;

    uint32_t next_clu = EXFAT_FIRST_CLUSTER;
    next_clu += (uint32_t)exfat_clusters_for(exfat_bitmap_bytes(geometry), geometry);
    next_clu += (uint32_t)exfat_clusters_for(EXFAT_UPCASE_STORED_BYTES, geometry);
    for (struct exfat_item *i = &tree->root; i != NULL; i = i->next_folder) {
        uint64_t clusters = exfat_folder_clusters(i, geometry);
        i->size_bytes = clusters * geometry->cluster_bytes;
        place_item(i, geometry, clusters, &next_clu);
    }
    /* Files in the order of the folders, not of their adding. */
    for (struct exfat_item *folder = &tree->root; folder != NULL; folder = folder->next_folder)
        for (struct exfat_item *i = folder->children; i != NULL; i = i->sibling)
            if (!i->is_folder)
                place_item(i, geometry, exfat_clusters_for(i->size_bytes, geometry), &next_clu);
    return STATUS_OK;
}

uint64_t exfat_tree_files_off(const struct exfat_tree *tree, const struct exfat_layout *geometry)
{
    uint64_t clusters = exfat_clusters_for(exfat_bitmap_bytes(geometry), geometry) +
                        exfat_clusters_for(EXFAT_UPCASE_STORED_BYTES, geometry);

    for (const struct exfat_item *i = &tree->root; i != NULL; i = i->next_folder)
        clusters += exfat_folder_clusters(i, geometry);
    return geometry->heap_off + clusters * geometry->cluster_bytes;
}
