/* SPDX-License-Identifier: BSD-2-Clause */
/* Understands packets: Ethernet, ARP, IPv4, IPv6, UDP, TCP, DNS, the first lines of HTTP. */
#pragma once

#include "trace/report/build.h"

#define NET_PACKETS_MAX ((size_t)4 << 20)
#define NET_HOSTS_MAX   65536u
#define NET_NAMES_MAX   65536u

/* A request that waits for its answer, by what identifies both. */
struct net_open {
    uint64_t key;
    uint32_t index; /* in dns or http */
};

struct net {
    struct report *report;
    struct intern hosts;                 /* by address; set its arena and max */
    struct net_open dns[256], http[256]; /* the latest, by key; index + 1 */
    uint64_t total;
};

/* Takes one packet as it was on the wire at T: LEN bytes of which CAPTURED are at BYTES.
 * STATUS_NO_MEMORY; what is no packet is passed over. */
enum status net_packet(struct net *net, int64_t t, const uint8_t *bytes, size_t captured,
                       size_t len) must_check;

/* Sorts hosts by bytes and gives packets their hosts' new places. */
enum status net_finish(struct net *net) must_check;
