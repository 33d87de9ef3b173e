/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware build has of <math.h>. */
#pragma once

#define HUGE_VAL __builtin_huge_val()
#define INFINITY __builtin_inff()
#define NAN      __builtin_nanf("")
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf_sign(x)

static inline double fabs(double x)
{
    return __builtin_fabs(x);
}
