/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds a file's SHA-256 in what sha256sum(1) and shasum(1) write. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "efi/core/sum/sha256.h"

/* The sum of the file NAME in the LEN bytes of TEXT: lines "HEX  NAME", "HEX *NAME" (a folder
 * before NAME is passed over, letters compare without regard to case), "SHA256 (NAME) = HEX".
 * MAY_BE_BARE: a line that is nothing but HEX counts, too. Lower case, with a NUL. */
bool sumfile_find(const char *text, size_t len, const char *name, bool may_be_bare,
                  char ret_hex[SHA256_HEX_CHARS + 1]);
