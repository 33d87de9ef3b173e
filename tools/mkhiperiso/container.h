/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks into disk images of QEMU's formats, by qemu-img as /init does. */
#pragma once

#include "config/base/strbuf.h"
#include "efi/core/fs/bootable.h"
#include "tools/mkhiperiso/source.h"

enum container_result {
    CONTAINER_FINE,
    CONTAINER_REFUSED, /* /init would not start it, for the reason in WHY */
    CONTAINER_UNKNOWN, /* it cannot be looked into here, for the reason in WHY */
};

/* Sets what the disk in FILE, an image of KIND, boots on in BOOT. PATH is the image's on the data
 * partition: WHY gets one line in the words of /init. Opens nothing but FILE. */
enum container_result container_inspect(const struct source_file *file, enum image_kind kind,
                                        const char *path, struct bootable *boot, struct strbuf *why)
    must_check;
