/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's start, with its channels and what runs beside it. */
#include "initramfs/guest_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/guest_memory.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/qmp.h"

#define SERIAL_OUT_MAX 4096        /* keys that the guest has not read */
#define QMP_OUT_MAX    (512 << 10) /* a window's events, one by one */
#define QEMU_LINE_MAX  65536

/* QEMU's ends; the first ones have an end of ours. */
enum channel {
    CHANNEL_SERIAL,
    CHANNEL_QMP,
    CHANNEL_FIRMWARE,
    CHANNEL_OUTPUT,
    CHANNEL_PAIRS,
    CHANNEL_NETWORK = CHANNEL_PAIRS,
    CHANNEL_TPM,
    CHANNEL_TRACE,
    CHANNEL_EVENTS,
    CHANNEL_PICTURE,
    CHANNELS
};

static int make_pair(int *ret_ours, int *ret_theirs)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    if (fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) {
        int r = -errno;
        close(pair[0]);
        close(pair[1]);
        return r;
    }
    *ret_ours = pair[0];
    *ret_theirs = pair[1];
    return 0;
}

static int make_channels(struct guest_run *run, int theirs[CHANNELS])
{
    int *const ours[CHANNEL_PAIRS] = {&run->serial, &run->qmp, &run->firmware, &run->output};
    for (int i = 0; i < CHANNEL_PAIRS; i++) {
        int r = make_pair(ours[i], &theirs[i]);
        if (r < 0)
            return r;
    }
    return 0;
}

/* What runs beside QEMU, and what it writes to by itself. */
static int start_companions(struct guest_run *run, const struct guest_plan *plan,
                            int theirs[CHANNELS], struct strbuf *why)
{
    int r = plan->tpm != NULL ? tpm_start(&run->tpm, plan->tpm, &theirs[CHANNEL_TPM], why) : 0;
    if (r == 0 && plan->is_vnc_public) {
        r = vnc_bridge_init(&run->vnc);
        if (r < 0)
            strbuf_printf(why, "no password for VNC: %s", strerror(-r));
    }
    if (r < 0 || !plan->is_network_dumped)
        return r;
    theirs[CHANNEL_NETWORK] = session_make_file(run->session, SESSION_NETWORK);
    if (theirs[CHANNEL_NETWORK] >= 0)
        return 0;
    strbuf_printf(why, SESSION_NETWORK " cannot be made: %s", strerror(-theirs[CHANNEL_NETWORK]));
    return theirs[CHANNEL_NETWORK];
}

/* The recorder gets ready while QEMU starts. */
static int start_record(struct guest_run *run, const struct guest_plan *plan,
                        const struct guest_surroundings *surroundings, int theirs[CHANNELS],
                        struct strbuf *why)
{
    int picture = -1;
    int r = guest_record_start(&run->record, run->session, surroundings->trace, plan,
                               surroundings->log_max_bytes, theirs[CHANNEL_NETWORK],
                               &theirs[CHANNEL_TRACE], &picture, why);
    if (r < 0)
        return r;
    if (surroundings->trace->events >= 0)
        theirs[CHANNEL_EVENTS] = fcntl(surroundings->trace->events, F_DUPFD_CLOEXEC, 0);
    if (picture >= 0)
        theirs[CHANNEL_PICTURE] = fcntl(picture, F_DUPFD_CLOEXEC, 0);
    return 0;
}

static int start_qemu(struct guest_run *run, const struct guest_plan *plan,
                      const int theirs[CHANNELS])
{
    static const int numbers[CHANNELS] = {
        [CHANNEL_SERIAL] = GUEST_FD_SERIAL,     [CHANNEL_QMP] = GUEST_FD_QMP,
        [CHANNEL_FIRMWARE] = GUEST_FD_FIRMWARE, [CHANNEL_OUTPUT] = 1,
        [CHANNEL_NETWORK] = GUEST_FD_NETWORK,   [CHANNEL_TPM] = GUEST_FD_TPM,
        [CHANNEL_TRACE] = GUEST_FD_TRACE,       [CHANNEL_EVENTS] = GUEST_FD_EVENTS,
        [CHANNEL_PICTURE] = GUEST_FD_PICTURE,
    };
    struct child_fd fds[CHANNELS + 1] = {{theirs[CHANNEL_OUTPUT], 2}};
    size_t fd_count = 1;
    for (int i = 0; i < CHANNELS; i++)
        if (theirs[i] >= 0)
            fds[fd_count++] = (struct child_fd){theirs[i], numbers[i]};
    const char **argv = calloc(plan->argv.count + 1, sizeof(*argv));
    if (argv == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < plan->argv.count; i++)
        argv[i] = plan->argv.items[i];
    const char *cgroup_procs;
    auto_strbuf problem = strbuf_with_max(QEMU_LINE_MAX);
    if (guest_memory_prepare(&cgroup_procs, &problem) < 0)
        log_note("QEMU's memory has no limit: %s", strbuf_text(&problem));
    const struct child_options options = {
        .argv = argv,
        .root = MOUNTS_RUNTIME,
        .uid = MOUNTS_GUEST_UID,
        .devices = guest_devices,
        .is_oom_victim = true,
        .cgroup_procs = cgroup_procs,
        .fds = fds,
        .fd_count = fd_count,
    };
    int r = child_start(&options, &run->pid);
    free(argv);
    return r;
}

void guest_run_init(struct guest_run *run)
{
    *run = (struct guest_run){
        .serial = -1,
        .qmp = -1,
        .firmware = -1,
        .output = -1,
        .qmp_out = strbuf_with_max(QMP_OUT_MAX),
        .serial_out = strbuf_with_max(SERIAL_OUT_MAX),
        .kvm_exits = -1,
    };
    lines_init(&run->qmp_lines, QMP_LINE_MAX);
    lines_init(&run->output_lines, QEMU_LINE_MAX);
    guest_screen_init(&run->screen);
    tpm_init(&run->tpm);
    hotkey_init(&run->hotkey);
    guest_record_init(&run->record);
    /* QEMU takes no other command before it, whoever asks first: a picture, an end. */
    qmp_command(&run->qmp_out, "qmp_capabilities");
    status_line_init(&run->status);
}

int guest_run_start(struct guest_run *run, const struct guest_plan *plan,
                    const struct guest_surroundings *surroundings, struct strbuf *why)
{
    int theirs[CHANNELS] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
    guest_run_init(run);
    run->session = surroundings->session;
    run->console = surroundings->console;
    run->network = surroundings->network;
    run->signals = surroundings->signals;
    run->is_vnc_public = plan->is_vnc_public;
    int r = plan->has_screen || plan->has_vnc ? guest_screen_prepare(why) : 0;
    if (r < 0) {
        guest_run_clear(run);
        return r;
    }
    r = make_channels(run, theirs);
    if (r == 0)
        r = start_companions(run, plan, theirs, why);
    if (r == 0)
        r = start_record(run, plan, surroundings, theirs, why);
    if (r == 0) {
        guest_record_begin(&run->record);
        r = start_qemu(run, plan, theirs);
    }
    for (int i = 0; i < CHANNELS; i++)
        if (theirs[i] >= 0)
            close(theirs[i]);
    if (r < 0) {
        if (why->len == 0)
            strbuf_printf(why, "QEMU does not start: %s%s", strerror(-r),
                          r == -EIO || r == -ENOEXEC || r == -ENOENT
                              ? "; the runtime is damaged, write the stick anew"
                              : "");
        guest_run_clear(run);
        return r;
    }
    int shown = plan->has_screen ? guest_screen_start(&run->screen) : 0;
    if (shown < 0)
        log_say("the guest's screen is not shown: the viewer does not start: %s", strerror(-shown));
    if (!plan->has_screen)
        hotkey_open(&run->hotkey);
    watch_init(&run->watch, clock_mono_ms());
    return 0;
}
