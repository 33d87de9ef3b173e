/* SPDX-License-Identifier: BSD-2-Clause */
/* Pipes to a process that reads them and writes files. */
#include "initramfs/session_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/child.h"
#include "initramfs/clock.h"
#include "initramfs/hosted.h"

#define PIPE_BYTES        (4 << 20) /* root may have more than pipe-max-size */
#define PIPE_BYTES_OTHERS (1 << 20)
#define BEHIND_SHARE      4 /* small writes may fill pages by half only */
#define READ_BYTES        65536
#define LOOK_MS           2

/* Each number is written by one side only. */
struct session_writer_counts {
    _Atomic uint64_t written[SESSION_WRITER_FILES_MAX]; /* or lost with an error */
    _Atomic int errors[SESSION_WRITER_FILES_MAX];
};

void session_writer_init(struct session_writer *writer)
{
    *writer = (struct session_writer){0};
    for (size_t i = 0; i < SESSION_WRITER_FILES_MAX; i++)
        writer->pipes[i] = -1;
}

/* One turn of one file. False at its end. */
static bool move(int from, int to, size_t file, struct session_writer_counts *counts)
{
    static char bytes[READ_BYTES];
    ssize_t got = read(from, bytes, sizeof(bytes));
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    int r = hosted_write_all(to, bytes, (size_t)got);
    if (r < 0 && counts->errors[file] == 0)
        counts->errors[file] = r;
    counts->written[file] += (uint64_t)got;
    return true;
}

static void __attribute__((noreturn))
run(struct pollfd polls[], const int files[], size_t count, struct session_writer_counts *counts)
{
    for (size_t open_count = count; open_count > 0;) {
        if (poll(polls, count, -1) < 0 && errno != EINTR)
            _exit(1);
        for (size_t i = 0; i < count; i++) {
            if (polls[i].fd < 0 || polls[i].revents == 0 || move(polls[i].fd, files[i], i, counts))
                continue;
            polls[i].fd = -1;
            open_count--;
        }
    }
    _exit(0);
}

static int make_pipe(int *ret_from, int *ret_to, uint64_t *ret_behind_max)
{
    int pair[2];
    if (pipe2(pair, O_CLOEXEC) < 0)
        return -errno;
    int size = fcntl(pair[1], F_SETPIPE_SZ, PIPE_BYTES);
    if (size < 0)
        size = fcntl(pair[1], F_SETPIPE_SZ, PIPE_BYTES_OTHERS);
    if (size < 0 || fcntl(pair[1], F_SETFL, O_NONBLOCK) < 0) {
        int r = -errno;
        close(pair[0]);
        close(pair[1]);
        return r;
    }
    *ret_from = pair[0];
    *ret_to = pair[1];
    *ret_behind_max = (uint64_t)size / BEHIND_SHARE;
    return 0;
}

static void close_pipes(struct session_writer *writer)
{
    for (size_t i = 0; i < SESSION_WRITER_FILES_MAX; i++) {
        if (writer->pipes[i] >= 0)
            close(writer->pipes[i]);
        writer->pipes[i] = -1;
    }
}

int session_writer_start(struct session_writer *writer, const int files[], size_t count)
{
    struct pollfd polls[SESSION_WRITER_FILES_MAX];
    session_writer_init(writer);
    if (count > SESSION_WRITER_FILES_MAX)
        return -E2BIG;
    writer->counts = mmap(NULL, sizeof(*writer->counts), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (writer->counts == MAP_FAILED) {
        writer->counts = NULL;
        return -ENOMEM;
    }
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++) {
        polls[i].events = POLLIN;
        r = make_pipe(&polls[i].fd, &writer->pipes[i], &writer->behind_max);
        writer->count += r == 0;
    }
    pid_t pid = r == 0 ? fork() : -1;
    if (pid == 0) {
        close_pipes(writer);
        run(polls, files, count, writer->counts);
    }
    if (r == 0 && pid < 0)
        r = -errno;
    for (size_t i = 0; i < writer->count; i++)
        close(polls[i].fd);
    if (r < 0) {
        close_pipes(writer);
        munmap(writer->counts, sizeof(*writer->counts));
        session_writer_init(writer);
        return r;
    }
    writer->pid = pid;
    return 0;
}

int session_writer_put(struct session_writer *writer, size_t file, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0 && file < writer->count) {
        ssize_t done = write(writer->pipes[file], p, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        writer->put[file] += (uint64_t)done;
        p += done;
        len -= (size_t)done;
    }
    return 0;
}

static uint64_t behind_bytes(const struct session_writer *writer, size_t file)
{
    return writer->put[file] - writer->counts->written[file];
}

bool session_writer_has_room(const struct session_writer *writer, size_t file)
{
    return file >= writer->count || behind_bytes(writer, file) <= writer->behind_max;
}

int session_writer_error(const struct session_writer *writer, size_t file)
{
    return file < writer->count ? writer->counts->errors[file] : 0;
}

int session_writer_flush(const struct session_writer *writer, int timeout_ms)
{
    uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
    for (size_t i = 0; i < writer->count; i++)
        while (behind_bytes(writer, i) > 0) {
            if (writer->pid == 0)
                return -EPIPE;
            if (clock_mono_ms() > deadline_ms)
                return -ETIMEDOUT;
            clock_sleep_ms(LOOK_MS);
        }
    return 0;
}

int session_writer_stop(struct session_writer *writer, int timeout_ms)
{
    int status = 0, r = 0;
    if (writer->counts == NULL)
        return 0;
    close_pipes(writer);
    if (writer->pid > 0)
        r = child_wait(writer->pid, timeout_ms, &status);
    munmap(writer->counts, sizeof(*writer->counts));
    session_writer_init(writer);
    return r;
}
