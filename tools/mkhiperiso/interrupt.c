/* SPDX-License-Identifier: BSD-2-Clause */
/* Remembers SIGINT, SIGTERM and SIGHUP. */
#include "tools/mkhiperiso/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "config/base/cleanup.h"

static volatile sig_atomic_t caught;

static void remember(int signal_number)
{
    caught = signal_number;
}

static void let_the_call_fail(int signal_number)
{
    (void)signal_number;
}

void interrupt_catch(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = remember}; /* no SA_RESTART: waits end */

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
        sigaction(signals[i], &action, NULL);
    /* Writes beyond ulimit -f or to a closed pipe fail instead of ending the process half-way. A
     * handler, as children would inherit SIG_IGN. */
    action.sa_handler = let_the_call_fail;
    sigaction(SIGXFSZ, &action, NULL);
    sigaction(SIGPIPE, &action, NULL);
}

int interrupt_signal(void)
{
    return caught;
}
