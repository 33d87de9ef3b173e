/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs QEMU from its start to its end: consoles, monitor, logs, signals, time, in one poll() loop.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/console.h"
#include "initramfs/escape.h"
#include "initramfs/guest_plan.h"
#include "initramfs/guest_record.h"
#include "initramfs/guest_screen.h"
#include "initramfs/hotkey.h"
#include "initramfs/lines.h"
#include "initramfs/network.h"
#include "initramfs/session.h"
#include "initramfs/status_line.h"
#include "initramfs/tpm.h"
#include "initramfs/vnc_bridge.h"
#include "initramfs/watch.h"

struct guest_run {
    struct session *session;
    struct console *console;
    struct watch watch;
    struct guest_screen screen;
    struct tpm tpm;
    struct hotkey hotkey; /* while no viewer has the keyboard */
    struct status_line status;
    struct guest_record record;
    bool is_held; /* the guest waits until the recorder is ready */
    uint64_t held_ms;
    struct vnc_bridge vnc;
    bool is_vnc_public;
    bool is_short_of_memory; /* of the host's; told once */
    bool has_run;            /* the guest's first instruction was executed */
    struct network *network; /* borrowed */
    pid_t pid;
    int serial, qmp, firmware, output; /* our ends; -1 after the other end is gone */
    int signals;                       /* signalfd of SIGCHLD, SIGINT, SIGTERM */
    struct lines qmp_lines, output_lines;
    struct strbuf qmp_out, serial_out; /* not taken by QEMU yet */
    struct escape escape;
    bool has_exited, was_abandoned;
    int record_error; /* told: a file of the session cannot be written; 0 or -errno */
    int exit_status;
    uint64_t cpu_ms;     /* of QEMU, once it has exited */
    char last_line[256]; /* of QEMU's own messages */
    char qemu_version[96];
    bool kvm_enabled;
    int64_t kvm_exits;
    uint64_t end_mono_ms;
    uint64_t qmp_second_ms; /* bounds the events recorded each second */
    unsigned qmp_this_second, qmp_skipped;
    void (*on_facts)(struct guest_run *run); /* QEMU has said what it is; may be NULL */
    void *context;
};

/* What a run borrows from its caller. */
struct guest_surroundings {
    struct session *session;
    struct console *console;
    struct network *network;
    struct trace_plan *trace;
    uint64_t log_max_bytes; /* of the session; 0: a part of what is free */
    int signals;            /* as in struct guest_run */
};

/* guest_run_init() makes what guest_run_clear() takes. guest_run_start() starts QEMU with the
 * plan's arguments, as the guest's user in the runtime. -errno with one line in WHY. */
void guest_run_init(struct guest_run *run);
int guest_run_start(struct guest_run *run, const struct guest_plan *plan,
                    const struct guest_surroundings *surroundings, struct strbuf *why) must_check;

/* Returns when QEMU has ended (or cannot be ended); the reason is in RUN's watch. */
void guest_run_loop(struct guest_run *run);

void guest_run_clear(struct guest_run *run);
