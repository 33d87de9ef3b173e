/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the stick that this program was started from, and its data partition, among the firmware's
 * devices. */
#pragma once

#include "efi/port/exfat_volume.h"
#include "efi/port/port.h"

struct stick_disk {
    EFI_HANDLE esp_handle;
    EFI_FILE_HANDLE esp_root, data_root;
    struct exfat_volume *exfat; /* NULL: another driver has the data partition */
};

/* Opens both volumes, after the drivers on the ESP; those that could not be used get a line in
 * NOTES. On failure one line for people in MESSAGE and everything closed. */
enum status stick_disk_open(struct stick_disk *disk, struct platform_stick *ret_stick,
                            struct strbuf *notes, struct strbuf *message) must_check;
void stick_disk_close(struct stick_disk *disk);
