/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mounted where: the kernel's own file systems, the stick's partitions, the runtime. */
#pragma once

#include "config/base/strbuf.h"

#define MOUNTS_DATA    "/data"
#define MOUNTS_ESP     "/esp"
#define MOUNTS_RUNTIME "/runtime"
#define MOUNTS_EFIVARS "/sys/firmware/efi/efivars"
#define MOUNTS_CGROUP  "/sys/fs/cgroup"

/* The user that QEMU and its helpers run as; the runtime's /etc/passwd calls it hiperiso. */
#define MOUNTS_GUEST_UID 900

/* Mounts devtmpfs, proc, sysfs, devpts, shm, run and tmp, verifies the device nodes that /init
 * needs. What is missing is named in WHY, one line. 0 or -errno of the first failure; everything
 * else is still mounted. */
int mounts_early(struct strbuf *why) must_check;

/* What only drivers of the modules make possible: efivarfs, debugfs. Missing ones are only noted.
 */
void mounts_late(void);

/* Mounts the partition NODE ("/dev/sda1") at MOUNTS_DATA, read and write, and at MOUNTS_ESP,
 * read-only. */
int mounts_data(const char *node, struct strbuf *why) must_check;
int mounts_esp(const char *node, struct strbuf *why) must_check;

/* Mounts the ESP's runtime.squashfs at MOUNTS_RUNTIME and, in it, what QEMU needs: dev, proc, sys,
 * run, tmp, and the data partition read-only. */
int mounts_runtime(struct strbuf *why) must_check;

/* Makes FOLDER (below MOUNTS_DATA) writable at the same place below the runtime. */
int mounts_runtime_writable(const char *folder, struct strbuf *why) must_check;

/* Syncs and unmounts everything that holds the stick, last first, each step bounded. */
void mounts_release(void);
