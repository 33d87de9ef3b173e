/* SPDX-License-Identifier: BSD-2-Clause */
/* The time stamp counter, calibrated. */
#include "efi/port/clock.h"

#include "efi/port/port.h"

#define CALIBRATION_US 1000

static uint64_t ticks_per_ms = 1, start_ticks;

static uint64_t ticks(void)
{
    return __builtin_ia32_rdtsc();
}

void clock_init(void)
{
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 2; i++) { /* an interruption makes a stall longer, never shorter */
        uint64_t start = ticks();
        bs->Stall(CALIBRATION_US);
        uint64_t passed = ticks() - start;
        if (passed < best)
            best = passed;
    }
    ticks_per_ms = best > 0 ? best : 1;
    start_ticks = ticks();
}

uint64_t clock_ms(void)
{
    return (ticks() - start_ticks) / ticks_per_ms;
}
