/* SPDX-License-Identifier: BSD-2-Clause */
/* Serves the initramfs to the kernel's EFI stub: EFI_LOAD_FILE2_PROTOCOL on
 * LINUX_EFI_INITRD_MEDIA_GUID. */
#pragma once

#include "efi/port/port.h"

struct initrd;

/* Offers PATH of the volume ROOT. On failure one line for people in MESSAGE. */
enum status initrd_offer(EFI_FILE_HANDLE root, const char *path, struct initrd **ret_initrd,
                         struct strbuf *message) must_check;

/* Takes the offer back; a read of the kernel's that failed is added to MESSAGE. */
void initrd_withdraw(struct initrd *initrd, struct strbuf *message);
