/* SPDX-License-Identifier: BSD-2-Clause */
/* Ways on from the menu that are not an image: restart, power off, the firmware's setup, a local
 * disk. */
#pragma once

#include "efi/port/port.h"

/* As can_power() and power() of struct platform; ESP is the partition that this program was started
 * from, NULL if there is none. */
bool power_can(EFI_HANDLE esp, enum menu_power power, struct strbuf *about);
enum status power_do(EFI_HANDLE esp, enum menu_power power, struct strbuf *message);
