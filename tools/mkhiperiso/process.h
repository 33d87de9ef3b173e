/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs another program by its argument vector, never through a shell. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "config/base/strbuf.h"

#define PROCESS_ARGS_MAX 128

/* Runs ARGV (ends with NULL) to its end, with no input, a fixed environment (PATH, C locale, UTC,
 * SOURCE_DATE_EPOCH=EPOCH, no mtools configuration) and its output collected. Reports a failure
 * with the program's last words and returns -1; an interrupt ends the program and returns -1. */
int process_run(const char *const argv[], int64_t epoch) must_check;

/* A program that runs beside us. */
struct process {
    const char *name;
    pid_t pid; /* 0: none */
    int output_fd;
};

/* process_run() in two halves; NAME of ARGV must outlive both. The caller finishes or abandons it.
 */
int process_start(const char *const argv[], int64_t epoch, struct process *ret_process) must_check;
int process_finish(struct process *process) must_check;

/* Has it ended? It is still to be finished. */
bool process_has_ended(const struct process *process);

/* Ends PROCESS if there is one. */
void process_abandon(struct process *process);

enum process_result {
    PROCESS_DONE,
    PROCESS_FAILED,  /* it ran, and says why in its output */
    PROCESS_MISSING, /* there is no such program on this machine */
    PROCESS_NOT_RUN, /* interrupted, or the machine is out of something: reported */
};

/* The same for a program whose output is wanted and whose failure is an answer: OUTPUT gets its
 * stdout, or after PROCESS_FAILED its stderr. Reports nothing but PROCESS_NOT_RUN's reason. */
enum process_result process_try(const char *const argv[], struct strbuf *output) must_check;

/* "gdisk" for "sgdisk": the Debian package that holds PROGRAM, PROGRAM itself if unknown. */
const char *process_package(const char *program);
