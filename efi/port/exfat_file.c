/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and folders of an exFAT volume as the firmware sees them. */
#include "efi/port/exfat_file.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/utf.h"

#define PATH_BYTES_MAX ((size_t)EXFAT_PATH_DEPTH_MAX * (EXFAT_NAME_BYTES_MAX + 1))

struct file {
    EFI_FILE_PROTOCOL protocol; /* first: the firmware hands us its address */
    struct exfat_volume *volume;
    struct exfat_node node;
    struct exfat_position position;
    uint64_t off;
    char *path; /* "" for the root, "/a/b"; owned */
    struct exfat_dir dir;
    struct exfat_entry entry; /* what Read returns next, if has_entry */
    bool has_entry;
};

static EFI_GUID file_info_guid = EFI_FILE_INFO_ID;
static EFI_GUID system_info_guid = EFI_FILE_SYSTEM_INFO_ID;
static EFI_GUID label_guid = EFI_FILE_SYSTEM_VOLUME_LABEL_ID;

static struct file *file_of(EFI_FILE_HANDLE handle)
{
    return (struct file *)handle;
}

static EFI_STATUS efi_status_of(enum status status)
{
    switch (status) {
    case STATUS_OK:
        return EFI_SUCCESS;
    case STATUS_NOT_FOUND:
    case STATUS_INVALID:
    case STATUS_TOO_LARGE:
        return EFI_NOT_FOUND;
    case STATUS_CORRUPT:
        return EFI_VOLUME_CORRUPTED;
    case STATUS_NO_MEMORY:
        return EFI_OUT_OF_RESOURCES;
    case STATUS_UNSUPPORTED:
        return EFI_UNSUPPORTED;
    default:
        return EFI_DEVICE_ERROR;
    }
}

static bool is_folder(const struct file *file)
{
    return (file->node.attributes & EXFAT_ATTR_DIRECTORY) != 0;
}

static bool guid_equal(const EFI_GUID *a, const EFI_GUID *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* A DOS time stamp: exFAT spec 7.4.8. */
static EFI_TIME time_of(uint32_t stamp)
{
    EFI_TIME time = {
        .Year = (UINT16)(1980 + (stamp >> 25)),
        .Month = (UINT8)(stamp >> 21 & 15),
        .Day = (UINT8)(stamp >> 16 & 31),
        .Hour = (UINT8)(stamp >> 11 & 31),
        .Minute = (UINT8)(stamp >> 5 & 63),
        .Second = (UINT8)((stamp & 31) * 2),
        .TimeZone = EFI_UNSPECIFIED_TIMEZONE,
    };
    if (time.Month < 1 || time.Month > 12 || time.Day < 1 || time.Hour > 23 || time.Minute > 59 ||
        time.Second > 59)
        return (EFI_TIME){.Year = 1980, .Month = 1, .Day = 1, .TimeZone = EFI_UNSPECIFIED_TIMEZONE};
    return time;
}

/* ---- paths ---- */

/* Appends one component to PATH; "." and ".." are resolved. */
static enum status add_component(struct strbuf *path, const char *name, size_t len)
{
    if (len == 0 || (len == 1 && name[0] == '.'))
        return STATUS_OK;
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        if (path->len == 0)
            return STATUS_NOT_FOUND; /* nothing is above the root */
        while (path->text[path->len - 1] != '/')
            path->len--;
        path->text[--path->len] = '\0';
        return STATUS_OK;
    }
    strbuf_append_char(path, '/');
    strbuf_append_bytes(path, name, len);
    return strbuf_status(path);
}

/* FROM (a folder's path) and the firmware's NAME as one absolute path. */
static enum status resolve(const char *from, const CHAR16 *name, char **ret_path)
{
    auto_free char *text = NULL;
    auto_strbuf path = strbuf_with_max(PATH_BYTES_MAX);
    size_t units = 0;

    while (units <= PATH_BYTES_MAX && name[units] != 0)
        units++;
    if (units > PATH_BYTES_MAX)
        return STATUS_TOO_LARGE;
    enum status status = utf8_from_utf16(name, units, &text);
    if (status != STATUS_OK)
        return status;
    if (text[0] != '\\' && text[0] != '/')
        strbuf_append(&path, from);
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, "\\/");
        status = add_component(&path, p, len);
        if (status != STATUS_OK)
            return status;
        p += len;
        if (*p != '\0')
            p++;
    }
    *ret_path = strbuf_take(&path);
    return *ret_path != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- open and close ---- */

static const EFI_FILE_PROTOCOL protocol_table;

/* Takes PATH, which is malloc's. */
static EFI_STATUS make_file(struct exfat_volume *volume, const struct exfat_node *node, char *path,
                            EFI_FILE_HANDLE *ret_handle)
{
    struct file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        free(path);
        return EFI_OUT_OF_RESOURCES;
    }
    file->protocol = protocol_table;
    file->volume = volume;
    file->node = *node;
    file->path = path;
    if (is_folder(file))
        exfat_dir_open(volume->fs, &file->node, &file->dir);
    volume->open_files++;
    *ret_handle = &file->protocol;
    return EFI_SUCCESS;
}

EFI_STATUS exfat_file_open_root(struct exfat_volume *volume, EFI_FILE_HANDLE *ret_root)
{
    struct exfat_node root = exfat_root(volume->fs);
    char *path = strdup("");
    return path != NULL ? make_file(volume, &root, path, ret_root) : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_HANDLE handle, EFI_FILE_HANDLE *ret_handle,
                                   CHAR16 *name, UINT64 mode, UINT64 attributes)
{
    struct file *file = file_of(handle);
    struct exfat_node node;
    char *path = NULL;

    (void)attributes;
    if (name == NULL || ret_handle == NULL)
        return EFI_INVALID_PARAMETER;
    if (mode != EFI_FILE_MODE_READ)
        return (mode & EFI_FILE_MODE_WRITE) != 0 ? EFI_WRITE_PROTECTED : EFI_INVALID_PARAMETER;
    if (file->volume->is_withdrawn)
        return EFI_NO_MEDIA;
    enum status status = resolve(file->path, name, &path);
    if (status == STATUS_OK && path[0] == '\0')
        node = exfat_root(file->volume->fs);
    else if (status == STATUS_OK)
        status = exfat_lookup(file->volume->fs, path, &node);
    if (status != STATUS_OK) {
        free(path);
        return efi_status_of(status);
    }
    return make_file(file->volume, &node, path, ret_handle);
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_HANDLE handle)
{
    struct file *file = file_of(handle);
    struct exfat_volume *volume = file->volume;
    free(file->path);
    free(file);
    if (--volume->open_files == 0 && volume->is_withdrawn)
        exfat_volume_free(volume);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_delete(EFI_FILE_HANDLE handle)
{
    file_close(handle);
    return EFI_WARN_DELETE_FAILURE;
}

/* ---- information ---- */

/* Writes an EFI_FILE_INFO for NODE and NAME; EFI_BUFFER_TOO_SMALL with the size needed. */
static EFI_STATUS put_info(const struct file *file, const struct exfat_node *node,
                           const uint16_t *name, size_t name_len, UINTN *size, void *buffer)
{
    UINTN needed = offsetof(EFI_FILE_INFO, FileName) + (name_len + 1) * sizeof(CHAR16);
    uint64_t cluster = exfat_cluster_bytes(file->volume->fs);

    if (*size < needed) {
        *size = needed;
        return EFI_BUFFER_TOO_SMALL;
    }
    if (buffer == NULL)
        return EFI_INVALID_PARAMETER;
    *size = needed;
    EFI_FILE_INFO *info = buffer;
    uint64_t clusters = node->size_bytes / cluster + (node->size_bytes % cluster != 0);
    info->Size = needed;
    info->FileSize = node->size_bytes;
    info->PhysicalSize = clusters * cluster;
    info->CreateTime = time_of(node->created);
    info->LastAccessTime = time_of(node->accessed);
    info->ModificationTime = time_of(node->modified);
    info->Attribute = node->attributes & EFI_FILE_VALID_ATTR; /* the bits are FAT's in both */
    memcpy(info->FileName, name, name_len * sizeof(CHAR16));
    info->FileName[name_len] = 0;
    return EFI_SUCCESS;
}

static EFI_STATUS put_own_info(const struct file *file, UINTN *size, void *buffer)
{
    auto_free uint16_t *name = NULL;
    size_t len;
    const char *slash = strrchr(file->path, '/');

    if (utf16_from_utf8(slash != NULL ? slash + 1 : "", &name, &len) != STATUS_OK)
        return EFI_OUT_OF_RESOURCES;
    return put_info(file, &file->node, name, len, size, buffer);
}

/* EFI_FILE_SYSTEM_INFO, or with LABEL_ONLY EFI_FILE_SYSTEM_VOLUME_LABEL. */
static EFI_STATUS put_system_info(const struct file *file, bool label_only, UINTN *size,
                                  void *buffer)
{
    struct exfat *fs = file->volume->fs;
    auto_free uint16_t *label = NULL;
    size_t len;

    if (utf16_from_utf8(exfat_label(fs), &label, &len) != STATUS_OK)
        return EFI_OUT_OF_RESOURCES;
    UINTN needed =
        (len + 1) * sizeof(CHAR16) + (label_only ? 0 : offsetof(EFI_FILE_SYSTEM_INFO, VolumeLabel));
    if (*size < needed) {
        *size = needed;
        return EFI_BUFFER_TOO_SMALL;
    }
    if (buffer == NULL)
        return EFI_INVALID_PARAMETER;
    *size = needed;
    if (label_only) {
        memcpy(buffer, label, needed);
        return EFI_SUCCESS;
    }
    EFI_FILE_SYSTEM_INFO *info = buffer;
    uint64_t free_bytes = 0;
    enum status status = exfat_free_bytes(fs, &free_bytes);
    if (status != STATUS_OK)
        return efi_status_of(status);
    info->Size = needed;
    info->ReadOnly = true;
    info->VolumeSize = exfat_volume_bytes(fs);
    info->FreeSpace = free_bytes;
    info->BlockSize = exfat_cluster_bytes(fs);
    memcpy(info->VolumeLabel, label, (len + 1) * sizeof(CHAR16));
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_get_info(EFI_FILE_HANDLE handle, EFI_GUID *type, UINTN *size,
                                       void *buffer)
{
    const struct file *file = file_of(handle);

    if (type == NULL || size == NULL)
        return EFI_INVALID_PARAMETER;
    if (file->volume->is_withdrawn)
        return EFI_NO_MEDIA;
    if (guid_equal(type, &file_info_guid))
        return put_own_info(file, size, buffer);
    if (guid_equal(type, &system_info_guid))
        return put_system_info(file, false, size, buffer);
    if (guid_equal(type, &label_guid))
        return put_system_info(file, true, size, buffer);
    return EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_HANDLE handle, EFI_GUID *type, UINTN size,
                                       void *buffer)
{
    (void)handle;
    (void)type;
    (void)size;
    (void)buffer;
    return EFI_WRITE_PROTECTED;
}

/* ---- reading ---- */

static EFI_STATUS read_entry(struct file *file, UINTN *size, void *buffer)
{
    if (!file->has_entry) {
        enum status status = exfat_dir_next(&file->dir, &file->entry);
        if (status == STATUS_END) {
            *size = 0;
            return EFI_SUCCESS;
        }
        if (status != STATUS_OK)
            return efi_status_of(status);
        file->has_entry = true;
    }
    const struct exfat_entry *entry = &file->entry;
    EFI_STATUS efi_status =
        put_info(file, &entry->node, entry->name_units, entry->name_len, size, buffer);
    if (!EFI_ERROR(efi_status))
        file->has_entry = false;
    return efi_status;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_HANDLE handle, UINTN *size, void *buffer)
{
    struct file *file = file_of(handle);
    size_t len = 0;

    if (size == NULL || (buffer == NULL && *size > 0))
        return EFI_INVALID_PARAMETER;
    if (file->volume->is_withdrawn)
        return EFI_NO_MEDIA;
    if (is_folder(file))
        return read_entry(file, size, buffer);
    if (file->off > file->node.size_bytes)
        return EFI_DEVICE_ERROR; /* UEFI 2.10, 13.5.5 */
    enum status status =
        exfat_read(file->volume->fs, &file->node, &file->position, file->off, *size, buffer, &len);
    if (status != STATUS_OK)
        return efi_status_of(status);
    file->off += len;
    *size = len;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_HANDLE handle, UINTN *size, void *buffer)
{
    (void)buffer;
    *size = 0;
    return is_folder(file_of(handle)) ? EFI_UNSUPPORTED : EFI_WRITE_PROTECTED;
}

static EFI_STATUS EFIAPI file_get_position(EFI_FILE_HANDLE handle, UINT64 *ret_position)
{
    const struct file *file = file_of(handle);
    if (is_folder(file))
        return EFI_UNSUPPORTED;
    *ret_position = file->off;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_set_position(EFI_FILE_HANDLE handle, UINT64 position)
{
    struct file *file = file_of(handle);

    if (is_folder(file)) {
        if (position != 0)
            return EFI_UNSUPPORTED;
        exfat_dir_open(file->volume->fs, &file->node, &file->dir);
        file->has_entry = false;
        return EFI_SUCCESS;
    }
    file->off = position == UINT64_MAX ? file->node.size_bytes : position;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_flush(EFI_FILE_HANDLE handle)
{
    (void)handle;
    return EFI_WRITE_PROTECTED;
}

/* ---- revision 2: the same at once, then the caller's event ---- */

static EFI_STATUS finish(EFI_FILE_IO_TOKEN *token, EFI_STATUS efi_status)
{
    if (token->Event == NULL)
        return efi_status;
    token->Status = efi_status;
    bs->SignalEvent(token->Event);
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI file_open_ex(EFI_FILE_HANDLE handle, EFI_FILE_HANDLE *ret_handle,
                                      CHAR16 *name, UINT64 mode, UINT64 attributes,
                                      EFI_FILE_IO_TOKEN *token)
{
    return finish(token, file_open(handle, ret_handle, name, mode, attributes));
}

static EFI_STATUS EFIAPI file_read_ex(EFI_FILE_HANDLE handle, EFI_FILE_IO_TOKEN *token)
{
    return finish(token, file_read(handle, &token->BufferSize, token->Buffer));
}

static EFI_STATUS EFIAPI file_write_ex(EFI_FILE_HANDLE handle, EFI_FILE_IO_TOKEN *token)
{
    return finish(token, file_write(handle, &token->BufferSize, token->Buffer));
}

static EFI_STATUS EFIAPI file_flush_ex(EFI_FILE_HANDLE handle, EFI_FILE_IO_TOKEN *token)
{
    return finish(token, file_flush(handle));
}

static const EFI_FILE_PROTOCOL protocol_table = {
    .Revision = EFI_FILE_PROTOCOL_REVISION2,
    .Open = file_open,
    .Close = file_close,
    .Delete = file_delete,
    .Read = file_read,
    .Write = file_write,
    .GetPosition = file_get_position,
    .SetPosition = file_set_position,
    .GetInfo = file_get_info,
    .SetInfo = file_set_info,
    .Flush = file_flush,
    .OpenEx = file_open_ex,
    .ReadEx = file_read_ex,
    .WriteEx = file_write_ex,
    .FlushEx = file_flush_ex,
};
