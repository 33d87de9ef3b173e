/* SPDX-License-Identifier: BSD-2-Clause */
/* What an image boots on: El Torito catalogues, hybrid MBRs, partition tables. Pure; used by the
 * menu and by /init. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"

enum image_kind {
    IMAGE_UNKNOWN,
    IMAGE_ISO,  /* a CD-ROM image: ISO 9660 (or UDF bridge) at sector 16 */
    IMAGE_DISK, /* a raw disk: MBR or GPT, or a boot sector */
    IMAGE_QCOW2,
    IMAGE_VHD,
    IMAGE_VHDX,
    IMAGE_VMDK,
};

struct bootable {
    enum image_kind kind;
    bool bios; /* El Torito platform 0x00; a boot sector with 55 AA and code; */
    bool uefi; /* El Torito platform 0xEF; an ESP in GPT or MBR (type EF), or a FAT superfloppy with
                  /EFI/BOOT */
    bool is_truncated; /* the volume says it is larger than the file */
    uint64_t
        stated_bytes; /* what the volume descriptor or the partition table claims, 0 if unknown */
    char label[33];   /* ISO 9660 volume identifier or FAT label, trimmed, printable ASCII */
};

/* Looks at a few sectors of DEVICE (the image's bytes). NAME's extension is used only where
 * contents do not tell. Damaged contents give what is certain, never an error; STATUS_IO and
 * STATUS_NO_MEMORY only. */
enum status bootable_inspect(const struct blockdev *device, const char *name,
                             struct bootable *ret_bootable) must_check;
