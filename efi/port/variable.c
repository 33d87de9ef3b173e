/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variables under our vendor GUID. */
#include "efi/port/variable.h"

#include <stdlib.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "config/layout.h"

#define UNTIL_RESET (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define FOR_EVER    (EFI_VARIABLE_NON_VOLATILE | UNTIL_RESET)

static EFI_GUID vendor_guid = LAYOUT_VENDOR_GUID;

enum status variable_read(const char *name, size_t max, void **ret_data, size_t *ret_len)
{
    auto_free uint16_t *units = NULL;
    auto_free char *data = NULL;
    UINTN len = max;

    enum status status = utf16_from_utf8(name, &units, NULL);
    if (status != STATUS_OK)
        return status;
    data = malloc(max + 1);
    if (data == NULL)
        return STATUS_NO_MEMORY;
    EFI_STATUS efi_status = rt->GetVariable(units, &vendor_guid, NULL, &len, data);
    if (EFI_ERROR(efi_status))
        return port_status(efi_status);
    data[len] = '\0';
    *ret_len = len;
    *ret_data = take_ptr(data);
    return STATUS_OK;
}

static enum status set(const char *name, UINT32 attributes, const void *data, size_t len)
{
    auto_free uint16_t *units = NULL;

    enum status status = utf16_from_utf8(name, &units, NULL);
    if (status != STATUS_OK)
        return status;
    EFI_STATUS efi_status = rt->SetVariable(units, &vendor_guid, len > 0 ? attributes : 0, len,
                                            (void *)(uintptr_t)data);
    if (len == 0 && efi_status == EFI_NOT_FOUND)
        return STATUS_OK;
    return port_status(efi_status);
}

enum status variable_write(const char *name, const void *data, size_t len)
{
    return set(name, FOR_EVER, data, len);
}

void variable_tell(const char *name, const void *data, size_t len)
{
    (void)!set(name, UNTIL_RESET, data, len);
}
