/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts threads without signals. */
#include "tools/mkhiperiso/thread.h"

#include <signal.h>
#include <stddef.h>

bool thread_start(pthread_t *ret_thread, void *(*run)(void *context), void *context)
{
    sigset_t all, kept;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    bool is_started = pthread_create(ret_thread, NULL, run, context) == 0;
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    return is_started;
}
