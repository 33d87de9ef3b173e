/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares the files of an ESP with its manifest. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "tools/mkhiperiso/target.h"

/* The ESP is the BYTES at OFF of TARGET. Every file must be in its manifest.json with its SHA-256,
 * and every one of the manifest be there. *RET_FILES: how many. Reports errors, returns 0 or -1. */
int verify_esp(const struct target *target, uint64_t off, uint64_t bytes, size_t *ret_files)
    must_check;
