/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a run by what its serial line says: how far it is, which texts have come, whether the
 * guest has crashed. Pure: bytes in, a verdict and what to type out; the first verdict stays. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"
#include "tools/mkhiperiso/expect.h"
#include "tools/mkhiperiso/run_marks.h"
#include "tools/mkhiperiso/terminal.h"

#define RUN_STEPS_MAX   256
#define RUN_KEYS_MAX    1024
#define RUN_TEXT_KEPT   ((size_t)4 << 20) /* bytes of the guest's text; older ones are dropped */
#define RUN_TAIL_LINES  40
#define RUN_MESSAGE_MAX 256

/* In the order of the command line. */
struct run_step {
    bool is_send;
    struct expect expect;
    char keys[RUN_KEYS_MAX]; /* of a send */
    size_t key_count;
};

/* What a guest has to do to pass; shared by all picks. */
struct run_script {
    struct run_step *steps;
    size_t step_count;
    struct expect *rejects; /* must not come before the last step is done */
    size_t reject_count;
    unsigned allowed; /* run_crash bits that do not count */
};

enum run_verdict {
    RUN_GOING,
    RUN_PASSED,   /* all steps done */
    RUN_REJECTED, /* a text that must not come came */
    RUN_CRASHED,
};

struct run_watch {
    const struct run_script *script;
    struct terminal terminal;
    struct strbuf incoming; /* plain text of the line that has not ended yet */
    struct strbuf all;      /* the whole run, for people */
    struct strbuf guest;    /* what the guest wrote, without our own lines */
    size_t marked;          /* of GUEST: start of the line where run_marks go on */
    size_t from;            /* of GUEST: behind the last find */
    size_t resume;          /* for the step that is waited for */
    size_t *reject_resumes;
    size_t step;          /* to be done next */
    struct strbuf screen; /* what the guest's text screen showed last */
    size_t screen_from;   /* of SCREEN: behind the last find */
    enum run_phase phase;
    bool has_guest;  /* its machine has been started */
    bool has_screen; /* and its screen is shown on the machine's */
    bool has_ended;  /* /init said how the guest ended */
    size_t crash_at; /* of GUEST; SIZE_MAX: none */
    enum run_crash crash;
    enum run_verdict verdict;
    char message[RUN_MESSAGE_MAX]; /* of RUN_REJECTED, RUN_CRASHED */
    char trouble[RUN_MESSAGE_MAX]; /* the last error that /init or the loader named; "" */
    char end[RUN_MESSAGE_MAX];     /* /init's words on the guest's end; "" */
    char session[RUN_MESSAGE_MAX]; /* the folder of the record, from /init's line; "" */
};

enum status run_watch_init(struct run_watch *watch, const struct run_script *script) must_check;
void run_watch_clear(struct run_watch *watch);

/* Takes LEN bytes of the serial line. */
void run_watch_bytes(struct run_watch *watch, const void *bytes, size_t len);

/* Takes what the guest's text screen shows now, a line a row. */
void run_watch_screen(struct run_watch *watch, const char *text);

/* The keys that are to be typed now, NULL if none; run_watch_sent() once they are. */
const struct run_step *run_watch_keys(const struct run_watch *watch);
void run_watch_sent(struct run_watch *watch);

/* The text that is waited for, "" if none is left. */
const char *run_watch_awaited(const struct run_watch *watch);

/* Appends the last RUN_TAIL_LINES lines that are not empty. */
void run_watch_tail(const struct run_watch *watch, struct strbuf *text);
