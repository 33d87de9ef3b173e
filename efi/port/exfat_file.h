/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_FILE_PROTOCOL over the exFAT reader. */
#pragma once

#include "efi/core/fs/exfat.h"
#include "efi/port/block.h"
#include "efi/port/port.h"

struct exfat_volume {
    EFI_FILE_IO_INTERFACE protocol; /* first: the firmware hands us its address */
    EFI_HANDLE handle;
    struct block block;
    struct exfat *fs;
    unsigned open_files;
    bool is_withdrawn;
};

/* Closes the device and frees VOLUME, which nobody can reach any more. */
void exfat_volume_free(struct exfat_volume *volume);

EFI_STATUS exfat_file_open_root(struct exfat_volume *volume, EFI_FILE_HANDLE *ret_root);
