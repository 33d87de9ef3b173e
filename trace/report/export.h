/* SPDX-License-Identifier: BSD-2-Clause */
/* A session in other programs' formats. All return 0 or -errno of the stream. */
#pragma once

#include <stdio.h>

#include "trace/report/model.h"

/* One line an event, RFC 4180, with a head. */
int export_csv(const struct report *report, FILE *stream) must_check;

/* The trace event format that Perfetto and chrome://tracing open: JSON, times in us. */
int export_perfetto(const struct report *report, FILE *stream) must_check;

/* network.pcap as it is. -ENOENT without one. */
int export_pcap(const struct report *report, FILE *stream) must_check;

/* The kernel's pages as trace.dat, version 6. trace-cmd.dat(5). -ENOENT without any, -EINVAL when
 * STREAM cannot seek. */
int export_dat(const struct report *report, FILE *stream) must_check;
