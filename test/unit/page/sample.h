/* SPDX-License-Identifier: BSD-2-Clause */
/* A session made up for tests of its page: every kind of event, numbers that are known. */
#pragma once

#include "trace/report/model.h"

/* EVENTS of every kind over 10 s; the same numbers give the same session. The caller frees with
 * sample_free(). */
struct report *sample_report(size_t events);
void sample_free(struct report *report);
