/* SPDX-License-Identifier: BSD-2-Clause */
/* Directories of an exFAT volume: entry sets, iteration, lookup by name and by path. */
#include <string.h>

#include "config/base/bytes.h"
#include "efi/core/fs/exfat_private.h"
#include "efi/core/fs/exfat_sum.h"
#include "efi/core/fs/name.h"

#define TYPE_END         0x00
#define TYPE_BITMAP      0x81
#define TYPE_UPCASE      0x82
#define TYPE_LABEL       0x83
#define TYPE_FILE        0x85
#define TYPE_STREAM      0xc0
#define TYPE_NAME        0xc1
#define TYPE_IN_USE      0x80 /* 6.2.1 */
#define TYPE_SECONDARY   0x40
#define TYPE_BENIGN      0x20
#define SECONDARY_MIN    2 /* of a file (7.4.1) */
#define SECONDARY_MAX    18
#define NAME_UNITS_ENTRY 15
#define STREAM_NO_FAT    0x02 /* 6.3.4.2 */

/* The entries of one file, its checksum verified. */
struct entry_set {
    size_t count;
    uint8_t bytes[(SECONDARY_MAX + 1) * EXFAT_ENTRY_BYTES];
};

static bool slot_holds(const struct exfat_dir_slot *slot, const struct exfat_dir *dir)
{
    return slot->used != 0 && slot->first_clu == dir->node.first_clu &&
           slot->is_contiguous == dir->node.is_contiguous && dir->off >= slot->off &&
           dir->off - slot->off < slot->len;
}

/* Makes fs->dir_slot hold byte dir->off. A small read at a folder's start, as most end there; then
 * large ones. */
static enum status fill_slot(struct exfat_dir *dir)
{
    struct exfat *fs = dir->fs;
    struct exfat_dir_slot *oldest = &fs->dir_slots[0];
    uint64_t device_off, len;

    for (size_t i = 0; i < EXFAT_DIR_SLOTS; i++) {
        struct exfat_dir_slot *slot = &fs->dir_slots[i];
        if (slot_holds(slot, dir)) {
            slot->used = ++fs->clock;
            fs->dir_slot = slot;
            return STATUS_OK;
        }
        if (slot->used < oldest->used)
            oldest = slot;
    }

    uint64_t max = dir->off == 0 ? EXFAT_DIR_FIRST_BYTES : EXFAT_DIR_SLOT_BYTES;
    enum status status =
        exfat_chain_run(fs, &dir->node, &dir->position, dir->off, max, &device_off, &len);
    if (status != STATUS_OK)
        return status;
    len -= len % EXFAT_ENTRY_BYTES;
    if (len == 0)
        return STATUS_END;
    oldest->used = 0;
    status = blockdev_read(fs->device, device_off, (size_t)len, oldest->bytes);
    if (status != STATUS_OK)
        return status;
    oldest->first_clu = dir->node.first_clu;
    oldest->is_contiguous = dir->node.is_contiguous;
    oldest->off = dir->off;
    oldest->len = (uint32_t)len;
    oldest->used = ++fs->clock;
    fs->dir_slot = oldest;
    return STATUS_OK;
}

enum status exfat_dir_peek(struct exfat_dir *dir, const uint8_t **ret_entry)
{
    if (dir->off >= dir->node.size_bytes || dir->node.size_bytes - dir->off < EXFAT_ENTRY_BYTES)
        return STATUS_END;
    if (dir->fs->dir_slot == NULL || !slot_holds(dir->fs->dir_slot, dir)) {
        enum status status = fill_slot(dir);
        if (status != STATUS_OK)
            return status;
    }
    *ret_entry = dir->fs->dir_slot->bytes + (dir->off - dir->fs->dir_slot->off);
    return STATUS_OK;
}

/* Where the chain breaks or the device refuses, nothing behind can be found: the iteration ends. */
static enum status give_up(struct exfat_dir *dir, enum status status)
{
    if (status != STATUS_OK)
        dir->off = dir->node.size_bytes;
    return status;
}

/* Moves behind the secondary entries that follow, at most MAX. */
static enum status skip_secondaries(struct exfat_dir *dir, size_t max)
{
    const uint8_t *entry;

    for (; max > 0; max--) {
        enum status status = exfat_dir_peek(dir, &entry);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_OK : give_up(dir, status);
        if ((entry[0] & (TYPE_IN_USE | TYPE_SECONDARY)) != (TYPE_IN_USE | TYPE_SECONDARY))
            break;
        dir->off += EXFAT_ENTRY_BYTES;
    }
    return STATUS_OK;
}

/* Moves to the next entry that can start a set, after damage. */
static enum status resynchronise(struct exfat_dir *dir)
{
    enum status status = skip_secondaries(dir, SIZE_MAX);
    return status == STATUS_OK ? STATUS_CORRUPT : status;
}

/* Reads the set whose primary entry is at dir->off and moves behind it. */
static enum status read_set(struct exfat_dir *dir, struct entry_set *ret_set)
{
    const uint8_t *entry;
    size_t secondaries = 0;

    for (size_t i = 0; i <= secondaries; i++) {
        enum status status = exfat_dir_peek(dir, &entry);
        if (status == STATUS_END)
            return STATUS_CORRUPT;
        if (status != STATUS_OK)
            return give_up(dir, status);
        if (i > 0 && (entry[0] & (TYPE_IN_USE | TYPE_SECONDARY)) != (TYPE_IN_USE | TYPE_SECONDARY))
            return STATUS_CORRUPT;
        dir->off += EXFAT_ENTRY_BYTES;
        if (i == 0) {
            secondaries = entry[1];
            if (secondaries < SECONDARY_MIN || secondaries > SECONDARY_MAX)
                return resynchronise(dir);
        }
        memcpy(ret_set->bytes + i * EXFAT_ENTRY_BYTES, entry, EXFAT_ENTRY_BYTES);
    }
    ret_set->count = secondaries + 1;
    if (exfat_sum_set(ret_set->bytes, ret_set->count * EXFAT_ENTRY_BYTES) !=
            get_le16(ret_set->bytes + 2) &&
        exfat_is_checksum_enforced())
        return resynchronise(dir);
    return STATUS_OK;
}

/* The next file's set. STATUS_CORRUPT: see exfat_dir_next(). */
static enum status next_set(struct exfat_dir *dir, struct entry_set *ret_set)
{
    for (;;) {
        const uint8_t *entry;
        enum status status = exfat_dir_peek(dir, &entry);
        if (status != STATUS_OK)
            return give_up(dir, status);
        uint8_t type = entry[0];
        if (type == TYPE_END)
            return give_up(dir, STATUS_END);
        if (type == TYPE_FILE)
            return read_set(dir, ret_set);
        if ((type & (TYPE_IN_USE | TYPE_SECONDARY)) == (TYPE_IN_USE | TYPE_SECONDARY))
            return resynchronise(dir);

        size_t secondaries = entry[1];
        dir->off += EXFAT_ENTRY_BYTES;
        if ((type & TYPE_IN_USE) == 0 || type == TYPE_BITMAP || type == TYPE_UPCASE ||
            type == TYPE_LABEL)
            continue;
        if ((type & TYPE_BENIGN) == 0) /* 8.2: an unknown critical entry */
            return resynchronise(dir);
        status = skip_secondaries(dir, secondaries);
        if (status != STATUS_OK)
            return status;
    }
}

/* 7.6: the stream extension against the volume. */
static enum status parse_node(const struct exfat *fs, const struct entry_set *set,
                              struct exfat_node *ret_node)
{
    const uint8_t *file = set->bytes, *stream = set->bytes + EXFAT_ENTRY_BYTES;
    struct exfat_node node = {
        .first_clu = get_le32(stream + 20),
        .size_bytes = get_le64(stream + 24),
        .valid_bytes = get_le64(stream + 8),
        .attributes = get_le16(file + 4),
        .is_contiguous = (stream[1] & STREAM_NO_FAT) != 0,
        .created = get_le32(file + 8),
        .modified = get_le32(file + 12),
        .accessed = get_le32(file + 16),
    };

    if (node.valid_bytes > node.size_bytes)
        return STATUS_CORRUPT;
    if (node.size_bytes == 0) {
        node.first_clu = 0;
        node.is_contiguous = false;
        *ret_node = node;
        return STATUS_OK;
    }
    if (!exfat_is_cluster(fs, node.first_clu) || node.size_bytes > exfat_heap_bytes(fs))
        return STATUS_CORRUPT;
    uint64_t start = (uint64_t)(node.first_clu - EXFAT_FIRST_CLU) << fs->geometry.clu_shift;
    if (node.is_contiguous && node.size_bytes > exfat_heap_bytes(fs) - start)
        return STATUS_CORRUPT;
    if ((node.attributes & EXFAT_ATTR_DIRECTORY) != 0 && node.size_bytes > EXFAT_DIR_BYTES_MAX)
        return STATUS_CORRUPT;
    *ret_node = node;
    return STATUS_OK;
}

/* 7.7.3: what would make a path mean another file is no name. */
static bool is_name(const uint16_t *units, size_t len)
{
    if (units[0] == '.' && (len == 1 || (len == 2 && units[1] == '.')))
        return false;
    for (size_t i = 0; i < len; i++) {
        if (units[i] == 0 || units[i] == '/' || units[i] == '\\')
            return false;
    }
    return true;
}

static enum status parse_set(const struct exfat *fs, const struct entry_set *set,
                             struct exfat_entry *ret_entry)
{
    const uint8_t *stream = set->bytes + EXFAT_ENTRY_BYTES;
    size_t name_len = stream[3];
    size_t name_entries = (name_len + NAME_UNITS_ENTRY - 1) / NAME_UNITS_ENTRY;

    if (stream[0] != TYPE_STREAM || name_len == 0 || set->count < 2 + name_entries)
        return STATUS_CORRUPT;
    for (size_t i = 2; i < set->count; i++) {
        uint8_t type = set->bytes[i * EXFAT_ENTRY_BYTES];
        if (i < 2 + name_entries ? type != TYPE_NAME : (type & TYPE_BENIGN) == 0)
            return STATUS_CORRUPT;
    }
    enum status status = parse_node(fs, set, &ret_entry->node);
    if (status != STATUS_OK)
        return status;
    const uint8_t *text = stream + EXFAT_ENTRY_BYTES;
    for (size_t done = 0; done < name_len; done += NAME_UNITS_ENTRY, text += EXFAT_ENTRY_BYTES) {
        size_t left = name_len - done < NAME_UNITS_ENTRY ? name_len - done : NAME_UNITS_ENTRY;
        for (size_t i = 0; i < left; i++)
            ret_entry->name_units[done + i] = get_le16(text + 2 + 2 * i);
    }
    ret_entry->name_units[name_len] = 0;
    ret_entry->name_len = (uint16_t)name_len;
    if (!is_name(ret_entry->name_units, name_len))
        return STATUS_CORRUPT;
    if (exfat_upcase_hash(fs, ret_entry->name_units, name_len) != get_le16(stream + 4) &&
        exfat_is_checksum_enforced())
        return STATUS_CORRUPT;
    return STATUS_OK;
}

void exfat_dir_open(struct exfat *fs, const struct exfat_node *folder, struct exfat_dir *ret_dir)
{
    *ret_dir = (struct exfat_dir){.fs = fs, .node = *folder};
}

enum status exfat_dir_next(struct exfat_dir *dir, struct exfat_entry *ret_entry)
{
    struct entry_set set;

    enum status status = next_set(dir, &set);
    if (status == STATUS_OK)
        status = parse_set(dir->fs, &set, ret_entry);
    if (status == STATUS_OK)
        name_utf8_from_utf16(ret_entry->name_units, ret_entry->name_len, ret_entry->name);
    return status;
}

static bool names_equal(const struct exfat *fs, const uint16_t *a, const uint16_t *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (fs->upcase[a[i]] != fs->upcase[b[i]])
            return false;
    }
    return true;
}

enum status exfat_lookup_name(struct exfat *fs, const struct exfat_node *folder,
                              const uint16_t *name, size_t name_len, struct exfat_entry *ret_entry)
{
    struct exfat_dir dir;
    struct entry_set set;
    bool is_damaged = false;

    if ((folder->attributes & EXFAT_ATTR_DIRECTORY) == 0)
        return STATUS_NOT_FOUND;
    if (name_len == 0 || name_len > EXFAT_NAME_UNITS_MAX)
        return STATUS_NOT_FOUND;
    uint16_t hash = exfat_upcase_hash(fs, name, name_len);
    exfat_dir_open(fs, folder, &dir);
    for (;;) {
        enum status status = next_set(&dir, &set);
        const uint8_t *stream = set.bytes + EXFAT_ENTRY_BYTES;
        if (status == STATUS_END)
            return is_damaged ? STATUS_CORRUPT : STATUS_NOT_FOUND;
        if (status == STATUS_OK && (stream[3] != name_len || get_le16(stream + 4) != hash))
            continue;
        if (status == STATUS_OK)
            status = parse_set(fs, &set, ret_entry);
        if (status == STATUS_CORRUPT)
            is_damaged = true;
        else if (status != STATUS_OK)
            return status;
        else if (names_equal(fs, name, ret_entry->name_units, name_len))
            break;
    }
    name_utf8_from_utf16(ret_entry->name_units, ret_entry->name_len, ret_entry->name);
    return STATUS_OK;
}

/* The UTF-16 units of one path component; 0 if it is longer than a name can be. */
static size_t component_units(const char *text, size_t len, uint16_t *ret_units)
{
    size_t count = 0;

    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(text, len, &code);
        if (count + (code > 0xffff ? 2 : 1) > EXFAT_NAME_UNITS_MAX)
            return 0;
        if (code > 0xffff) {
            ret_units[count++] = (uint16_t)(0xd800 + ((code - 0x10000) >> 10));
            ret_units[count++] = (uint16_t)(0xdc00 + ((code - 0x10000) & 0x3ff));
        } else {
            ret_units[count++] = (uint16_t)code;
        }
        text += used;
        len -= used;
    }
    return count;
}

enum status exfat_lookup(struct exfat *fs, const char *path, struct exfat_node *ret_node)
{
    struct exfat_node node = exfat_root(fs);
    uint16_t units[EXFAT_NAME_UNITS_MAX];
    struct exfat_entry entry;

    for (unsigned depth = 0;; depth++) {
        while (*path == '/')
            path++;
        if (*path == '\0')
            break;
        if (depth == EXFAT_PATH_DEPTH_MAX)
            return STATUS_TOO_LARGE;
        size_t len = 0;
        while (path[len] != '\0' && path[len] != '/')
            len++;
        size_t count = component_units(path, len, units);
        enum status status = exfat_lookup_name(fs, &node, units, count, &entry);
        if (status != STATUS_OK)
            return status;
        node = entry.node;
        path += len;
    }
    *ret_node = node;
    return STATUS_OK;
}
