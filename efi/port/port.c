/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's tables, its memory and its status values. */
#include "efi/port/port.h"

#include "efi/libc/libc.h"
#include "efi/port/clock.h"

EFI_SYSTEM_TABLE *st;
EFI_BOOT_SERVICES *bs;
EFI_RUNTIME_SERVICES *rt;
EFI_HANDLE own_image;

/* UEFI 2.10, appendix D; those that devices and loaders return. */
static const struct {
    EFI_STATUS efi_status;
    enum status status;
    const char *name;
} statuses[] = {
    {EFI_LOAD_ERROR, STATUS_CORRUPT, "Load Error"},
    {EFI_INVALID_PARAMETER, STATUS_INVALID, "Invalid Parameter"},
    {EFI_UNSUPPORTED, STATUS_UNSUPPORTED, "Unsupported"},
    {EFI_BAD_BUFFER_SIZE, STATUS_INVALID, "Bad Buffer Size"},
    {EFI_BUFFER_TOO_SMALL, STATUS_TOO_LARGE, "Buffer Too Small"},
    {EFI_NOT_READY, STATUS_IO, "Not Ready"},
    {EFI_DEVICE_ERROR, STATUS_IO, "Device Error"},
    {EFI_WRITE_PROTECTED, STATUS_IO, "Write Protected"},
    {EFI_OUT_OF_RESOURCES, STATUS_NO_MEMORY, "Out of Resources"},
    {EFI_VOLUME_CORRUPTED, STATUS_CORRUPT, "Volume Corrupted"},
    {EFI_VOLUME_FULL, STATUS_NO_SPACE, "Volume Full"},
    {EFI_NO_MEDIA, STATUS_IO, "No Media"},
    {EFI_MEDIA_CHANGED, STATUS_IO, "Media Changed"},
    {EFI_NOT_FOUND, STATUS_NOT_FOUND, "Not Found"},
    {EFI_ACCESS_DENIED, STATUS_UNSUPPORTED, "Access Denied"},
    {EFI_NO_RESPONSE, STATUS_IO, "No Response"},
    {EFI_NO_MAPPING, STATUS_IO, "No Mapping"},
    {EFI_TIMEOUT, STATUS_IO, "Timeout"},
    {EFI_NOT_STARTED, STATUS_IO, "Not Started"},
    {EFI_ALREADY_STARTED, STATUS_EXISTS, "Already Started"},
    {EFI_ABORTED, STATUS_CANCELLED, "Aborted"},
    {EFI_INCOMPATIBLE_VERSION, STATUS_UNSUPPORTED, "Incompatible Version"},
    {EFI_SECURITY_VIOLATION, STATUS_UNSUPPORTED, "Security Violation"},
    {EFI_CRC_ERROR, STATUS_CORRUPT, "CRC Error"},
};

void port_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
    own_image = image;
    st = table;
    bs = table->BootServices;
    rt = table->RuntimeServices;
    bs->SetWatchdogTimer(0, 0, 0, NULL); /* a menu may wait longer than its five minutes */
    clock_init();
}

enum status port_status(EFI_STATUS efi_status)
{
    if (!EFI_ERROR(efi_status))
        return STATUS_OK;
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].efi_status == efi_status)
            return statuses[i].status;
    }
    return STATUS_IO;
}

void port_append_status(struct strbuf *b, EFI_STATUS efi_status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (statuses[i].efi_status == efi_status) {
            strbuf_append(b, statuses[i].name);
            return;
        }
    }
    strbuf_printf(b, "EFI status 0x%llx", (unsigned long long)efi_status);
}

void *port_protocol(EFI_HANDLE handle, const EFI_GUID *guid)
{
    void *interface = NULL;
    EFI_GUID copy = *guid;
    if (handle == NULL || EFI_ERROR(bs->HandleProtocol(handle, &copy, &interface)))
        return NULL;
    return interface;
}

size_t port_handles(const EFI_GUID *guid, EFI_HANDLE **ret_handles)
{
    UINTN count = 0;
    EFI_GUID copy = *guid;
    *ret_handles = NULL;
    if (EFI_ERROR(bs->LocateHandleBuffer(ByProtocol, &copy, NULL, &count, ret_handles)))
        return 0;
    return count;
}

void port_free_handles(EFI_HANDLE *handles)
{
    if (handles != NULL)
        bs->FreePool(handles);
}

void port_cleanup_handles(EFI_HANDLE **handles)
{
    port_free_handles(*handles);
}

void *libc_pool_alloc(size_t size)
{
    void *memory = NULL;
    if (EFI_ERROR(bs->AllocatePool(EfiLoaderData, size, &memory)))
        return NULL;
    return memory;
}

void libc_pool_free(void *memory)
{
    bs->FreePool(memory);
}

void libc_panic(const char *message)
{
    st->ConOut->OutputString(st->ConOut, (CHAR16 *)u"\r\nhiperiso: ");
    for (; *message != '\0'; message++) {
        CHAR16 text[2] = {(CHAR16)*message, 0};
        st->ConOut->OutputString(st->ConOut, text);
    }
    st->ConOut->OutputString(st->ConOut, (CHAR16 *)u"\r\n");
    bs->Stall(10 * 1000 * 1000);
    bs->Exit(own_image, EFI_ABORTED, 0, NULL);
    for (;;)
        __asm__ volatile("hlt");
}
