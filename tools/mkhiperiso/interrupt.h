/* SPDX-License-Identifier: BSD-2-Clause */
/* Ctrl-C and its like as a question, so that the ordinary error path cleans up. */
#pragma once

#include <stdbool.h>

/* From now on SIGINT, SIGTERM and SIGHUP are remembered instead of ending the process. */
void interrupt_catch(void);

/* The signal that came, 0 if none. */
int interrupt_signal(void);

static inline bool is_interrupted(void)
{
    return interrupt_signal() != 0;
}
