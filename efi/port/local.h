/* SPDX-License-Identifier: BSD-2-Clause */
/* The loader of an operating system on another disk than the stick. */
#pragma once

#include "efi/port/port.h"

struct local {
    uint8_t *path; /* device path of the loader's file; owned */
    char *about;   /* "Debian: /EFI/debian/shimx64.efi"; owned */
};

/* The first entry of the firmware's boot order that is a file on another disk and is there; else
 * /EFI/BOOT/BOOTX64.EFI of another disk, those built in before those that can be unplugged. ESP is
 * the partition that this program was started from. STATUS_NOT_FOUND if there is none. */
enum status local_find(EFI_HANDLE esp, struct local *ret_local) must_check;

/* Starts it; returns only when that failed or when it has ended. */
enum status local_start(const struct local *local, struct strbuf *message) must_check;

void local_clear(struct local *local);
#define auto_local __attribute__((cleanup(local_clear)))
