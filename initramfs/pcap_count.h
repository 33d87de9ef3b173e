/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts the packets in a pcap file that still grows. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct pcap_count {
    uint64_t off; /* of the next packet's header */
    uint64_t packets, file_bytes;
};

/* Looks at what FD has grown by. Nothing is counted behind a header that cannot be one. The file
 * has this machine's byte order, as QEMU's filter-dump writes it. */
void pcap_count_update(struct pcap_count *count, int fd);
