/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens exFAT volumes and answers what concerns a volume as a whole. */
#include "efi/core/fs/exfat.h"

#include <stdlib.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/exfat_private.h"
#include "efi/core/fs/name.h"

#define TYPE_END     0x00
#define TYPE_BITMAP  0x81
#define TYPE_UPCASE  0x82
#define TYPE_LABEL   0x83
#define BITMAP_CHUNK 65536u
#define LABEL_SEARCH_MAX                                                                           \
    EXFAT_DIR_SLOT_BYTES /* formatters put it first; a huge root is not read for it */

/* What the root directory says about the volume. */
struct volume_entries {
    struct exfat_node bitmap, upcase;
    uint32_t upcase_checksum;
    bool has_bitmap, has_upcase, has_label;
};

/* 7.1 and 7.2: both lie in a chain of the FAT. */
static struct exfat_node table_node(const uint8_t *entry)
{
    return (struct exfat_node){
        .first_clu = get_le32(entry + 20),
        .size_bytes = get_le64(entry + 24),
        .valid_bytes = get_le64(entry + 24),
    };
}

static void take_label(struct exfat *fs, const uint8_t *entry)
{
    uint16_t units[EXFAT_LABEL_UNITS_MAX];
    size_t len = entry[1] <= EXFAT_LABEL_UNITS_MAX ? entry[1] : EXFAT_LABEL_UNITS_MAX;

    for (size_t i = 0; i < len; i++)
        units[i] = get_le16(entry + 2 + 2 * i);
    name_utf8_from_utf16(units, len, fs->label);
}

static void take_entry(struct exfat *fs, const uint8_t *entry, struct volume_entries *found)
{
    switch (entry[0]) {
    case TYPE_BITMAP:
        if (!found->has_bitmap && (entry[1] & 1u) == fs->geometry.active_fat) {
            found->bitmap = table_node(entry);
            found->has_bitmap = true;
        }
        break;
    case TYPE_UPCASE:
        if (!found->has_upcase) {
            found->upcase = table_node(entry);
            found->upcase_checksum = get_le32(entry + 4);
            found->has_upcase = true;
        }
        break;
    case TYPE_LABEL:
        if (!found->has_label) {
            take_label(fs, entry);
            found->has_label = true;
        }
        break;
    }
}

/* Finds bitmap, up-case table and label in the root. */
static enum status scan_root(struct exfat *fs, struct volume_entries *ret_found)
{
    struct volume_entries found = {0};
    struct exfat_dir dir;

    exfat_dir_open(fs, &fs->root, &dir);
    for (;; dir.off += EXFAT_ENTRY_BYTES) {
        const uint8_t *entry;
        bool has_tables = found.has_bitmap && found.has_upcase;
        if (has_tables && (found.has_label || dir.off >= LABEL_SEARCH_MAX))
            break;
        enum status status = exfat_dir_peek(&dir, &entry);
        if (status == STATUS_IO)
            return status;
        if (status != STATUS_OK || entry[0] == TYPE_END)
            break;
        take_entry(fs, entry, &found);
    }
    *ret_found = found;
    return STATUS_OK;
}

static enum status read_volume(struct exfat *fs)
{
    struct volume_entries found;

    enum status status = exfat_boot_read(fs->device, &fs->geometry);
    if (status != STATUS_OK)
        return status;
    fs->root = (struct exfat_node){
        .first_clu = fs->geometry.root_clu,
        .attributes = EXFAT_ATTR_DIRECTORY,
    };
    status = exfat_chain_measure(fs, fs->root.first_clu, EXFAT_DIR_BYTES_MAX, &fs->root.size_bytes);
    if (status != STATUS_OK)
        return status;
    fs->root.valid_bytes = fs->root.size_bytes;
    status = scan_root(fs, &found);
    if (status != STATUS_OK)
        return status;
    if (!found.has_upcase)
        return STATUS_CORRUPT;
    fs->bitmap = found.bitmap;
    fs->upcase_node = found.upcase;
    return exfat_upcase_read(fs, &found.upcase, found.upcase_checksum);
}

enum status exfat_open(const struct blockdev *device, struct exfat **ret_fs)
{
    auto_free struct exfat *fs = calloc(1, sizeof(*fs));
    if (fs == NULL)
        return STATUS_NO_MEMORY;
    fs->device = device;
    enum status status = read_volume(fs);
    if (status != STATUS_OK)
        return status;
    *ret_fs = take_ptr(fs);
    return STATUS_OK;
}

void exfat_close(struct exfat *fs)
{
    free(fs);
}

uint32_t exfat_serial(const struct exfat *fs)
{
    return fs->geometry.serial;
}

const char *exfat_label(const struct exfat *fs)
{
    return fs->label;
}

uint64_t exfat_volume_bytes(const struct exfat *fs)
{
    return fs->geometry.volume_bytes;
}

uint32_t exfat_cluster_bytes(const struct exfat *fs)
{
    return (uint32_t)1 << fs->geometry.clu_shift;
}

struct exfat_node exfat_root(const struct exfat *fs)
{
    return fs->root;
}

/* The bits set in the first BITS bits of BYTES. */
static uint32_t count_bits(const uint8_t *bytes, uint32_t bits)
{
    static const uint8_t nibble[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    uint32_t count = 0;

    for (uint32_t i = 0; i < bits / 8; i++)
        count += (uint32_t)nibble[bytes[i] & 0x0f] + nibble[bytes[i] >> 4];
    if (bits % 8 != 0) {
        uint8_t last = bytes[bits / 8] & (uint8_t)((1u << bits % 8) - 1);
        count += (uint32_t)nibble[last & 0x0f] + nibble[last >> 4];
    }
    return count;
}

enum status exfat_free_bytes(struct exfat *fs, uint64_t *ret_bytes)
{
    struct exfat_position position = {0};
    uint32_t left = fs->geometry.clu_count, used = 0;
    uint64_t off = 0;

    if (fs->has_free_bytes) {
        *ret_bytes = fs->free_bytes;
        return STATUS_OK;
    }
    if (fs->bitmap.size_bytes < ((uint64_t)fs->geometry.clu_count + 7) / 8)
        return STATUS_CORRUPT;
    auto_free uint8_t *chunk = malloc(BITMAP_CHUNK);
    if (chunk == NULL)
        return STATUS_NO_MEMORY;
    while (left > 0) {
        uint32_t bits = left < BITMAP_CHUNK * 8 ? left : BITMAP_CHUNK * 8;
        size_t got;
        enum status status =
            exfat_read(fs, &fs->bitmap, &position, off, (bits + 7) / 8, chunk, &got);
        if (status != STATUS_OK)
            return status;
        used += count_bits(chunk, bits);
        off += got;
        left -= bits;
    }
    fs->free_bytes = (uint64_t)(fs->geometry.clu_count - used) << fs->geometry.clu_shift;
    fs->has_free_bytes = true;
    *ret_bytes = fs->free_bytes;
    return STATUS_OK;
}
