/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks the directory records of an ISO 9660 image, with Rock Ridge's names, else Joliet's, else
 * its own. ECMA-119; SUSP and RRIP 1.12; Joliet 1.0; El Torito 1.0. */
#include "trace/report/iso_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/utf.h"
#include "trace/report/array.h"

#define BLOCK_BYTES      2048u
#define FIRST_BLOCK      16u
#define DESCRIPTORS_MAX  64u
#define FOLDER_BYTES_MAX ((uint32_t)16 << 20)
#define FOLDERS_MAX      200000u
#define TREE_BYTES_MAX   ((uint64_t)256 << 20) /* of all folders */
#define PATH_BYTES_MAX   4096u
#define NAME_BYTES_MAX   1024u
#define SUSP_HOPS_MAX    32u /* continuation areas of one record */
#define ENTRY_BYTES      32u
#define RECORD_HEAD      33u

#define FLAG_FOLDER     0x02u
#define FLAG_ASSOCIATED 0x04u
#define FLAG_MORE       0x80u /* the file goes on in the next record */

struct folder {
    char *path; /* "" = the top; owned */
    uint32_t block, bytes;
};

struct tree {
    const struct blockdev *device;
    struct image_map *map;
    struct folder *folders; /* those found; walked in this order */
    size_t folder_count;
    uint32_t *seen; /* hash set of blocks + 1 */
    size_t seen_slots;
    uint64_t read_bytes;
    bool has_rock_ridge, is_joliet;
    unsigned susp_skip;
    uint32_t more_part; /* part that FLAG_MORE announced more of; UINT32_MAX none */
};

/* What a record says beyond ECMA-119's fields. */
struct extra {
    char name[NAME_BYTES_MAX];
    size_t name_len;
    bool has_name, is_relocated, is_link;
    uint32_t child_block; /* CL: the folder really lies there; 0 none */
};

static void put_seen(uint32_t *slots, size_t count, uint32_t block)
{
    size_t at = (block * 2654435761u) & (count - 1);

    while (slots[at] != 0 && slots[at] != block + 1)
        at = (at + 1) & (count - 1);
    slots[at] = block + 1;
}

/* Keeps the set of folders at most half full. */
static enum status grow_seen(struct tree *tree)
{
    size_t count = tree->seen_slots != 0 ? tree->seen_slots * 2 : 64;
    uint32_t *slots;

    if (tree->folder_count * 2 < tree->seen_slots)
        return STATUS_OK;
    slots = calloc(count, sizeof(*slots));
    if (slots == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < tree->seen_slots; i++)
        if (tree->seen[i] != 0)
            put_seen(slots, count, tree->seen[i] - 1);
    free(tree->seen);
    tree->seen = slots;
    tree->seen_slots = count;
    return STATUS_OK;
}

static bool is_seen(const struct tree *tree, uint32_t block)
{
    size_t at = (block * 2654435761u) & (tree->seen_slots - 1);

    for (; tree->seen[at] != 0; at = (at + 1) & (tree->seen_slots - 1))
        if (tree->seen[at] == block + 1)
            return true;
    return false;
}

static enum status add_folder(struct tree *tree, const char *path, uint32_t block, uint32_t bytes)
{
    enum status status = grow_seen(tree);

    if (status != STATUS_OK)
        return status;
    /* A folder that was met before would be a loop; block -1 is no block. */
    if (bytes == 0 || bytes > FOLDER_BYTES_MAX || tree->folder_count >= FOLDERS_MAX ||
        block == UINT32_MAX || is_seen(tree, block)) {
        tree->map->is_damaged = true;
        return STATUS_OK;
    }
    put_seen(tree->seen, tree->seen_slots, block);
    struct folder folder = {.path = strdup(path), .block = block, .bytes = bytes};
    if (folder.path == NULL || !array_add(tree->folders, tree->folder_count, folder)) {
        free(folder.path);
        return STATUS_NO_MEMORY;
    }
    return STATUS_OK;
}

/* NM: parts of a name; flags 2 and 4 mean "." and "..". RRIP 4.1.4. */
static void take_name(struct extra *extra, const uint8_t *field, size_t len)
{
    if (len < 5 || (field[4] & 6) != 0)
        return;
    size_t part = len - 5;
    if (part > sizeof(extra->name) - 1 - extra->name_len)
        part = sizeof(extra->name) - 1 - extra->name_len;
    memcpy(extra->name + extra->name_len, field + 5, part);
    extra->name_len += part;
    extra->name[extra->name_len] = '\0';
    extra->has_name = true;
}

/* Reads the system use fields in AREA; *RET_NEXT gets a continuation area (CE), its length 0 for
 * none. SUSP 5. */
static void take_fields(const uint8_t *area, size_t len, struct extra *extra, uint64_t *ret_off,
                        uint32_t *ret_len)
{
    *ret_len = 0;
    for (size_t at = 0; len - at >= 4;) {
        const uint8_t *field = area + at;
        size_t field_len = field[2];
        if (field_len < 4 || field_len > len - at)
            return;
        if (memcmp(field, "ST", 2) == 0)
            return;
        if (memcmp(field, "NM", 2) == 0) {
            take_name(extra, field, field_len);
        } else if (memcmp(field, "CE", 2) == 0 && field_len >= 28) {
            *ret_off = (uint64_t)get_le32(field + 4) * BLOCK_BYTES + get_le32(field + 12);
            *ret_len = get_le32(field + 20);
        } else if (memcmp(field, "CL", 2) == 0 && field_len >= 12) {
            extra->child_block = get_le32(field + 4);
        } else if (memcmp(field, "RE", 2) == 0) {
            extra->is_relocated = true;
        } else if (memcmp(field, "SL", 2) == 0) {
            extra->is_link = true;
        }
        at += field_len;
    }
}

/* Reads the system use area of RECORD (LEN bytes) and all its continuations. */
static void read_extra(struct tree *tree, const uint8_t *record, size_t len, unsigned skip,
                       struct extra *extra)
{
    size_t at = RECORD_HEAD + record[32];
    uint8_t block[BLOCK_BYTES];
    uint64_t off;
    uint32_t next_len;

    at += at % 2; /* ECMA-119 9.1.12: a padding byte behind names of even length */
    at += skip;
    if (at >= len)
        return;
    take_fields(record + at, len - at, extra, &off, &next_len);
    for (unsigned hop = 0; next_len > 0; hop++) {
        if (hop == SUSP_HOPS_MAX || next_len > sizeof(block) ||
            blockdev_read(tree->device, off, next_len, block) != STATUS_OK) {
            tree->map->is_damaged = true;
            return;
        }
        take_fields(block, next_len, extra, &off, &next_len);
    }
}

/* Joliet: UCS-2, big endian. */
static size_t joliet_name(const uint8_t *name, size_t len, char ret_name[NAME_BYTES_MAX])
{
    size_t used = 0;

    for (size_t i = 0; i + 1 < len && used + UTF8_MAX_BYTES < NAME_BYTES_MAX; i += 2) {
        uint32_t code = get_be16(name + i);
        if (code >= 0xd800 && code < 0xdc00 && i + 3 < len) {
            uint32_t low = get_be16(name + i + 2);
            if (low >= 0xdc00 && low < 0xe000) {
                code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            }
        }
        used += utf8_encode(code, ret_name + used);
    }
    ret_name[used] = '\0';
    return used;
}

/* The record's name in RET_NAME, without ";1". */
static void record_name(const struct tree *tree, const uint8_t *record, const struct extra *extra,
                        char ret_name[NAME_BYTES_MAX])
{
    size_t len = record[32];

    if (extra->has_name) {
        memcpy(ret_name, extra->name, extra->name_len + 1);
        return;
    }
    if (tree->is_joliet) {
        len = joliet_name(record + RECORD_HEAD, len, ret_name);
    } else {
        memcpy(ret_name, record + RECORD_HEAD, len);
        ret_name[len] = '\0';
    }
    char *semicolon = strrchr(ret_name, ';');
    if (semicolon != NULL)
        *semicolon = '\0';
    len = strlen(ret_name);
    if (len > 1 && ret_name[len - 1] == '.' && (record[25] & FLAG_FOLDER) == 0)
        ret_name[len - 1] = '\0'; /* ECMA-119 7.5.1: the dot stands without an extension, too */
}

/* A folder's own size: that of its first record. */
static uint32_t folder_bytes(const struct tree *tree, uint32_t block)
{
    uint8_t record[RECORD_HEAD];

    if (blockdev_read(tree->device, (uint64_t)block * BLOCK_BYTES, sizeof(record), record) !=
        STATUS_OK)
        return 0;
    return get_le32(record + 10);
}

static enum status add_file(struct tree *tree, const char *path, const uint8_t *record)
{
    struct image_map *map = tree->map;
    /* ECMA-119 9.1.2: an extended attribute record lies before the data. */
    uint64_t off = ((uint64_t)get_le32(record + 2) + record[1]) * BLOCK_BYTES;
    uint32_t part = tree->more_part;

    tree->more_part = UINT32_MAX;
    if (part == UINT32_MAX) {
        enum status status = image_map_add_part(map, path, strlen(path), &part);
        if (status != STATUS_OK)
            return status;
    }
    if ((record[25] & FLAG_MORE) != 0)
        tree->more_part = part;
    enum status status =
        image_map_add_extent(map, IMAGE_LAYER_FILE, part, off, get_le32(record + 10));
    if (status == STATUS_CORRUPT) {
        map->is_damaged = true;
        status = STATUS_OK;
    }
    return status;
}

static enum status take_record(struct tree *tree, const struct folder *folder,
                               const uint8_t *record, size_t len)
{
    char name[NAME_BYTES_MAX], path[PATH_BYTES_MAX];
    struct extra extra = {0};

    if (record[32] == 1 && record[RECORD_HEAD] <= 1)
        return STATUS_OK; /* "." and ".." */
    if (tree->has_rock_ridge)
        read_extra(tree, record, len, tree->susp_skip, &extra);
    if (extra.is_relocated || extra.is_link || (record[25] & FLAG_ASSOCIATED) != 0)
        return STATUS_OK;
    record_name(tree, record, &extra, name);
    int path_len = snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    if (path_len < 0 || (size_t)path_len >= sizeof(path)) {
        tree->map->is_damaged = true;
        return STATUS_OK;
    }
    if (extra.child_block != 0)
        return add_folder(tree, path, extra.child_block, folder_bytes(tree, extra.child_block));
    if ((record[25] & FLAG_FOLDER) != 0)
        return add_folder(tree, path, get_le32(record + 2), get_le32(record + 10));
    return add_file(tree, path, record);
}

static enum status walk_folder(struct tree *tree, const struct folder *folder)
{
    auto_free uint8_t *bytes = malloc(folder->bytes);
    char name[PATH_BYTES_MAX + 16];
    const uint64_t off = (uint64_t)folder->block * BLOCK_BYTES;

    if (bytes == NULL)
        return STATUS_NO_MEMORY;
    tree->read_bytes += folder->bytes;
    if (tree->read_bytes > TREE_BYTES_MAX ||
        blockdev_read(tree->device, off, folder->bytes, bytes) != STATUS_OK) {
        tree->map->is_damaged = true;
        return STATUS_OK;
    }
    snprintf(name, sizeof(name), "<folder %s>", *folder->path != '\0' ? folder->path : "/");
    enum status status = image_map_add(tree->map, IMAGE_LAYER_STRUCTURE, off, folder->bytes, name);
    tree->more_part = UINT32_MAX;
    for (size_t at = 0; at < folder->bytes && status == STATUS_OK;) {
        const uint8_t *record = bytes + at;
        size_t len = record[0], in_block = BLOCK_BYTES - at % BLOCK_BYTES;
        if (in_block > folder->bytes - at)
            in_block = folder->bytes - at;
        if (len == 0) { /* ECMA-119 6.8.1.1: records do not cross blocks */
            at += in_block;
            continue;
        }
        if (len < RECORD_HEAD + 1 || len > in_block || record[32] > len - RECORD_HEAD) {
            tree->map->is_damaged = true;
            at += in_block;
            continue;
        }
        status = take_record(tree, folder, record, len);
        at += len;
    }
    return status;
}

/* Does the root's first record say that system use fields follow SUSP (SP), and of Rock Ridge (an
 * NM, PX or RR somewhere)? SUSP 5.3. */
static void probe_rock_ridge(struct tree *tree, uint32_t block)
{
    uint8_t bytes[BLOCK_BYTES];

    if (blockdev_read(tree->device, (uint64_t)block * BLOCK_BYTES, sizeof(bytes), bytes) !=
            STATUS_OK ||
        bytes[0] < RECORD_HEAD + 1)
        return;
    size_t len = bytes[0], at = RECORD_HEAD + bytes[32];
    at += at % 2;
    if (at + 7 <= len && memcmp(bytes + at, "SP", 2) == 0 && bytes[at + 4] == 0xbe &&
        bytes[at + 5] == 0xef) {
        tree->has_rock_ridge = true;
        tree->susp_skip = bytes[at + 6];
    }
}

static const char *platform_name(uint8_t platform)
{
    return platform == 0 ? "BIOS" : platform == 0xef ? "UEFI" : "other";
}

/* El Torito 2.2-2.5. Sizes of no-emulation images count 512-byte sectors and are often only the
 * first ones: an image's real end is not written down. */
static enum status add_boot_images(struct tree *tree, uint32_t block)
{
    uint8_t catalogue[BLOCK_BYTES];
    char name[64];
    uint64_t off = (uint64_t)block * BLOCK_BYTES;
    unsigned number = 0;

    if (blockdev_read(tree->device, off, sizeof(catalogue), catalogue) != STATUS_OK) {
        tree->map->is_damaged = true;
        return STATUS_OK;
    }
    enum status status =
        image_map_add(tree->map, IMAGE_LAYER_STRUCTURE, off, BLOCK_BYTES, "<El Torito catalogue>");
    uint8_t platform = catalogue[1];
    for (size_t at = ENTRY_BYTES; at + ENTRY_BYTES <= BLOCK_BYTES && status == STATUS_OK;
         at += ENTRY_BYTES) {
        const uint8_t *entry = catalogue + at;
        if (entry[0] == 0x90 || entry[0] == 0x91) {
            platform = entry[1];
            continue;
        }
        if (entry[0] != 0x88)
            continue;
        uint64_t bytes = (uint64_t)get_le16(entry + 6) * 512;
        snprintf(name, sizeof(name), "<El Torito image %u, %s>", ++number, platform_name(platform));
        status =
            image_map_add(tree->map, IMAGE_LAYER_BOOT, (uint64_t)get_le32(entry + 8) * BLOCK_BYTES,
                          bytes < BLOCK_BYTES ? BLOCK_BYTES : bytes, name);
    }
    return status;
}

struct descriptors {
    uint32_t primary_block, primary_bytes, joliet_block, joliet_bytes, catalogue_block;
    uint32_t path_table_block, path_table_bytes;
    unsigned count;
    bool has_primary, has_joliet;
};

static void take_descriptor(const uint8_t *d, struct descriptors *found)
{
    const uint8_t *root = d + 156;
    static const char escapes[][4] = {"%/@", "%/C", "%/E"}; /* Joliet's UCS-2 levels */

    if (d[0] == 1 && !found->has_primary) {
        found->has_primary = true;
        found->primary_block = get_le32(root + 2);
        found->primary_bytes = get_le32(root + 10);
        found->path_table_bytes = get_le32(d + 132);
        found->path_table_block = get_le32(d + 140);
    } else if (d[0] == 2 && !found->has_joliet) {
        for (size_t i = 0; i < ARRAY_SIZE(escapes); i++)
            if (memcmp(d + 88, escapes[i], 3) == 0)
                found->has_joliet = true;
        found->joliet_block = get_le32(root + 2);
        found->joliet_bytes = get_le32(root + 10);
    } else if (d[0] == 0 && memcmp(d + 7, "EL TORITO SPECIFICATION", 23) == 0) {
        found->catalogue_block = get_le32(d + 71);
    }
}

static void read_descriptors(const struct blockdev *device, struct descriptors *found)
{
    uint8_t d[BLOCK_BYTES];

    for (; found->count < DESCRIPTORS_MAX; found->count++) {
        uint64_t off = (uint64_t)(FIRST_BLOCK + found->count) * BLOCK_BYTES;
        if (blockdev_read(device, off, sizeof(d), d) != STATUS_OK || memcmp(d + 1, "CD001", 5) != 0)
            return;
        take_descriptor(d, found);
        if (d[0] == 255) {
            found->count++;
            return;
        }
    }
}

static enum status walk(struct tree *tree, uint32_t block, uint32_t bytes)
{
    enum status status = add_folder(tree, "", block, bytes);

    for (size_t i = 0; i < tree->folder_count && status == STATUS_OK; i++) {
        const struct folder folder = tree->folders[i]; /* the array moves while it grows */
        status = walk_folder(tree, &folder);
    }
    return status == STATUS_TOO_LARGE ? STATUS_OK : status;
}

enum status iso_tree_read(const struct blockdev *device, struct image_map *map)
{
    struct descriptors found = {0};
    struct tree tree = {.device = device, .map = map, .more_part = UINT32_MAX};
    enum status status;

    read_descriptors(device, &found);
    if (!found.has_primary)
        return STATUS_NOT_FOUND;
    status = image_map_add(map, IMAGE_LAYER_STRUCTURE, (uint64_t)FIRST_BLOCK * BLOCK_BYTES,
                           (uint64_t)found.count * BLOCK_BYTES, "<volume descriptors>");
    if (status == STATUS_OK && found.path_table_bytes <= FOLDER_BYTES_MAX)
        status = image_map_add(map, IMAGE_LAYER_STRUCTURE,
                               (uint64_t)found.path_table_block * BLOCK_BYTES,
                               found.path_table_bytes, "<path table>");
    if (status == STATUS_OK && found.catalogue_block != 0)
        status = add_boot_images(&tree, found.catalogue_block);
    probe_rock_ridge(&tree, found.primary_block);
    tree.is_joliet = !tree.has_rock_ridge && found.has_joliet;
    if (status == STATUS_OK)
        status = tree.is_joliet ? walk(&tree, found.joliet_block, found.joliet_bytes)
                                : walk(&tree, found.primary_block, found.primary_bytes);
    for (size_t i = 0; i < tree.folder_count; i++)
        free(tree.folders[i].path);
    free(tree.folders);
    free(tree.seen);
    return status;
}
