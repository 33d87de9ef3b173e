/* SPDX-License-Identifier: BSD-2-Clause */
/* What efi/libc needs from the port: memory, and a last word. */
#pragma once

#include <stddef.h>

/* SIZE bytes of the firmware's pool, 8-byte aligned; NULL when there are none. */
void *libc_pool_alloc(size_t size);
void libc_pool_free(void *memory);

/* The most bytes that were taken from the pool at one time, headers included. */
size_t libc_pool_peak(void);

/* Shows MESSAGE and never returns. */
_Noreturn void libc_panic(const char *message);
