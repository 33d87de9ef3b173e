/* SPDX-License-Identifier: BSD-2-Clause */
/* fork(), setrlimit(), a pipe: messages are a length (4 bytes) and as many bytes; length 0 is the
 * last words of a child that fails. */
#include "trace/report/confined.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"

#define PIPE_BYTES   (1 << 20)
#define BUFFER_BYTES ((size_t)256 << 10)
#define OUT_BYTES    ((size_t)64 << 10)
#define EXIT_FAILED  3

struct confined_out {
    int fd;
    size_t used;
    uint8_t bytes[OUT_BYTES];
};

static void flush_out(struct confined_out *out)
{
    size_t done = 0;

    while (done < out->used) {
        ssize_t part = write(out->fd, out->bytes + done, out->used - done);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            _exit(EXIT_FAILED);
        done += (size_t)part;
    }
    out->used = 0;
}

static void send_framed(struct confined_out *out, uint32_t frame, const void *bytes, size_t len)
{
    if (out->used + 4 + len > sizeof(out->bytes))
        flush_out(out);
    put_le32(out->bytes + out->used, frame);
    memcpy(out->bytes + out->used + 4, bytes, len);
    out->used += 4 + len;
}

void confined_send(struct confined_out *out, const void *bytes, size_t len)
{
    if (len == 0 || len > CONFINED_MESSAGE_MAX)
        return;
    send_framed(out, (uint32_t)len, bytes, len);
}

void confined_fail(struct confined_out *out, const char *message)
{
    char text[200] = {0};

    strncpy(text, message, sizeof(text) - 1);
    send_framed(out, 0, text, sizeof(text));
    flush_out(out);
    _exit(EXIT_FAILED);
}

/* What this process has mapped, in bytes; 0 when /proc does not say. */
static size_t mapped_bytes(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file == NULL)
        return 0;
    if (fscanf(file, "%lu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void set_limit(int resource, rlim_t value)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) == 0 &&
        (limit.rlim_max == RLIM_INFINITY || limit.rlim_max > value)) {
        limit.rlim_cur = value;
        limit.rlim_max = value;
        (void)setrlimit(resource, &limit);
    }
}

static void __attribute__((noreturn))
run_child(const struct confined_job *job, int fd, size_t memory_bytes)
{
    struct confined_out *out = calloc(1, sizeof(*out));
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    if (out == NULL || null < 0)
        _exit(EXIT_FAILED);
    /* Libraries complain; the panel says what matters. */
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    set_limit(RLIMIT_CORE, 0);
    set_limit(RLIMIT_CPU, job->seconds);
    set_limit(RLIMIT_FSIZE, 0);
#if !defined(__SANITIZE_ADDRESS__)
    if (memory_bytes != 0)
        set_limit(RLIMIT_AS, memory_bytes);
#else
    (void)memory_bytes;
#endif
    out->fd = fd;
    job->work(job->context, out);
    flush_out(out);
    _exit(0);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct reader {
    const struct confined_job *job;
    int fd;
    int64_t deadline_ms;
    uint8_t *bytes;
    size_t used;
    char last_words[201];
    bool is_senseless, is_late;
};

/* Takes the whole messages in the buffer; false when the child is to be ended. */
static bool take_messages(struct reader *reader)
{
    size_t at = 0;

    while (reader->used - at >= 4) {
        uint32_t frame = get_le32(reader->bytes + at);
        size_t len = frame != 0 ? frame : sizeof(reader->last_words) - 1;
        if (len > CONFINED_MESSAGE_MAX) {
            reader->is_senseless = true;
            return false;
        }
        if (reader->used - at - 4 < len)
            break;
        const uint8_t *message = reader->bytes + at + 4;
        if (frame == 0) {
            memcpy(reader->last_words, message, len);
        } else if (!reader->job->take(reader->job->context, message, len)) {
            reader->is_senseless = true;
            return false;
        }
        at += 4 + len;
    }
    memmove(reader->bytes, reader->bytes + at, reader->used - at);
    reader->used -= at;
    return true;
}

static void read_messages(struct reader *reader)
{
    for (;;) {
        int64_t left = reader->deadline_ms - now_ms();
        struct pollfd event = {.fd = reader->fd, .events = POLLIN};
        if (left <= 0 || (poll(&event, 1, (int)left) < 0 && errno != EINTR)) {
            reader->is_late = true;
            return;
        }
        if (event.revents == 0)
            continue;
        ssize_t got = read(reader->fd, reader->bytes + reader->used, BUFFER_BYTES - reader->used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return;
        reader->used += (size_t)got;
        if (!take_messages(reader))
            return;
    }
}

static enum status judge(const struct reader *reader, int state, char *why, size_t size)
{
    if (reader->is_senseless)
        snprintf(why, size, "its reader's answer makes no sense");
    else if (reader->is_late)
        snprintf(why, size, "its reader took too long");
    else if (WIFEXITED(state) && WEXITSTATUS(state) == 0 && reader->used == 0)
        return STATUS_OK;
    else if (reader->last_words[0] != '\0')
        snprintf(why, size, "%s", reader->last_words);
    else if (WIFSIGNALED(state) && (WTERMSIG(state) == SIGXCPU || WTERMSIG(state) == SIGKILL))
        snprintf(why, size, "its reader took too long");
    else if (WIFSIGNALED(state))
        snprintf(why, size, "its reader crashed (signal %d)", WTERMSIG(state));
    else
        snprintf(why, size, "its reader failed");
    return STATUS_CORRUPT;
}

enum status confined_run(const struct confined_job *job, char *why, size_t size)
{
    struct reader reader = {.job = job};
    size_t mapped = mapped_bytes();
    int ends[2], state = 0;
    auto_free uint8_t *bytes = malloc(BUFFER_BYTES);

    if (bytes == NULL || pipe2(ends, O_CLOEXEC) < 0) {
        snprintf(why, size, "no reader could be started: %s", strerror(errno));
        return STATUS_IO;
    }
    (void)fcntl(ends[1], F_SETPIPE_SZ, PIPE_BYTES);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        run_child(job, ends[1], mapped != 0 ? mapped + job->memory_bytes : 0);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        snprintf(why, size, "no reader could be started: %s", strerror(errno));
        return STATUS_IO;
    }
    reader.fd = ends[0];
    reader.bytes = bytes;
    reader.deadline_ms = now_ms() + (int64_t)job->seconds * 2000 + 10000;
    read_messages(&reader);
    if (reader.is_senseless || reader.is_late)
        kill(pid, SIGKILL);
    close(ends[0]);
    while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
        continue;
    return judge(&reader, state, why, size);
}
