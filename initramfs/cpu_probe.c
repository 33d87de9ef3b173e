/* SPDX-License-Identifier: BSD-2-Clause */
/* query-cpu-model-expansion to a QEMU without a machine. */
#include "initramfs/cpu_probe.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/cpu_features.h"
#include "initramfs/hosted.h"
#include "initramfs/lines.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/qmp.h"

#define PROBE_MS     60000
#define PROBE_END_MS 5000
#define PROBE_ID     "query-cpu-model-expansion"

static int start(enum guest_accelerator accelerator, int fd, pid_t *ret_pid)
{
    const char *const argv[] = {
        GUEST_QEMU,
        "-nodefaults",
        "-no-user-config",
        "-sandbox",
        GUEST_SANDBOX,
        "-display",
        "none",
        "-machine",
        "none",
        "-accel",
        guest_accelerator_text(accelerator),
        "-chardev",
        "socket,id=qmp,fd=11", /* GUEST_FD_QMP */
        "-mon",
        "chardev=qmp,mode=control",
        NULL,
    };
    const struct child_fd fds[] = {{fd, GUEST_FD_QMP}};
    const struct child_options options = {
        .argv = argv,
        .root = MOUNTS_RUNTIME,
        .uid = MOUNTS_GUEST_UID,
        .devices = guest_devices,
        .fds = fds,
        .fd_count = ARRAY_SIZE(fds),
    };
    return child_start(&options, ret_pid);
}

static bool take_answer(struct lines *lines, const struct text_list *wanted, struct strbuf *why,
                        enum status *ret_status)
{
    const char *line;
    size_t len;
    while (lines_next(lines, &line, &len)) {
        struct qmp_message message;
        struct json_span props;
        if (len == 0 || qmp_parse(line, len, &message) != STATUS_OK ||
            strcmp(message.name, PROBE_ID) != 0)
            continue;
        *ret_status = STATUS_CORRUPT;
        if (message.kind == QMP_RETURN &&
            json_scan_find(message.data, "model/props", &props) == STATUS_OK)
            *ret_status = cpu_features_check(props, wanted, why);
        return true;
    }
    return false;
}

/* STATUS_IO when no answer came. */
static enum status talk(int fd, const char *model, const struct text_list *wanted,
                        struct strbuf *why)
{
    auto_strbuf question = STRBUF_INIT, arguments = STRBUF_INIT;
    struct lines lines;
    enum status status = STATUS_IO;
    uint64_t until = clock_mono_ms() + PROBE_MS;
    qmp_command(&question, "qmp_capabilities");
    strbuf_printf(&arguments, "{\"type\":\"full\",\"model\":{\"name\":\"%s\"}}", model);
    qmp_command_with(&question, PROBE_ID, strbuf_text(&arguments));
    if (strbuf_status(&question) != STATUS_OK ||
        hosted_write_all(fd, strbuf_text(&question), question.len) < 0)
        return STATUS_IO;
    lines_init(&lines, QMP_LINE_MAX);
    for (;;) {
        char bytes[16384];
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t now = clock_mono_ms();
        if (now >= until || (poll(&p, 1, (int)(until - now)) < 0 && errno != EINTR))
            break;
        ssize_t got = p.revents != 0 ? recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) : -1;
        if (got < 0 && (p.revents == 0 || errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0 || lines_add(&lines, bytes, (size_t)got) != STATUS_OK ||
            take_answer(&lines, wanted, why, &status))
            break;
    }
    lines_clear(&lines);
    return status;
}

int cpu_probe(enum guest_accelerator accelerator, const struct text_list *wanted,
              struct strbuf *why)
{
    int pair[2], exit_status;
    pid_t pid;
    if (wanted->count == 0)
        return 0;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    auto_close ours = pair[0];
    int r = start(accelerator, pair[1], &pid);
    close(pair[1]);
    enum status status = STATUS_IO;
    if (r == 0) {
        status = talk(ours, guest_cpu_model(accelerator), wanted, why);
        kill(pid, SIGKILL);
        if (child_wait(pid, PROBE_END_MS, &exit_status) < 0)
            log_note("the QEMU that was asked for CPU flags does not end");
    }
    if (status == STATUS_UNSUPPORTED)
        return -ENOTSUP;
    if (status != STATUS_OK) {
        strbuf_reset(why);
        log_note("QEMU could not be asked for the CPU flags of this machine (%s); it will refuse "
                 "those that are missing",
                 r < 0 ? strerror(-r) : status_text(status));
    }
    return 0;
}
