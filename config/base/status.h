/* SPDX-License-Identifier: BSD-2-Clause */
/* The result of every pure function that can fail. */
#pragma once

enum status {
    STATUS_OK = 0,
    STATUS_END,       /* an iteration has no further item */
    STATUS_NOT_FOUND, /* no such file, key, partition */
    STATUS_CORRUPT,   /* bytes from outside contradict their format */
    STATUS_IO,        /* the device refused */
    STATUS_NO_MEMORY,
    STATUS_INVALID,     /* the caller or the user gave an impossible value */
    STATUS_TOO_LARGE,   /* a named maximum is exceeded */
    STATUS_UNSUPPORTED, /* valid, but not handled */
    STATUS_EXISTS,
    STATUS_NO_SPACE,
    STATUS_CANCELLED,
};

#define must_check __attribute__((warn_unused_result))

/* A short lower-case English phrase ("not found"), never NULL. */
const char *status_text(enum status status);
