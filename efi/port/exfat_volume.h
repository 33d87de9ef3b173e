/* SPDX-License-Identifier: BSD-2-Clause */
/* The exFAT reader published as EFI_SIMPLE_FILE_SYSTEM_PROTOCOL, read-only. UEFI 2.10, 13.4
 * and 13.5. */
#pragma once

#include "efi/port/port.h"

struct exfat_volume;

/* Installs the protocol on HANDLE, a partition. STATUS_NOT_FOUND: no exFAT there; STATUS_CORRUPT
 * and others: exfat_open(). */
enum status exfat_volume_publish(EFI_HANDLE handle, struct exfat_volume **ret_volume) must_check;

/* Takes the protocol back; files still open answer EFI_NO_MEDIA from now on, and the last of them
 * to be closed frees VOLUME. */
void exfat_volume_withdraw(struct exfat_volume *volume);
