/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol on the partition's handle, and the volume behind it. */
#include "efi/port/exfat_volume.h"

#include <stdlib.h>

#include "config/base/cleanup.h"
#include "efi/port/exfat_file.h"

static EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

static EFI_STATUS EFIAPI open_volume(EFI_FILE_IO_INTERFACE *this, EFI_FILE_HANDLE *ret_root)
{
    /* The protocol is the volume's first member. */
    return exfat_file_open_root((struct exfat_volume *)this, ret_root);
}

void exfat_volume_free(struct exfat_volume *volume)
{
    if (volume->fs != NULL)
        exfat_close(volume->fs);
    block_close(&volume->block);
    free(volume);
}

enum status exfat_volume_publish(EFI_HANDLE handle, struct exfat_volume **ret_volume)
{
    struct exfat_volume *volume = calloc(1, sizeof(*volume));
    if (volume == NULL)
        return STATUS_NO_MEMORY;
    enum status status = block_open(&volume->block, handle);
    if (status == STATUS_OK)
        status = exfat_open(&volume->block.device, &volume->fs);
    if (status == STATUS_OK) {
        volume->protocol.Revision = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_REVISION;
        volume->protocol.OpenVolume = open_volume;
        volume->handle = handle;
        status = port_status(bs->InstallProtocolInterface(&volume->handle, &file_system_guid,
                                                          EFI_NATIVE_INTERFACE, &volume->protocol));
    }
    if (status != STATUS_OK) {
        exfat_volume_free(volume);
        return status;
    }
    *ret_volume = volume;
    return STATUS_OK;
}

void exfat_volume_withdraw(struct exfat_volume *volume)
{
    if (volume == NULL)
        return;
    /* A driver that holds the protocol open and does not let go: it stays installed, and so does
     * the memory behind it. UEFI 2.10, 7.3.3. */
    if (EFI_ERROR(
            bs->UninstallProtocolInterface(volume->handle, &file_system_guid, &volume->protocol)))
        return;
    if (volume->open_files == 0)
        exfat_volume_free(volume);
    else /* someone holds a file: the last one to be closed frees the volume */
        volume->is_withdrawn = true;
}
