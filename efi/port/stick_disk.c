/* SPDX-License-Identifier: BSD-2-Clause */
/* The way from our own image to the data partition: device path, GPT, sibling partition, file
 * system. */
#include "efi/port/stick_disk.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "efi/port/block.h"
#include "efi/port/devpath.h"
#include "efi/port/drivers.h"
#include "efi/port/volume.h"

#define NOTE_MAX ((size_t)4096) /* bytes of the note on an unfinished stick */

static EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;

/* A whole disk that may hold the data partition. */
struct candidate {
    const uint8_t *disk_path;
    EFI_HANDLE disk;
    uint8_t guid[16]; /* of the data partition */
};

/* The handle whose device path is PATH (LEN bytes before its end node). */
static EFI_HANDLE handle_at(const uint8_t *path, size_t len)
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&block_io_guid, &handles);

    for (size_t i = 0; i < count; i++) {
        const uint8_t *other = devpath_of(handles[i]);
        if (other != NULL && devpath_len(other) == len && memcmp(other, path, len) == 0)
            return handles[i];
    }
    return NULL;
}

/* The handle of the partition GUID on the disk at DISK_PATH. */
static EFI_HANDLE partition_handle(const uint8_t *disk_path, const uint8_t guid[16])
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t disk_len = devpath_len(disk_path);
    size_t count = port_handles(&block_io_guid, &handles);

    for (size_t i = 0; i < count; i++) {
        const uint8_t *path = devpath_of(handles[i]);
        struct devpath_node node;
        uint8_t other[16];
        if (path != NULL && devpath_partition(path, &node, other) && memcmp(other, guid, 16) == 0 &&
            node.off == disk_len && memcmp(path, disk_path, disk_len) == 0)
            return handles[i];
    }
    return NULL;
}

/* The data partition of the disk on HANDLE: by name, or (ANY_NAME) the first of type basic data. */
static enum status find_data_partition(EFI_HANDLE handle, bool any_name, uint8_t ret_guid[16])
{
    struct block block;
    struct gpt gpt = {0};
    const struct gpt_partition *found = NULL;

    enum status status = block_open(&block, handle);
    if (status == STATUS_OK)
        status = gpt_read(&block.device, &gpt);
    if (status == STATUS_OK) {
        for (uint32_t i = 0; i < gpt.count; i++) {
            const struct gpt_partition *partition = &gpt.partitions[i];
            if (memcmp(partition->type, gpt_type_basic_data, 16) != 0)
                continue;
            bool is_named = strcmp(partition->name, LAYOUT_DATA_LABEL) == 0;
            if (is_named || (any_name && found == NULL))
                found = partition;
            if (is_named)
                break;
        }
        if (found != NULL)
            memcpy(ret_guid, found->unique, 16);
        else
            status = STATUS_NOT_FOUND;
        gpt_clear(&gpt);
    }
    block_close(&block);
    return status;
}

/* Disks with a data partition by name; the first of them in RET_FOUND. */
static unsigned search_disks(struct candidate *ret_found)
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&block_io_guid, &handles);
    unsigned found = 0;

    for (size_t i = 0; i < count; i++) {
        EFI_BLOCK_IO *io = port_protocol(handles[i], &block_io_guid);
        struct candidate candidate = {.disk_path = devpath_of(handles[i]), .disk = handles[i]};
        if (io == NULL || io->Media->LogicalPartition || candidate.disk_path == NULL ||
            find_data_partition(handles[i], false, candidate.guid) != STATUS_OK)
            continue;
        if (found++ == 0)
            *ret_found = candidate;
    }
    return found;
}

/* A firmware in a hurry connects drivers only to what it starts from; this makes it do the rest. */
static void connect_everything(void)
{
    EFI_HANDLE *handles = NULL;
    UINTN count = 0;

    if (EFI_ERROR(bs->LocateHandleBuffer(AllHandles, NULL, NULL, &count, &handles)))
        return;
    for (UINTN i = 0; i < count; i++)
        bs->ConnectController(handles[i], NULL, NULL, true);
    port_free_handles(handles);
}

/* Our program's disk has no data partition: exactly one other disk may have it. */
static enum status find_on_other_disks(struct candidate *ret_found, struct strbuf *message)
{
    unsigned found = search_disks(ret_found);
    if (found == 0) {
        connect_everything();
        found = search_disks(ret_found);
    }
    if (found == 1)
        return STATUS_OK;
    if (found == 0)
        strbuf_append(message,
                      "No disk that the firmware shows has a GPT partition named " LAYOUT_DATA_LABEL
                      ". Is the stick still plugged in? mkhiperiso makes a new one.");
    else
        strbuf_printf(
            message,
            "%u disks have a partition named " LAYOUT_DATA_LABEL
            ", and none of them is the one that this program was started from. Unplug all but one.",
            found);
    return STATUS_NOT_FOUND;
}

/* Takes the file system that is there, else tries ours. */
static enum status open_data(struct stick_disk *disk, EFI_HANDLE handle, struct strbuf *message)
{
    enum status status = volume_open(handle, &disk->data_root);
    if (status == STATUS_NOT_FOUND) {
        status = exfat_volume_publish(handle, &disk->exfat);
        if (status == STATUS_OK)
            status = volume_open(handle, &disk->data_root);
    }
    if (status == STATUS_NOT_FOUND) { /* a driver that came with the stick may know it */
        bs->ConnectController(handle, NULL, NULL, true);
        status = volume_open(handle, &disk->data_root);
    }
    if (status == STATUS_NOT_FOUND)
        strbuf_append(message,
                      "The data partition holds no exFAT or FAT file system, and no driver in "
                      "" LAYOUT_ESP_DRIVERS_DIR
                      " of the EFI partition knows what it holds. Format it as "
                      "exFAT, or make the stick anew with mkhiperiso.");
    else if (status != STATUS_OK)
        strbuf_printf(
            message,
            "The data partition's file system cannot be used: %s. Check it with fsck.exfat.",
            status_text(status));
    return status;
}

/* mkhiperiso was interrupted: the small ESP that it then leaves says so in a file. */
static bool is_unfinished(EFI_FILE_HANDLE esp_root, struct strbuf *message)
{
    auto_free char *note = NULL;
    size_t len;

    if (volume_read_file(esp_root, LAYOUT_ESP_UNFINISHED, NOTE_MAX, &note, &len) != STATUS_OK)
        return false;
    strbuf_append_printable(message, note);
    return true;
}

static enum status find_and_open(struct stick_disk *disk, struct platform_stick *ret_stick,
                                 struct strbuf *notes, struct strbuf *message)
{
    EFI_LOADED_IMAGE *image = port_protocol(own_image, &loaded_image_guid);
    const uint8_t *esp_path = image != NULL ? devpath_of(image->DeviceHandle) : NULL;
    struct devpath_node node;
    struct candidate data = {0};
    uint8_t esp_guid[16];
    auto_free uint8_t *own_disk_path = NULL;

    if (esp_path == NULL || !devpath_partition(esp_path, &node, esp_guid)) {
        strbuf_append(
            message,
            "This program was not started from a partition of a GPT disk, so there is no stick to "
            "look at. Start it from a stick that mkhiperiso made.");
        return STATUS_NOT_FOUND;
    }
    disk->esp_handle = image->DeviceHandle;
    enum status status = volume_open(disk->esp_handle, &disk->esp_root);
    if (status != STATUS_OK) {
        strbuf_printf(message,
                      "The partition that this program was started from cannot be read: %s.",
                      status_text(status));
        return status;
    }
    if (is_unfinished(disk->esp_root, message))
        return STATUS_CANCELLED;
    drivers_load(disk->esp_handle, disk->esp_root, notes);
    own_disk_path = devpath_join(esp_path, node.off, NULL, 0);
    if (own_disk_path == NULL)
        return STATUS_NO_MEMORY;
    data.disk_path = own_disk_path;
    data.disk = handle_at(esp_path, node.off);
    if (data.disk == NULL || find_data_partition(data.disk, true, data.guid) != STATUS_OK) {
        status = find_on_other_disks(&data, message);
        if (status != STATUS_OK)
            return status;
    }
    EFI_HANDLE handle = partition_handle(data.disk_path, data.guid);
    if (handle == NULL) { /* a firmware in a hurry connects only what it starts from */
        bs->ConnectController(data.disk, NULL, NULL, true);
        handle = partition_handle(data.disk_path, data.guid);
    }
    if (handle == NULL) {
        strbuf_append(message,
                      "The firmware does not show the data partition that the disk's table names.");
        return STATUS_NOT_FOUND;
    }
    gpt_guid_text(esp_guid, ret_stick->esp_partuuid);
    gpt_guid_text(data.guid, ret_stick->data_partuuid);
    status = open_data(disk, handle, message);
    if (status == STATUS_OK)
        volume_label(disk->data_root, ret_stick->data_label, sizeof(ret_stick->data_label));
    return status;
}

enum status stick_disk_open(struct stick_disk *disk, struct platform_stick *ret_stick,
                            struct strbuf *notes, struct strbuf *message)
{
    stick_disk_close(disk);
    enum status status = find_and_open(disk, ret_stick, notes, message);
    if (status != STATUS_OK)
        stick_disk_close(disk);
    return status;
}

void stick_disk_close(struct stick_disk *disk)
{
    volume_close(&disk->data_root);
    volume_close(&disk->esp_root);
    exfat_volume_withdraw(disk->exfat);
    *disk = (struct stick_disk){0};
}
