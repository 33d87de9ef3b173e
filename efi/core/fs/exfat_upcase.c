/* SPDX-License-Identifier: BSD-2-Clause */
/* The up-case table of an exFAT volume, by which names are compared and hashed. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/exfat_private.h"
#include "efi/core/fs/exfat_sum.h"

#define TABLE_BYTES_MAX (EXFAT_UPCASE_UNITS * 2)
#define IDENTITY_RUN    0xffff /* followed by how many units map to themselves (7.2.5) */

/* A table that is too long for 65,536 units is damaged; one that is too short leaves the rest
 * mapped to itself. */
static enum status expand(const uint8_t *bytes, size_t units, uint16_t *table)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < EXFAT_UPCASE_UNITS; i++)
        table[i] = (uint16_t)i;
    for (size_t i = 0; i < units; i++) {
        uint16_t unit = get_le16(bytes + 2 * i);
        if (unit == IDENTITY_RUN && i + 1 < units) {
            at += get_le16(bytes + 2 * ++i);
        } else {
            if (at >= EXFAT_UPCASE_UNITS)
                return STATUS_CORRUPT;
            table[at++] = unit;
        }
        if (at > EXFAT_UPCASE_UNITS)
            return STATUS_CORRUPT;
    }
    return STATUS_OK;
}

enum status exfat_upcase_read(struct exfat *fs, const struct exfat_node *node, uint32_t checksum)
{
    struct exfat_position position = {0};
    size_t len = (size_t)node->size_bytes, got;

    if (node->size_bytes == 0 || node->size_bytes > TABLE_BYTES_MAX || node->size_bytes % 2 != 0)
        return STATUS_CORRUPT;
    auto_free uint8_t *bytes = malloc(len);
    if (bytes == NULL)
        return STATUS_NO_MEMORY;
    enum status status = exfat_read(fs, node, &position, 0, len, bytes, &got);
    if (status != STATUS_OK)
        return status;
    if (exfat_sum_table(bytes, len) != checksum && exfat_is_checksum_enforced())
        return STATUS_CORRUPT;
    return expand(bytes, len / 2, fs->upcase);
}

uint16_t exfat_upcase_hash(const struct exfat *fs, const uint16_t *name, size_t len)
{
    uint16_t hash = 0;

    for (size_t i = 0; i < len; i++)
        hash = exfat_sum_name(hash, fs->upcase[name[i]]);
    return hash;
}
