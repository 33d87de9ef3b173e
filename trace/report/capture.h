/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads network.pcap: libpcap in a child, the packets by net.c. */
#pragma once

#include "trace/report/build.h"
#include "trace/report/source.h"

/* Fills in hosts, DNS, HTTP and packets, and sets the panel. STATUS_NO_MEMORY only. */
enum status capture_read(struct build *build, const struct report_source *source) must_check;
