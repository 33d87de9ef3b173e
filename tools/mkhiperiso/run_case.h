/* SPDX-License-Identifier: BSD-2-Clause */
/* One run from power-on to verdict: an image is started, watched, judged, and its record taken. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "tools/mkhiperiso/machine.h"
#include "tools/mkhiperiso/run_choice.h"
#include "tools/mkhiperiso/run_watch.h"

#define RUN_PATH_BYTES   1024
#define RUN_TAIL_BYTES   16384
#define RUN_SCREEN_BYTES 16384

/* The exit codes of `run` beside EXIT_CODE_OK, _FAILED (an expectation) and _USAGE. */
enum run_code {
    RUN_CODE_PASSED = 0,
    RUN_CODE_FAILED = 1,
    RUN_CODE_CRASHED = 3,
    RUN_CODE_ENDED = 4,
    RUN_CODE_SKIPPED = 77, /* as automake and meson have it */
    RUN_CODE_MACHINE = 99, /* as automake has a hard error */
    RUN_CODE_TIMEOUT = 124 /* as timeout(1) */
};

/* What is the same for all picks of a command. */
struct run_plan {
    const char *operand; /* the stick or its image */
    struct machine machine;
    struct run_script script;
    uint64_t timeout_ms;      /* for the whole run */
    uint64_t boot_timeout_ms; /* until the guest's machine starts */
};

/* What is to be kept of one run; NULL: nothing. */
struct run_outputs {
    const char *screenshot; /* path of a PNG */
    const char *session;    /* folder that the record's folder is copied into */
    const char *report;     /* path of an HTML page made from the record */
};

/* Lies in memory that parent and child share: no pointers. */
struct run_result {
    bool is_done;
    int code; /* enum run_code */
    enum run_phase phase;
    uint32_t steps_done, steps;
    int64_t duration_ms;
    char image[RUN_PATH_BYTES];
    char message[2 * RUN_MESSAGE_MAX];
    char awaited[EXPECT_TEXT_MAX + 1]; /* the text that did not come; "" */
    char tail[RUN_TAIL_BYTES];         /* the last lines; of a failure only */
    char screen[RUN_SCREEN_BYTES];     /* the last screen; of a failure only */
    char screenshot[RUN_PATH_BYTES], session[RUN_PATH_BYTES],
        report[RUN_PATH_BYTES]; /* what was kept; "" */
};

/* "passed", "crashed", ... */
const char *run_code_text(int code);

/* Runs CHOICE as PLAN says and fills RET_RESULT. */
void run_case(const struct run_plan *plan, const struct run_choice *choice,
              const struct run_outputs *outputs, struct run_result *ret_result);
