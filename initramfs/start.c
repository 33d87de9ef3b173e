/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a start, in a table; the first that fails ends it with its code and its one line. */
#include "initramfs/start.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/contract.h"
#include "config/layout.h"
#include "config/problem.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/console.h"
#include "initramfs/cpu_probe.h"
#include "initramfs/devices.h"
#include "initramfs/guest_hint.h"
#include "initramfs/guest_run.h"
#include "initramfs/host.h"
#include "initramfs/hosted.h"
#include "initramfs/image.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/network.h"
#include "initramfs/session.h"
#include "initramfs/start_state.h"
#include "initramfs/session_keep.h"
#include "initramfs/state.h"

#define START_STICK_MS     20000 /* a slow USB stick's time to appear */
#define START_SILENT_MS    3000  /* of it; then people want to know what is waited for */
#define START_COMMAND_LINE ((size_t)8192)

/* Too large for a stack, and there is only one. */
static struct start the_start;

/* Our lines stand alone, also in the middle of what the guest writes. */
static void show_on_console(void *context, const char *bytes, size_t len)
{
    struct console *console = context;
    if (console->is_inside_line)
        console_write(console, "\r\n", 2);
    console_write(console, bytes, len);
}

static void __attribute__((format(printf, 2, 3))) warn(struct start *s, const char *format, ...)
{
    auto_strbuf text = STRBUF_INIT;
    va_list args;
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    log_say("%s", strbuf_text(&text));
    if (text_list_add(&s->warnings, strbuf_text(&text)) != STATUS_OK)
        log_note("out of memory: the warning above is not in session.json");
}

/* ---- steps ---- */

static int step_mounts(struct start *s, struct strbuf *why)
{
    int r = mounts_early(why);
    console_open(&s->console);
    const struct log_screen screen = {show_on_console, &s->console};
    log_set_screen(&screen);
    host_kernel_version(&s->kernel);
    log_say("version %s on Linux %s", HIPERISO_VERSION, strbuf_text(&s->kernel));
    return r;
}

/* Reads the kernel's command line; what is wrong with it is told once there is a session to tell it
 * in. */
static int step_read_request(struct start *s, struct strbuf *why)
{
    int r = hosted_read_file("/proc/cmdline", &s->command_line);
    if (r < 0) {
        strbuf_printf(why, "cannot read the kernel's command line: %s", strerror(-r));
        return r;
    }
    while (s->command_line.len > 0 && s->command_line.text[s->command_line.len - 1] == '\n')
        s->command_line.text[--s->command_line.len] = '\0';
    s->request_status = contract_read(strbuf_text(&s->command_line), &s->problems, &s->request);
    return 0;
}

static int step_find_data(struct start *s, struct strbuf *why)
{
    struct devices_match match[2];
    unsigned count;
    if (s->request.data_partuuid[0] == '\0') {
        strbuf_append(why, "hiperiso_data=PARTUUID=... is missing on the kernel's command line: "
                           "start from the menu");
        return -EINVAL;
    }
    int r = devices_wait(&s->devices, s->request.data_partuuid, START_SILENT_MS, match, 2, &count);
    if (r < 0) {
        log_say("the stick is not there yet: waiting %d s more",
                (START_STICK_MS - START_SILENT_MS) / 1000);
        r = devices_wait(&s->devices, s->request.data_partuuid, START_STICK_MS - START_SILENT_MS,
                         match, 2, &count);
    }
    if (r < 0) {
        strbuf_printf(why,
                      "the data partition (PARTUUID %s) did not appear within %d s; plug the stick "
                      "into another port. Seen: ",
                      s->request.data_partuuid, START_STICK_MS / 1000);
        devices_describe(&s->devices, why);
        return r;
    }
    snprintf(s->data_node, sizeof(s->data_node), "/dev/%s", match[0].partition->name);
    return 0;
}

/* Two sticks of one image cannot be told apart, and writing to the wrong one is worse than not
 * starting. */
static int step_unique(struct start *s, struct strbuf *why)
{
    struct devices_match match[2];
    devices_scan(&s->devices);
    if (devices_find(&s->devices, s->request.data_partuuid, match, 2) < 2)
        return 0;
    strbuf_printf(why,
                  "PARTUUID %s is there twice, on %s (%s) and on %s (%s): unplug one of the two "
                  "copies, nothing was started",
                  s->request.data_partuuid, match[0].disk->name, match[0].disk->model,
                  match[1].disk->name, match[1].disk->model);
    return -EEXIST;
}

static int step_mount_data(struct start *s, struct strbuf *why)
{
    int r = mounts_data(s->data_node, why);
    s->has_data = r == 0;
    return r;
}

static int step_session(struct start *s, struct strbuf *why)
{
    const char *path = s->request.iso_path != NULL ? s->request.iso_path : "";
    int r = session_open(&s->session, path, s->start_wall_ms, why);
    if (r < 0)
        return r;
    for (size_t i = 0; i < s->problems.count; i++) {
        auto_free char *text = problem_text(&s->problems.items[i]);
        if (text != NULL)
            warn(s, "%s", text);
    }
    log_note("data partition %s", s->data_node);
    start_announce(s);
    return 0;
}

static int step_check_request(struct start *s, struct strbuf *why)
{
    if (s->request_status != STATUS_OK) {
        auto_free char *first = s->problems.count > 0 ? problem_text(&s->problems.items[0]) : NULL;
        strbuf_printf(why, "%s; start from the menu",
                      first != NULL ? first : status_text(s->request_status));
        return -EINVAL;
    }
    if (s->request.iso_path == NULL || s->request.iso_path[0] != '/') {
        strbuf_append(why,
                      "hiperiso_iso= is missing on the kernel's command line: start from the menu");
        return -EINVAL;
    }
    return 0;
}

static int step_mount_esp(struct start *s, struct strbuf *why)
{
    struct devices_match match[2];
    const struct devices_partition *esp = NULL;
    const char *wanted = s->request.esp_partuuid;
    unsigned count;
    if (wanted[0] != '\0') {
        if (devices_wait(&s->devices, wanted, START_STICK_MS, match, 2, &count) == 0) {
            if (count > 1) {
                strbuf_printf(
                    why,
                    "PARTUUID %s is there twice, on %s and on %s: unplug one of the two copies",
                    wanted, match[0].disk->name, match[1].disk->name);
                return -EEXIST;
            }
            esp = match[0].partition;
        }
    } else if (devices_find(&s->devices, s->request.data_partuuid, match, 2) > 0) {
        esp = devices_esp_of(match[0].disk);
    }
    if (esp == NULL || esp->name[0] == '\0') {
        strbuf_printf(why, "the boot partition%s%s is missing. Seen: ",
                      wanted[0] != '\0' ? " PARTUUID " : "", wanted);
        devices_describe(&s->devices, why);
        return -ENODEV;
    }
    snprintf(s->esp_node, sizeof(s->esp_node), "/dev/%s", esp->name);
    log_note("boot partition %s", s->esp_node);
    return mounts_esp(s->esp_node, why);
}

static int step_runtime(struct start *s, struct strbuf *why)
{
    int r = mounts_runtime(why);
    if (r < 0)
        return r;
    int started = network_start(&s->network);
    if (started < 0)
        log_note("the network stays down: %s", strerror(-started));
    return 0;
}

static int step_image(struct start *s, struct strbuf *why)
{
    int r = image_inspect(s->request.iso_path, &s->image, why);
    s->has_image = r == 0;
    return r;
}

static int step_plan(struct start *s, struct strbuf *why)
{
    state_drop_overlays();
    host_raise_loopback();
    int r = state_folder(s->request.iso_path, &s->state_folder, why);
    if (r < 0)
        return r;
    const struct guest_facts facts = {
        .has_kvm = host_open_kvm(&s->kvm_reason),
        .host_ram_mb = host_ram_mb(),
        .host_cpus = host_cpus(),
        .image = s->image.boot,
        .state_folder = strbuf_text(&s->state_folder),
    };
    if (!facts.has_kvm)
        log_say("no KVM: %s", strbuf_text(&s->kvm_reason));
    if (guest_plan_make(&s->request, &facts, &s->plan, why) != STATUS_OK)
        return -ENOTSUP;
    s->has_plan = true;
    for (size_t i = 0; i < s->plan.notes.count; i++)
        log_say("%s", s->plan.notes.items[i]);
    return 0;
}

static int step_cpu(struct start *s, struct strbuf *why)
{
    return cpu_probe(s->plan.accelerator, settings_list(&s->request.settings, SETTING_CPU_FEATURES),
                     why);
}

static int step_state(struct start *s, struct strbuf *why)
{
    return state_prepare(strbuf_text(&s->state_folder), s->request.iso_path, &s->plan,
                         s->image.disk_bytes, why);
}

static int step_trace(struct start *s, struct strbuf *why)
{
    (void)why; /* a record that is not complete is better than no guest */
    uint64_t start_ms = clock_mono_ms();
    trace_plan_make(&s->trace, &s->request.settings, s->plan.accelerator == GUEST_TCG);
    log_note("trace: %zu lists read in %llu ms", s->trace.files.count,
             (unsigned long long)(clock_mono_ms() - start_ms));
    for (size_t i = 0; i < s->trace.problems.count; i++)
        log_say("trace: %s", s->trace.problems.items[i]);
    return 0;
}

/* ---- the guest ---- */

static void on_qemu_facts(struct guest_run *run)
{
    start_save_description(run->context, false);
}

/* Without a viewer the screen is the guest's serial console, with one row of ours. */
static void show_status(struct start *s)
{
    auto_strbuf text = STRBUF_INIT;
    if (s->plan.has_screen)
        return;
    const char *name = strrchr(s->request.iso_path, '/') + 1;
    strbuf_printf(&text, "%s  %llu MB  trace %s", name, (unsigned long long)s->plan.ram_mb,
                  settings_text(&s->request.settings, SETTING_TRACE_LEVEL));
    status_line_start(&s->run.status, &s->console, strbuf_text(&text), clock_mono_ms());
}

/* A QEMU that has never run the guest may dislike the user's own arguments. */
static void add_hint(struct start *s)
{
    int status = s->run.exit_status;
    if (s->run.has_run || !s->run.has_exited ||
        settings_list(&s->request.settings, SETTING_QEMU_EXTRA_ARGS)->count == 0)
        return;
    guest_hint(WIFSIGNALED(status) ? WTERMSIG(status) : 0, &s->end_text);
}

/* What went wrong without ending the guest stays with the session. */
static void mark_session(struct start *s)
{
    enum session_file file;
    int error = session_error(&s->session, &file);
    if (error != 0)
        warn(s, "%s is not whole: %s", session_file_name(file),
             error == -ENOSPC ? "the data partition was full" : strerror(-error));
    if (s->run.tpm.has_failed)
        warn(s, "the guest's TPM ended before the guest");
    if (s->run.is_short_of_memory)
        warn(s, "the host was short of memory");
}

static int step_guest(struct start *s, struct strbuf *why)
{
    const struct guest_surroundings surroundings = {
        .session = &s->session,
        .console = &s->console,
        .network = &s->network,
        .trace = &s->trace,
        .log_max_bytes = (uint64_t)settings_number(&s->request.settings, SETTING_LOG_MAX) << 20,
        .signals = s->signals,
    };
    int r = guest_run_start(&s->run, &s->plan, &surroundings, why);
    if (r < 0)
        return r;
    log_say("%s: %s, %s, %llu MB, %u CPUs; recorded in %s/%s; %sCtrl-] q ends the guest",
            s->request.iso_path + 1, s->plan.accelerator == GUEST_KVM ? "KVM" : "TCG",
            s->plan.firmware == FIRMWARE_UEFI ? "UEFI" : "BIOS", (unsigned long long)s->plan.ram_mb,
            s->plan.cpus, &LAYOUT_DATA_LOGS_DIR[1], s->session.name,
            s->plan.has_screen ? "Ctrl-Alt-Shift-Q or on a serial line " : "");
    s->run.on_facts = on_qemu_facts;
    s->run.context = s;
    start_save_description(s, false);
    session_keep(s->session.name, s->request.iso_path,
                 (unsigned)settings_number(&s->request.settings, SETTING_LOG_KEEP));
    show_status(s);
    guest_run_loop(&s->run);
    status_line_stop(&s->run.status, &s->console);
    static const char restore[] =
        "\033[0m\033[?7h\033[?25h\r\n"; /* colours, wrapping, cursor as they were */
    console_write(&s->console, restore, sizeof(restore) - 1);
    mark_session(s);
    s->end_code = watch_code_text(s->run.watch.code);
    strbuf_append(&s->end_text, s->run.watch.text);
    add_hint(s);
    s->is_failure =
        s->session.stick_error != 0 ||
        (s->run.watch.code != WATCH_CODE_GUEST_POWEROFF && s->run.watch.code != WATCH_CODE_USER);
    return 0;
}

static const struct {
    const char *code; /* of session.json, when the step fails */
    int (*step)(struct start *s, struct strbuf *why);
} steps[] = {
    {"host-error", step_mounts},
    {"host-error", step_read_request},
    {"host-error", start_load_modules},
    {"stick-missing", step_find_data},
    {"stick-twice", step_unique},
    {"data-damaged", step_mount_data},
    {"data-damaged", step_session},
    {"request-invalid", step_check_request},
    {"esp-missing", step_mount_esp},
    {"runtime-damaged", step_runtime},
    {"image-unusable", step_image},
    {"settings-impossible", step_plan},
    {"settings-impossible", step_cpu},
    {"stick-twice", step_unique}, /* a second copy may have been slower than the first */
    {"state-unusable", step_state},
    {"host-error", step_trace},
    {"qemu-start", step_guest},
};

void start_run(void)
{
    struct start *s = &the_start;
    sigset_t wanted;
    s->start_wall_ms = clock_wall_ms();
    s->start_mono_ms = clock_mono_ms();
    boot_request_init(&s->request);
    s->command_line = strbuf_with_max(START_COMMAND_LINE);
    s->kernel = s->kvm_reason = s->state_folder = s->end_text = STRBUF_INIT;
    devices_init(&s->devices);
    session_init(&s->session);
    guest_run_init(&s->run);
    network_init(&s->network);
    trace_plan_init(&s->trace);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    s->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);

    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        auto_strbuf why = STRBUF_INIT;
        if (steps[i].step(s, &why) == 0)
            continue;
        s->end_code = steps[i].code;
        s->is_failure = true;
        strbuf_append(&s->end_text, why.len > 0 ? strbuf_text(&why) : "out of memory");
        break;
    }
    start_finish(s);
}
