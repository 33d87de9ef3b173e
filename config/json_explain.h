/* SPDX-License-Identifier: BSD-2-Clause */
/* Says in words why a text is no JSON: what stands there and what to write instead. */
#pragma once

#include <stddef.h>

#include "config/base/strbuf.h"

/* TEXT of LEN bytes stops being JSON at OFF (json_scan_check). Appends the reason and the remedy to
 * MESSAGE and sets *RET_OFF to the place to show, which may lie before OFF (where a text without
 * closing quote starts). */
void json_explain(const char *text, size_t len, size_t off, struct strbuf *message,
                  size_t *ret_off);
