/* SPDX-License-Identifier: BSD-2-Clause */
/* A UEFI guest that says who it is and how often it was started, and powers its machine off. */
#include <efi.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static EFI_GUID vendor = {
    0x4a0bd5a2, 0x90c6, 0x4f6c, {0x9e, 0x3b, 0x2f, 0x7d, 0x51, 0x0c, 0x88, 0xe1}};

/* Counts the starts in a variable of its own; it lasts as long as the machine's firmware variables
 * do. */
static UINT8 count_start(EFI_RUNTIME_SERVICES *runtime)
{
    UINT8 count = 0;
    UINTN size = sizeof(count);
    if (runtime->GetVariable((CHAR16 *)u"HiperisoTestStarts", &vendor, NULL, &size, &count) !=
        EFI_SUCCESS)
        count = 0;
    count++;
    if (runtime->SetVariable((CHAR16 *)u"HiperisoTestStarts", &vendor,
                             EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
                                 EFI_VARIABLE_RUNTIME_ACCESS,
                             sizeof(count), &count) != EFI_SUCCESS)
        count = 0;
    return count;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
    static CHAR16 starts[] = u"uefi variables: start ?\r\n";
    (void)image;
    UINT8 count = count_start(system->RuntimeServices);
    starts[sizeof(u"uefi variables: start ") / sizeof(CHAR16) - 1] = (CHAR16)(u'0' + count % 10);
    system->ConOut->OutputString(system->ConOut, (CHAR16 *)u"HIPERISO-TEST uefi guest\r\n");
    system->ConOut->OutputString(system->ConOut, starts);
    system->BootServices->Stall(200000);
    system->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
    return EFI_ABORTED;
}
