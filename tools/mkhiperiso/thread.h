/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that work beside the main one. */
#pragma once

#include <pthread.h>
#include <stdbool.h>

/* Starts RUN with CONTEXT. No signal reaches it: they are for the main thread, whose calls they
 * interrupt. False: there can be no more threads. The caller joins it. */
bool thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context);
