/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the session folder. */
#include "initramfs/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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
    session_writer_init(&session->writer);
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

static void write_host_log(void *context, const char *bytes, size_t len)
{
    session_write(context, SESSION_HOST, bytes, len);
}

/* Opens the files for the process that writes them. */
static int start_writer(struct session *session)
{
    int fds[SESSION_FILES], r = 0, count = 0;
    for (; count < SESSION_FILES && r == 0; count += r == 0) {
        auto_strbuf path = STRBUF_INIT;
        strbuf_printf(&path, "%s/%s", session->folder, file_names[count]);
        fds[count] = open(strbuf_text(&path), O_WRONLY | O_APPEND | O_CLOEXEC);
        r = fds[count] < 0 ? -errno : 0;
    }
    if (r == 0)
        r = session_writer_start(&session->writer, fds, SESSION_FILES);
    while (count-- > 0)
        close(fds[count]);
    return r;
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
    if (r == 0)
        r = start_writer(session);
    if (r < 0) {
        strbuf_printf(why, "cannot make a session folder in %s: %s", &LAYOUT_DATA_LOGS_DIR[1],
                      r == -ENOSPC ? "the data partition is full, delete something" : strerror(-r));
        session_close(session);
        return r;
    }
    log_set_file(&(struct log_file){write_host_log, session});
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
    if (len == 0 || (source >= 0 && !may_write(&session->recording->states[source], len,
                                               recorder_t_ns(session->recording))))
        return false;
    int r = session_writer_put(&session->writer, file, bytes, len);
    if (r < 0 && session->error == 0) {
        session->error = r;
        session->error_file = file;
    }
    return r == 0;
}

bool session_has_room(const struct session *session, enum session_file file)
{
    return session_writer_has_room(&session->writer, file);
}

/* The recorder of a file that could not be written says so, too. */
static void stop_recorder(const struct session *session, enum session_file file, int error)
{
    int source = session->recording != NULL ? source_of(file) : -1;
    if (source >= 0)
        record_stop(&session->recording->states[source], RECORD_ERROR, error,
                    recorder_t_ns(session->recording));
}

/* Rows that an index misses are worth no alarm: those around them tell. */
static bool is_index(int file)
{
    return file == SESSION_SERIAL_INDEX || file == SESSION_FIRMWARE_INDEX;
}

int session_error(struct session *session, enum session_file *ret_file)
{
    for (int i = 0; i < SESSION_FILES && session->error == 0; i++) {
        if (is_index(i))
            continue;
        session->error = session_writer_error(&session->writer, (size_t)i);
        session->error_file = (enum session_file)i;
        if (session->error != 0)
            stop_recorder(session, session->error_file, session->error);
    }
    *ret_file = session->error_file;
    return session->error;
}

void session_flush(struct session *session)
{
    int r = session_writer_flush(&session->writer, SESSION_STOP_MS);
    if (r < 0 && session->error == 0)
        session->error = r;
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

static int make_paths(const struct session *session, struct strbuf *path, struct strbuf *temporary)
{
    strbuf_printf(path, "%s/session.json", session->folder);
    strbuf_printf(temporary, "%s/session.json.tmp", session->folder);
    return strbuf_status(path) == STATUS_OK && strbuf_status(temporary) == STATUS_OK ? 0 : -ENOMEM;
}

/* Ends with what is being written: two at once would meet in the temporary file. */
static void finish_posted(struct session *session)
{
    int status;
    if (session->json_pid > 0 && child_wait(session->json_pid, SESSION_JSON_MS, &status) < 0)
        log_note("the process that writes session.json hangs");
    session->json_pid = 0;
    free(session->json_next);
    session->json_next = NULL;
}

int session_write_json(struct session *session, const struct session_facts *facts)
{
    if (session->folder == NULL)
        return 0;
    auto_strbuf text = STRBUF_INIT, path = STRBUF_INIT, temporary = STRBUF_INIT;
    int r = make_paths(session, &path, &temporary);
    if (r < 0 || session_json(facts, &text) != STATUS_OK)
        return -ENOMEM;
    finish_posted(session);
    struct json_job job = {strbuf_text(&path), strbuf_text(&temporary), &text};
    return child_call(write_json, &job, SESSION_JSON_MS);
}

/* Starts the process that writes json_next. */
static int start_json(struct session *session)
{
    auto_strbuf text = STRBUF_INIT, path = STRBUF_INIT, temporary = STRBUF_INIT;
    int r = make_paths(session, &path, &temporary);
    strbuf_append(&text, session->json_next);
    free(session->json_next);
    session->json_next = NULL;
    if (r < 0 || strbuf_status(&text) != STATUS_OK)
        return -ENOMEM;
    pid_t pid = fork();
    if (pid < 0)
        return -errno;
    if (pid == 0) {
        struct json_job job = {strbuf_text(&path), strbuf_text(&temporary), &text};
        r = write_json(&job);
        _exit(r < 0 && r > -255 ? -r : r < 0 ? EIO : 0);
    }
    session->json_pid = pid;
    return 0;
}

int session_post_json(struct session *session, const struct session_facts *facts)
{
    if (session->folder == NULL)
        return 0;
    auto_strbuf text = STRBUF_INIT;
    if (session_json(facts, &text) != STATUS_OK)
        return -ENOMEM;
    free(session->json_next);
    session->json_next = strbuf_take(&text);
    if (session->json_next == NULL)
        return -ENOMEM;
    return session->json_pid > 0 ? 0 : start_json(session);
}

bool session_take_exit(struct session *session, pid_t pid, int status)
{
    if (pid == session->json_pid) {
        int error = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
        session->json_pid = 0;
        if (error != 0)
            log_say("session.json could not be written: %s", strerror(error));
        if (session->json_next != NULL && start_json(session) < 0)
            log_note("session.json is not brought up to date: no process for it");
        return true;
    }
    if (pid == session->writer.pid) {
        session->writer.pid = 0;
        session->error = session->error != 0 ? session->error : -EPIPE;
        return true;
    }
    if (pid != session->syncer)
        return false;
    session->syncer = 0;
    session->stick_error = WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
    log_error(
        "the stick fails (%s): what is recorded from now on may be lost, the guest goes on as "
        "long as it can",
        strerror(-session->stick_error));
    return true;
}

void session_close(struct session *session)
{
    log_set_file(NULL);
    finish_posted(session);
    if (session_writer_stop(&session->writer, SESSION_STOP_MS) < 0)
        log_note("the process that writes the session hangs");
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
