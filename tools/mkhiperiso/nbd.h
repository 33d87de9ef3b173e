/* SPDX-License-Identifier: BSD-2-Clause */
/* A client of QEMU's NBD server: the machine's disk as a device, with what the machine has written.
 * The NBD protocol, doc/proto.md of the NetworkBlockDevice project: fixed newstyle handshake,
 * simple replies. */
#pragma once

#include "efi/core/fs/blockdev.h"

struct nbd {
    int fd; /* -1: closed */
    int timeout_ms;
    uint64_t requests; /* sent so far; their handles */
    struct blockdev device;
};

/* Speaks on FD, a connected stream socket that it takes in every case, and opens EXPORT. No answer
 * takes longer than TIMEOUT_MS. STATUS_IO, STATUS_CORRUPT (no NBD), STATUS_NOT_FOUND (no such
 * export). NBD may not move while it is open. */
enum status nbd_open(struct nbd *nbd, int fd, const char *export, int timeout_ms) must_check;
void nbd_close(struct nbd *nbd);
