/* SPDX-License-Identifier: BSD-2-Clause */
/* The initramfs is read straight into the memory that the kernel's stub hands us: no copy of it is
 * held here. Linux Documentation/admin-guide/efi-stub.rst; UEFI 2.10, 13.2. */
#include "efi/port/initrd.h"

#include <stdlib.h>

#include "efi/port/volume.h"

#define READ_BYTES       ((UINTN)4 << 20)
#define INITRD_BYTES_MAX ((uint64_t)1 << 30)
#define LOAD_FILE2_GUID                                                                            \
    {                                                                                              \
        0x4006c0c1, 0xfcb3, 0x403e,                                                                \
        {                                                                                          \
            0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d                                         \
        }                                                                                          \
    }
#define INITRD_MEDIA_GUID                                                                          \
    {                                                                                              \
        0x5568e427, 0x68fc, 0x4f3d,                                                                \
        {                                                                                          \
            0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68                                         \
        }                                                                                          \
    }
#define END_OF_DEVICE_PATH                                                                         \
    {                                                                                              \
        0x7F, 0xFF,                                                                                \
        {                                                                                          \
            4, 0                                                                                   \
        }                                                                                          \
    }

struct initrd {
    EFI_LOAD_FILE_PROTOCOL protocol; /* first: LoadFile2 has LoadFile's shape */
    EFI_HANDLE handle;
    EFI_FILE_HANDLE file;
    uint64_t size_bytes;
    EFI_STATUS read_status; /* of the kernel's last attempt */
};

static EFI_GUID load_file2_guid = LOAD_FILE2_GUID;
static EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static struct {
    VENDOR_DEVICE_PATH vendor;
    EFI_DEVICE_PATH end;
} __attribute__((packed)) initrd_path = {
    .vendor = {.Header = {MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
               .Guid = INITRD_MEDIA_GUID},
    .end = END_OF_DEVICE_PATH,
};

static EFI_STATUS read_all(struct initrd *initrd, uint8_t *buffer)
{
    uint64_t done = 0;
    EFI_STATUS efi_status = initrd->file->SetPosition(initrd->file, 0);
    while (!EFI_ERROR(efi_status) && done < initrd->size_bytes) {
        uint64_t left = initrd->size_bytes - done;
        UINTN part = left < READ_BYTES ? (UINTN)left : READ_BYTES;
        efi_status = initrd->file->Read(initrd->file, &part, buffer + done);
        if (!EFI_ERROR(efi_status) && part == 0)
            efi_status = EFI_VOLUME_CORRUPTED;
        done += part;
    }
    return efi_status;
}

static EFI_STATUS EFIAPI load_file(EFI_LOAD_FILE_PROTOCOL *this, EFI_DEVICE_PATH *path,
                                   BOOLEAN boot_policy, UINTN *size, void *buffer)
{
    struct initrd *initrd = (struct initrd *)this;

    if (path == NULL || size == NULL)
        return EFI_INVALID_PARAMETER;
    if (boot_policy)
        return EFI_UNSUPPORTED; /* LoadFile2 has none */
    if (buffer == NULL || *size < initrd->size_bytes) {
        *size = (UINTN)initrd->size_bytes;
        return EFI_BUFFER_TOO_SMALL;
    }
    initrd->read_status = read_all(initrd, buffer);
    *size = (UINTN)initrd->size_bytes;
    return initrd->read_status;
}

enum status initrd_offer(EFI_FILE_HANDLE root, const char *path, struct initrd **ret_initrd,
                         struct strbuf *message)
{
    struct initrd *initrd = calloc(1, sizeof(*initrd));
    if (initrd == NULL)
        return STATUS_NO_MEMORY;
    enum status status = volume_open_file(root, path, &initrd->file, &initrd->size_bytes);
    if (status == STATUS_OK && (initrd->size_bytes == 0 || initrd->size_bytes > INITRD_BYTES_MAX))
        status = STATUS_CORRUPT;
    if (status != STATUS_OK) {
        strbuf_printf(message,
                      "%s on the stick's EFI partition: %s. Update the stick with mkhiperiso.",
                      path, status_text(status));
        goto fail;
    }
    initrd->protocol.LoadFile = load_file;
    EFI_STATUS efi_status =
        bs->InstallMultipleProtocolInterfaces(&initrd->handle, &device_path_guid, &initrd_path,
                                              &load_file2_guid, &initrd->protocol, NULL);
    if (EFI_ERROR(efi_status)) {
        strbuf_append(message, "The firmware takes no initramfs from this program: ");
        port_append_status(message, efi_status);
        status = port_status(efi_status);
        goto fail;
    }
    *ret_initrd = initrd;
    return STATUS_OK;
fail:
    if (initrd->file != NULL)
        initrd->file->Close(initrd->file);
    free(initrd);
    return status;
}

void initrd_withdraw(struct initrd *initrd, struct strbuf *message)
{
    if (initrd == NULL)
        return;
    EFI_STATUS efi_status = bs->UninstallMultipleProtocolInterfaces(
        initrd->handle, &device_path_guid, &initrd_path, &load_file2_guid, &initrd->protocol, NULL);
    if (EFI_ERROR(initrd->read_status)) {
        strbuf_append(message, " The initramfs could not be read: ");
        port_append_status(message, initrd->read_status);
        strbuf_append(message, ".");
    }
    if (EFI_ERROR(efi_status)) /* somebody holds it: it stays installed, and its memory with it */
        return;
    initrd->file->Close(initrd->file);
    free(initrd);
}
