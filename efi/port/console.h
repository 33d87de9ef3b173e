/* SPDX-License-Identifier: BSD-2-Clause */
/* The displays: text screens by EFI_SIMPLE_TEXT_OUTPUT, serial lines by EFI_SERIAL_IO in UTF-8. */
#pragma once

#include "efi/port/port.h"

/* Finds the displays; PLATFORM gets their sizes. */
void console_init(struct platform *platform);
/* False: it did not get through; what the display shows is unknown. */
bool console_present(unsigned display, const struct cells *previous, const struct cells *next);

/* Asks the terminals on serial lines for their size. */
void console_ask_size(void);

/* Terminals wrap and show their cursor again, what is on them stays: the kernel writes next. */
void console_hand_over(void);
void console_release(void);
