/* SPDX-License-Identifier: BSD-2-Clause */
/* Digests one piece in a thread of its own while the next one is read and written. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tools/mkhiperiso/digest.h"

struct digest_worker;

/* A worker that hands what it is given to ADD, with CONTEXT, in the same order. Where no thread can
 * be had it works all the same, in the caller's. NULL when memory runs out. */
struct digest_worker *digest_worker_new(void (*add)(void *context, uint64_t off, size_t len,
                                                    const uint8_t *bytes),
                                        void *context) must_check;

/* Waits until the piece before is done, then hands this one over: LEN bytes that belong at OFF,
 * borrowed until the next call returns, or digest_worker_free(). */
void digest_worker_add(struct digest_worker *worker, uint64_t off, size_t len,
                       const uint8_t *bytes);

/* Finishes what was handed over. */
void digest_worker_free(struct digest_worker *worker);
