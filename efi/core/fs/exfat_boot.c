/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot region of an exFAT volume: geometry, checksum, main and backup copy. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/exfat_private.h"
#include "efi/core/fs/exfat_sum.h"

#define BOOT_SECTORS      12 /* of one copy; the last holds the checksum (3.4) */
#define SECTOR_SHIFT_MIN  9
#define SECTOR_SHIFT_MAX  12
#define CLU_SHIFT_MAX     25 /* 32 MiB */
#define CLU_COUNT_MAX     0xfffffff5u
#define FAT_OFFSET_MIN    24
#define REVISION_MAJOR    1
#define VOLUME_BYTES_MAX  ((uint64_t)1 << 62)
#define FLAG_ACTIVE_FAT   0x0001
#define BOOT_BYTES_MAX    ((size_t)BOOT_SECTORS << SECTOR_SHIFT_MAX)
#define BOOT_SECTOR_BYTES 512 /* what of the first sector has a meaning */

static bool has_signature(const uint8_t *sector)
{
    return memcmp(sector + 3, "EXFAT   ", 8) == 0 && get_le16(sector + 510) == 0xaa55;
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* 3.1: each field against its range, in an order in which nothing overflows. */
static enum status parse_sector(const uint8_t *sector, struct exfat_geometry *ret_geometry)
{
    uint64_t volume_sectors = get_le64(sector + 72);
    uint32_t fat_offset = get_le32(sector + 80), fat_sectors = get_le32(sector + 84);
    uint32_t heap_offset = get_le32(sector + 88);
    unsigned sector_shift = sector[108], sectors_per_clu_shift = sector[109], fats = sector[110];

    if (sector[105] != REVISION_MAJOR)
        return STATUS_UNSUPPORTED;
    if (!is_zero(sector + 11, 53))
        return STATUS_CORRUPT;
    if (sector_shift < SECTOR_SHIFT_MIN || sector_shift > SECTOR_SHIFT_MAX ||
        sectors_per_clu_shift > CLU_SHIFT_MAX - sector_shift)
        return STATUS_CORRUPT;

    struct exfat_geometry geometry = {
        .clu_count = get_le32(sector + 92),
        .root_clu = get_le32(sector + 96),
        .serial = get_le32(sector + 100),
        .sector_shift = sector_shift,
        .clu_shift = sector_shift + sectors_per_clu_shift,
    };
    if (volume_sectors > VOLUME_BYTES_MAX >> sector_shift)
        return STATUS_CORRUPT;
    if (geometry.clu_count == 0 || geometry.clu_count > CLU_COUNT_MAX)
        return STATUS_CORRUPT;
    if (geometry.root_clu < EXFAT_FIRST_CLU ||
        geometry.root_clu - EXFAT_FIRST_CLU >= geometry.clu_count)
        return STATUS_CORRUPT;
    if (fats < 1 || fats > 2)
        return STATUS_CORRUPT;
    if (fat_offset < FAT_OFFSET_MIN || fat_offset > heap_offset ||
        (uint64_t)fat_sectors * fats > heap_offset - fat_offset)
        return STATUS_CORRUPT;
    if (((uint64_t)fat_sectors << sector_shift) < ((uint64_t)geometry.clu_count + 2) * 4)
        return STATUS_CORRUPT;
    if (heap_offset > volume_sectors ||
        (uint64_t)geometry.clu_count << sectors_per_clu_shift > volume_sectors - heap_offset)
        return STATUS_CORRUPT;

    geometry.active_fat = fats == 2 && (get_le16(sector + 106) & FLAG_ACTIVE_FAT) != 0;
    geometry.volume_bytes = volume_sectors << sector_shift;
    geometry.fat_bytes = (uint64_t)fat_sectors << sector_shift;
    geometry.fat_off =
        ((uint64_t)fat_offset << sector_shift) + geometry.active_fat * geometry.fat_bytes;
    geometry.heap_off = (uint64_t)heap_offset << sector_shift;
    *ret_geometry = geometry;
    return STATUS_OK;
}

/* Checks the copy at byte OFF. BUFFER holds BOOT_BYTES_MAX. STATUS_NOT_FOUND without a signature.
 */
static enum status read_copy(const struct blockdev *device, uint64_t off, uint8_t *buffer,
                             struct exfat_geometry *ret_geometry)
{
    struct exfat_geometry geometry;

    enum status status = blockdev_read(device, off, BOOT_SECTOR_BYTES, buffer);
    if (status != STATUS_OK)
        return status == STATUS_CORRUPT ? STATUS_NOT_FOUND : status;
    if (!has_signature(buffer))
        return STATUS_NOT_FOUND;
    status = parse_sector(buffer, &geometry);
    if (status != STATUS_OK)
        return status;

    size_t len = (size_t)BOOT_SECTORS << geometry.sector_shift;
    size_t checked = len - ((size_t)1 << geometry.sector_shift);
    status = blockdev_read(device, off, len, buffer);
    if (status != STATUS_OK)
        return status;
    uint32_t sum = exfat_sum_boot(buffer, checked);
    for (size_t at = checked; at < len && exfat_is_checksum_enforced(); at += 4) {
        if (get_le32(buffer + at) != sum)
            return STATUS_CORRUPT;
    }
    *ret_geometry = geometry;
    return STATUS_OK;
}

/* What to report when two copies fail: the more telling of both. */
static enum status worse(enum status a, enum status b)
{
    static const enum status order[] = {STATUS_NO_MEMORY, STATUS_UNSUPPORTED, STATUS_CORRUPT,
                                        STATUS_IO};

    for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
        if (a == order[i] || b == order[i])
            return order[i];
    }
    return STATUS_NOT_FOUND;
}

enum status exfat_boot_read(const struct blockdev *device, struct exfat_geometry *ret_geometry)
{
    auto_free uint8_t *buffer = malloc(BOOT_BYTES_MAX);
    if (buffer == NULL)
        return STATUS_NO_MEMORY;

    enum status result = read_copy(device, 0, buffer, ret_geometry);
    /* The damaged main copy cannot be trusted to say where the backup is: sector 12 of each size.
     */
    for (unsigned shift = SECTOR_SHIFT_MIN; shift <= SECTOR_SHIFT_MAX && result != STATUS_OK;
         shift++) {
        struct exfat_geometry geometry;
        enum status status = read_copy(device, (uint64_t)BOOT_SECTORS << shift, buffer, &geometry);
        if (status == STATUS_OK && geometry.sector_shift != shift)
            status = STATUS_CORRUPT;
        if (status == STATUS_OK)
            *ret_geometry = geometry;
        result = status == STATUS_OK ? STATUS_OK : worse(result, status);
    }
    return result;
}
