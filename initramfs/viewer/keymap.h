/* SPDX-License-Identifier: BSD-2-Clause */
/* From the kernel's key codes to the numbers that RFB's key event of QEMU (pseudo-encoding -258)
 * carries. */
#pragma once

#define KEYMAP_NONE 0

/* QEMU's number of evdev key CODE: the scan code of an XT keyboard, with bit 7 set where E0 comes
 * before it. KEYMAP_NONE: the key has none. */
unsigned keymap_number(unsigned code);
