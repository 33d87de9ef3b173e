/* SPDX-License-Identifier: BSD-2-Clause */
/* session.json and the lines of qmp.jsonl. The only place of the report that sees cJSON. */
#pragma once

#include "trace/report/build.h"

#define JSON_SESSION_BYTES_MAX ((size_t)16 << 20)

/* Fills in report->session and the clock from TEXT. Keys of other types than expected are as
 * good as absent. STATUS_CORRUPT with *RET_OFF, the byte where it stops being JSON (a part of the
 * session may be read nevertheless: none is). config/INTERFACES.md, contract 2. */
enum status json_read_session(struct build *build, const char *text, size_t len, size_t *ret_off)
    must_check;

/* Only what a list of sessions shows: name, image, start, end, duration, end reason. */
enum status json_read_summary(const char *text, size_t len, struct report_session *ret_session,
                              struct arena *arena) must_check;

/* Adds the event that a line of qmp.jsonl holds; answers of QEMU are passed over.
 * STATUS_CORRUPT: no such line. */
enum status json_read_qmp(struct build *build, const char *line, size_t len) must_check;

/* "2026-11-21T09:30:18.316Z" as CLOCK_REALTIME in ns; 0 if it is none. */
int64_t json_parse_time(const char *text);
