/* SPDX-License-Identifier: BSD-2-Clause */
/* A UEFI guest that says who it is and powers its machine off. */
#include <efi.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    (void)image;
    system->ConOut->OutputString(system->ConOut, (CHAR16 *)u"HIPERISO-TEST uefi guest\r\n");
    system->BootServices->Stall(200000);
    system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_ABORTED;
}
