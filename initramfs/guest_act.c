/* SPDX-License-Identifier: BSD-2-Clause */
/* What /init does to QEMU and tells the user while a guest runs. */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/clock.h"
#include "initramfs/guest_run_private.h"
#include "initramfs/host.h"
#include "initramfs/log.h"

#define LOW_MEMORY_MB 96   /* QEMU has to stop at GUEST_MEMORY_RESERVE_MB */
#define HOLD_MS       5000 /* the recorder's time to get ready; QEMU itself takes about as long */

static void send_command(struct guest_run *run, const char *name)
{
    qmp_command(&run->qmp_out, name);
}

/* The counters go with QEMU: the greatest value seen is what is kept. */
static void sample_kvm(struct guest_run *run)
{
    int64_t exits = run->kvm_enabled ? host_kvm_exits() : -1;
    if (exits > run->kvm_exits)
        run->kvm_exits = exits;
}

/* Before the guest runs: until then nobody gets in at all. */
static void set_password(struct guest_run *run)
{
    auto_strbuf arguments = STRBUF_INIT;
    if (!run->is_vnc_public)
        return;
    strbuf_printf(&arguments, "{\"protocol\":\"vnc\",\"password\":\"%s\"}", run->vnc.password);
    qmp_command_with(&run->qmp_out, "set_password", strbuf_text(&arguments));
}

void guest_offer_screen(struct guest_run *run)
{
    char address[sizeof(run->network->address)];
    const char *blank = strchr(run->network->address, ' ');
    if (!run->is_vnc_public || blank == NULL)
        return;
    snprintf(address, sizeof(address), "%.*s", (int)strcspn(blank + 1, "/"), blank + 1);
    int r = vnc_bridge_start(&run->vnc, address);
    if (r < 0) {
        log_say("the guest's screen cannot be offered on %s: %s", address, strerror(-r));
        return;
    }
    log_note("the guest's screen is offered on %s port %d", address, VNC_BRIDGE_PORT);
    vnc_bridge_show(&run->vnc, run->console, address);
    status_line_note(&run->status, address, run->vnc.password);
}

/* Before the kernel has to kill QEMU, the user may do something about it. */
static void look_at_memory(struct guest_run *run)
{
    uint64_t available_mb = host_ram_available_mb();
    if (run->is_short_of_memory || available_mb >= LOW_MEMORY_MB)
        return;
    run->is_short_of_memory = true;
    log_say("the host has only %llu MB of memory left: give the guest less RAM",
            (unsigned long long)available_mb);
}

void guest_release(struct guest_run *run, uint64_t now_ms)
{
    const struct recorder *recorder = &run->record.recorder;
    if (!run->is_held || (recorder->pid > 0 && !atomic_load(&recorder->shared->is_ready) &&
                          now_ms - run->held_ms < HOLD_MS))
        return;
    if (now_ms > run->held_ms)
        log_note("the guest waited %llu ms for the recorder",
                 (unsigned long long)(now_ms - run->held_ms));
    run->is_held = false;
    run->has_run = true;
    send_command(run, "cont");
}

void guest_act(struct guest_run *run, unsigned actions)
{
    static const struct {
        unsigned action;
        const char *command;
    } commands[] = {
        {WATCH_QUERY_FACTS, "query-version"},
        {WATCH_QUERY_FACTS, "query-kvm"},
        {WATCH_QUERY_STATUS, "query-status"},
        {WATCH_POWERDOWN, "system_powerdown"},
        {WATCH_QUIT, "quit"},
    };
    if ((actions & (WATCH_QUIT | WATCH_TERMINATE)) != 0)
        sample_kvm(run);
    if ((actions & WATCH_CONTINUE) != 0) {
        set_password(run);
        run->is_held = true;
        run->held_ms = clock_mono_ms();
    }
    if ((actions & WATCH_QUIT) != 0)
        filmstrip_last(&run->record.film, &run->qmp_out,
                       recorder_t_ns(run->record.recorder.shared));
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        if ((actions & commands[i].action) != 0)
            send_command(run, commands[i].command);
    guest_release(run, clock_mono_ms());
    if ((actions & WATCH_POWERDOWN) != 0)
        log_say("asked the guest to power off; the same keys once more end it at once");
    if ((actions & WATCH_TERMINATE) != 0)
        kill(run->pid, SIGTERM);
    if ((actions & WATCH_KILL) != 0)
        kill(run->pid, SIGKILL);
    if ((actions & WATCH_ABANDON) != 0) {
        log_error("QEMU cannot be killed, the session goes on without it");
        run->was_abandoned = true;
    }
}

void guest_sample(struct guest_run *run)
{
    sample_kvm(run);
    look_at_memory(run);
}
