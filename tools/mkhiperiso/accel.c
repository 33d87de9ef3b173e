/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries an accelerator: QEMU on a socket pair (QMP), its serial line and its messages in memory
 * files. */
#include "tools/mkhiperiso/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/json_scan.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/machine.h"
#include "tools/mkhiperiso/monotonic.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"

#define TRIAL_MEMORY_MB 256
#define POLL_MS         50
#define LINE_BYTES      4096

struct trial {
    pid_t pid;
    int qmp;      /* our end */
    int serial;   /* memory file that QEMU writes to */
    int messages; /* memory file: QEMU's stderr */
    char line[LINE_BYTES];
    size_t line_len;
    bool is_internal_error;
};

static void trial_close(struct trial *trial)
{
    if (trial->pid > 0) {
        kill(trial->pid, SIGKILL);
        while (waitpid(trial->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    int fds[] = {trial->qmp, trial->serial, trial->messages};
    for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

static int trial_start(struct trial *trial, const struct firmware *firmware, const char *accel,
                       const char *cpu)
{
    auto_arg_list args = {0};
    char serial[64];
    int pair[2];

    *trial = (struct trial){.qmp = -1, .serial = -1, .messages = -1};
    trial->serial = memfd_create("serial", MFD_CLOEXEC);
    trial->messages = memfd_create("messages", MFD_CLOEXEC);
    if (trial->serial < 0 || trial->messages < 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return fail("%s: no trial run: %s", MACHINE_QEMU, strerror(errno));
    trial->qmp = pair[0];
    snprintf(serial, sizeof(serial), "file:/proc/%d/fd/%d", (int)getpid(), trial->serial);
    const struct machine machine = {
        .accel = accel,
        .cpu = cpu,
        .memory_mb = TRIAL_MEMORY_MB,
        .cpus = 1,
        .code = firmware->code,
        .vars = firmware->vars_path,
        .display = "none",
        .serial = serial,
        .extra = (const char *const[]){"-qmp", "stdio", NULL},
    };
    machine_arguments(&machine, &args);
    if (!args.has_failed)
        trial->pid = fork();
    if (trial->pid == 0 && !args.has_failed) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (dup2(pair[1], STDIN_FILENO) >= 0 && dup2(pair[1], STDOUT_FILENO) >= 0 &&
            dup2(trial->messages, STDERR_FILENO) >= 0)
            execvp(args.items[0], args.items);
        dprintf(STDERR_FILENO, "%s is not installed: apt-get install %s\n", MACHINE_QEMU,
                process_package(MACHINE_QEMU));
        _exit(127);
    }
    close(pair[1]);
    return trial->pid > 0 ? 0 : fail("%s: no trial run: out of memory", MACHINE_QEMU);
}

static void read_line(struct trial *trial)
{
    struct json_span line = {trial->line, trial->line_len}, value;

    if (json_scan_find(line, "return/status", &value) == STATUS_OK &&
        json_scan_equals(value, "internal-error"))
        trial->is_internal_error = true;
    trial->line_len = 0;
}

/* Takes what QMP says within POLL_MS; false when QEMU has gone. */
static bool trial_listen(struct trial *trial)
{
    struct pollfd watched = {.fd = trial->qmp, .events = POLLIN};
    char bytes[512];

    if (poll(&watched, 1, POLL_MS) <= 0)
        return true;
    ssize_t len = read(trial->qmp, bytes, sizeof(bytes));
    if (len <= 0)
        return len < 0 && errno == EINTR;
    for (ssize_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            read_line(trial);
        else if (trial->line_len < LINE_BYTES)
            trial->line[trial->line_len++] = bytes[i];
    }
    return true;
}

static bool has_spoken(const struct trial *trial)
{
    struct stat status;
    return fstat(trial->serial, &status) == 0 && status.st_size > 0;
}

static const char *after_prefix(const char *text, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(text, prefix, len) == 0 ? text + len : text;
}

/* QEMU's first message, without its program name. */
static void first_message(const struct trial *trial, char ret_reason[ACCEL_REASON_BYTES])
{
    char text[LINE_BYTES];
    ssize_t len = pread(trial->messages, text, sizeof(text) - 1, 0);

    if (len <= 0) {
        snprintf(ret_reason, ACCEL_REASON_BYTES, "QEMU ended without a word");
        return;
    }
    text[len] = '\0';
    /* The first line names the cause; what follows is an assertion or a register dump. */
    text[strcspn(text, "\n")] = '\0';
    const char *start = after_prefix(after_prefix(text, MACHINE_QEMU ": "), "error: ");
    snprintf(ret_reason, ACCEL_REASON_BYTES, "%.*s", ACCEL_REASON_BYTES - 1, start);
}

static bool trial_watch(struct trial *trial, int timeout_ms, char ret_reason[ACCEL_REASON_BYTES])
{
    static const char hello[] = "{\"execute\": \"qmp_capabilities\"}\n";
    static const char ask[] = "{\"execute\": \"query-status\"}\n";
    int64_t end_ms = monotonic_ms() + timeout_ms, asked_ms = 0;
    bool is_alive = send(trial->qmp, hello, strlen(hello), MSG_NOSIGNAL) > 0;

    while (is_alive && !has_spoken(trial) && !trial->is_internal_error) {
        int64_t now = monotonic_ms();
        if (now >= end_ms || is_interrupted()) {
            snprintf(ret_reason, ACCEL_REASON_BYTES, "no sign of life in %d s", timeout_ms / 1000);
            return false;
        }
        if (now - asked_ms >= 4 * POLL_MS) {
            is_alive = send(trial->qmp, ask, strlen(ask), MSG_NOSIGNAL) > 0;
            asked_ms = now;
        }
        is_alive = is_alive && trial_listen(trial);
    }
    if (trial->is_internal_error)
        snprintf(ret_reason, ACCEL_REASON_BYTES, "KVM internal error");
    else if (!is_alive)
        first_message(trial, ret_reason);
    return is_alive && !trial->is_internal_error;
}

int accel_try(const struct firmware *firmware, const char *accel, const char *cpu, int timeout_ms,
              bool *ret_works, char ret_reason[ACCEL_REASON_BYTES])
{
    struct trial trial;
    int result = trial_start(&trial, firmware, accel, cpu);

    if (result == 0)
        *ret_works = trial_watch(&trial, timeout_ms, ret_reason);
    trial_close(&trial);
    return is_interrupted() ? -1 : result;
}

bool accel_is_nested(void)
{
    static const char *const parameters[] = {
        "/sys/module/kvm_intel/parameters/nested",
        "/sys/module/kvm_amd/parameters/nested",
    };

    for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
        char value = '\0';
        int fd = open(parameters[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            continue;
        bool is_read = read(fd, &value, 1) == 1;
        close(fd);
        if (is_read && (value == 'Y' || value == '1'))
            return true;
    }
    return false;
}
