/* SPDX-License-Identifier: BSD-2-Clause */
/* A process that writes the session's files: a stick that takes seconds over a write holds up
 * neither the guest's console nor its keys. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/status.h"

#define SESSION_WRITER_FILES_MAX 16

struct session_writer_counts;

struct session_writer {
    pid_t pid; /* 0: none */
    size_t count;
    uint64_t behind_max; /* bytes of a file that may wait before it is said to be full */
    int pipes[SESSION_WRITER_FILES_MAX];    /* -1: not open */
    uint64_t put[SESSION_WRITER_FILES_MAX]; /* bytes given to the process */
    struct session_writer_counts *counts;   /* shared with it */
};

/* No process: every call below does nothing. */
void session_writer_init(struct session_writer *writer);

/* Starts the process for COUNT files, whose descriptors it inherits; the caller closes its own.
 * -errno. */
int session_writer_start(struct session_writer *writer, const int files[], size_t count) must_check;

/* Hands bytes over without waiting. -EAGAIN: the stick is too far behind, what did not fit is lost;
 * -EPIPE: the process is gone. */
int session_writer_put(struct session_writer *writer, size_t file, const void *bytes, size_t len)
    must_check;

/* Whether as much as already may wait surely fits once more. Who can wait (QEMU's serial port) is
 * not read before. */
bool session_writer_has_room(const struct session_writer *writer, size_t file);

/* The first error of writing FILE: 0 or -errno. */
int session_writer_error(const struct session_writer *writer, size_t file);

/* Waits until all that was handed over has been written, at most TIMEOUT_MS. -ETIMEDOUT;
 * -EPIPE: the process is gone. */
int session_writer_flush(const struct session_writer *writer, int timeout_ms) must_check;

/* Ends the process when it has written all; kills it after TIMEOUT_MS: -ETIMEDOUT. */
int session_writer_stop(struct session_writer *writer, int timeout_ms) must_check;
