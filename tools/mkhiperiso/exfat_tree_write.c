/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes folders, up-case table, allocation bitmap and FAT of a new exFAT volume. exFAT
 * specification 4, 5, 6, 7. */
#include "tools/mkhiperiso/exfat_tree_private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/exfat_sum.h"
#include "tools/mkhiperiso/exfat_set.h"
#include "tools/mkhiperiso/exfat_upcase.h"

#define STREAM_BYTES ((size_t)64 << 10)
#define FAT_END      0xFFFFFFFFu
#define FAT_MEDIA    0xFFFFFFF8u

enum entry_type {
    ENTRY_BITMAP = 0x81,
    ENTRY_UPCASE = 0x82,
    ENTRY_LABEL = 0x83,
};

/* Bytes on their way to one place of the volume, in pieces of STREAM_BYTES. */
struct stream {
    const struct blockdev *volume;
    uint64_t off; /* of buffer[0] */
    size_t used;
    uint8_t *buffer; /* STREAM_BYTES */
    enum status status;
};

static void stream_flush(struct stream *s)
{
    if (s->status == STATUS_OK && s->used > 0)
        s->status = blockdev_write(s->volume, s->off, s->used, s->buffer);
    s->off += s->used;
    s->used = 0;
}

static void stream_put(struct stream *s, const void *bytes, size_t len)
{
    const uint8_t *b = bytes;

    while (len > 0) {
        size_t part = STREAM_BYTES - s->used < len ? STREAM_BYTES - s->used : len;
        memcpy(s->buffer + s->used, b, part);
        s->used += part;
        b += part;
        len -= part;
        if (s->used == STREAM_BYTES)
            stream_flush(s);
    }
}

static void stream_fill(struct stream *s, uint8_t byte, uint64_t len)
{
    while (len > 0 && s->status == STATUS_OK) {
        size_t part = STREAM_BYTES - s->used < len ? STREAM_BYTES - s->used : (size_t)len;
        memset(s->buffer + s->used, byte, part);
        s->used += part;
        len -= part;
        if (s->used == STREAM_BYTES)
            stream_flush(s);
    }
}

/* Ends what was put with zeros up to END, a place of the volume. On a blank volume they are there
 * already. */
static void stream_finish(struct stream *s, uint64_t end, bool is_blank)
{
    if (!is_blank)
        stream_fill(s, 0, end - (s->off + s->used));
    stream_flush(s);
}

static void stream_start(struct stream *s, uint64_t off)
{
    stream_flush(s);
    s->off = off;
}

static void put_item(struct stream *s, const struct exfat_item *item)
{
    uint8_t bytes[EXFAT_SET_BYTES_MAX];
    const struct exfat_set set = {
        .units = item->units,
        .name_len = item->name_len,
        .name_hash = item->name_hash,
        .is_folder = item->is_folder,
        .is_contiguous = item->first_clu != 0,
        .first_clu = item->first_clu,
        .size_bytes = item->size_bytes,
        .modified = item->modified,
    };

    stream_put(s, bytes, exfat_set_build(&set, bytes));
}

/* The entries that only the root folder has: spec 7.1-7.3. */
static enum status put_root_entries(struct stream *s, const struct exfat_layout *geometry,
                                    const char *label, const uint8_t *upcase_table)
{
    uint8_t set[ROOT_EXTRA_ENTRIES * ENTRY_BYTES] = {0};
    uint8_t *name = set, *bitmap = set + ENTRY_BYTES, *upcase = set + 2 * ENTRY_BYTES;
    auto_free uint16_t *units = NULL;
    size_t len;

    enum status status = utf16_from_utf8(label, &units, &len);
    if (status != STATUS_OK)
        return status;
    if (len > EXFAT_LABEL_UNITS_MAX)
        return STATUS_INVALID;
    name[0] = len > 0 ? ENTRY_LABEL : ENTRY_LABEL & 0x7F;
    name[1] = (uint8_t)len;
    for (size_t i = 0; i < len; i++)
        put_le16(name + 2 + 2 * i, units[i]);

    uint64_t bitmap_bytes = exfat_bitmap_bytes(geometry);
    uint64_t upcase_clu = EXFAT_FIRST_CLUSTER + exfat_clusters_for(bitmap_bytes, geometry);
    bitmap[0] = ENTRY_BITMAP;
    put_le32(bitmap + 20, EXFAT_FIRST_CLUSTER);
    put_le64(bitmap + 24, bitmap_bytes);
    upcase[0] = ENTRY_UPCASE;
    put_le32(upcase + 4, exfat_sum_table(upcase_table, EXFAT_UPCASE_STORED_BYTES));
    put_le32(upcase + 20, (uint32_t)upcase_clu);
    put_le64(upcase + 24, EXFAT_UPCASE_STORED_BYTES);
    stream_put(s, set, sizeof(set));
    return STATUS_OK;
}

/* One chain over the clusters FIRST to LAST. */
static void put_chain(struct stream *s, uint32_t first, uint32_t last)
{
    for (uint32_t clu = first; clu <= last; clu++) {
        uint8_t entry[4];
        put_le32(entry, clu == last ? FAT_END : clu + 1);
        stream_put(s, entry, sizeof(entry));
    }
}

/* Only bitmap, up-case table and root have chains; everything else is NoFatChain, its FAT entries
 * are zero. Spec 4.1. */
static void write_fat(struct stream *s, const struct exfat_tree *tree,
                      const struct exfat_layout *geometry, uint32_t upcase_clu, bool is_blank)
{
    uint8_t head[8];

    put_le32(head, FAT_MEDIA);
    put_le32(head + 4, FAT_END);
    stream_start(s, geometry->fat_off);
    stream_put(s, head, sizeof(head));
    put_chain(s, EXFAT_FIRST_CLUSTER, upcase_clu - 1);
    put_chain(s, upcase_clu, tree->root.first_clu - 1);
    put_chain(s, tree->root.first_clu,
              tree->root.first_clu + (uint32_t)exfat_folder_clusters(&tree->root, geometry) - 1);
    stream_finish(s, geometry->fat_off + geometry->fat_bytes, is_blank);
}

/* Clusters were given out from the first one on without a gap. Spec 7.1.5. */
static void write_bitmap(struct stream *s, const struct exfat_tree *tree,
                         const struct exfat_layout *geometry, uint32_t upcase_clu, bool is_blank)
{
    stream_start(s, exfat_cluster_off(geometry, EXFAT_FIRST_CLUSTER));
    stream_fill(s, 0xFF, tree->used_clusters / 8);
    if (tree->used_clusters % 8 != 0) {
        uint8_t last = (uint8_t)((1u << tree->used_clusters % 8) - 1);
        stream_put(s, &last, 1);
    }
    stream_finish(s, exfat_cluster_off(geometry, upcase_clu), is_blank);
}

static enum status write_all(struct stream *s, const struct exfat_tree *tree,
                             const struct exfat_layout *geometry, const char *label, bool is_blank)
{
    uint8_t table[EXFAT_UPCASE_STORED_BYTES];
    uint32_t upcase_clu =
        EXFAT_FIRST_CLUSTER + (uint32_t)exfat_clusters_for(exfat_bitmap_bytes(geometry), geometry);

    exfat_upcase_store(table);
    for (const struct exfat_item *folder = &tree->root; folder != NULL;
         folder = folder->next_folder) {
        stream_start(s, folder->volume_off);
        if (folder == &tree->root) {
            enum status status = put_root_entries(s, geometry, label, table);
            if (status != STATUS_OK)
                return status;
        }
        for (const struct exfat_item *i = folder->children; i != NULL; i = i->sibling)
            put_item(s, i);
        stream_finish(s, folder->volume_off + folder->size_bytes, is_blank);
        if (s->status != STATUS_OK)
            return s->status;
    }
    stream_start(s, exfat_cluster_off(geometry, upcase_clu));
    stream_put(s, table, sizeof(table));
    stream_finish(s, exfat_cluster_off(geometry, tree->root.first_clu), is_blank);
    write_bitmap(s, tree, geometry, upcase_clu, is_blank);
    write_fat(s, tree, geometry, upcase_clu, is_blank);
    return s->status;
}

enum status exfat_tree_write(const struct exfat_tree *tree, const struct exfat_layout *geometry,
                             const struct blockdev *volume, const char *label, uint32_t serial,
                             bool is_blank)
{
    assert(tree->used_clusters != 0); /* exfat_tree_place() has succeeded */
    auto_free uint8_t *buffer = malloc(STREAM_BYTES);
    if (buffer == NULL)
        return STATUS_NO_MEMORY;
    struct stream s = {.volume = volume, .buffer = buffer};

    enum status status = write_all(&s, tree, geometry, label, is_blank);
    if (status == STATUS_OK)
        status =
            exfat_boot_write(volume, geometry, tree->root.first_clu, serial, tree->used_clusters);
    return status;
}
