/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges a disk image by its own header, before any other program opens it: QEMU opens whatever
 * file an image names as soon as it opens the image. Pure. */
#pragma once

#include "config/base/strbuf.h"
#include "efi/core/fs/bootable.h"

/* Does DEVICE, an image of KIND, stand alone? STATUS_UNSUPPORTED with one line in WHY that follows
 * the image's name: it names another file, or is encrypted. STATUS_CORRUPT with a line in WHY: it
 * is no image of that kind. STATUS_IO. QEMU's docs/interop/qcow2.txt; VMware Virtual Disk Format
 * 1.1 as QEMU's block/vmdk.c reads it; Virtual Hard Disk Image Format Specification 1.0. */
enum status image_head_check(const struct blockdev *device, enum image_kind kind,
                             struct strbuf *why) must_check;
