/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing and reading through EFI_FILE_PROTOCOL. */
#include "efi/port/volume.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/base/utf.h"

#define INFO_BYTES_START ((UINTN)1024)
#define INFO_BYTES_MAX   ((UINTN)64 << 10)
#define FAULTS_MAX       100 /* entries of one folder that may fail before it is given up */
#define READ_BYTES       ((UINTN)4 << 20)

static EFI_GUID file_info_guid = EFI_FILE_INFO_ID;
static EFI_GUID label_guid = EFI_FILE_SYSTEM_VOLUME_LABEL_ID;
static const EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;

static void cleanup_file(EFI_FILE_HANDLE *file)
{
    if (*file != NULL)
        (*file)->Close(*file);
}

#define auto_file __attribute__((cleanup(cleanup_file)))

enum status volume_open(EFI_HANDLE handle, EFI_FILE_HANDLE *ret_root)
{
    EFI_FILE_IO_INTERFACE *file_system = port_protocol(handle, &file_system_guid);
    EFI_FILE_HANDLE root;

    if (file_system == NULL)
        return STATUS_NOT_FOUND;
    EFI_STATUS efi_status = file_system->OpenVolume(file_system, &root);
    if (EFI_ERROR(efi_status))
        return port_status(efi_status);
    *ret_root = root;
    return STATUS_OK;
}

void volume_close(EFI_FILE_HANDLE *root)
{
    cleanup_file(root);
    *root = NULL;
}

static enum status open_path(EFI_FILE_HANDLE root, const char *path, EFI_FILE_HANDLE *ret_file)
{
    auto_free uint16_t *units = NULL;
    size_t count;
    EFI_FILE_HANDLE file;

    enum status status = utf16_from_utf8(path, &units, &count);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        if (units[i] == '/')
            units[i] = '\\';
    }
    EFI_STATUS efi_status = root->Open(root, &file, units, EFI_FILE_MODE_READ, 0);
    if (EFI_ERROR(efi_status))
        return port_status(efi_status);
    *ret_file = file;
    return STATUS_OK;
}

/* Reads information that grows: an EFI_FILE_INFO of FILE itself, or with IS_LISTING of its next
 * entry. *SIZE is what was read. */
static EFI_STATUS read_info(EFI_FILE_HANDLE file, bool is_listing, EFI_FILE_INFO **buffer,
                            UINTN *capacity, UINTN *ret_size)
{
    for (;;) {
        UINTN size = *capacity;
        EFI_STATUS efi_status = is_listing ? file->Read(file, &size, *buffer)
                                           : file->GetInfo(file, &file_info_guid, &size, *buffer);
        if (efi_status != EFI_BUFFER_TOO_SMALL) {
            *ret_size = size;
            return efi_status;
        }
        if (size <= *capacity || size > INFO_BYTES_MAX)
            return EFI_VOLUME_CORRUPTED;
        EFI_FILE_INFO *larger = realloc(*buffer, size);
        if (larger == NULL)
            return EFI_OUT_OF_RESOURCES;
        *buffer = larger;
        *capacity = size;
    }
}

enum status volume_open_file(EFI_FILE_HANDLE root, const char *path, EFI_FILE_HANDLE *ret_file,
                             uint64_t *ret_size)
{
    auto_file EFI_FILE_HANDLE file = NULL;
    auto_free EFI_FILE_INFO *info = NULL;
    UINTN capacity = INFO_BYTES_START, size;

    enum status status = open_path(root, path, &file);
    if (status != STATUS_OK)
        return status;
    info = malloc(capacity);
    if (info == NULL)
        return STATUS_NO_MEMORY;
    status = port_status(read_info(file, false, &info, &capacity, &size));
    if (status != STATUS_OK)
        return status;
    if ((info->Attribute & EFI_FILE_DIRECTORY) != 0)
        return STATUS_NOT_FOUND;
    *ret_size = info->FileSize;
    *ret_file = take_ptr(file);
    return STATUS_OK;
}

static enum status visit_entry(const EFI_FILE_INFO *info, UINTN size, platform_visit_fn *visit,
                               void *context)
{
    auto_free char *name = NULL;
    size_t units = 0, max = (size - offsetof(EFI_FILE_INFO, FileName)) / sizeof(CHAR16);

    while (units < max && info->FileName[units] != 0)
        units++;
    enum status status = utf8_from_utf16(info->FileName, units, &name);
    if (status != STATUS_OK)
        return status;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || name[0] == '\0')
        return STATUS_OK;
    struct platform_file file = {
        .name = name,
        .size_bytes = info->FileSize,
        .is_folder = (info->Attribute & EFI_FILE_DIRECTORY) != 0,
    };
    return visit(context, &file);
}

enum status volume_list(EFI_FILE_HANDLE root, const char *path, platform_visit_fn *visit,
                        void *context)
{
    auto_file EFI_FILE_HANDLE folder = NULL;
    auto_free EFI_FILE_INFO *info = NULL;
    UINTN capacity = INFO_BYTES_START, size;
    enum status fault = STATUS_OK;

    enum status status = open_path(root, path, &folder);
    if (status != STATUS_OK)
        return status;
    info = malloc(capacity);
    if (info == NULL)
        return STATUS_NO_MEMORY;
    for (unsigned faults = 0; faults < FAULTS_MAX;) {
        EFI_STATUS efi_status = read_info(folder, true, &info, &capacity, &size);
        if (EFI_ERROR(efi_status)) {
            fault = port_status(efi_status);
            faults++;
            if (fault != STATUS_CORRUPT)
                break;
            continue; /* what lies behind a damaged entry may be whole */
        }
        if (size < offsetof(EFI_FILE_INFO, FileName))
            break; /* the end: zero bytes */
        status = visit_entry(info, size, visit, context);
        if (status != STATUS_OK)
            return status;
    }
    return fault;
}

enum status volume_read_file(EFI_FILE_HANDLE root, const char *path, size_t max, char **ret_text,
                             size_t *ret_len)
{
    auto_file EFI_FILE_HANDLE file = NULL;
    auto_free char *text = NULL;
    uint64_t size;

    enum status status = volume_open_file(root, path, &file, &size);
    if (status != STATUS_OK)
        return status;
    if (size > max)
        return STATUS_TOO_LARGE;
    text = malloc((size_t)size + 1);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    size_t len = 0;
    while (len < size) {
        UINTN part = size - len < READ_BYTES ? (UINTN)(size - len) : READ_BYTES;
        status = port_status(file->Read(file, &part, text + len));
        if (status != STATUS_OK)
            return status;
        if (part == 0)
            return STATUS_CORRUPT; /* shorter than its own directory entry says */
        len += part;
    }
    text[len] = '\0';
    *ret_len = len;
    *ret_text = take_ptr(text);
    return STATUS_OK;
}

/* ---- files as devices ---- */

struct file_device {
    struct blockdev device; /* first: what is handed out */
    EFI_FILE_HANDLE file;
};

static enum status read_device(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct file_device *open = context;
    uint8_t *bytes = ret_bytes;

    enum status status = port_status(open->file->SetPosition(open->file, off));
    for (size_t done = 0; status == STATUS_OK && done < len;) {
        UINTN part = len - done < READ_BYTES ? (UINTN)(len - done) : READ_BYTES;
        status = port_status(open->file->Read(open->file, &part, bytes + done));
        if (status == STATUS_OK && part == 0)
            return STATUS_CORRUPT; /* shorter than its own directory entry says */
        done += part;
    }
    return status;
}

enum status volume_open_device(EFI_FILE_HANDLE root, const char *path, struct blockdev **ret_device)
{
    struct file_device *open = calloc(1, sizeof(*open));

    if (open == NULL)
        return STATUS_NO_MEMORY;
    enum status status = volume_open_file(root, path, &open->file, &open->device.size_bytes);
    if (status != STATUS_OK) {
        free(open);
        return status;
    }
    open->device.read = read_device;
    open->device.context = open;
    open->device.block_bytes = 512;
    *ret_device = &open->device;
    return STATUS_OK;
}

void volume_close_device(struct blockdev *device)
{
    struct file_device *open = device->context;

    open->file->Close(open->file);
    free(open);
}

void volume_label(EFI_FILE_HANDLE root, char *ret_label, size_t max)
{
    CHAR16 units[PLATFORM_LABEL_MAX + 1];
    UINTN size = sizeof(units);
    auto_free char *label = NULL;
    size_t count = 0;

    ret_label[0] = '\0';
    if (EFI_ERROR(root->GetInfo(root, &label_guid, &size, units)))
        return;
    while (count < size / sizeof(*units) && units[count] != 0)
        count++;
    if (utf8_from_utf16(units, count, &label) != STATUS_OK)
        return;
    size_t len = text_cut(label, max - 1);
    memcpy(ret_label, label, len);
    ret_label[len] = '\0';
}
