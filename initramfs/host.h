/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about the machine that /init runs on. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"

/* MemTotal in MB; 0 unknown. */
uint64_t host_ram_mb(void);

/* What programs can still get, in MB; 0 unknown (or none). */
uint64_t host_ram_available_mb(void);

/* Processors that are online. */
unsigned host_cpus(void);

/* "6.1.0-49-amd64". */
void host_kernel_version(struct strbuf *b);

/* Loads the KVM module of this processor out of the runtime, makes a virtual machine for a try and
 * gives the device to the guest's user. False with the reason in WHY. */
bool host_open_kvm(struct strbuf *why);

/* Exits from all guests since they were made, from debugfs; -1 unknown. */
int64_t host_kvm_exits(void);

/* The guest reaches the host's own services through lo only when it is up. */
void host_raise_loopback(void);
