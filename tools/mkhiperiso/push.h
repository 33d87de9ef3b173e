/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the system write to the disk what a large copy has put into the page cache, beside the
 * copying: the disk does not stand idle until the end, and the copying does not wait for it. */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/mkhiperiso/target.h"

struct push {
    const struct target *target; /* NULL: nothing is pushed */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t pushed_off, ready_off; /* between them is what is to be pushed */
    bool is_ending;
};

/* Begins at byte OFF of TARGET. Without a thread nothing is pushed: the fsync() at the end does it.
 * PUSH must not move until push_end(). */
void push_start(struct push *push, const struct target *target, uint64_t off);

/* Everything up to OFF has been written. */
void push_to(struct push *push, uint64_t off);

/* Pushes the rest and ends the thread. */
void push_end(struct push *push);
