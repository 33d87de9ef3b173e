/* SPDX-License-Identifier: BSD-2-Clause */
/* <inttypes.h> for the firmware build: the formats of the 64-bit types (LP64). */
#pragma once

#include <stdint.h>

#define PRId32  "d"
#define PRIu32  "u"
#define PRIx32  "x"
#define PRIX32  "X"
#define PRId64  "ld"
#define PRIi64  "li"
#define PRIu64  "lu"
#define PRIx64  "lx"
#define PRIX64  "lX"
#define PRIuPTR "lu"
#define PRIxPTR "lx"
