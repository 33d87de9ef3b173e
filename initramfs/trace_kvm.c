/* SPDX-License-Identifier: BSD-2-Clause */
/* Tracepoints of the host's kernel. */
#include "initramfs/trace_kvm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "initramfs/hosted.h"

#define INSTANCE         "instances/hiperiso"
#define RING_CPU_KB      8192  /* lost nothing at 200,000 events a second on a disk of 3 MB/s */
#define RING_TOTAL_KB    65536 /* of all processors: the host keeps little memory for itself */
#define RING_LEAST_KB    1024
#define PIPE_BYTES       (1 << 20)
#define PARTIAL_MAX      4096 /* pages taken one by one in a turn */
#define RCU_EXPEDITED    "/sys/kernel/rcu_expedited"
#define PAGE_HEADER      16
#define COMMIT_MASK      0xFFFFFu /* the bits above say that events are missing */
#define FORMATS_MAX      64
#define FORMAT_BYTES_MAX ((size_t)4 << 20)

/* ---- paths ---- */

static void __attribute__((format(printf, 2, 3)))
make_path(char path[PATH_MAX], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(path, PATH_MAX, format, args);
    va_end(args);
    if (len < 0 || len >= PATH_MAX)
        path[0] = '\0'; /* no such file */
}

static int write_text(const char *folder, const char *file, const char *text)
{
    char path[PATH_MAX];
    make_path(path, "%s/%s", folder, file);
    return hosted_write_file(path, text, strlen(text));
}

int trace_kvm_mount(const char *tracefs)
{
    char path[PATH_MAX];
    make_path(path, "%s/instances", tracefs);
    if (access(path, F_OK) == 0)
        return 0;
    return mount("tracefs", tracefs, "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0 ? -errno
                                                                                            : 0;
}

void trace_kvm_init(struct trace_kvm *kvm)
{
    *kvm = (struct trace_kvm){.pipe = {-1, -1}};
}

/* ---- start ---- */

static int add_cpu(struct trace_kvm *kvm, const char *instance, unsigned number)
{
    char path[PATH_MAX];
    struct trace_kvm_cpu *grown =
        realloc(kvm->cpus, (kvm->cpu_count + 1) * sizeof(struct trace_kvm_cpu));
    if (grown == NULL)
        return -ENOMEM;
    kvm->cpus = grown;
    make_path(path, "%s/per_cpu/cpu%u/trace_pipe_raw", instance, number);
    auto_close ring = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (ring < 0)
        return -errno;
    make_path(path, "%s/trace.cpu%u.raw", kvm->folder, number);
    auto_close file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return -errno;
    kvm->cpus[kvm->cpu_count++] =
        (struct trace_kvm_cpu){.number = number, .ring = take_fd(&ring), .file = take_fd(&file)};
    return 0;
}

/* The processors that run: sysfs lists them as "0-3,6". */
static int add_cpus(struct trace_kvm *kvm, const char *instance)
{
    auto_strbuf text = strbuf_with_max(TRACE_KVM_PAGE_BYTES);
    int r = hosted_read_file("/sys/devices/system/cpu/online", &text);
    const char *p = strbuf_text(&text);
    while (r == 0 && *p >= '0' && *p <= '9') {
        char *end;
        unsigned long first = strtoul(p, &end, 10), last = first;
        if (*end == '-')
            last = strtoul(end + 1, &end, 10);
        for (unsigned long n = first; n <= last && r == 0 && kvm->cpu_count < TRACE_KVM_CPUS_MAX;
             n++)
            r = add_cpu(kvm, instance, (unsigned)n);
        p = *end == ',' ? end + 1 : end;
    }
    return r == 0 && kvm->cpu_count == 0 ? -ENODEV : r;
}

static int set_up(struct trace_kvm *kvm, const char *instance, bool is_on)
{
    char size[16];
    unsigned kb = RING_TOTAL_KB / kvm->cpu_count;
    kb = kb > RING_CPU_KB ? RING_CPU_KB : kb < RING_LEAST_KB ? RING_LEAST_KB : kb;
    snprintf(size, sizeof(size), "%u", kb);
    const struct {
        const char *file, *text;
    } values[] = {
        {"tracing_on", is_on ? "1" : "0"},
        {"trace_clock", "mono"},
        {"buffer_size_kb", size},
        {"buffer_percent", "100"}, /* nobody waits for the ring */
    };
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        int r = write_text(instance, values[i].file, values[i].text);
        if (r < 0)
            return r;
    }
    return 0;
}

/* "kvm:kvm_mmio" -> "kvm/kvm_mmio". */
static void event_path(const char *event, const char *file, char path[PATH_MAX])
{
    const char *colon = strchr(event, ':');
    make_path(path, "events/%.*s/%s/%s", (int)(colon - event), event, colon + 1, file);
}

/* Each event waits for all processors otherwise: a second and more for a few of them. */
static int enable_events(const struct trace_kvm *kvm, const char *instance)
{
    int r = 0;
    bool is_hurried = hosted_write_file(RCU_EXPEDITED, "1", 1) == 0;
    for (size_t i = 0; i < kvm->events->count && r == 0; i++) {
        char file[PATH_MAX];
        event_path(kvm->events->items[i], "enable", file);
        r = write_text(instance, file, "1");
    }
    if (is_hurried)
        (void)!hosted_write_file(RCU_EXPEDITED, "0", 1);
    return r;
}

int trace_kvm_open(struct trace_kvm *kvm, const char *tracefs, const char *folder,
                   const struct text_list *events, bool is_on, struct strbuf *why)
{
    char instance[PATH_MAX];
    const char *step = "instance cannot be made";
    kvm->tracefs = tracefs;
    kvm->folder = folder;
    kvm->events = events;
    make_path(instance, "%s/" INSTANCE, tracefs);
    int r = mkdir(instance, 0700) < 0 && errno != EEXIST ? -errno : 0;
    if (r == 0) {
        kvm->has_instance = true;
        step = "rings cannot be read";
        r = add_cpus(kvm, instance);
    }
    if (r == 0) {
        step = "rings cannot be set up";
        r = set_up(kvm, instance, is_on);
    }
    if (r == 0 && pipe2(kvm->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
        r = -errno;
    if (r == 0) {
        (void)!fcntl(kvm->pipe[1], F_SETPIPE_SZ, PIPE_BYTES);
        step = "events cannot be enabled";
        r = enable_events(kvm, instance);
    }
    if (r < 0)
        strbuf_printf(why, "the kernel's trace: its %s: %s", step, strerror(-r));
    return r;
}

int trace_kvm_switch(const char *tracefs, bool is_on)
{
    return write_text(tracefs, INSTANCE "/tracing_on", is_on ? "1" : "0");
}

/* ---- streaming ---- */

/* What a splice took out of the ring has to be written, or it is lost. */
static int write_pipe(struct trace_kvm *kvm, int file, size_t len)
{
    while (len > 0) {
        ssize_t done = splice(kvm->pipe[0], NULL, file, NULL, len, SPLICE_F_MOVE);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done < 0 ? -errno : -EIO;
        len -= (size_t)done;
    }
    return 0;
}

static void stream_pages(struct trace_kvm *kvm, const struct trace_kvm_cpu *cpu,
                         struct record_state *state, int64_t t_ns)
{
    for (;;) {
        ssize_t got = splice(cpu->ring, NULL, kvm->pipe[1], NULL, PIPE_BYTES,
                             SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
        if (got <= 0)
            return;
        if (!record_take(state, (uint64_t)got, t_ns))
            return;
        int r = write_pipe(kvm, cpu->file, (size_t)got);
        if (r < 0) {
            record_stop(state, RECORD_ERROR, r, t_ns);
            return;
        }
    }
}

void trace_kvm_clean_page(uint8_t page[TRACE_KVM_PAGE_BYTES])
{
    uint64_t commit = get_le64(page + 8) & COMMIT_MASK;
    if (commit < TRACE_KVM_PAGE_BYTES - PAGE_HEADER)
        memset(page + PAGE_HEADER + commit, 0, TRACE_KVM_PAGE_BYTES - PAGE_HEADER - commit);
}

/* Pages that are not full yet come by read(), each once; the kernel goes on in a new one. */
static void stream_partial(const struct trace_kvm_cpu *cpu, struct record_state *state,
                           int64_t t_ns)
{
    for (int i = 0; i < PARTIAL_MAX; i++) {
        uint8_t page[TRACE_KVM_PAGE_BYTES] = {0};
        ssize_t got = hosted_read(cpu->ring, page, sizeof(page));
        if (got <= 0 || !record_take(state, sizeof(page), t_ns))
            return;
        trace_kvm_clean_page(page);
        int r = hosted_write_all(cpu->file, page, sizeof(page));
        if (r < 0) {
            record_stop(state, RECORD_ERROR, r, t_ns);
            return;
        }
    }
}

void trace_kvm_stream(struct trace_kvm *kvm, bool is_partial_wanted, struct record_state *state,
                      int64_t t_ns)
{
    for (unsigned i = 0; i < kvm->cpu_count && record_is_running(state); i++) {
        stream_pages(kvm, &kvm->cpus[i], state, t_ns);
        if (is_partial_wanted && record_is_running(state))
            stream_partial(&kvm->cpus[i], state, t_ns);
    }
}

/* ---- counts ---- */

void trace_kvm_add_stats(const char *text, struct trace_kvm_stats *stats)
{
    const struct {
        const char *label;
        uint64_t *count;
    } rows[] = {
        {"entries: ", &stats->events},         {"read events: ", &stats->events},
        {"overrun: ", &stats->overrun},        {"commit overrun: ", &stats->commit_overrun},
        {"dropped events: ", &stats->dropped},
    };
    while (*text != '\0') {
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
            size_t len = strlen(rows[i].label);
            if (strncmp(text, rows[i].label, len) == 0)
                *rows[i].count += strtoull(text + len, NULL, 10);
        }
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
}

void trace_kvm_count(const struct trace_kvm *kvm, struct record_state *state)
{
    struct trace_kvm_stats stats = {0};
    for (unsigned i = 0; i < kvm->cpu_count; i++) {
        char path[PATH_MAX];
        auto_strbuf text = strbuf_with_max(TRACE_KVM_PAGE_BYTES);
        make_path(path, "%s/" INSTANCE "/per_cpu/cpu%u/stats", kvm->tracefs, kvm->cpus[i].number);
        if (hosted_read_file(path, &text) == 0)
            trace_kvm_add_stats(strbuf_text(&text), &stats);
    }
    atomic_store(&state->events, stats.events);
    atomic_store(&state->overrun, stats.overrun);
    atomic_store(&state->commit_overrun, stats.commit_overrun);
    atomic_store(&state->dropped, stats.dropped);
    atomic_store(&state->has_events, true);
    atomic_store(&state->has_losses, true);
}

/* ---- formats ---- */

static int copy_text(const struct trace_kvm *kvm, const char *file)
{
    char from[PATH_MAX], to[PATH_MAX], *slash;
    auto_strbuf text = strbuf_with_max(FORMAT_BYTES_MAX);
    make_path(from, "%s/%s", kvm->tracefs, file);
    make_path(to, "%s/tracefs/%s", kvm->folder, file);
    int r = hosted_read_file(from, &text);
    if (r < 0)
        return r;
    slash = strrchr(to, '/');
    if (slash == NULL)
        return -ENAMETOOLONG;
    *slash = '\0';
    r = hosted_make_folders(to, 0755);
    if (r < 0)
        return r;
    *slash = '/';
    auto_close fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    return hosted_write_all(fd, strbuf_text(&text), text.len);
}

/* The kernel's own events: trace-cmd cannot do without them. */
static int copy_own_formats(const struct trace_kvm *kvm)
{
    char path[PATH_MAX];
    make_path(path, "%s/events/ftrace", kvm->tracefs);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -errno;
    int r = 0;
    struct dirent *entry;
    for (unsigned i = 0; i < FORMATS_MAX && r == 0 && (entry = readdir(folder)) != NULL; i++) {
        char file[PATH_MAX];
        if (entry->d_name[0] == '.' || entry->d_type != DT_DIR)
            continue;
        make_path(file, "events/ftrace/%s/format", entry->d_name);
        r = copy_text(kvm, file);
    }
    closedir(folder);
    return r;
}

int trace_kvm_save_formats(const struct trace_kvm *kvm, bool is_end)
{
    static const char *const files[] = {"events/header_page", "events/header_event",
                                        "printk_formats"};
    int r = copy_text(kvm, "saved_cmdlines");
    if (is_end)
        return r;
    for (size_t i = 0; i < ARRAY_SIZE(files) && r == 0; i++)
        r = copy_text(kvm, files[i]);
    for (size_t i = 0; i < kvm->events->count && r == 0; i++) {
        char file[PATH_MAX];
        event_path(kvm->events->items[i], "format", file);
        r = copy_text(kvm, file);
    }
    return r == 0 ? copy_own_formats(kvm) : r;
}

void trace_kvm_close(struct trace_kvm *kvm)
{
    char instance[PATH_MAX];
    for (unsigned i = 0; i < kvm->cpu_count; i++) {
        close(kvm->cpus[i].ring);
        close(kvm->cpus[i].file);
    }
    for (int i = 0; i < 2; i++)
        if (kvm->pipe[i] >= 0)
            close(kvm->pipe[i]);
    if (kvm->has_instance) {
        make_path(instance, "%s/" INSTANCE, kvm->tracefs);
        rmdir(instance);
    }
    free(kvm->cpus);
    trace_kvm_init(kvm);
}
