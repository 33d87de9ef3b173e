/* SPDX-License-Identifier: BSD-2-Clause */
/* The probes that bootable_inspect() is made of. */
#pragma once

#include "efi/core/fs/bootable.h"

/* Reads LEN bytes at OFF; what lies behind the device's end reads as zeros. STATUS_IO only. */
enum status bootable_peek(const struct blockdev *device, uint64_t off, size_t len,
                          uint8_t *ret_bytes) must_check;

/* Copies TEXT of LEN bytes into a label: trimmed, what is not printable ASCII as '?'. */
void bootable_set_label(struct bootable *bootable, const uint8_t *text, size_t len);

/* iso9660.c: fills in kind, label, size and El Torito entries; STATUS_NOT_FOUND if this is no
 * CD-ROM image. */
enum status iso9660_inspect(const struct blockdev *device, struct bootable *bootable) must_check;

/* fat.c: is there a FAT file system at byte 0, and has it a folder /EFI/BOOT? STATUS_NOT_FOUND if
 * it is none. */
enum status fat_inspect(const struct blockdev *device, bool *ret_has_boot_folder,
                        uint8_t ret_label[11]) must_check;
