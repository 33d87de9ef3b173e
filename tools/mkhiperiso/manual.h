/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the manual pages that the tables of verbs and of settings tell, as scdoc(5) source.
 */
#pragma once

#include "tools/mkhiperiso/options.h"

/* Each verb with its options, on stdout. */
void manual_print_verbs(const struct verb *const *verbs, size_t count);

/* Each setting with its keys, values and default, on stdout. */
void manual_print_settings(void);
