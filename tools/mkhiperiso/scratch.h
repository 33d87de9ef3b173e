/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary file without a name: gone with its last descriptor, whatever ends the program. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "tools/mkhiperiso/target.h"

struct scratch {
    struct target target; /* sparse */
};

#define SCRATCH_CLOSED     ((struct scratch){.target = TARGET_CLOSED})
#define SCRATCH_PATH_BYTES 64

/* Makes one of SIZE_BYTES in $TMPDIR or /var/tmp or /tmp. It must not move while it is open.
 * Reports errors, returns 0 or -1. */
int scratch_open(struct scratch *scratch, uint64_t size_bytes) must_check;

/* Appends to it. */
int scratch_put(struct scratch *scratch, const void *bytes, size_t len) must_check;

/* A path by which other programs find it as long as it is open. */
void scratch_path(const struct scratch *scratch, char ret_path[SCRATCH_PATH_BYTES]);

void scratch_close(struct scratch *scratch);

#define auto_scratch __attribute__((cleanup(scratch_close))) struct scratch
