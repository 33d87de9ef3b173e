/* SPDX-License-Identifier: BSD-2-Clause */
/* What the port's files share: the firmware's tables and the translation of its status values. */
#pragma once

#include <efi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"
#include "efi/app/platform.h"

extern EFI_SYSTEM_TABLE *st;
extern EFI_BOOT_SERVICES *bs;
extern EFI_RUNTIME_SERVICES *rt;
extern EFI_HANDLE own_image;

/* Once, before anything else. */
void port_init(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

/* Fills the table of functions that the app gets. */
void port_platform(struct platform *ret_platform);

/* Takes back what other programs could still reach: this one's code is about to go. */
void port_close(void);

enum status port_status(EFI_STATUS efi_status);

/* "Not Found": as the UEFI specification names it; numbers for the unknown ones. */
void port_append_status(struct strbuf *b, EFI_STATUS efi_status);

/* The protocol GUID on HANDLE, NULL if it has none. */
void *port_protocol(EFI_HANDLE handle, const EFI_GUID *guid);

/* The handles with the protocol GUID; *RET_HANDLES is the pool's, freed with port_free_handles(). 0
 * if none. */
size_t port_handles(const EFI_GUID *guid, EFI_HANDLE **ret_handles);
void port_free_handles(EFI_HANDLE *handles);

#define auto_handles __attribute__((cleanup(port_cleanup_handles)))
void port_cleanup_handles(EFI_HANDLE **handles);
