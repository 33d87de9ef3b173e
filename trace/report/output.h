/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that the report writes: invisible under their name until they are complete. */
#pragma once

#include <stdio.h>

#include "config/base/status.h"

struct output {
    FILE *stream;
    const char *path; /* as the user named it; NULL: stdout; borrowed */
    char *temp_path;  /* owned */
};

/* Opens PATH, or stdout for NULL and "-". Reports errors; 0 or -1. */
int output_open(const char *path, struct output *ret_output) must_check;

/* Ends it: with ERROR (-errno) 0 the file gets its name, else it is gone and the error is
 * reported. 0 or -1. */
int output_close(struct output *output, int error) must_check;
