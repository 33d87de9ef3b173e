/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image is and boots on, from its contents. */
#include "efi/core/fs/bootable.h"

#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/fs/bootable_private.h"
#include "efi/core/fs/gpt.h"

#define SECTOR_BYTES    512
#define FOOTER_BYTES    512
#define MBR_PARTITIONS  4
#define MBR_TABLE_OFF   446
#define MBR_CODE_BYTES  440
#define MBR_TYPE_GPT    0xee
#define MBR_TYPE_ESP    0xef
#define MBR_ACTIVE      0x80
#define GPT_LEGACY_BOOT ((uint64_t)1 << 2) /* UEFI 2.10, table 5-8 */

static const uint8_t gpt_type_bios_boot[16] = {0x48, 0x61, 0x68, 0x21, 0x49, 0x64, 0x6f, 0x6e,
                                               0x74, 0x4e, 0x65, 0x65, 0x64, 0x45, 0x46, 0x49};

struct mbr_partition {
    uint64_t off, size_bytes;
    uint8_t type;
    bool is_active;
};

enum status bootable_peek(const struct blockdev *device, uint64_t off, size_t len,
                          uint8_t *ret_bytes)
{
    uint64_t inside = off < device->size_bytes ? device->size_bytes - off : 0;
    size_t present = inside < len ? (size_t)inside : len;

    memset(ret_bytes + present, 0, len - present);
    return blockdev_read(device, off < device->size_bytes ? off : 0, present, ret_bytes);
}

void bootable_set_label(struct bootable *bootable, const uint8_t *text, size_t len)
{
    size_t start = 0;

    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\0'))
        len--;
    while (start < len && text[start] == ' ')
        start++;
    len -= start;
    if (len >= sizeof(bootable->label))
        len = sizeof(bootable->label) - 1;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = text[start + i];
        bootable->label[i] = c >= 0x20 && c < 0x7f ? (char)c : '?';
    }
    bootable->label[len] = '\0';
}

/* The containers of virtual machines, by magic number; their guests' sectors are not looked at. */
static enum image_kind container_kind(const uint8_t *head, const uint8_t *footer)
{
    static const struct {
        const char *magic;
        size_t len;
        enum image_kind kind;
    } magics[] = {
        {"QFI\xfb", 4, IMAGE_QCOW2},
        {"vhdxfile", 8, IMAGE_VHDX},
        {"conectix", 8, IMAGE_VHD}, /* dynamic: the footer's copy comes first */
        {"KDMV", 4, IMAGE_VMDK},
        {"COWD", 4, IMAGE_VMDK},
        {"# Disk DescriptorFile", 21, IMAGE_VMDK},
    };

    for (size_t i = 0; i < ARRAY_SIZE(magics); i++) {
        if (memcmp(head, magics[i].magic, magics[i].len) == 0)
            return magics[i].kind;
    }
    return memcmp(footer, "conectix", 8) == 0 ? IMAGE_VHD : IMAGE_UNKNOWN;
}

static struct mbr_partition mbr_partition(const uint8_t *sector, size_t index, uint32_t block_bytes)
{
    const uint8_t *entry = sector + MBR_TABLE_OFF + index * 16;

    return (struct mbr_partition){
        .type = entry[4],
        .is_active = entry[0] == MBR_ACTIVE,
        .off = (uint64_t)get_le32(entry + 8) * block_bytes,
        .size_bytes = (uint64_t)get_le32(entry + 12) * block_bytes,
    };
}

/* UEFI 2.10, 5.2.1; a boot sector of a file system has bytes that are no table. */
static bool has_mbr_table(const uint8_t *sector)
{
    bool is_used = false;

    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        struct mbr_partition partition = mbr_partition(sector, i, SECTOR_BYTES);
        if ((sector[MBR_TABLE_OFF + i * 16] & ~MBR_ACTIVE) != 0)
            return false;
        if (partition.type != 0 && partition.size_bytes != 0)
            is_used = true;
    }
    return is_used;
}

static bool has_code(const uint8_t *sector)
{
    for (size_t i = 0; i < MBR_CODE_BYTES; i++) {
        if (sector[i] != 0)
            return true;
    }
    return false;
}

static bool is_fat_type(uint8_t type)
{
    return type == 0x01 || type == 0x04 || type == 0x06 || type == 0x0b || type == 0x0c ||
           type == 0x0e;
}

static void state_size(struct bootable *bootable, const struct blockdev *device, uint64_t end)
{
    if (end > bootable->stated_bytes)
        bootable->stated_bytes = end;
    bootable->is_truncated = bootable->stated_bytes > device->size_bytes;
}

/* Firmware starts removable media from any FAT partition, whatever its type. */
static enum status inspect_mbr(const struct blockdev *device, const uint8_t *sector,
                               struct bootable *bootable)
{
    for (size_t i = 0; i < MBR_PARTITIONS; i++) {
        struct mbr_partition partition = mbr_partition(sector, i, SECTOR_BYTES);
        struct blockdev_window window;
        uint8_t label[11];

        if (partition.type == 0 || partition.size_bytes == 0)
            continue;
        if (partition.type !=
            MBR_TYPE_GPT) /* a protective entry may be as long as a number can be */
            state_size(bootable, device, partition.off + partition.size_bytes);
        if (partition.type == MBR_TYPE_ESP && partition.off < device->size_bytes)
            bootable->uefi = true;
        if (!is_fat_type(partition.type) || partition.off >= device->size_bytes)
            continue;
        bool has_boot_folder = false;
        enum status status = blockdev_window_init(&window, device, partition.off,
                                                  device->size_bytes - partition.off);
        if (status == STATUS_OK)
            status = fat_inspect(&window.device, &has_boot_folder, label);
        if (status == STATUS_IO)
            return status;
        if (status == STATUS_OK && has_boot_folder)
            bootable->uefi = true;
    }
    return STATUS_OK;
}

/* STATUS_NOT_FOUND when there is no usable GPT in sectors of BLOCK_BYTES. */
static enum status inspect_gpt(const struct blockdev *device, uint32_t block_bytes,
                               struct bootable *bootable, bool *ret_bios)
{
    struct blockdev sized = *device;
    struct gpt gpt;

    sized.block_bytes = block_bytes;
    enum status status = gpt_read(&sized, &gpt);
    if (status == STATUS_IO || status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK)
        return STATUS_NOT_FOUND;
    *ret_bios = false;
    for (uint32_t i = 0; i < gpt.count; i++) {
        const struct gpt_partition *partition = &gpt.partitions[i];
        state_size(bootable, device, partition->start_bytes + partition->size_bytes);
        if (memcmp(partition->type, gpt_type_esp, 16) == 0 &&
            partition->start_bytes < device->size_bytes)
            bootable->uefi = true;
        if (memcmp(partition->type, gpt_type_bios_boot, 16) == 0 ||
            (partition->attributes & GPT_LEGACY_BOOT) != 0)
            *ret_bios = true;
    }
    gpt_clear(&gpt);
    return STATUS_OK;
}

/* A raw disk: partition table, or a file system without one. SECTOR is the first. */
static enum status inspect_disk(const struct blockdev *device, const uint8_t *sector,
                                struct bootable *bootable)
{
    static const uint32_t block_sizes[] = {512, 4096};
    bool has_signature = get_le16(sector + 510) == 0xaa55;
    bool is_bios = has_signature && has_code(sector), gpt_bios = false, has_boot_folder = false;
    uint8_t label[11];

    for (size_t i = 0; i < ARRAY_SIZE(block_sizes); i++) {
        enum status status = inspect_gpt(device, block_sizes[i], bootable, &gpt_bios);
        if (status == STATUS_NOT_FOUND)
            continue;
        if (status != STATUS_OK)
            return status;
        /* Windows puts code on every disk: with a GPT, something must also mark the disk as one for
         * a BIOS. */
        for (size_t p = 0; p < MBR_PARTITIONS; p++)
            gpt_bios = gpt_bios || mbr_partition(sector, p, SECTOR_BYTES).is_active;
        bootable->kind = IMAGE_DISK;
        bootable->bios = is_bios && gpt_bios;
        return STATUS_OK;
    }
    if (!has_signature)
        return STATUS_OK;
    bootable->kind = IMAGE_DISK;
    bootable->bios = is_bios;

    enum status status = fat_inspect(device, &has_boot_folder, label);
    if (status == STATUS_OK) {
        bootable->uefi = has_boot_folder;
        if (memcmp(label, "NO NAME    ", sizeof(label)) != 0)
            bootable_set_label(bootable, label, sizeof(label));
        return STATUS_OK;
    }
    if (status != STATUS_NOT_FOUND)
        return status;
    return has_mbr_table(sector) ? inspect_mbr(device, sector, bootable) : STATUS_OK;
}

/* A CD-ROM image without an El Torito entry may still be meant for a disk (hybrid tables). */
static enum status inspect_hybrid(const struct blockdev *device, const uint8_t *sector,
                                  struct bootable *bootable)
{
    struct bootable disk = {.kind = IMAGE_UNKNOWN};

    enum status status = inspect_disk(device, sector, &disk);
    if (status != STATUS_OK)
        return status;
    bootable->bios = disk.bios;
    bootable->uefi = disk.uefi;
    return STATUS_OK;
}

static bool has_extension(const char *name, const char *extension)
{
    size_t len = strlen(name), extension_len = strlen(extension);

    if (len <= extension_len || name[len - extension_len - 1] != '.')
        return false;
    for (size_t i = 0; i < extension_len; i++) {
        char c = name[len - extension_len + i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != extension[i])
            return false;
    }
    return true;
}

static enum image_kind kind_by_name(const char *name)
{
    static const struct {
        const char *extension;
        enum image_kind kind;
    } extensions[] = {
        {"iso", IMAGE_ISO}, {"img", IMAGE_DISK},  {"raw", IMAGE_DISK},  {"qcow2", IMAGE_QCOW2},
        {"vhd", IMAGE_VHD}, {"vhdx", IMAGE_VHDX}, {"vmdk", IMAGE_VMDK},
    };

    for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
        if (has_extension(name, extensions[i].extension))
            return extensions[i].kind;
    }
    return IMAGE_UNKNOWN;
}

enum status bootable_inspect(const struct blockdev *device, const char *name,
                             struct bootable *ret_bootable)
{
    struct bootable bootable = {.kind = IMAGE_UNKNOWN};
    uint8_t sector[SECTOR_BYTES], footer[FOOTER_BYTES] = {0};

    enum status status = bootable_peek(device, 0, sizeof(sector), sector);
    if (status == STATUS_OK && device->size_bytes > FOOTER_BYTES)
        status = bootable_peek(device, device->size_bytes - FOOTER_BYTES, FOOTER_BYTES, footer);
    if (status != STATUS_OK)
        return status;
    bootable.kind = container_kind(sector, footer);
    if (bootable.kind == IMAGE_UNKNOWN) {
        status = iso9660_inspect(device, &bootable);
        if (status == STATUS_OK && !bootable.bios && !bootable.uefi)
            status = inspect_hybrid(device, sector, &bootable);
        else if (status == STATUS_NOT_FOUND)
            status = inspect_disk(device, sector, &bootable);
    } else if (bootable.kind == IMAGE_VHD && memcmp(sector, "conectix", 8) != 0) {
        status =
            inspect_disk(device, sector, &bootable); /* of fixed size: a raw disk with a footer */
        bootable.kind = IMAGE_VHD;
    }
    if (status != STATUS_OK)
        return status;
    if (bootable.kind == IMAGE_UNKNOWN)
        bootable.kind = kind_by_name(name);
    *ret_bootable = bootable;
    return STATUS_OK;
}
