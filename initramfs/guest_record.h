/* SPDX-License-Identifier: BSD-2-Clause */
/* What is recorded while a guest runs, as the guest's loop sees it: the recording process, the
 * window of the trace, the indexes of the texts, the pictures. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "initramfs/clock.h"
#include "initramfs/filmstrip.h"
#include "initramfs/guest_plan.h"
#include "initramfs/line_index.h"
#include "initramfs/recorder.h"
#include "initramfs/session.h"
#include "initramfs/status_line.h"
#include "initramfs/trace_plan.h"

enum guest_text { GUEST_TEXT_SERIAL, GUEST_TEXT_FIRMWARE, GUEST_TEXTS };

struct guest_record {
    struct recorder recorder;
    struct filmstrip film;
    struct session *session;  /* borrowed */
    struct trace_plan *trace; /* borrowed; NULL: nothing is prepared */
    bool is_window_open;
    bool is_network_on; /* QEMU captures packets */
    bool has_news;      /* the session's description has to tell something more */
    struct line_index index[GUEST_TEXTS];
    struct strbuf rows[GUEST_TEXTS]; /* of the indexes, not written yet */
    struct trigger login;            /* the first "login:" */
    uint64_t events_before;          /* a second ago */
    bool has_told[RECORD_SOURCES];   /* that it has stopped */
    struct clock_triple start;
};

void guest_record_init(struct guest_record *record);

/* Starts the recording process. *RET_TRACE, *RET_PICTURE: what QEMU gets as GUEST_FD_TRACE and
 * GUEST_FD_PICTURE, -1 for nothing; the caller closes the first. NETWORK: the file of the packets
 * or -1. -errno with one line in WHY. */
int guest_record_start(struct guest_record *record, struct session *session,
                       struct trace_plan *trace, const struct guest_plan *plan, uint64_t max_bytes,
                       int network, int *ret_trace, int *ret_picture, struct strbuf *why)
    must_check;

/* QEMU starts now: all times count from here. */
void guest_record_begin(struct guest_record *record);

/* LEN bytes of a text of the guest. What the window then asks of QEMU goes to QMP. */
void guest_record_text(struct guest_record *record, enum guest_text text, const char *bytes,
                       size_t len, struct strbuf *qmp);

/* Once a second while the guest runs. True when the session's description is to be written anew. */
bool guest_record_tick(struct guest_record *record, struct status_line *status, struct strbuf *qmp);

/* The recording process has ended by itself. */
void guest_record_exited(struct guest_record *record);

/* QEMU has ended and all of its texts were taken. */
void guest_record_finish(struct guest_record *record);

void guest_record_clear(struct guest_record *record);
