/* SPDX-License-Identifier: BSD-2-Clause */
/* Just enough of FAT12, FAT16 and FAT32 to see whether firmware finds /EFI/BOOT there.
 * Microsoft FAT specification (2005); UEFI 2.10, 13.3. */
#include <string.h>

#include "config/base/bytes.h"
#include "efi/core/fs/bootable_private.h"

#define ENTRY_BYTES    32
#define DIR_BYTES_MAX  ((uint64_t)1 << 20) /* of a folder that is searched */
#define CHUNK_BYTES    2048
#define FAT12_CLUSTERS 4085
#define FAT16_CLUSTERS 65525
#define ATTR_DIRECTORY 0x10
#define ATTR_LONG_NAME 0x0f
#define FIRST_CLU      2u

struct fat {
    const struct blockdev *device;
    unsigned bits; /* 12, 16, 32 */
    uint32_t sector_bytes, clu_bytes, clu_count;
    uint64_t fat_off, root_off, root_bytes, heap_off; /* root_bytes is 0 with FAT32 */
    uint32_t root_clu;
};

/* Checks the BIOS parameter block in SECTOR. */
static bool parse_boot_sector(const uint8_t *sector, struct fat *fat)
{
    uint32_t sector_bytes = get_le16(sector + 11), sectors_per_clu = sector[13];
    uint32_t reserved = get_le16(sector + 14), fats = sector[16],
             root_entries = get_le16(sector + 17);
    uint64_t sectors = get_le16(sector + 19) != 0 ? get_le16(sector + 19) : get_le32(sector + 32);
    uint64_t fat_sectors =
        get_le16(sector + 22) != 0 ? get_le16(sector + 22) : get_le32(sector + 36);

    if (sector[0] != 0xeb && sector[0] != 0xe9)
        return false;
    if (sector_bytes < 512 || sector_bytes > 4096 || (sector_bytes & (sector_bytes - 1)) != 0)
        return false;
    if (sectors_per_clu == 0 || (sectors_per_clu & (sectors_per_clu - 1)) != 0)
        return false;
    if (reserved == 0 || fats == 0 || fats > 2 || fat_sectors == 0 || sector[21] < 0xf0)
        return false;
    uint64_t root_sectors =
        ((uint64_t)root_entries * ENTRY_BYTES + sector_bytes - 1) / sector_bytes;
    uint64_t heap = reserved + fats * fat_sectors + root_sectors;
    if (heap >= sectors)
        return false;

    uint64_t clusters = (sectors - heap) / sectors_per_clu;
    fat->bits = clusters < FAT12_CLUSTERS ? 12 : clusters < FAT16_CLUSTERS ? 16 : 32;
    if ((fat->bits == 32) != (root_entries == 0))
        return false;
    fat->sector_bytes = sector_bytes;
    fat->clu_bytes = sectors_per_clu * sector_bytes;
    fat->clu_count = (uint32_t)clusters;
    fat->fat_off = (uint64_t)reserved * sector_bytes;
    fat->root_off = (reserved + fats * fat_sectors) * sector_bytes;
    fat->root_bytes = (uint64_t)root_entries * ENTRY_BYTES;
    fat->heap_off = heap * sector_bytes;
    fat->root_clu = fat->bits == 32 ? get_le32(sector + 44) : 0;
    return true;
}

/* The cluster behind CLU, 0 at the end of its chain. */
static enum status next_cluster(const struct fat *fat, uint32_t clu, uint32_t *ret_clu)
{
    uint64_t off =
        fat->fat_off + (fat->bits == 12 ? clu + clu / 2 : (uint64_t)clu * (fat->bits / 8));
    uint8_t bytes[4];

    enum status status = bootable_peek(fat->device, off, sizeof(bytes), bytes);
    if (status != STATUS_OK)
        return status;
    uint32_t next = get_le16(bytes);
    if (fat->bits == 12)
        next = clu % 2 != 0 ? next >> 4 : next & 0x0fff;
    else if (fat->bits == 32)
        next = get_le32(bytes) & 0x0fffffff;
    *ret_clu = next >= FIRST_CLU && next - FIRST_CLU < fat->clu_count ? next : 0;
    return STATUS_OK;
}

/* Looks for the folder NAME (as in a short entry) in LEN bytes at OFF. STATUS_END where the folder
 * ends. */
static enum status search_bytes(const struct fat *fat, uint64_t off, uint64_t len, const char *name,
                                uint32_t *ret_clu)
{
    uint8_t chunk[CHUNK_BYTES];

    for (uint64_t done = 0; done < len; done += sizeof(chunk)) {
        size_t piece = len - done < sizeof(chunk) ? (size_t)(len - done) : sizeof(chunk);
        enum status status = bootable_peek(fat->device, off + done, piece, chunk);
        if (status != STATUS_OK)
            return status;
        for (size_t at = 0; piece - at >= ENTRY_BYTES; at += ENTRY_BYTES) {
            const uint8_t *entry = chunk + at;
            if (entry[0] == 0)
                return STATUS_END;
            if ((entry[11] & ATTR_LONG_NAME) == ATTR_LONG_NAME ||
                (entry[11] & ATTR_DIRECTORY) == 0 || memcmp(entry, name, 11) != 0)
                continue;
            *ret_clu = (uint32_t)get_le16(entry + 26);
            if (fat->bits == 32)
                *ret_clu |= (uint32_t)get_le16(entry + 20) << 16;
            return STATUS_OK;
        }
    }
    return STATUS_NOT_FOUND;
}

/* Looks for NAME in the folder whose first cluster is CLU; 0 is the root of FAT12 and FAT16. */
static enum status search_folder(const struct fat *fat, uint32_t clu, const char *name,
                                 uint32_t *ret_clu)
{
    if (clu == 0 && fat->bits != 32) {
        enum status status = search_bytes(fat, fat->root_off, fat->root_bytes, name, ret_clu);
        return status == STATUS_END ? STATUS_NOT_FOUND : status;
    }
    for (uint64_t left = DIR_BYTES_MAX / fat->clu_bytes; left > 0; left--) {
        if (clu < FIRST_CLU || clu - FIRST_CLU >= fat->clu_count)
            return STATUS_NOT_FOUND;
        uint64_t off = fat->heap_off + (uint64_t)(clu - FIRST_CLU) * fat->clu_bytes;
        enum status status = search_bytes(fat, off, fat->clu_bytes, name, ret_clu);
        if (status == STATUS_NOT_FOUND)
            status = next_cluster(fat, clu, &clu);
        else
            return status == STATUS_END ? STATUS_NOT_FOUND : status;
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_NOT_FOUND;
}

enum status fat_inspect(const struct blockdev *device, bool *ret_has_boot_folder,
                        uint8_t ret_label[11])
{
    uint8_t sector[512];
    struct fat fat = {.device = device};
    uint32_t clu;

    enum status status = bootable_peek(device, 0, sizeof(sector), sector);
    if (status != STATUS_OK)
        return status;
    if (!parse_boot_sector(sector, &fat))
        return STATUS_NOT_FOUND;
    status = search_folder(&fat, fat.root_clu, "EFI        ", &clu);
    if (status == STATUS_OK)
        status = search_folder(&fat, clu, "BOOT       ", &clu);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        return status;
    *ret_has_boot_folder = status == STATUS_OK;
    memcpy(ret_label, sector + (fat.bits == 32 ? 71 : 43), 11);
    return STATUS_OK;
}
