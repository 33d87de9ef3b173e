/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives a file of an exFAT volume other contents, within the clusters that it has. */
#pragma once

#include <stddef.h>

#include "config/base/status.h"
#include "efi/core/fs/exfat.h"

/* Writes LEN >= 1 BYTES as the contents of the file NAME (UTF-8, without folders) in the folder at
 * FOLDER. DEVICE is the one that FS reads; FS has to be closed and opened again afterwards.
 * STATUS_NOT_FOUND; STATUS_NO_SPACE when the file's clusters do not hold that much; STATUS_CORRUPT.
 * A cut between its writes leaves the old size with new bytes: not for media that may be pulled.
 * exFAT specification 1.00, 6.3, 7.4, 7.6. */
enum status exfat_rewrite(const struct blockdev *device, struct exfat *fs, const char *folder,
                          const char *name, const void *bytes, size_t len) must_check;
