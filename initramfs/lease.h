/* SPDX-License-Identifier: BSD-2-Clause */
/* What a DHCP server has given: read from the environment that udhcpc calls its script with, and
 * applied to the interface. /init itself is that script. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include "config/base/strbuf.h"

#define LEASE_ROUTERS_MAX 1
#define LEASE_SERVERS_MAX 3
#define LEASE_REPORT_FD                                                                            \
    STDOUT_FILENO /* where the script tells of its address: udhcpc closes all but 0 to 2 */

struct lease {
    char interface[16];
    uint32_t address, mask, router;      /* network byte order; router 0: none */
    uint32_t servers[LEASE_SERVERS_MAX]; /* of names */
    unsigned server_count;
};

/* GET is getenv() or a test's. STATUS_INVALID when interface, ip or mask are missing or wrong;
 * wrong routers and name servers are left out. */
enum status lease_read(const char *(*get)(const char *name), struct lease *ret_lease) must_check;

/* Appends the name servers as resolv.conf wants them. */
void lease_resolv_conf(const struct lease *lease, struct strbuf *b);

/* "eth0 10.0.2.15/24". */
void lease_text(const struct lease *lease, struct strbuf *b);

/* udhcpc calls: "deconfig", "bound", "renew", "leasefail", "nak". The exit code. */
int lease_main(const char *action);
