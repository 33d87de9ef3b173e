/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of session.json about what was recorded. */
#pragma once

#include "config/base/strbuf.h"
#include "initramfs/session_json.h"

/* "clock": what puts wall time, monotonic time and times since QEMU's start on one axis. */
void session_json_add_clock(const struct session_facts *facts, struct strbuf *b);

/* "trace": tier, lists, recorders, problems, window. */
void session_json_add_trace(const struct session_facts *facts, struct strbuf *b);
