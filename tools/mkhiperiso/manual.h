/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the manual pages that the tables of verbs and of settings tell, as scdoc(5). */
#pragma once

#include "tools/mkhiperiso/options.h"

/* Each verb of this program with its options, on stdout. */
void manual_print_verbs(const struct verb *const *verbs, size_t count);

/* Each setting with its keys, values and default, on stdout. */
void manual_print_settings(void);

/* TEXT as it is: what scdoc would take for a mark is escaped. */
void manual_put(const char *text);
void manual_put_bold(const char *text);
