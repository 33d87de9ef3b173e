/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadImage and StartImage for each driver; a bad one is named and passed over. */
#include "efi/port/drivers.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "efi/port/devpath.h"
#include "efi/port/volume.h"

#define DRIVERS_MAX 32
#define EXTENSION   ".efi"

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

struct names {
    char *items[DRIVERS_MAX];
    size_t count;
};

static enum status visit(void *context, const struct platform_file *file)
{
    struct names *names = context;
    size_t len = strlen(file->name), extension = sizeof(EXTENSION) - 1;

    if (file->is_folder || len <= extension || names->count == DRIVERS_MAX ||
        strcasecmp(file->name + len - extension, EXTENSION) != 0)
        return STATUS_OK;
    names->items[names->count] = strdup(file->name);
    if (names->items[names->count] == NULL)
        return STATUS_NO_MEMORY;
    names->count++;
    return STATUS_OK;
}

static EFI_STATUS start_driver(EFI_HANDLE handle, const char *file, bool *ret_is_program)
{
    const uint8_t *volume_path = devpath_of(handle);
    auto_free uint8_t *path = NULL;
    EFI_HANDLE driver = NULL;

    path = volume_path != NULL ? devpath_file(volume_path, file) : NULL;
    if (path == NULL)
        return EFI_OUT_OF_RESOURCES;
    EFI_STATUS efi_status =
        bs->LoadImage(false, own_image, (EFI_DEVICE_PATH *)path, NULL, 0, &driver);
    const EFI_LOADED_IMAGE *image =
        EFI_ERROR(efi_status) ? NULL : port_protocol(driver, &loaded_image_guid);
    *ret_is_program = image != NULL && image->ImageCodeType == EfiLoaderCode;
    if (!EFI_ERROR(efi_status) && *ret_is_program)
        efi_status = EFI_UNSUPPORTED;
    if (!EFI_ERROR(efi_status))
        return bs->StartImage(driver, NULL, NULL); /* one that fails is unloaded by that */
    if (driver != NULL)
        bs->UnloadImage(driver); /* one that Secure Boot refused stays behind, too */
    return efi_status;
}

void drivers_load(EFI_HANDLE handle, EFI_FILE_HANDLE root, struct strbuf *notes)
{
    static bool is_done;
    struct names names = {.count = 0};

    if (is_done)
        return;
    is_done = true;
    enum status status = volume_list(root, LAYOUT_ESP_DRIVERS_DIR, visit, &names);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND)
        strbuf_printf(notes, "%s on the EFI partition cannot be read completely: %s.\n",
                      LAYOUT_ESP_DRIVERS_DIR, status_text(status));
    for (size_t i = 0; i < names.count; i++) {
        auto_strbuf file = STRBUF_INIT;
        bool is_program = false;
        EFI_STATUS efi_status = EFI_OUT_OF_RESOURCES;
        strbuf_printf(&file, "%s/%s", LAYOUT_ESP_DRIVERS_DIR, names.items[i]);
        if (strbuf_status(&file) == STATUS_OK)
            efi_status = start_driver(handle, strbuf_text(&file), &is_program);
        if (EFI_ERROR(efi_status)) {
            strbuf_printf(notes, "The driver %s was passed over: ", strbuf_text(&file));
            if (is_program)
                strbuf_append(notes, "it is a program, no driver");
            else
                port_append_status(notes, efi_status);
            strbuf_append(notes, ".\n");
        }
        free(names.items[i]);
    }
}
