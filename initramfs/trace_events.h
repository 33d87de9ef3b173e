/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a trace tier's list of events (NAME.events). Pure: texts in, names and problems out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"
#include "config/settings.h"

#define TRACE_EVENTS_FILE_MAX ((size_t)64 << 10) /* bytes of a list */
#define TRACE_EVENTS_MAX      2048               /* events of a tier */

/* Where lists come from, and what the machine knows. */
struct trace_events_source {
    /* Appends the text of the list FILE, a name without a folder. */
    enum status (*read_file)(void *context, const char *file, struct strbuf *text);
    /* Has the host's kernel this tracepoint? NULL: it has none. */
    bool (*has_tracepoint)(void *context, const char *system, const char *event);
    void *context;
    const char *known; /* QEMU's trace-events-all; NULL: names are not checked */
    size_t known_len;
    bool is_emulated; /* the guest runs without KVM */
};

struct trace_events {
    struct text_list qemu;     /* names of QEMU's events, each once */
    struct text_list ports;    /* those of QEMU of which only accesses to ports are wanted */
    struct text_list kernel;   /* "kvm:kvm_mmio", each once */
    struct text_list files;    /* the lists that were read, the tier's own first */
    struct text_list problems; /* "trace-full.events:12: ...", one line each */
};

/* The file of TIER: "trace-full.events" for the three that come with the product, else
 * "TIER.events". */
enum status trace_events_file(const char *tier, struct strbuf *b) must_check;

/* Reads FILE and what it includes, at most 16 lists. A line that means nothing is a problem and
 * left out, the others stand. A list: one name a line; '#' starts a comment; `include FILE`;
 * SYSTEM:EVENT is a tracepoint of the host's kernel, those of kvm: being for guests with KVM;
 * tcg:NAME an event of QEMU for guests without KVM, tcg-ports:NAME the same for accesses to ports
 * (an event with an address, see trace_events_is_no_port()); '*' and '?' in QEMU's names stand for
 * any characters. STATUS_NOT_FOUND (or what read_file() says) when FILE itself cannot be read. The
 * caller clears RET_EVENTS after STATUS_OK. */
enum status trace_events_read(const struct trace_events_source *source, const char *file,
                              struct trace_events *ret_events) must_check;

void trace_events_clear(struct trace_events *events);

/* Is LINE of QEMU's trace ("PID@TIME:EVENT ... addr 0x80 ...", LEN bytes) of an event in PORTS with
 * an address that is no port's? */
bool trace_events_is_no_port(const struct text_list *ports, const char *line, size_t len);

bool trace_events_has(const struct text_list *list, const char *name);
