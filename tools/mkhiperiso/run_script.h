/* SPDX-License-Identifier: BSD-2-Clause */
/* The options --expect, --send, --reject and --allow as a script. */
#pragma once

#include "tools/mkhiperiso/options.h"
#include "tools/mkhiperiso/run_watch.h"

/* Makes the steps of EXPECTS and SENDS in the order in which they stand on the command line, and
 * the rest. The script borrows the texts. Reports what is wrong: REPORT_MISUSE or -1. The caller
 * clears in every case. */
int run_script_make(const struct option_value *expects, const struct option_value *sends,
                    const struct option_value *rejects, const struct option_value *allows,
                    struct run_script *ret_script) must_check;
void run_script_clear(struct run_script *script);
