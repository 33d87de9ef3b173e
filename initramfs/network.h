/* SPDX-License-Identifier: BSD-2-Clause */
/* Brings this machine's Ethernet up by DHCP, in a process of its own: nothing ever waits for it. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/lines.h"

struct network {
    pid_t pid;  /* 0: it does not run */
    int output; /* what it tells; -1 */
    struct lines lines;
    char address[48]; /* "eth0 10.0.2.15/24"; "" none (yet) */
};

void network_init(struct network *network);

/* Starts it; the runtime is mounted. -errno. */
int network_start(struct network *network) must_check;

/* Takes LEN bytes of what it tells. True when the address is new. */
bool network_take(struct network *network, const char *bytes, size_t len);

/* Ends it and its DHCP clients. */
void network_stop(struct network *network);
