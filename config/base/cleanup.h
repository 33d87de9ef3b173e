/* SPDX-License-Identifier: BSD-2-Clause */
/* Ownership helpers: variables that release what they hold at the end of their scope. */
#pragma once

#include <stddef.h>
#include <stdlib.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_free(void *p)
{
    void **slot = p;
    free(*slot);
    *slot = NULL;
}

#define auto_free __attribute__((cleanup(cleanup_free)))

/* Hands the pointer in VARIABLE on and leaves NULL there. */
#define take_ptr(variable)                                                                         \
    __extension__({                                                                                \
        __typeof__(variable) taken_ = (variable);                                                  \
        (variable) = NULL;                                                                         \
        taken_;                                                                                    \
    })
