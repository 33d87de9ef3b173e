/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory that QEMU may take: what it wants beyond that ends QEMU and nothing else of the host.
 */
#pragma once

#include "config/base/strbuf.h"

/* Of the memory that is available when the guest starts, this much stays with the host, in MB. */
#define GUEST_MEMORY_RESERVE_MB 48

/* Makes QEMU's memory cgroup with the host's available memory less the reserve as its limit.
 * *RET_PROCS is the file that takes the number of a process that joins, NULL on failure. -errno,
 * the step in WHY; the guest can run without (Linux, admin-guide/cgroup-v2.rst, "memory.max"). */
int guest_memory_prepare(const char **ret_procs, struct strbuf *why) must_check;
