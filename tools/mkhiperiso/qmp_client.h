/* SPDX-License-Identifier: BSD-2-Clause */
/* Talks to QEMU's monitor: commands one by one, events noted as they come. QEMU's QMP
 * specification, docs/interop/qmp-spec.txt. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"

#define QMP_REASON_BYTES 64

struct qmp_client {
    int fd; /* -1: closed */
    struct strbuf incoming;
    bool is_gone;                           /* QEMU has hung up */
    bool has_answer, is_refused;            /* to the last command */
    char refusal[256];                      /* QEMU's words */
    bool is_shut_down;                      /* the machine was switched off or reset */
    char shutdown_reason[QMP_REASON_BYTES]; /* "guest-reset", "guest-shutdown" */
    bool has_internal_error;                /* the processor cannot go on */
};

/* Takes FD, a connected stream socket. */
void qmp_client_open(struct qmp_client *client, int fd);
void qmp_client_close(struct qmp_client *client);

/* Takes LEN bytes that QEMU has sent. Pure but for CLIENT: for tests and fuzzers. */
void qmp_client_take(struct qmp_client *client, const char *bytes, size_t len);

/* Reads what is there without waiting. */
void qmp_client_listen(struct qmp_client *client);

/* Sends COMMAND (one JSON object) and waits for its answer, at most TIMEOUT_MS. False with the
 * reason in `refusal`. */
bool qmp_client_command(struct qmp_client *client, const char *command, int timeout_ms);
