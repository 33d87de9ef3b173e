/* SPDX-License-Identifier: BSD-2-Clause */
/* What each recorder of a session has written, may write, and why it stopped. Pure; lies in memory
 * that /init and its recording process share, each number written by one of the two. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_source {
    RECORD_QEMU,    /* trace.log */
    RECORD_KVM,     /* trace.cpuN.raw */
    RECORD_SERIAL,  /* serial.log, firmware.log, their indexes */
    RECORD_QMP,     /* qmp.jsonl */
    RECORD_NETWORK, /* network.pcap */
    RECORD_SCREEN,  /* screen/ */
    RECORD_SOURCES
};

enum record_stop {
    RECORD_RUNS,
    RECORD_LIMIT, /* its share is used up */
    RECORD_FULL,  /* the data partition is, but for what always stays free */
    RECORD_ERROR,
};

struct record_state {
    _Atomic bool is_active; /* there is something for it to record */
    _Atomic uint64_t bytes, limit_bytes;
    _Atomic uint64_t events;
    _Atomic bool has_events, has_losses;
    _Atomic uint64_t overrun, dropped, commit_overrun; /* events lost in the kernel's ring */
    _Atomic int stop;                                  /* enum record_stop; set last */
    _Atomic int error;                                 /* -errno of RECORD_ERROR */
    _Atomic int64_t stop_t_ns;
};

/* A copy that no longer changes. */
struct record_facts {
    bool is_active, has_events, has_losses;
    uint64_t bytes, limit_bytes, events, overrun, dropped, commit_overrun;
    enum record_stop stop;
    int error;
    int64_t stop_t_ns;
};

#define RECORD_FREE_BYTES  ((uint64_t)64 << 20) /* of the data partition: never taken */
#define RECORD_FLOOR_BYTES ((uint64_t)1 << 20)  /* small texts get this much in any case */

/* Gives each active recorder its limit. FREE_BYTES: of the data partition; MAX_BYTES: of a session,
 * 0 for a quarter of what is free. */
void record_share(struct record_state states[RECORD_SOURCES], uint64_t free_bytes,
                  uint64_t max_bytes);

/* May STATE write LEN bytes more? Counts them; at its limit it stops, at T_NS. */
bool record_take(struct record_state *state, uint64_t len, int64_t t_ns);

/* Stops STATE unless it has stopped already. ERROR: -errno; -ENOSPC makes it RECORD_FULL. */
void record_stop(struct record_state *state, enum record_stop stop, int error, int64_t t_ns);

bool record_is_running(const struct record_state *state);

void record_read(const struct record_state *state, struct record_facts *ret_facts);

const char *record_source_text(enum record_source source);    /* "qemu" */
const char *record_stop_text(enum record_stop stop);          /* "full" */
const char *record_stop_message(const struct record_facts *); /* one line for people */
