/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes an argument so that a shell reads it back as it is. */
#pragma once

#include "config/base/strbuf.h"

void shell_quote(const char *argument, struct strbuf *b);
