/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying with holes. */
#include "tools/mkhiperiso/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/content_sum.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/push.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/thread.h"
#include "tools/mkhiperiso/zero.h"

#define BUFFER_BYTES ((size_t)1 << 20)
#define DISK_BUFFER  ((size_t)4 << 20)    /* disks want few large writes */
#define BUFFER_ALIGN 4096u                /* for O_DIRECT */
#define PUSH_LEAST   ((uint64_t)32 << 20) /* smaller files are left to the fsync() at the end */
/* Blocks of this size that are not all zero make up the digest, each with its sum and place. */
#define DIGEST_BLOCK ((size_t)64 << 10)

static void digest_blocks(struct digest *digest, uint64_t off, size_t len, const uint8_t *bytes)
{
    for (size_t done = 0; done < len && digest != NULL; done += DIGEST_BLOCK) {
        size_t part = len - done < DIGEST_BLOCK ? len - done : DIGEST_BLOCK;
        if (is_zero(bytes + done, part))
            continue;
        uint8_t sum[CONTENT_SUM_BYTES];
        content_sum(bytes + done, part, sum);
        digest_add_number(digest, off + done);
        digest_add(digest, sum, sizeof(sum));
    }
}

static int write_part(const char *path, const struct target *target, uint64_t off, size_t len,
                      const void *bytes)
{
    if (target == NULL)
        return 0;
    enum status status = blockdev_write(&target->device, off, len, bytes);
    if (status == STATUS_NO_SPACE)
        return fail("%s: the disk that the image is written to is full", path);
    if (status != STATUS_OK)
        return fail("%s: cannot be copied: %s", path, status_text(status));
    return 0;
}

/* Reads LEN bytes at OFF. 0, else the errno; less than LEN is an error, since the size was looked
 * at before: ENODATA. An interrupt: EINTR. */
static int read_part(int fd, uint64_t off, size_t len, uint8_t *ret_bytes)
{
    while (len > 0) {
        ssize_t part = pread(fd, ret_bytes, len, (off_t)off);
        if (is_interrupted())
            return EINTR;
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return part < 0 ? errno : ENODATA;
        ret_bytes += part;
        off += (uint64_t)part;
        len -= (size_t)part;
    }
    return 0;
}

#define PARTS 2 /* one is read while the other one is written */

/* A piece of a file on its way. */
struct part {
    uint64_t off; /* in what is copied */
    uint64_t len;
    bool is_hole; /* no bytes */
    uint8_t *buffer;
};

/* What a copy under way has. */
struct copy {
    int fd;
    const char *path;
    const struct target *target; /* NULL: only the digest */
    uint64_t start;              /* in the file; what follows counts from there */
    uint64_t size_bytes;
    uint64_t off;
    uint64_t shared_bytes;
    uint64_t read_off, data_end; /* read up to; no hole before */
    struct push push;
    size_t buffer_bytes;
    struct digest *digest;
    int read_error;           /* errno; told when nobody reads any more */
    struct part parts[PARTS]; /* a ring */
    /* Of the thread that reads ahead. */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t parts_read, parts_written;
    int read_result;  /* of next_part(): 1 as long as it goes on */
    bool is_given_up; /* by the side that writes */
};

/* The next stretch with data at or behind OFF, on block borders; empty at SIZE_BYTES when only
 * holes are left. */
static void next_data(const struct copy *copy, uint64_t off, uint64_t size_bytes,
                      uint64_t *ret_start, uint64_t *ret_end)
{
    off_t data = lseek(copy->fd, (off_t)(copy->start + off), SEEK_DATA);

    if (data >= 0)
        data -= (off_t)copy->start;
    if (data < 0 || (uint64_t)data >= size_bytes) {
        /* ENXIO: holes up to the end. Anything else: a file system without holes. */
        *ret_start = data < 0 && errno != ENXIO ? off : size_bytes;
        *ret_end = size_bytes;
        return;
    }
    off_t hole = lseek(copy->fd, (off_t)copy->start + data, SEEK_HOLE) - (off_t)copy->start;
    uint64_t end = hole < data ? size_bytes : (uint64_t)hole;
    end += (DIGEST_BLOCK - end % DIGEST_BLOCK) % DIGEST_BLOCK;
    *ret_start = (uint64_t)data - (uint64_t)data % DIGEST_BLOCK;
    *ret_end = end < size_bytes ? end : size_bytes;
}

/* Reads the next part; its digest is added. 1: there is one, 0: that was all, -1: see read_error.
 */
static int next_part(struct copy *copy, struct part *part)
{
    part->off = copy->read_off;
    part->is_hole = false;
    if (is_interrupted())
        return -1;
    if (copy->read_off == copy->size_bytes)
        return 0;
    if (copy->read_off >= copy->data_end) {
        next_data(copy, part->off, copy->size_bytes, &copy->read_off, &copy->data_end);
        part->is_hole = copy->read_off > part->off;
        part->len = copy->read_off - part->off;
        if (part->is_hole)
            return 1;
    }
    part->len = copy->data_end - part->off;
    if (part->len > copy->buffer_bytes)
        part->len = copy->buffer_bytes;
    copy->read_error =
        read_part(copy->fd, copy->start + part->off, (size_t)part->len, part->buffer);
    if (copy->read_error != 0)
        return -1;
    digest_blocks(copy->digest, part->off, (size_t)part->len, part->buffer);
    copy->read_off += part->len;
    return 1;
}

/* A hole is left out. On a disk something else has been there. */
static int skip_hole(const struct copy *copy, const struct part *part)
{
    if (copy->target == NULL || copy->target->is_blank)
        return 0;
    enum status status = target_zero(copy->target, copy->off + part->off, part->len);
    return status == STATUS_OK ? 0
                               : fail("%s: cannot be copied: %s", copy->path, status_text(status));
}

static int put_part(struct copy *copy, const struct part *part)
{
    uint64_t shared = copy->shared_bytes, off = part->off;
    uint64_t there = shared <= off ? 0 : shared - off < part->len ? shared - off : part->len;

    if (part->is_hole ? skip_hole(copy, part) < 0
                      : write_part(copy->path, copy->target, copy->off + off + there,
                                   (size_t)(part->len - there), part->buffer + there) < 0)
        return -1;
    push_to(&copy->push, copy->off + off + part->len);
    progress_add(part->len);
    return 0;
}

static int copy_in_turns(struct copy *copy)
{
    int result;

    while ((result = next_part(copy, &copy->parts[0])) > 0)
        if (put_part(copy, &copy->parts[0]) < 0)
            return -1;
    return result;
}

/* What await_part() sends: it has a handler and no SA_RESTART, see interrupt.c. */
static void let_reading_fail(void)
{
    sigset_t one;

    sigemptyset(&one);
    sigaddset(&one, SIGPIPE);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
}

static void *read_ahead(void *context)
{
    struct copy *copy = context;
    int result = 1;

    let_reading_fail();
    pthread_mutex_lock(&copy->lock);
    while (result > 0) {
        while (copy->parts_read - copy->parts_written == PARTS && !copy->is_given_up)
            pthread_cond_wait(&copy->changed, &copy->lock);
        if (copy->is_given_up)
            break;
        struct part *part = &copy->parts[copy->parts_read % PARTS];
        pthread_mutex_unlock(&copy->lock);
        result = next_part(copy, part);
        pthread_mutex_lock(&copy->lock);
        copy->read_result = result;
        copy->parts_read += result > 0;
        pthread_cond_signal(&copy->changed);
    }
    pthread_mutex_unlock(&copy->lock);
    return NULL;
}

/* The part to be written next, NULL behind the last one. */
static const struct part *await_part(struct copy *copy)
{
    pthread_mutex_lock(&copy->lock);
    while (copy->parts_read == copy->parts_written && copy->read_result > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        pthread_cond_timedwait(&copy->changed, &copy->lock, &until);
        /* A source may hang (a network's): the thread is told of what only this one hears. */
        if (is_interrupted())
            pthread_kill(copy->thread, SIGPIPE);
    }
    bool is_there = copy->parts_read > copy->parts_written;
    pthread_mutex_unlock(&copy->lock);
    return is_there ? &copy->parts[copy->parts_written % PARTS] : NULL;
}

static void release_part(struct copy *copy, bool gives_up)
{
    pthread_mutex_lock(&copy->lock);
    copy->parts_written += !gives_up;
    copy->is_given_up = gives_up;
    pthread_cond_signal(&copy->changed);
    pthread_mutex_unlock(&copy->lock);
}

/* A thread reads while this one writes: neither the source's disk nor the target's waits for the
 * other one. */
static int copy_ahead(struct copy *copy)
{
    const struct part *part;
    int result = 0;

    copy->read_result = 1;
    pthread_mutex_init(&copy->lock, NULL);
    pthread_cond_init(&copy->changed, NULL);
    if (!thread_start(&copy->thread, read_ahead, copy)) {
        result = copy_in_turns(copy);
    } else {
        while (result == 0 && (part = await_part(copy)) != NULL) {
            result = put_part(copy, part);
            release_part(copy, result < 0);
        }
        pthread_join(copy->thread, NULL);
        result = result < 0 ? result : copy->read_result;
    }
    pthread_cond_destroy(&copy->changed);
    pthread_mutex_destroy(&copy->lock);
    return result;
}

static void tell_read_error(const struct copy *copy)
{
    if (copy->read_error == ENODATA)
        fail("%s: became shorter while it was copied; try again", copy->path);
    else if (copy->read_error != 0 && !is_interrupted())
        fail("%s: cannot be read: %s", copy->path, strerror(copy->read_error));
}

int copy_part_of_file(int fd, const char *path, uint64_t start, uint64_t size_bytes,
                      const struct target *target, uint64_t off, struct digest *digest)
{
    size_t buffer_bytes = target != NULL && target->direct_fd >= 0 ? DISK_BUFFER : BUFFER_BYTES;
    bool is_small = size_bytes <= buffer_bytes;
    auto_free uint8_t *buffers = aligned_alloc(BUFFER_ALIGN, (is_small ? 1 : PARTS) * buffer_bytes);
    struct copy copy = {
        .fd = fd,
        .path = path,
        .target = target,
        .start = start,
        .size_bytes = size_bytes,
        .off = off,
        .buffer_bytes = buffer_bytes,
        .digest = digest,
    };

    if (buffers == NULL)
        return fail("%s: out of memory", path);
    for (size_t i = 0; i < (is_small ? 1 : PARTS); i++)
        copy.parts[i].buffer = buffers + i * buffer_bytes;
    copy.shared_bytes = target != NULL ? target_share(target, fd, start, off, size_bytes) : 0;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    bool is_cached = target != NULL && target->direct_fd < 0;
    if (is_cached && size_bytes >= PUSH_LEAST)
        push_start(&copy.push, target, off);
    int result = is_small ? copy_in_turns(&copy) : copy_ahead(&copy);
    push_end(&copy.push);
    tell_read_error(&copy);
    if (digest != NULL)
        digest_add_number(digest, size_bytes);
    return is_interrupted() ? -1 : result;
}

int copy_file(int fd, const char *path, uint64_t size_bytes, const struct target *target,
              uint64_t off, struct digest *digest)
{
    return copy_part_of_file(fd, path, 0, size_bytes, target, off, digest);
}

int copy_bytes(const void *bytes, uint64_t len, const char *path, const struct target *target,
               uint64_t off, struct digest *digest)
{
    digest_blocks(digest, 0, (size_t)len, bytes);
    if (digest != NULL)
        digest_add_number(digest, len);
    return write_part(path, target, off, (size_t)len, bytes);
}

static int verify_all(const struct target *target, uint64_t off, uint64_t len, const char *path,
                      struct digest *digest, uint8_t *buffer)
{
    for (uint64_t done = 0; done < len;) {
        size_t part = len - done < DISK_BUFFER ? (size_t)(len - done) : DISK_BUFFER;
        /* Whole sectors, so that the end comes from the disk as well. */
        size_t whole = (part + BUFFER_ALIGN - 1) / BUFFER_ALIGN * BUFFER_ALIGN;
        if (whole > target->device.size_bytes - off - done)
            whole = part;
        enum status status = blockdev_read(&target->device, off + done, whole, buffer);
        if (status != STATUS_OK)
            return fail("%s: %s cannot be read back: %s", target->path, path, status_text(status));
        if (is_interrupted())
            return -1;
        digest_blocks(digest, done, part, buffer);
        progress_add(part);
        done += part;
    }
    return 0;
}

int copy_verify(const struct target *target, uint64_t off, uint64_t len, const char *path,
                const uint8_t expected[DIGEST_BYTES])
{
    auto_free uint8_t *buffer = aligned_alloc(BUFFER_ALIGN, DISK_BUFFER);
    struct digest *digest = digest_new();
    uint8_t found[DIGEST_BYTES];
    int result = buffer != NULL && digest != NULL
                     ? verify_all(target, off, len, path, digest, buffer)
                     : fail("out of memory");

    if (result == 0) {
        digest_add_number(digest, len);
        if (digest_finish(digest, found) != STATUS_OK)
            result = fail("out of memory");
        else if (memcmp(found, expected, DIGEST_BYTES) != 0)
            result = fail("%s: %s does not read back as it was written; the medium is bad",
                          target->path, path);
    }
    digest_free(digest);
    return result;
}
