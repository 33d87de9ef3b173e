/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts as configurations, for tests. */
#pragma once

#include "config/config.h"

/* TEXT as "hiperiso.json"; fails the test unless it can be read. The caller frees. */
struct config *parse_config(const char *text, struct problem_list *problems);

/* The same for a TEXT without any fault. */
struct config *parse_good_config(const char *text);
