/* SPDX-License-Identifier: BSD-2-Clause */
/* <assert.h> for the firmware build: a programmer's error ends the program with its place on the
 * screen. */

#include "efi/libc/libc.h"

#undef assert
#ifdef NDEBUG
#define assert(condition) ((void)0)
#else
#define assert(condition)                                                                          \
    ((condition) ? (void)0 : libc_panic(__FILE__ ": assertion failed: " #condition))
#endif
