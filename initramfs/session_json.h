/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of session.json. Pure. config/INTERFACES.md, contract 2. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/strbuf.h"
#include "config/contract.h"
#include "initramfs/clock.h"
#include "initramfs/guest_plan.h"
#include "initramfs/recorder.h"
#include "initramfs/trace_plan.h"

#define SESSION_FORMAT 1

/* What a session is known by. Borrowed texts; NULL where nothing is known (yet). */
struct session_facts {
    const struct boot_request *request;
    const struct guest_plan *plan; /* NULL before there is one */
    const struct bootable *image;  /* NULL before the image was read */
    uint64_t image_bytes;
    const char *command_line;         /* of the host kernel */
    const char *kernel, *qemu;        /* versions */
    const char *kvm_reason;           /* why there is no KVM */
    const char *network;              /* "eth0 10.0.2.15/24"; NULL or "": the host has no address */
    const struct text_list *warnings; /* besides the plan's notes */
    int64_t start_ms, end_ms;         /* wall time; end 0 while it runs */
    uint64_t duration_ms;
    const char *end_code, *end_text;
    bool kvm_enabled;  /* QEMU's answer to query-kvm */
    int64_t kvm_exits; /* of the host's KVM; -1 unknown */
    uint64_t resets;
    const struct trace_plan *trace;             /* NULL before there is one */
    const struct recorder_shared *recording;    /* NULL before there is one */
    struct clock_triple clock_start, clock_end; /* all 0 before there is one */
    int64_t login_t_ns;                         /* -1: no login yet */
};

enum status session_json(const struct session_facts *facts, struct strbuf *b) must_check;
