/* SPDX-License-Identifier: BSD-2-Clause */
/* File-system drivers that a user put onto the ESP. */
#pragma once

#include "efi/port/port.h"

/* Loads and starts LAYOUT_ESP_DRIVERS_DIR/NAME.efi of the volume ROOT on HANDLE, once in the
 * program's life. A line in NOTES for each that could not be used. */
void drivers_load(EFI_HANDLE handle, EFI_FILE_HANDLE root, struct strbuf *notes);
