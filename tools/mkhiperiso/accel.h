/* SPDX-License-Identifier: BSD-2-Clause */
/* Does an accelerator really run a machine here? Found out by running one for a moment. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tools/mkhiperiso/firmware.h"

#define ACCEL_REASON_BYTES 256

/* Starts FIRMWARE without a disk under ACCEL and CPU and waits, at most TIMEOUT_MS, until the
 * firmware says its first byte on the serial line. If it does not, *RET_WORKS is false and
 * RET_REASON says why in a few words ("KVM internal error", QEMU's own last line). Reports what
 * prevents the trial itself, returns 0 or -1. */
int accel_try(const struct firmware *firmware, const char *accel, const char *cpu, int timeout_ms,
              bool *ret_works, char ret_reason[ACCEL_REASON_BYTES]);

/* Does this host's KVM let guests use KVM in turn? */
bool accel_is_nested(void);
