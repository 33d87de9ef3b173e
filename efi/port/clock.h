/* SPDX-License-Identifier: BSD-2-Clause */
/* Monotonic time from the processor's time stamp counter: UEFI has no clock of its own that is
 * finer than a second. */
#pragma once

#include <stdint.h>

/* Takes 2 ms: measures the counter against the firmware's stall. */
void clock_init(void);
uint64_t clock_ms(void);
