/* SPDX-License-Identifier: BSD-2-Clause */
/* The order in which people expect names: file-2 before file-10, without regard to case. */
#pragma once

#include "config/base/arena.h"

/* A key for TEXT: strcmp() of two keys is the natural order of the texts. Lives in ARENA; NULL when
 * memory runs out. */
char *natural_key(struct arena *arena, const char *text);
