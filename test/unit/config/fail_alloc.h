/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the Nth allocation fail: for tests that link with
 * -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc. */
#pragma once

#include <stdbool.h>

/* The COUNTth allocation from now on (from 1) and all after it return NULL; 0: none does. */
void fail_alloc_after(unsigned long count);

/* Has one failed since fail_alloc_after()? */
bool fail_alloc_happened(void);
