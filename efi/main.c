/* SPDX-License-Identifier: BSD-2-Clause */
#include "efi/port/port.h"
EFI_SYSTEM_TABLE *st;
/* Not EFIAPI: gnu-efi's start code calls it the way of System V. */
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
    st = table;
    (void)image;
    table->ConOut->OutputString(table->ConOut, (CHAR16 *)u"hello hiperiso\r\n");
    return EFI_SUCCESS;
}
