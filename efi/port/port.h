/* SPDX-License-Identifier: BSD-2-Clause */
/* What the port's files share: the firmware's tables, GUIDs that gnu-efi lacks, and the functions behind struct platform. */
#pragma once

#include <efi.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"

extern EFI_SYSTEM_TABLE *st;
extern EFI_BOOT_SERVICES *bs;
extern EFI_RUNTIME_SERVICES *rt;
extern EFI_HANDLE own_image;

/* "Not Found": the firmware's own name of a status, for messages. */
const char *port_efi_status_text(EFI_STATUS efi_status);
enum status port_status(EFI_STATUS efi_status);
