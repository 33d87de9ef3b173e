/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the session folder. */
#include "initramfs/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/names.h"

#define SESSION_ATTEMPTS_MAX 1000
#define SESSION_SYNC_MS      1000
#define SESSION_STOP_MS      10000
#define SESSION_JSON_MS      30000
#define SESSION_OPEN_MS      60000

static const char *const file_names[SESSION_FILES] = {
    [SESSION_SERIAL] = "serial.log",
    [SESSION_FIRMWARE] = "firmware.log",
    [SESSION_QMP] = "qmp.jsonl",
    [SESSION_QEMU] = "qemu.log",
    [SESSION_HOST] = "host.log",
    [SESSION_SERIAL_INDEX] = "serial.idx",
    [SESSION_FIRMWARE_INDEX] = "firmware.idx",
};

const char *session_file_name(enum session_file file)
{
    return file_names[file];
}

void session_init(struct session *session)
{
    *session = (struct session){.sync = -1};
    for (int i = 0; i < SESSION_FILES; i++)
        session->fds[i] = -1;
}

struct folder_job {
    const char *image_path;
    int64_t wall_ms;
};

static int make_files(const char *folder)
{
    for (int i = 0; i < SESSION_FILES; i++) {
        auto_strbuf path = STRBUF_INIT;
        strbuf_printf(&path, "%s/%s", folder, file_names[i]);
        auto_close fd = open(strbuf_text(&path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (fd < 0)
            return -errno;
    }
    return 0;
}

/* Makes the first free folder name, and the files in it. */
static int make_folder(void *context, struct strbuf *ret_name)
{
    const struct folder_job *job = context;
    int r = hosted_make_folders(MOUNTS_DATA LAYOUT_DATA_LOGS_DIR, 0755);
    if (r < 0)
        return r;
    for (unsigned attempt = 1; attempt <= SESSION_ATTEMPTS_MAX; attempt++) {
        auto_strbuf name = STRBUF_INIT, folder = STRBUF_INIT;
        if (names_session(job->image_path, job->wall_ms, attempt, &name) != STATUS_OK)
            return -ENOMEM;
        strbuf_printf(&folder, "%s%s/%s", MOUNTS_DATA, LAYOUT_DATA_LOGS_DIR, strbuf_text(&name));
        if (strbuf_status(&folder) != STATUS_OK)
            return -ENOMEM;
        if (mkdir(strbuf_text(&folder), 0755) < 0) {
            if (errno == EEXIST)
                continue;
            return -errno;
        }
        strbuf_append(ret_name, strbuf_text(&name));
        return make_files(strbuf_text(&folder));
    }
    return -EEXIST;
}

/* A full partition is told by who writes to it; these never get better. */
static bool is_stick_gone(int error)
{
    return error == EIO || error == ENODEV || error == ENXIO || error == EROFS || error == EBADF;
}

/* Syncs the data partition again and again; a process, so that a slow stick holds up nothing else.
 * A byte in the pipe (from the recorder, when it has just written) syncs at once. */
static pid_t start_syncer(int *ret_sync)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return 0;
    pid_t pid = fork();
    if (pid != 0) {
        close(ends[0]);
        *ret_sync = ends[1];
        return pid > 0 ? pid : 0;
    }
    int kept[] = {open(MOUNTS_DATA, O_RDONLY | O_DIRECTORY), ends[0]};
    child_keep_list(kept, ARRAY_SIZE(kept));
    for (;;) {
        char bytes[64];
        struct pollfd wake = {kept[1], POLLIN, 0};
        poll(&wake, 1, SESSION_SYNC_MS);
        if (read(kept[1], bytes, sizeof(bytes)) == 0)
            wake.fd = kept[1] = -1;
        if (syncfs(kept[0]) < 0 && is_stick_gone(errno))
            _exit(errno);
    }
}

int session_open(struct session *session, const char *image_path, int64_t wall_ms,
                 struct strbuf *why)
{
    struct folder_job job = {image_path, wall_ms};
    auto_strbuf name = STRBUF_INIT, folder = STRBUF_INIT;
    int r = child_call_text(make_folder, &job, SESSION_OPEN_MS, &name);
    if (r == 0) {
        strbuf_printf(&folder, "%s%s/%s", MOUNTS_DATA, LAYOUT_DATA_LOGS_DIR, strbuf_text(&name));
        session->name = strbuf_take(&name);
        session->folder = strbuf_take(&folder);
        r = session->name != NULL && session->folder != NULL ? 0 : -ENOMEM;
    }
    for (int i = 0; i < SESSION_FILES && r == 0; i++) {
        auto_strbuf path = STRBUF_INIT;
        strbuf_printf(&path, "%s/%s", session->folder, file_names[i]);
        session->fds[i] = open(strbuf_text(&path), O_WRONLY | O_APPEND | O_CLOEXEC);
        if (session->fds[i] < 0)
            r = -errno;
    }
    if (r < 0) {
        strbuf_printf(why, "cannot make a session folder in %s: %s", &LAYOUT_DATA_LOGS_DIR[1],
                      r == -ENOSPC ? "the data partition is full, delete something" : strerror(-r));
        session_close(session);
        return r;
    }
    log_set_file(session->fds[SESSION_HOST]);
    session->syncer = start_syncer(&session->sync);
    return 0;
}

/* Whose bytes they are; -1: nobody's limit. */
static int source_of(enum session_file file)
{
    switch (file) {
    case SESSION_SERIAL:
    case SESSION_FIRMWARE:
    case SESSION_SERIAL_INDEX:
    case SESSION_FIRMWARE_INDEX:
        return RECORD_SERIAL;
    case SESSION_QMP:
        return RECORD_QMP;
    default:
        return -1;
    }
}

/* At its limit a text ends. On a full stick each of its files goes on while it finds room. */
static bool may_write(struct record_state *state, size_t len, int64_t t_ns)
{
    return record_take(state, len, t_ns) || atomic_load(&state->stop) == RECORD_FULL;
}

bool session_write(struct session *session, enum session_file file, const void *bytes, size_t len)
{
    int source = session->recording != NULL ? source_of(file) : -1;
    struct record_state *state = source >= 0 ? &session->recording->states[source] : NULL;
    bool is_index = file == SESSION_SERIAL_INDEX || file == SESSION_FIRMWARE_INDEX;
    if (session->fds[file] < 0 || len == 0 ||
        (state != NULL && !may_write(state, len, recorder_t_ns(session->recording))))
        return false;
    int r = hosted_write_all(session->fds[file], bytes, len);
    if (r == 0 || is_index) /* rows that are missing are worth no alarm: those around them say it */
        return r == 0;
    if (state != NULL)
        record_stop(state, RECORD_ERROR, r, recorder_t_ns(session->recording));
    if (session->error == 0) {
        session->error = r;
        session->error_file = file;
    }
    return false;
}

int session_make_picture(const struct session *session, const char *name, const void *bytes,
                         size_t len)
{
    auto_strbuf folder = STRBUF_INIT;
    if (session->folder == NULL)
        return -ENOENT;
    strbuf_printf(&folder, "%s/" SESSION_PICTURES, session->folder);
    if (strbuf_status(&folder) != STATUS_OK)
        return -ENOMEM;
    if (mkdir(strbuf_text(&folder), 0755) < 0 && errno != EEXIST)
        return -errno;
    strbuf_reset(&folder);
    strbuf_printf(&folder, SESSION_PICTURES "/%s", name);
    auto_close fd = session_make_file(session, strbuf_text(&folder));
    return fd < 0 ? fd : hosted_write_all(fd, bytes, len);
}

int session_make_file(const struct session *session, const char *name)
{
    auto_strbuf path = STRBUF_INIT;
    if (session->folder == NULL)
        return -ENOENT;
    strbuf_printf(&path, "%s/%s", session->folder, name);
    if (strbuf_status(&path) != STATUS_OK)
        return -ENOMEM;
    int fd = open(strbuf_text(&path), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : fd;
}

void session_write_qmp(struct session *session, const char *line, size_t len, int64_t wall_ms)
{
    char now[CLOCK_TEXT_CHARS + 1];
    auto_strbuf text = STRBUF_INIT;
    clock_text(wall_ms, now);
    strbuf_printf(&text, "{\"host_time\": \"%s\", ", now);
    if (session->recording != NULL)
        strbuf_printf(&text, "\"t\": %lld, ", (long long)recorder_t_ns(session->recording));
    strbuf_append(&text, "\"qmp\": ");
    strbuf_append_bytes(&text, line, len);
    strbuf_append(&text, "}\n");
    if (strbuf_status(&text) == STATUS_OK)
        session_write(session, SESSION_QMP, strbuf_text(&text), text.len);
}

/* What the process that writes session.json needs. */
struct json_job {
    const char *path, *temporary;
    const struct strbuf *text;
};

static int write_new(const struct json_job *job)
{
    auto_close fd = open(job->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int r = hosted_write_all(fd, strbuf_text(job->text), job->text->len);
    if (r == 0 && fdatasync(fd) < 0)
        r = -errno;
    if (r == 0 && rename(job->temporary, job->path) < 0)
        r = -errno;
    if (r < 0)
        unlink(job->temporary);
    return r;
}

/* In the room that the file has already: not safe from a power cut, but a full stick has no other.
 */
static int write_in_place(const struct json_job *job)
{
    struct stat st;
    auto_close fd = open(job->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    if (job->text->len > (uint64_t)st.st_blocks * 512)
        return -ENOSPC;
    int r = hosted_write_all(fd, strbuf_text(job->text), job->text->len);
    if (r == 0 && (ftruncate(fd, (off_t)job->text->len) < 0 || fdatasync(fd) < 0))
        r = -errno;
    return r;
}

static int write_json(void *context)
{
    const struct json_job *job = context;
    int r = write_new(job);
    return r == -ENOSPC ? write_in_place(job) : r;
}

int session_write_json(struct session *session, const struct session_facts *facts)
{
    if (session->folder == NULL)
        return 0;
    auto_strbuf text = STRBUF_INIT, path = STRBUF_INIT, temporary = STRBUF_INIT;
    strbuf_printf(&path, "%s/session.json", session->folder);
    strbuf_printf(&temporary, "%s/session.json.tmp", session->folder);
    if (session_json(facts, &text) != STATUS_OK || strbuf_status(&path) != STATUS_OK ||
        strbuf_status(&temporary) != STATUS_OK)
        return -ENOMEM;
    struct json_job job = {strbuf_text(&path), strbuf_text(&temporary), &text};
    return child_call(write_json, &job, SESSION_JSON_MS);
}

void session_close(struct session *session)
{
    log_set_file(-1);
    for (int i = 0; i < SESSION_FILES; i++)
        if (session->fds[i] >= 0)
            close(session->fds[i]);
    if (session->syncer > 0) {
        int status;
        kill(session->syncer, SIGKILL);
        if (child_wait(session->syncer, SESSION_STOP_MS, &status) < 0)
            log_note("the process that syncs the stick hangs");
    }
    if (session->sync >= 0)
        close(session->sync);
    free(session->name);
    free(session->folder);
    session_init(session);
}
