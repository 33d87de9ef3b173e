/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs what reads foreign bytes through libraries in a child with limits on memory and time; what
 * it found comes back as messages. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

#define CONFINED_MESSAGE_MAX ((size_t)32 << 10)

struct confined_out;

/* For the child: sends LEN bytes (at most CONFINED_MESSAGE_MAX). Ends the child when nobody reads.
 */
void confined_send(struct confined_out *out, const void *bytes, size_t len);

/* For the child: ends it; MESSAGE says why it could not do its work. */
void confined_fail(struct confined_out *out, const char *message) __attribute__((noreturn));

struct confined_job {
    void (*work)(void *context, struct confined_out *out); /* in the child */
    /* In the parent, for each message; false: it makes no sense, and the child is ended. */
    bool (*take)(void *context, const uint8_t *bytes, size_t len);
    void *context;
    size_t memory_bytes; /* what the child may take above what the parent has */
    unsigned seconds;    /* of processor time; as much again, and 10 s, by the clock */
};

/* Runs JOB. STATUS_OK: the child did all its work. Else WHY (SIZE bytes) says what happened, as
 * "its reader crashed (signal 11)"; the messages until then have been taken. */
enum status confined_run(const struct confined_job *job, char *why, size_t size) must_check;
