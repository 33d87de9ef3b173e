/* SPDX-License-Identifier: BSD-2-Clause */
/* Wires the port into the app. */
#include "efi/app/app.h"
#include "efi/port/port.h"

/* Not EFIAPI: gnu-efi's start code calls it the way of System V. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
    struct platform platform;

    port_init(image, table);
    port_platform(&platform);
    app_run(&platform);
    port_close();
    return EFI_SUCCESS;
}
