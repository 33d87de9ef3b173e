/* SPDX-License-Identifier: BSD-2-Clause */
/* Contents in place: data first, then size and checksum of the entry set. */
#include "tools/mkhiperiso/exfat_rewrite.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/exfat_private.h"
#include "efi/core/fs/exfat_sum.h"

#define TYPE_FILE        0x85
#define TYPE_STREAM      0xC0
#define SECONDARIES_MAX  18 /* 7.4.1 */
#define SET_BYTES_MAX    ((SECONDARIES_MAX + 1) * EXFAT_ENTRY_BYTES)
#define COUNT_OFF        1  /* of the file's entry: SecondaryCount */
#define CHECKSUM_OFF     2  /* of the file's entry: SetChecksum */
#define VALID_LENGTH_OFF 8  /* of the stream's entry */
#define DATA_LENGTH_OFF  24 /* of the stream's entry */

/* Writes LEN bytes at OFF of NODE's clusters, run by run. */
static enum status write_node(const struct blockdev *device, struct exfat *fs,
                              const struct exfat_node *node, uint64_t off, const uint8_t *bytes,
                              size_t len)
{
    struct exfat_position position = {0};

    while (len > 0) {
        uint64_t device_off, run;
        enum status status = exfat_chain_run(fs, node, &position, off, len, &device_off, &run);
        if (status == STATUS_OK)
            status = blockdev_write(device, device_off, (size_t)run, bytes);
        if (status != STATUS_OK)
            return status == STATUS_END ? STATUS_CORRUPT : status;
        bytes += run;
        off += run;
        len -= (size_t)run;
    }
    return STATUS_OK;
}

/* Finds the entry set that ends before END in FOLDER: the last primary entry from START on. */
static enum status read_set(struct exfat *fs, const struct exfat_node *folder, uint64_t start,
                            uint64_t end, uint64_t *ret_off, uint8_t ret_set[SET_BYTES_MAX],
                            size_t *ret_len)
{
    struct exfat_position position = {0};
    uint64_t least = end > start + SET_BYTES_MAX ? end - SET_BYTES_MAX : start;

    for (uint64_t off = end; off >= least + EXFAT_ENTRY_BYTES; off -= EXFAT_ENTRY_BYTES) {
        uint64_t at = off - EXFAT_ENTRY_BYTES;
        size_t got = 0, len = (size_t)(end - at);
        position = (struct exfat_position){0};
        enum status status = exfat_read(fs, folder, &position, at, len, ret_set, &got);
        if (status != STATUS_OK || got != len)
            return status != STATUS_OK ? status : STATUS_CORRUPT;
        if (ret_set[0] != TYPE_FILE)
            continue;
        if ((ret_set[COUNT_OFF] + 1u) * EXFAT_ENTRY_BYTES != len ||
            len < (size_t)2 * EXFAT_ENTRY_BYTES || ret_set[EXFAT_ENTRY_BYTES] != TYPE_STREAM)
            return STATUS_CORRUPT;
        *ret_off = at;
        *ret_len = len;
        return STATUS_OK;
    }
    return STATUS_CORRUPT;
}

static uint64_t room(const struct exfat *fs, const struct exfat_node *node)
{
    uint64_t cluster = exfat_cluster_bytes(fs);
    return (node->size_bytes + cluster - 1) / cluster * cluster;
}

/* Finds NAME in FOLDER: its set lies before *RET_END and not before *RET_START. */
static enum status find(struct exfat *fs, const struct exfat_node *folder, const char *name,
                        struct exfat_entry *entry, uint64_t *ret_start, uint64_t *ret_end)
{
    auto_free uint16_t *units = NULL;
    struct exfat_entry wanted;
    struct exfat_dir dir;
    size_t len;

    enum status status = utf16_from_utf8(name, &units, &len);
    if (status == STATUS_OK)
        status = exfat_lookup_name(fs, folder, units, len, &wanted);
    if (status != STATUS_OK)
        return status;
    exfat_dir_open(fs, folder, &dir);
    for (;;) {
        *ret_start = dir.off;
        status = exfat_dir_next(&dir, entry);
        if (status != STATUS_OK && status != STATUS_CORRUPT)
            return status == STATUS_END ? STATUS_NOT_FOUND : status;
        if (status == STATUS_OK && entry->name_len == wanted.name_len &&
            memcmp(entry->name_units, wanted.name_units, wanted.name_len * sizeof(uint16_t)) == 0)
            break;
    }
    *ret_end = dir.off;
    return STATUS_OK;
}

enum status exfat_rewrite(const struct blockdev *device, struct exfat *fs, const char *folder,
                          const char *name, const void *bytes, size_t len)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_node parent;
    uint64_t start, end, set_off;
    uint8_t set[SET_BYTES_MAX];
    size_t set_len;

    if (entry == NULL)
        return STATUS_NO_MEMORY;
    enum status status = exfat_lookup(fs, folder, &parent);
    if (status == STATUS_OK)
        status = find(fs, &parent, name, entry, &start, &end);
    if (status == STATUS_OK)
        status = read_set(fs, &parent, start, end, &set_off, set, &set_len);
    if (status != STATUS_OK)
        return status;
    struct exfat_node whole = entry->node;
    if ((whole.attributes & EXFAT_ATTR_DIRECTORY) != 0 || len == 0)
        return STATUS_INVALID;
    if (len > room(fs, &whole))
        return STATUS_NO_SPACE;
    whole.size_bytes = whole.valid_bytes = room(fs, &whole);
    status = write_node(device, fs, &whole, 0, bytes, len);
    if (status != STATUS_OK)
        return status;
    put_le64(set + EXFAT_ENTRY_BYTES + VALID_LENGTH_OFF, len);
    put_le64(set + EXFAT_ENTRY_BYTES + DATA_LENGTH_OFF, len);
    put_le16(set + CHECKSUM_OFF, exfat_sum_set(set, set_len));
    return write_node(device, fs, &parent, set_off, set, set_len);
}
