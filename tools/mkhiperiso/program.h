/* SPDX-License-Identifier: BSD-2-Clause */
/* main() of a program that is a table of verbs. */
#pragma once

#include "tools/mkhiperiso/options.h"

struct program {
    const char *name;
    const char *purpose;             /* "makes, reads and runs hiperiso sticks" */
    const struct verb *const *verbs; /* `version` comes by itself */
    size_t verb_count;
};

#define PROGRAM_VERBS_MAX 16

/* Runs the verb that ARGV asks for; the exit code. */
int program_main(const struct program *program, int argc, char **argv);
