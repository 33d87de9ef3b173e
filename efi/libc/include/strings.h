/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware build has of <strings.h>: ASCII only. */
#pragma once

#include <stddef.h>

int strcasecmp(const char *a, const char *b);
int strncasecmp(const char *a, const char *b, size_t max);
