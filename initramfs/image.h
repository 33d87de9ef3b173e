/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks at the image that is to be started. */
#pragma once

#include <stdint.h>

#include "config/base/strbuf.h"
#include "efi/core/fs/bootable.h"

struct image {
    struct bootable boot;
    uint64_t file_bytes;
    uint64_t disk_bytes; /* what the guest sees */
};

/* Inspects the image at PATH ("/ISOs/x.iso" on the data partition); needs the runtime for anything
 * but raw images and ISOs. -errno with one line in WHY: missing, no image, dependent on other
 * files. */
int image_inspect(const char *path, struct image *ret_image, struct strbuf *why) must_check;
