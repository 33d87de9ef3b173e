/* SPDX-License-Identifier: BSD-2-Clause */
/* LoadImage by device path, so that the firmware (and Secure Boot) judge the kernel by itself; from
 * memory where that fails. */
#include "efi/port/linux.h"

#include <stdlib.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "config/layout.h"
#include "efi/libc/libc.h"
#include "efi/port/devpath.h"
#include "efi/port/initrd.h"
#include "efi/port/variable.h"
#include "efi/port/volume.h"

#define KERNEL_BYTES_MAX ((size_t)256 << 20)

static const EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

static bool is_refused(EFI_STATUS efi_status)
{
    return efi_status == EFI_SECURITY_VIOLATION || efi_status == EFI_ACCESS_DENIED;
}

static void explain_load(struct strbuf *message, const char *path, EFI_STATUS efi_status)
{
    if (efi_status == EFI_NOT_FOUND) {
        strbuf_printf(
            message,
            "%s is missing on the stick's EFI partition. Update the stick with mkhiperiso.", path);
    } else if (is_refused(efi_status)) {
        strbuf_printf(message,
                      "Secure Boot refused %s: its signature is not one that this machine trusts.",
                      path);
    } else {
        strbuf_printf(message, "%s on the stick's EFI partition cannot be loaded: ", path);
        port_append_status(message, efi_status);
        strbuf_append(message, ". Update the stick with mkhiperiso.");
    }
}

/* A signature that is refused leaves an image behind that must be unloaded. UEFI 2.10, 7.4. */
static EFI_STATUS load_image(uint8_t *path, void *buffer, size_t len, EFI_HANDLE *ret_image)
{
    EFI_HANDLE image = NULL;
    EFI_STATUS efi_status =
        bs->LoadImage(false, own_image, (EFI_DEVICE_PATH *)path, buffer, len, &image);
    if (EFI_ERROR(efi_status)) {
        if (image != NULL)
            bs->UnloadImage(image);
        return efi_status;
    }
    *ret_image = image;
    return EFI_SUCCESS;
}

static enum status load_kernel(EFI_HANDLE handle, EFI_FILE_HANDLE root, const char *file,
                               EFI_HANDLE *ret_image, struct strbuf *message)
{
    const uint8_t *volume_path = devpath_of(handle);
    auto_free uint8_t *path = NULL;
    auto_free char *bytes = NULL;
    size_t len;

    path = volume_path != NULL ? devpath_file(volume_path, file) : NULL;
    if (path == NULL)
        return STATUS_NO_MEMORY;
    EFI_STATUS efi_status = load_image(path, NULL, 0, ret_image);
    if (EFI_ERROR(efi_status) && efi_status != EFI_NOT_FOUND && !is_refused(efi_status) &&
        volume_read_file(root, file, KERNEL_BYTES_MAX, &bytes, &len) == STATUS_OK)
        efi_status = load_image(path, bytes, len, ret_image);
    if (EFI_ERROR(efi_status))
        explain_load(message, file, efi_status);
    return port_status(efi_status);
}

static void tell_memory(void)
{
    uint8_t peak[sizeof(uint64_t)];
    put_le64(peak, libc_pool_peak());
    variable_tell(LAYOUT_VARIABLE_MENU_MEMORY, peak, sizeof(peak));
}

enum status linux_start(EFI_HANDLE handle, EFI_FILE_HANDLE root,
                        const struct platform_linux *request, struct strbuf *message)
{
    auto_free uint16_t *options = NULL;
    struct initrd *initrd = NULL;
    EFI_HANDLE kernel = NULL;
    size_t units;

    enum status status = utf16_from_utf8(request->command_line, &options, &units);
    if (status == STATUS_OK)
        status = load_kernel(handle, root, request->kernel_path, &kernel, message);
    if (status != STATUS_OK)
        return status;
    EFI_LOADED_IMAGE *image = port_protocol(kernel, &loaded_image_guid);
    if (image == NULL) {
        status = STATUS_UNSUPPORTED;
        goto unload;
    }
    status = initrd_offer(root, request->initramfs_path, &initrd, message);
    if (status != STATUS_OK)
        goto unload;
    image->LoadOptions = options;
    image->LoadOptionsSize = (UINT32)((units + 1) * sizeof(*options));
    tell_memory();
    EFI_STATUS efi_status = bs->StartImage(kernel, NULL, NULL);
    kernel = NULL; /* what returned is unloaded already */
    strbuf_append(message, "The host Linux gave up while it started: ");
    port_append_status(message, efi_status);
    strbuf_append(message, ".");
    status = EFI_ERROR(efi_status) ? port_status(efi_status) : STATUS_CANCELLED;
    initrd_withdraw(initrd, message);
unload:
    if (kernel != NULL)
        bs->UnloadImage(kernel);
    return status;
}
