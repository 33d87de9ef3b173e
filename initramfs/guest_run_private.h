/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of a guest's run share: its loop (guest_run.c), QEMU's monitor (guest_monitor.c)
 * and what /init does about it (guest_act.c). */
#pragma once

#include <stddef.h>

#include "initramfs/guest_run.h"

/* Does what the watch asks for: the WATCH_ bits in ACTIONS. */
void guest_act(struct guest_run *run, unsigned actions);

/* Lets a guest run that has waited for the recorder, once that is ready or too slow. */
void guest_release(struct guest_run *run, uint64_t now_ms);

/* Once a second: the counters of KVM, and whether the host has memory left. */
void guest_sample(struct guest_run *run);

/* Opens the guest's screen to the network, or to its new address, when it is to be public. */
void guest_offer_screen(struct guest_run *run);

/* Takes LEN bytes of the monitor's answers and events: records them, acts on them. */
void guest_monitor_take(struct guest_run *run, const char *bytes, size_t len);

/* Records how many events were left out, where they are missing. */
void guest_monitor_flush(struct guest_run *run);
