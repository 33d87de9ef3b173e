/* SPDX-License-Identifier: BSD-2-Clause */
/* What a CD-ROM image boots on: volume descriptors (ECMA-119, 8) and the El Torito boot catalogue
 * (version 1.0). */
#include <string.h>

#include "config/base/bytes.h"
#include "efi/core/fs/bootable_private.h"

#define SECTOR_BYTES           2048
#define FIRST_DESCRIPTOR       16
#define DESCRIPTORS_MAX        64
#define DESCRIPTOR_BOOT        0
#define DESCRIPTOR_PRIMARY     1
#define DESCRIPTOR_TERMINATOR  255
#define CATALOGUE_BYTES        SECTOR_BYTES /* 64 entries: more than any firmware looks at */
#define ENTRY_BYTES            32
#define PLATFORM_X86           0x00
#define PLATFORM_EFI           0xef
#define INDICATOR_BOOTABLE     0x88
#define INDICATOR_HEADER       0x90
#define INDICATOR_FINAL_HEADER 0x91
#define INDICATOR_EXTENSION    0x44
#define EXTENSION_FOLLOWS      0x20

/* El Torito 2.1: the words of the entry add up to zero. */
static bool is_validation_entry(const uint8_t *entry)
{
    uint16_t sum = 0;

    if (entry[0] != 1 || entry[30] != 0x55 || entry[31] != 0xaa)
        return false;
    for (size_t i = 0; i < ENTRY_BYTES; i += 2)
        sum = (uint16_t)(sum + get_le16(entry + i));
    return sum == 0;
}

/* El Torito 2.2, 2.4: counts only if the image it names begins inside the file. */
static void take_boot_entry(const struct blockdev *device, const uint8_t *entry, uint8_t platform,
                            struct bootable *bootable)
{
    uint64_t off = (uint64_t)get_le32(entry + 8) * SECTOR_BYTES;

    if (entry[0] != INDICATOR_BOOTABLE || off == 0 || off >= device->size_bytes)
        return;
    if (platform == PLATFORM_X86)
        bootable->bios = true;
    else if (platform == PLATFORM_EFI)
        bootable->uefi = true;
}

static void parse_catalogue(const struct blockdev *device, const uint8_t *catalogue,
                            struct bootable *bootable)
{
    size_t at = 2 * ENTRY_BYTES;
    bool is_final = false;

    if (!is_validation_entry(catalogue))
        return;
    take_boot_entry(device, catalogue + ENTRY_BYTES, catalogue[1], bootable);
    while (!is_final && CATALOGUE_BYTES - at >= ENTRY_BYTES) {
        const uint8_t *header = catalogue + at;
        if (header[0] != INDICATOR_HEADER && header[0] != INDICATOR_FINAL_HEADER)
            break;
        is_final = header[0] == INDICATOR_FINAL_HEADER;
        at += ENTRY_BYTES;
        for (unsigned left = get_le16(header + 2); left > 0 && CATALOGUE_BYTES - at >= ENTRY_BYTES;
             left--) {
            const uint8_t *entry = catalogue + at;
            bool has_extension = (entry[1] & EXTENSION_FOLLOWS) != 0;
            take_boot_entry(device, entry, header[1], bootable);
            at += ENTRY_BYTES;
            while (has_extension && CATALOGUE_BYTES - at >= ENTRY_BYTES &&
                   catalogue[at] == INDICATOR_EXTENSION) {
                has_extension = (catalogue[at + 1] & EXTENSION_FOLLOWS) != 0;
                at += ENTRY_BYTES;
            }
        }
    }
}

static void take_primary(const struct blockdev *device, const uint8_t *descriptor,
                         struct bootable *bootable)
{
    uint32_t block_bytes = get_le16(descriptor + 128);

    if (block_bytes != 512 && block_bytes != 1024)
        block_bytes = SECTOR_BYTES;
    bootable->stated_bytes = (uint64_t)get_le32(descriptor + 80) * block_bytes;
    bootable->is_truncated = bootable->stated_bytes > device->size_bytes;
    bootable_set_label(bootable, descriptor + 40, 32);
}

enum status iso9660_inspect(const struct blockdev *device, struct bootable *bootable)
{
    uint8_t sector[SECTOR_BYTES], catalogue[CATALOGUE_BYTES];
    bool has_primary = false, has_catalogue = false;

    for (unsigned i = 0; i < DESCRIPTORS_MAX; i++) {
        uint64_t off = (uint64_t)(FIRST_DESCRIPTOR + i) * SECTOR_BYTES;
        enum status status = bootable_peek(device, off, SECTOR_BYTES, sector);
        if (status != STATUS_OK)
            return status;
        bool is_iso = memcmp(sector + 1, "CD001", 5) == 0;
        /* ECMA-167 2/9: a volume that is UDF alone begins its recognition sequence so. */
        bool is_udf = memcmp(sector + 1, "BEA01", 5) == 0 || memcmp(sector + 1, "NSR0", 4) == 0;
        if (!is_iso && !is_udf)
            break;
        bootable->kind = IMAGE_ISO;
        if (is_iso && sector[0] == DESCRIPTOR_PRIMARY && !has_primary) {
            take_primary(device, sector, bootable);
            has_primary = true;
        }
        if (is_iso && sector[0] == DESCRIPTOR_BOOT && !has_catalogue &&
            memcmp(sector + 7, "EL TORITO SPECIFICATION", 23) == 0) {
            uint64_t at = (uint64_t)get_le32(sector + 71) * SECTOR_BYTES;
            status = bootable_peek(device, at, CATALOGUE_BYTES, catalogue);
            if (status != STATUS_OK)
                return status;
            parse_catalogue(device, catalogue, bootable);
            has_catalogue = true;
        }
        if (is_iso && sector[0] == DESCRIPTOR_TERMINATOR)
            break;
    }
    return bootable->kind == IMAGE_ISO ? STATUS_OK : STATUS_NOT_FOUND;
}
