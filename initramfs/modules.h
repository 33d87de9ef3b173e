/* SPDX-License-Identifier: BSD-2-Clause */
/* Inserts the kernel modules that lead to the stick. */
#pragma once

#include "config/base/strbuf.h"

#define MODULES_FOLDER "/modules"
#define MODULES_ORDER  MODULES_FOLDER "/load-order"

/* Inserts what MODULES_ORDER lists, in its order; a module whose hardware is absent is no failure.
 * Bounded: a driver that hangs is named in the log and left behind. Others' failures are noted.
 * -errno only when there is no list. */
int modules_load(struct strbuf *why) must_check;
