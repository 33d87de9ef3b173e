/* SPDX-License-Identifier: BSD-2-Clause */
/* Streams tracepoints of the host's kernel to trace.cpuN.raw: a tracefs instance of its own. Linux
 * Documentation/trace/ftrace.rst, ring-buffer-design.rst. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "config/settings.h"
#include "initramfs/record.h"

#define TRACE_KVM_CPUS_MAX   512
#define TRACE_KVM_PAGE_BYTES 4096

struct trace_kvm_cpu {
    unsigned number;
    int ring, file;
};

struct trace_kvm {
    const char *tracefs, *folder; /* where tracefs is, where files go; borrowed */
    const struct text_list *events;
    struct trace_kvm_cpu *cpus; /* owned */
    unsigned cpu_count;
    int pipe[2];
    bool has_instance;
};

/* Mounts tracefs at TRACEFS when it is not there yet. -errno. */
int trace_kvm_mount(const char *tracefs) must_check;

void trace_kvm_init(struct trace_kvm *kvm);

/* Makes the instance and FOLDER's files and enables EVENTS ("kvm:kvm_mmio", known to exist).
 * Recording begins at once when IS_ON, else with trace_kvm_switch(). All texts stay the caller's.
 * -errno with one line in WHY. */
int trace_kvm_open(struct trace_kvm *kvm, const char *tracefs, const char *folder,
                   const struct text_list *events, bool is_on, struct strbuf *why) must_check;

/* Moves whole pages to the files, and the page that the kernel still fills when IS_PARTIAL_WANTED.
 * Stops when STATE does. */
void trace_kvm_stream(struct trace_kvm *kvm, bool is_partial_wanted, struct record_state *state,
                      int64_t t_ns);

/* Brings the numbers of events and losses in STATE up to date. */
void trace_kvm_count(const struct trace_kvm *kvm, struct record_state *state);

/* Copies to FOLDER/tracefs what the pages are read with. IS_END: the names of processes are
 * complete now. -errno. */
int trace_kvm_save_formats(const struct trace_kvm *kvm, bool is_end) must_check;

/* Switches recording on or off, from any process. */
int trace_kvm_switch(const char *tracefs, bool is_on) must_check;

/* Takes the instance away. */
void trace_kvm_close(struct trace_kvm *kvm);

/* Adds the counts in the text of per_cpu/cpuN/stats to those given. Pure. */
struct trace_kvm_stats {
    uint64_t events, overrun, commit_overrun, dropped;
};
void trace_kvm_add_stats(const char *text, struct trace_kvm_stats *stats);

/* Sets what lies behind the events of a page of the ring (its header: 8 bytes of time stamp, 8
 * bytes of commit) to zero. Pure. */
void trace_kvm_clean_page(uint8_t page[TRACE_KVM_PAGE_BYTES]);
