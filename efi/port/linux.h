/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts a Linux kernel through its EFI stub. */
#pragma once

#include "efi/port/port.h"

/* Loads and starts REQUEST's kernel from the volume ROOT on HANDLE. Returns only on failure: one
 * line for people in MESSAGE and everything undone. */
enum status linux_start(EFI_HANDLE handle, EFI_FILE_HANDLE root,
                        const struct platform_linux *request, struct strbuf *message) must_check;
