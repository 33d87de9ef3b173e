/* SPDX-License-Identifier: BSD-2-Clause */
/* The data partition of a stick or its image, opened for reading. */
#pragma once

#include "efi/core/fs/blockdev.h"
#include "efi/core/fs/exfat.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/target.h"

struct volume {
    struct blockdev_window window;
    struct exfat *fs;
    char partuuid[GPT_GUID_CHARS + 1];     /* of the partition; "" without a partition table */
    char esp_partuuid[GPT_GUID_CHARS + 1]; /* of the ESP on the same disk; "" if there is none */
};

/* Opens the data partition of TARGET: the exFAT partition named HIPERISO, else the first exFAT
 * partition; without a partition table the whole target. Neither may move while the volume is open.
 * Reports errors, returns 0 or -1. */
int volume_open(const struct target *target, struct volume *ret_volume) must_check;
void volume_close(struct volume *volume);
