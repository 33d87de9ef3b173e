/* SPDX-License-Identifier: BSD-2-Clause */
/* What may be wrong with the user's own QEMU arguments when QEMU did not start with them. Pure. */
#pragma once

#include "config/base/strbuf.h"

/* Appends "; ..." to REASON, which holds QEMU's own words. SIGNAL_NUMBER is what QEMU was killed
 * by, or 0. */
void guest_hint(int signal_number, struct strbuf *reason);
