/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI variables under our vendor GUID: non-volatile, visible to Linux. */
#pragma once

#include "efi/port/port.h"

/* A new value with a NUL behind it; STATUS_NOT_FOUND, STATUS_TOO_LARGE above MAX bytes. */
enum status variable_read(const char *name, size_t max, void **ret_data, size_t *ret_len)
    must_check;

/* Writes; LEN 0 deletes, and what does not exist is deleted already. */
enum status variable_write(const char *name, const void *data, size_t len) must_check;

/* Tells Linux, until the machine restarts. Best effort: a firmware may have no room. */
void variable_tell(const char *name, const void *data, size_t len);
