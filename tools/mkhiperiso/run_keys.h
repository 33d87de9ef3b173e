/* SPDX-License-Identifier: BSD-2-Clause */
/* Characters as keys of a PC's keyboard, US layout. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Writes QEMU's names (QKeyCode) of the keys that are pressed together for BYTE to RET_NAMES, at
 * most two; how many, 0 if no key makes it. */
size_t run_keys_names(unsigned char byte, char ret_names[2][16]);
