/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts Ctrl-Alt-Del. */
#include "initramfs/interrupts.h"

bool interrupts_add(struct interrupts *interrupts, uint64_t now_ms)
{
    interrupts->times[interrupts->count % INTERRUPTS_MAX] = now_ms;
    interrupts->count++;
    if (interrupts->count < INTERRUPTS_MAX)
        return false;
    uint64_t oldest = interrupts->times[interrupts->count % INTERRUPTS_MAX];
    return now_ms - oldest <= INTERRUPTS_WINDOW_MS;
}

bool interrupts_is_first(const struct interrupts *interrupts)
{
    if (interrupts->count < 2)
        return true;
    uint64_t newest = interrupts->times[(interrupts->count - 1) % INTERRUPTS_MAX];
    uint64_t before = interrupts->times[(interrupts->count - 2) % INTERRUPTS_MAX];
    return newest - before > INTERRUPTS_WINDOW_MS;
}
