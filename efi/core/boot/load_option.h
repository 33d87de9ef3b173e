/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_LOAD_OPTION, what the firmware's variables Boot0000 to BootFFFF hold. UEFI 2.10, 3.1.3. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

struct load_option {
    bool is_active;
    char *title;           /* "Debian"; owned */
    uint8_t partition[16]; /* GUID of the GPT partition that the file lies on */
    char *file;            /* "/EFI/debian/shimx64.efi", NULL: the partition's default one; owned */
};

/* Reads LEN bytes. STATUS_NOT_FOUND: it is no file on a GPT partition (but a network card, a shell
 * in the firmware, a whole disk); STATUS_CORRUPT; STATUS_NO_MEMORY. The caller frees with
 * load_option_clear(). */
enum status load_option_read(const uint8_t *bytes, size_t len, struct load_option *ret_option)
    must_check;
void load_option_clear(struct load_option *option);
