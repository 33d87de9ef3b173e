/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot options (UEFI 2.10, 3.1) and the removable media path (3.5.1.1) of the other disks. */
#include "efi/port/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "efi/core/boot/load_option.h"
#include "efi/port/devpath.h"
#include "efi/port/volume.h"

#define OPTION_BYTES_MAX ((UINTN)8 << 10)
#define OPTIONS_MAX      256
#define FALLBACK_LOADER  "/EFI/BOOT/BOOTX64.EFI"

static EFI_GUID global_guid = EFI_GLOBAL_VARIABLE;
static const EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static const EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;

void local_clear(struct local *local)
{
    free(local->path);
    free(local->about);
    *local = (struct local){0};
}

/* The value of a global variable, at most MAX bytes in a new memory; NULL if there is none. */
static uint8_t *read_global(const CHAR16 *name, UINTN max, size_t *ret_len)
{
    uint8_t *bytes = malloc(max);
    UINTN len = max;

    if (bytes == NULL)
        return NULL;
    if (EFI_ERROR(rt->GetVariable((CHAR16 *)(uintptr_t)name, &global_guid, NULL, &len, bytes))) {
        free(bytes);
        return NULL;
    }
    *ret_len = len;
    return bytes;
}

/* Is HANDLE's partition on the disk that this program was started from? */
static bool is_own_disk(EFI_HANDLE esp, const uint8_t *path)
{
    const uint8_t *own = esp != NULL ? devpath_of(esp) : NULL;
    struct devpath_node node;
    uint8_t guid[16];

    return own != NULL && devpath_partition(own, &node, guid) && devpath_len(path) >= node.off &&
           memcmp(own, path, node.off) == 0;
}

/* The file system on the partition GUID of another disk; NULL if there is none. */
static EFI_HANDLE find_partition(EFI_HANDLE esp, const uint8_t guid[16])
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&file_system_guid, &handles);

    for (size_t i = 0; i < count; i++) {
        const uint8_t *path = devpath_of(handles[i]);
        struct devpath_node node;
        uint8_t other[16];
        if (path != NULL && devpath_partition(path, &node, other) && memcmp(other, guid, 16) == 0 &&
            !is_own_disk(esp, path))
            return handles[i];
    }
    return NULL;
}

static bool has_file(EFI_HANDLE handle, const char *file)
{
    EFI_FILE_HANDLE root, opened;
    uint64_t size;

    if (volume_open(handle, &root) != STATUS_OK)
        return false;
    bool is_there = volume_open_file(root, file, &opened, &size) == STATUS_OK;
    if (is_there)
        opened->Close(opened);
    volume_close(&root);
    return is_there && size > 0;
}

/* Makes a candidate of FILE on HANDLE, if it is there. */
static enum status take_file(EFI_HANDLE handle, const char *title, const char *file,
                             struct local *ret_local)
{
    auto_strbuf about = STRBUF_INIT;
    struct local local = {0};

    if (!has_file(handle, file))
        return STATUS_NOT_FOUND;
    strbuf_printf(&about, "%s: %s", title, file);
    local.path = devpath_file(devpath_of(handle), file);
    local.about = strbuf_take(&about);
    if (local.path == NULL || local.about == NULL) {
        local_clear(&local);
        return STATUS_NO_MEMORY;
    }
    *ret_local = local;
    return STATUS_OK;
}

/* ---- the boot order ---- */

static enum status take_option(EFI_HANDLE esp, uint16_t number, struct local *ret_local)
{
    static const char digits[] = "0123456789ABCDEF";
    CHAR16 name[] = u"Boot0000";
    auto_free uint8_t *bytes = NULL;
    struct load_option option = {0};
    size_t len;

    for (unsigned i = 0; i < 4; i++)
        name[4 + i] = (CHAR16)digits[number >> (12 - 4 * i) & 15];
    bytes = read_global(name, OPTION_BYTES_MAX, &len);
    enum status status = bytes != NULL ? load_option_read(bytes, len, &option) : STATUS_NOT_FOUND;
    if (status != STATUS_OK) /* one that cannot be read is none */
        return status == STATUS_NO_MEMORY ? status : STATUS_NOT_FOUND;
    EFI_HANDLE handle = option.is_active ? find_partition(esp, option.partition) : NULL;
    const char *file = option.file != NULL ? option.file : FALLBACK_LOADER;
    status = handle != NULL ? take_file(handle, option.title, file, ret_local) : STATUS_NOT_FOUND;
    load_option_clear(&option);
    return status;
}

static enum status find_by_order(EFI_HANDLE esp, struct local *ret_local)
{
    size_t len;
    auto_free uint8_t *order = read_global(u"BootOrder", 2 * OPTIONS_MAX, &len);
    enum status status = STATUS_NOT_FOUND;

    for (size_t i = 0; order != NULL && status == STATUS_NOT_FOUND && i + 2 <= len; i += 2)
        status = take_option(esp, get_le16(order + i), ret_local);
    return status;
}

/* ---- the other disks ---- */

static enum status find_by_disk(EFI_HANDLE esp, bool is_removable, struct local *ret_local)
{
    auto_handles EFI_HANDLE *handles = NULL;
    size_t count = port_handles(&file_system_guid, &handles);
    enum status status = STATUS_NOT_FOUND;

    for (size_t i = 0; status == STATUS_NOT_FOUND && i < count; i++) {
        const EFI_BLOCK_IO *io = port_protocol(handles[i], &block_io_guid);
        const uint8_t *path = devpath_of(handles[i]);
        if (io == NULL || path == NULL || (io->Media->RemovableMedia != 0) != is_removable ||
            is_own_disk(esp, path))
            continue;
        status = take_file(handles[i], is_removable ? "another stick or disc" : "the other disk",
                           FALLBACK_LOADER, ret_local);
    }
    return status;
}

enum status local_find(EFI_HANDLE esp, struct local *ret_local)
{
    enum status status = find_by_order(esp, ret_local);

    if (status == STATUS_NOT_FOUND)
        status = find_by_disk(esp, false, ret_local);
    return status == STATUS_NOT_FOUND ? find_by_disk(esp, true, ret_local) : status;
}

enum status local_start(const struct local *local, struct strbuf *message)
{
    EFI_HANDLE loader = NULL;

    EFI_STATUS efi_status =
        bs->LoadImage(false, own_image, (EFI_DEVICE_PATH *)local->path, NULL, 0, &loader);
    if (EFI_ERROR(efi_status)) {
        if (loader != NULL)
            bs->UnloadImage(loader); /* a signature that is refused leaves it behind */
        strbuf_printf(message, "%s cannot be loaded: ", local->about);
        port_append_status(message, efi_status);
        strbuf_append(message, ".");
        return port_status(efi_status);
    }
    efi_status = bs->StartImage(loader, NULL, NULL);
    strbuf_printf(message, "%s ended: ", local->about);
    if (EFI_ERROR(efi_status))
        port_append_status(message, efi_status);
    else
        strbuf_append(message, "it came back without an error");
    strbuf_append(message, ".");
    return EFI_ERROR(efi_status) ? port_status(efi_status) : STATUS_CANCELLED;
}
