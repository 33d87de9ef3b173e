/* SPDX-License-Identifier: BSD-2-Clause */
/* The QEMU machine that a stick's image is started in, as an argument vector. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/mkhiperiso/arg_list.h"

#define MACHINE_QEMU "qemu-system-x86_64"
#define MACHINE_NODE "stick-overlay" /* QEMU's name of the overlay */

struct machine {
    const char *accel; /* "kvm" or "tcg,thread=multi" */
    const char *cpu;   /* "host", "max", "max,-svm,-vmx" */
    uint64_t memory_mb, cpus;
    const char *code;         /* OVMF's read-only part */
    const char *vars;         /* its variables, writable */
    const char *image;        /* NULL: a machine without a disk */
    const char *overlay;      /* qcow2 over IMAGE that takes what is written; another program may
                                 write to it, too; NULL: none */
    const char *bus;          /* one of machine_buses */
    bool is_snapshot;         /* writes are thrown away */
    const char *display;      /* "none", "gtk" */
    const char *serial;       /* "mon:stdio", "null", "file:PATH" */
    const char *qmp;          /* path of a UNIX socket, or NULL */
    const char *const *extra; /* appended as they are; ends with NULL; may be NULL */
};

extern const char *const machine_buses[]; /* ends with NULL */

/* Appends the whole command line, program name first. */
void machine_arguments(const struct machine *machine, struct arg_list *args);
