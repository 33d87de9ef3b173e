/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot options (UEFI 2.10, 3.1) and the removable media path (3.5.1.1) of the other disks. */
#include "efi/port/local.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "efi/port/devpath.h"
#include "efi/port/volume.h"

#define OPTION_BYTES_MAX ((UINTN)8 << 10)
#define OPTIONS_MAX      256
#define OPTION_HEADER    6 /* attributes, length of the path list; UEFI 2.10, 3.1.3 */
#define OPTION_ACTIVE    1
#define HARD_DRIVE_LEN   42
#define HARD_DRIVE_GUID  24
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

/* Units up to the NUL among at most MAX; MAX if there is none. */
static size_t units_before_nul(const uint8_t *bytes, size_t max)
{
    size_t units = 0;
    while (units < max && get_le16(bytes + 2 * units) != 0)
        units++;
    return units;
}

/* LEN bytes of UTF-16 (at any address) as a new text; NULL when memory runs out. */
static char *text_of_units(const uint8_t *bytes, size_t units)
{
    auto_free uint16_t *copy = malloc((units + 1) * sizeof(*copy));
    char *text;

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < units; i++)
        copy[i] = get_le16(bytes + 2 * i);
    return utf8_from_utf16(copy, units, &text) == STATUS_OK ? text : NULL;
}

/* Finds the partition and the file in LEN bytes of a device path; the file is new, NULL if the path
 * ends with the partition. False if it is no file on a GPT partition. */
static bool read_path(const uint8_t *path, size_t len, uint8_t ret_guid[16], char **ret_file)
{
    bool has_partition = false;
    size_t off = 0;

    while (len - off >= 4) {
        const uint8_t *node = path + off;
        size_t node_len = get_le16(node + 2);
        if (node_len < 4 || node_len > len - off || node[0] == 0x7F)
            break;
        if (node[0] == MEDIA_DEVICE_PATH && node[1] == MEDIA_HARDDRIVE_DP &&
            node_len == HARD_DRIVE_LEN && node[HARD_DRIVE_LEN - 1] == SIGNATURE_TYPE_GUID) {
            memcpy(ret_guid, node + HARD_DRIVE_GUID, 16);
            has_partition = true;
        } else if (has_partition && node[0] == MEDIA_DEVICE_PATH && node[1] == MEDIA_FILEPATH_DP) {
            char *file = text_of_units(node + 4, units_before_nul(node + 4, (node_len - 4) / 2));
            for (size_t i = 0; file != NULL && file[i] != '\0'; i++)
                if (file[i] == '\\')
                    file[i] = '/';
            *ret_file = file;
            return file != NULL && file[0] != '\0';
        }
        off += node_len;
    }
    return has_partition;
}

static enum status take_option(EFI_HANDLE esp, uint16_t number, struct local *ret_local)
{
    static const char digits[] = "0123456789ABCDEF";
    CHAR16 name[] = u"Boot0000";
    auto_free uint8_t *option = NULL;
    auto_free char *title = NULL, *file = NULL;
    uint8_t guid[16];
    size_t len;

    for (unsigned i = 0; i < 4; i++)
        name[4 + i] = (CHAR16)digits[number >> (12 - 4 * i) & 15];
    option = read_global(name, OPTION_BYTES_MAX, &len);
    if (option == NULL || len < OPTION_HEADER || (get_le32(option) & OPTION_ACTIVE) == 0)
        return STATUS_NOT_FOUND;
    size_t units = units_before_nul(option + OPTION_HEADER, (len - OPTION_HEADER) / 2);
    size_t path_off = OPTION_HEADER + 2 * (units + 1), path_len = get_le16(option + 4);
    if (path_off > len || path_len > len - path_off ||
        !read_path(option + path_off, path_len, guid, &file))
        return STATUS_NOT_FOUND;
    EFI_HANDLE handle = find_partition(esp, guid);
    if (handle == NULL)
        return STATUS_NOT_FOUND;
    title = text_of_units(option + OPTION_HEADER, units);
    if (title == NULL)
        return STATUS_NO_MEMORY;
    return take_file(handle, title, file != NULL ? file : FALLBACK_LOADER, ret_local);
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
