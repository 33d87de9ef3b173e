/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders of the exFAT writer: finding names, making room, entry sets. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "tools/mkhiperiso/exfat_edit_private.h"
#include "tools/mkhiperiso/exfat_tree.h"

#define TYPE_END     0x00
#define TYPE_UNUSED  0x05 /* of a file, removed */
#define TYPE_FILE    0x85
#define TYPE_IN_USE  0x80
#define FAT_END      0xFFFFFFFFu
#define SECTOR_BYTES 512u
#define BLOCK_BYTES  4096u

/* Unused entries in a folder. */
struct room {
    struct exfat_node folder;
    uint64_t off;
    uint64_t end_off; /* of the entry that ends the folder, UINT64_MAX when it lies behind */
};

static bool is_name(const struct exfat *fs, const struct exfat_entry *entry, const uint16_t *units,
                    size_t len)
{
    if (entry->name_len != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (fs->upcase[entry->name_units[i]] != fs->upcase[units[i]])
            return false;
    return true;
}

/* Finds the name in FOLDER. Damaged sets are passed over: the check has found none. */
static enum status find_name(struct exfat_edit *edit, const struct exfat_node *folder,
                             const uint16_t *units, size_t len, struct place *ret_place)
{
    struct exfat_dir dir;

    exfat_dir_open(edit->fs, folder, &dir);
    for (;;) {
        const uint8_t *entry;
        enum status status = exfat_dir_peek(&dir, &entry);
        if (status == STATUS_END || (status == STATUS_OK && entry[0] == TYPE_END))
            return STATUS_NOT_FOUND;
        if (status != STATUS_OK)
            return status;
        if (entry[0] != TYPE_FILE) {
            dir.off += EXFAT_ENTRY_BYTES;
            continue;
        }
        uint64_t off = dir.off;
        status = exfat_dir_next(&dir, &ret_place->entry);
        if (status == STATUS_END)
            return STATUS_NOT_FOUND;
        if (status != STATUS_OK && status != STATUS_CORRUPT)
            return status;
        if (status == STATUS_OK && is_name(edit->fs, &ret_place->entry, units, len)) {
            ret_place->folder = *folder;
            ret_place->off = off;
            ret_place->entries = (size_t)(dir.off - off) / EXFAT_ENTRY_BYTES;
            return ret_place->entries * EXFAT_ENTRY_BYTES <= EXFAT_SET_BYTES_MAX ? STATUS_OK
                                                                                 : STATUS_CORRUPT;
        }
    }
}

enum status edit_find(struct exfat_edit *edit, const char *path, struct place *ret_place)
{
    struct exfat_node node = exfat_root(edit->fs);
    enum status status = STATUS_INVALID;

    for (unsigned depth = 0;; depth++) {
        auto_free uint16_t *units = NULL;
        auto_free char *name = NULL;
        size_t count;
        path += strspn(path, "/");
        if (*path == '\0')
            return status;
        size_t len = strcspn(path, "/");
        if (depth == EXFAT_PATH_DEPTH_MAX)
            return STATUS_TOO_LARGE;
        if ((node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
            return STATUS_NOT_FOUND;
        name = text_copy_part(path, len);
        if (name == NULL)
            return STATUS_NO_MEMORY;
        status = utf16_from_utf8(name, &units, &count);
        if (status == STATUS_OK)
            status = find_name(edit, &node, units, count, ret_place);
        if (status != STATUS_OK)
            return status;
        node = ret_place->entry.node;
        path += len;
    }
}

enum status edit_split(struct exfat_edit *edit, const char *path, char **ret_folder,
                       uint16_t ret_units[EXFAT_NAME_UNITS_MAX], struct exfat_set *ret_set)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    auto_free uint16_t *units = NULL;
    size_t count;

    if (exfat_name_check(name) != NULL)
        return STATUS_INVALID;
    enum status status = utf16_from_utf8(name, &units, &count);
    if (status != STATUS_OK)
        return status;
    char *folder = text_copy_part(path, slash != NULL ? (size_t)(slash - path) : 0);
    if (folder == NULL)
        return STATUS_NO_MEMORY;
    memcpy(ret_units, units, count * sizeof(*units));
    *ret_set = (struct exfat_set){
        .units = ret_units,
        .name_len = (uint16_t)count,
        .name_hash = exfat_upcase_hash(edit->fs, units, count),
    };
    *ret_folder = folder;
    return STATUS_OK;
}

/* ---- sets ---- */

enum status edit_read_set(struct exfat_edit *edit, const struct place *place,
                          uint8_t ret_set[EXFAT_SET_BYTES_MAX])
{
    struct exfat_position position = {0};
    size_t got;

    return exfat_read(edit->fs, &place->folder, &position, place->off,
                      place->entries * EXFAT_ENTRY_BYTES, ret_set, &got);
}

enum status edit_delete_set(struct exfat_edit *edit, const struct place *place)
{
    uint8_t set[EXFAT_SET_BYTES_MAX];

    enum status status = edit_read_set(edit, place, set);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < place->entries; i++)
        set[i * EXFAT_ENTRY_BYTES] &= (uint8_t)~TYPE_IN_USE;
    status =
        edit_write_node(edit, &place->folder, place->off, place->entries * EXFAT_ENTRY_BYTES, set);
    edit_forget(edit);
    return status;
}

enum status edit_write_set(struct exfat_edit *edit, const struct exfat_node *folder, uint64_t off,
                           const uint8_t *set, size_t len)
{
    enum status status = edit_write_node(edit, folder, off, len, set);

    edit_forget(edit);
    return status;
}

/* ---- room ---- */

/* Where a row of LEN bytes may begin at or behind START: a set is one write to one sector if it
 * fits into one, else to one block of 4 KiB, which most media write as a whole. */
static uint64_t align_row(const struct exfat_edit *edit, uint64_t start, size_t len)
{
    uint64_t clu_bytes = (uint64_t)1 << edit->fs->geometry.clu_shift;
    uint64_t unit = len <= SECTOR_BYTES ? SECTOR_BYTES : BLOCK_BYTES;

    if (unit > clu_bytes)
        unit = clu_bytes;
    if (len > unit || start / unit == (start + len - 1) / unit)
        return start;
    return (start + unit - 1) / unit * unit;
}

/* A row of unused entries in FOLDER, LEN bytes; STATUS_NOT_FOUND when there is none. */
static enum status find_row(struct exfat_edit *edit, const struct exfat_node *folder, size_t len,
                            struct room *ret_room)
{
    struct exfat_dir dir;
    uint64_t start = 0, end_off = UINT64_MAX;

    exfat_dir_open(edit->fs, folder, &dir);
    for (;; dir.off += EXFAT_ENTRY_BYTES) {
        const uint8_t *entry;
        enum status status = exfat_dir_peek(&dir, &entry);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_NOT_FOUND : status;
        if (end_off == UINT64_MAX && entry[0] == TYPE_END)
            end_off = dir.off; /* nothing behind it counts (6.2.1) */
        if ((entry[0] & TYPE_IN_USE) != 0 && end_off == UINT64_MAX)
            start = dir.off + EXFAT_ENTRY_BYTES;
        uint64_t off = align_row(edit, start, len);
        if (dir.off + EXFAT_ENTRY_BYTES < off + len)
            continue;
        *ret_room = (struct room){
            .folder = *folder,
            .off = off,
            .end_off = end_off < off + len ? end_off : UINT64_MAX,
        };
        return STATUS_OK;
    }
}

static enum status clear_cluster(struct exfat_edit *edit, uint32_t clu)
{
    size_t len = (size_t)1 << edit->fs->geometry.clu_shift;
    auto_free uint8_t *zeros = calloc(1, len);

    if (zeros == NULL)
        return STATUS_NO_MEMORY;
    return blockdev_write(edit->device, edit_clu_off(edit, clu), len, zeros);
}

/* Changes size and place in the entry set of the folder at PATH. */
static enum status change_folder(struct exfat_edit *edit, const char *path,
                                 const struct exfat_node *node)
{
    uint8_t set[EXFAT_SET_BYTES_MAX];
    struct place place;

    enum status status = edit_find(edit, path, &place);
    if (status == STATUS_OK)
        status = edit_read_set(edit, &place, set);
    if (status != STATUS_OK)
        return status;
    exfat_set_change(set, place.entries, node->first_clu, node->size_bytes, node->is_contiguous);
    return edit_write_set(edit, &place.folder, place.off, set, place.entries * EXFAT_ENTRY_BYTES);
}

/* Hangs the new cluster NEW behind those of NODE, whose last run is OLD's last. */
static enum status link_cluster(struct exfat_edit *edit, struct exfat_node *node,
                                const struct cluster_runs *old, uint32_t new_clu)
{
    const struct cluster_run *last = &old->items[old->count - 1];
    uint32_t last_clu = last->clu + last->count - 1;

    if (node->is_contiguous && new_clu == last_clu + 1)
        return STATUS_OK; /* and it stays so */
    enum status status = edit_write_link(edit, new_clu, FAT_END);
    if (status == STATUS_OK && node->is_contiguous)
        status = edit_write_chain(edit, old); /* until the set says so it is not looked at */
    if (status == STATUS_OK)
        status = edit_wait(edit);
    node->is_contiguous = false;
    return status == STATUS_OK ? edit_write_link(edit, last_clu, new_clu) : status;
}

/* Gives the folder at PATH one more cluster. */
static enum status grow(struct exfat_edit *edit, const char *path, struct exfat_node *node)
{
    struct cluster_runs old = {0}, added = {0};
    uint64_t clu_bytes = (uint64_t)1 << edit->fs->geometry.clu_shift;

    if (node->size_bytes + clu_bytes > EXFAT_DIR_BYTES_MAX)
        return STATUS_TOO_LARGE;
    enum status status = edit_runs_of(edit, node, &old);
    if (status == STATUS_OK && old.count == 0)
        status = STATUS_CORRUPT; /* a folder has a cluster */
    if (status == STATUS_OK) {
        const struct cluster_run *last = &old.items[old.count - 1];
        uint32_t behind = last->clu + last->count;
        if (edit_take(edit, behind))
            status = edit_append_run(&added, behind, 1) ? STATUS_OK : STATUS_NO_MEMORY;
        else
            status = edit_allocate(edit, 1, &added);
    }
    if (status == STATUS_OK)
        status = clear_cluster(edit, added.items[0].clu);
    if (status == STATUS_OK)
        status = edit_write_bits(edit, &added);
    if (status == STATUS_OK)
        status = edit_wait(edit);
    if (status == STATUS_OK)
        status = link_cluster(edit, node, &old, added.items[0].clu);
    if (status == STATUS_OK) {
        node->size_bytes += clu_bytes;
        node->valid_bytes = node->size_bytes;
        edit_forget(edit);
        if (*path == '\0')
            edit->fs->root = *node; /* its size is the length of its chain */
        else
            status = change_folder(edit, path, node);
    }
    free(old.items);
    free(added.items);
    return status == STATUS_OK ? edit_wait(edit) : status;
}

/* Room for LEN bytes of entries in the folder at PATH ("" = the root), which grows if need be. */
static enum status make_room(struct exfat_edit *edit, const char *path, size_t len,
                             struct room *ret_room)
{
    struct exfat_node node = exfat_root(edit->fs);
    struct place place;
    enum status status = STATUS_OK;

    if (*path != '\0') {
        status = edit_find(edit, path, &place);
        if (status != STATUS_OK)
            return status;
        node = place.entry.node;
        if ((node.attributes & EXFAT_ATTR_DIRECTORY) == 0)
            return STATUS_NOT_FOUND;
    }
    while ((status = find_row(edit, &node, len, ret_room)) == STATUS_NOT_FOUND) {
        status = grow(edit, path, &node);
        if (status != STATUS_OK)
            return status;
    }
    return status;
}

/* Makes entries between the folder's end and the new set unused ones: from then on it is seen. */
static enum status move_end(struct exfat_edit *edit, const struct room *room)
{
    uint8_t unused[BLOCK_BYTES] = {0};
    size_t len = (size_t)(room->off - room->end_off);

    for (size_t i = 0; i < len; i += EXFAT_ENTRY_BYTES)
        unused[i] = TYPE_UNUSED;
    return edit_write_set(edit, &room->folder, room->end_off, unused, len);
}

enum status edit_add_set(struct exfat_edit *edit, const char *folder, const uint8_t *set,
                         size_t len)
{
    uint8_t bytes[EXFAT_SET_BYTES_MAX + EXFAT_SET_ENTRY_BYTES] = {0};
    struct room room;
    size_t written = len;

    enum status status = make_room(edit, folder, len, &room);
    if (status != STATUS_OK)
        return status;
    memcpy(bytes, set, len);
    /* What lies behind the folder's end may be anything: the end moves along. */
    if (room.end_off != UINT64_MAX && room.folder.size_bytes - room.off > len)
        written += EXFAT_ENTRY_BYTES;
    if (written > len && align_row(edit, room.off, written) != room.off) {
        status = edit_write_set(edit, &room.folder, room.off + len, bytes + len, EXFAT_ENTRY_BYTES);
        written = len;
    }
    if (status == STATUS_OK)
        status = edit_write_set(edit, &room.folder, room.off, bytes, written);
    if (status == STATUS_OK && room.end_off < room.off) {
        status = edit_wait(edit);
        if (status == STATUS_OK)
            status = move_end(edit, &room);
    }
    return status == STATUS_OK ? edit_wait(edit) : status;
}
