/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks into disk images of QEMU's formats, by qemu-img as /init does. */
#pragma once

#include "config/base/strbuf.h"
#include "efi/core/fs/bootable.h"
#include "tools/mkhiperiso/source.h"

/* Sets what the disk in FILE (of FORMAT: "qcow2", "vpc", ...) boots on in BOOT. -1 with one line in
 * WHY. */
int container_inspect(const struct source_file *file, const char *format, struct bootable *boot,
                      struct strbuf *why) must_check;
