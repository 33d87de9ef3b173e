/* SPDX-License-Identifier: BSD-2-Clause */
/* Can this host's processor give the guest the flags that the settings ask for? Pure: QEMU's answer
 * in, verdict out. */
#pragma once

#include "config/base/strbuf.h"
#include "config/json_scan.h"
#include "config/settings.h"

#define CPU_FEATURES_KNOWN_MAX 2048

/* Looks each name of WANTED up in PROPS, the object "model/props" of query-cpu-model-expansion for
 * the plain model (full). STATUS_OK: all are there. STATUS_UNSUPPORTED: *WHY names, in one line,
 * all that are not. STATUS_CORRUPT: PROPS is no such object. */
enum status cpu_features_check(struct json_span props, const struct text_list *wanted,
                               struct strbuf *why) must_check;
