/* SPDX-License-Identifier: BSD-2-Clause */
/* Image files as devices: sparse, and invisible under their name until they are complete. Disks as
 * devices: claimed, large pieces past the page cache. */
#include "tools/mkhiperiso/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/zero.h"

#define SECTOR_BYTES     512u
#define SECTOR_BYTES_MAX 4096u
#define HOLE_BYTES       ((size_t)4096) /* what file systems can leave out */
#define DIRECT_ALIGN     4096u          /* fits every disk's sectors and every machine's DMA */
#define ZERO_BYTES       ((size_t)1 << 20)
#define REREAD_TRIES     25 /* udev looks at new partitions for a while */
#define REREAD_WAIT_MS   200

static bool is_direct(const struct target *target, uint64_t off, size_t len, const void *bytes)
{
    return target->direct_fd >= 0 && off % DIRECT_ALIGN == 0 && len % DIRECT_ALIGN == 0 &&
           (uintptr_t)bytes % DIRECT_ALIGN == 0;
}

static enum status read_at(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct target *target = context;
    uint8_t *bytes = ret_bytes;
    int fd = is_direct(target, off, len, bytes) ? target->direct_fd : target->fd;

    while (len > 0) {
        ssize_t part = pread(fd, bytes, len, (off_t)off);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return STATUS_IO;
        bytes += part;
        off += (uint64_t)part;
        len -= (size_t)part;
    }
    return STATUS_OK;
}

static enum status write_run(const struct target *target, uint64_t off, size_t len,
                             const uint8_t *bytes)
{
    int fd = is_direct(target, off, len, bytes) ? target->direct_fd : target->fd;

    while (len > 0) {
        ssize_t part = pwrite(fd, bytes, len, (off_t)off);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
        bytes += part;
        off += (uint64_t)part;
        len -= (size_t)part;
    }
    return STATUS_OK;
}

/* How much of LEN bytes from OFF on lies in one hole-sized block. */
static size_t block_part(uint64_t off, size_t len)
{
    size_t part = HOLE_BYTES - (size_t)(off % HOLE_BYTES);
    return part < len ? part : len;
}

/* Would LEN bytes at OFF touch what is to be kept? */
static bool is_kept(const struct target *target, uint64_t off, uint64_t len)
{
    return target->keep_bytes > 0 && off < target->keep_off + target->keep_bytes &&
           off + len > target->keep_off;
}

static enum status write_at(void *context, uint64_t off, size_t len, const void *bytes)
{
    const struct target *target = context;
    const uint8_t *b = bytes;

    if (is_kept(target, off, len))
        return STATUS_INVALID;
    if (!target->is_blank)
        return write_run(target, off, len, b);
    while (len > 0) {
        size_t zeros = 0, data = 0;
        while (zeros < len && is_zero(b + zeros, block_part(off + zeros, len - zeros)))
            zeros += block_part(off + zeros, len - zeros);
        off += zeros;
        b += zeros;
        len -= zeros;
        while (data < len && !is_zero(b + data, block_part(off + data, len - data)))
            data += block_part(off + data, len - data);
        enum status status = write_run(target, off, data, b);
        if (status != STATUS_OK)
            return status;
        off += data;
        b += data;
        len -= data;
    }
    return STATUS_OK;
}

static void set_device(struct target *target, uint64_t size_bytes, bool is_writable)
{
    int sector = 0;

    if (ioctl(target->fd, BLKSSZGET, &sector) < 0 || sector < (int)SECTOR_BYTES ||
        sector > (int)SECTOR_BYTES_MAX)
        sector = SECTOR_BYTES;
    target->device = (struct blockdev){
        .read = read_at,
        .write = is_writable ? write_at : NULL,
        .context = target,
        .size_bytes = size_bytes,
        .block_bytes = (uint32_t)sector,
    };
}

/* "DIR/.NAME.XXXXXX" for "DIR/NAME", a new text. */
static char *temp_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    int folder_len = slash != NULL ? (int)(slash + 1 - path) : 0;
    char *name = NULL;

    /* A name of 255 bytes has no room for more: the temporary one is cut. */
    if (asprintf(&name, "%.*s.%.200s.XXXXXX", folder_len, path, path + folder_len) < 0)
        return NULL;
    return name;
}

char *target_real_path(const char *path)
{
    struct stat status;
    char *real = NULL;

    if (lstat(path, &status) < 0 || !S_ISLNK(status.st_mode))
        real = strdup(path);
    else if ((real = realpath(path, NULL)) == NULL && errno != ENOMEM)
        fail("%s: is a symbolic link that leads nowhere (%s); name the file itself", path,
             strerror(errno));
    if (real == NULL && errno == ENOMEM)
        fail("out of memory");
    return real;
}

int target_create(struct target *target, const char *path, uint64_t size_bytes, bool replace)
{
    struct stat status;

    *target = TARGET_CLOSED;
    target->path = path;
    if (stat(path, &status) == 0) {
        if (!S_ISREG(status.st_mode))
            return fail("%s: is no ordinary file; image writes disk images only", path);
        if (!replace)
            return fail("%s: exists already; --force replaces it", path);
    } else if (errno != ENOENT) {
        return fail("%s: %s", path, strerror(errno));
    }
    target->real_path = target_real_path(path);
    if (target->real_path == NULL)
        return -1;
    target->temp_path = temp_name(target->real_path);
    if (target->temp_path != NULL)
        target->fd = mkostemp(target->temp_path, O_CLOEXEC);
    if (target->fd < 0) {
        fail("%s: no new file can be made beside it: %s", path, strerror(errno));
        free(target->temp_path);
        target->temp_path = NULL;
        target_close(target);
        return -1;
    }
    if (ftruncate(target->fd, (off_t)size_bytes) < 0) {
        fail("%s: cannot be made %llu bytes long: %s", path, (unsigned long long)size_bytes,
             strerror(errno));
        target_close(target);
        return -1;
    }
    target->is_blank = true;
    set_device(target, size_bytes, true);
    return 0;
}

void target_adopt(struct target *target, int fd, const char *path, uint64_t size_bytes)
{
    *target = TARGET_CLOSED;
    target->fd = fd;
    target->path = path;
    target->is_blank = true;
    set_device(target, size_bytes, true);
}

/* Opens PATH with FLAGS; what has no size is refused. */
static int open_existing(struct target *target, const char *path, int flags)
{
    struct stat status;

    *target = TARGET_CLOSED;
    target->path = path;
    target->fd = open(path, flags | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */
    if (target->fd < 0)
        return fail("%s: %s", path,
                    errno == EBUSY ? "is in use by something that holds it for itself"
                                   : strerror(errno));
    if (fstat(target->fd, &status) < 0 || S_ISFIFO(status.st_mode) || S_ISDIR(status.st_mode)) {
        fail("%s: is neither a file nor a disk", path);
        target_close(target);
        return -1;
    }
    off_t size = lseek(target->fd, 0, SEEK_END); /* works for block devices, too */
    if (size < 0) {
        fail("%s: has no size; name a disk image", path);
        target_close(target);
        return -1;
    }
    set_device(target, (uint64_t)size, (flags & O_ACCMODE) == O_RDWR);
    return 0;
}

int target_open(struct target *target, const char *path)
{
    return open_existing(target, path, O_RDONLY);
}

enum status target_open_quietly(struct target *target, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;

    *target = TARGET_CLOSED;
    if (size < 0) {
        if (fd >= 0)
            close(fd);
        return STATUS_IO;
    }
    target->fd = fd;
    target->path = path;
    set_device(target, (uint64_t)size, false);
    return STATUS_OK;
}

bool target_is_disk(const struct target *target)
{
    struct stat status;

    return fstat(target->fd, &status) == 0 && S_ISBLK(status.st_mode);
}

int target_open_writable(struct target *target, const char *path)
{
    struct stat status;
    char self[64];
    bool is_disk = stat(path, &status) == 0 && S_ISBLK(status.st_mode);

    if (open_existing(target, path, O_RDWR | (is_disk ? O_EXCL : 0)) < 0)
        return -1;
    if (!target_is_disk(target)) {
        if (flock(target->fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
            return 0;
        target_close(target);
        return fail("%s: is being changed by another mkhiperiso; wait for it", path);
    }
    /* The same disk, whatever the name means by now. */
    snprintf(self, sizeof(self), "/proc/self/fd/%d", target->fd);
    target->direct_fd = open(self, O_RDWR | O_DIRECT | O_CLOEXEC);
    return 0; /* without it everything goes through the page cache */
}

static enum status write_zeros(const struct target *target, uint64_t off, uint64_t len)
{
    auto_free uint8_t *zeros = aligned_alloc(DIRECT_ALIGN, ZERO_BYTES);
    enum status status = STATUS_OK;

    if (zeros == NULL)
        return STATUS_NO_MEMORY;
    memset(zeros, 0, ZERO_BYTES);
    while (len > 0 && status == STATUS_OK) {
        size_t part = len < ZERO_BYTES ? (size_t)len : ZERO_BYTES;
        status = write_run(target, off, part, zeros);
        off += part;
        len -= part;
    }
    return status;
}

enum status target_zero(const struct target *target, uint64_t off, uint64_t len)
{
    if (len > target->device.size_bytes || off > target->device.size_bytes - len ||
        is_kept(target, off, len))
        return STATUS_INVALID;
    if (len == 0)
        return STATUS_OK;
    uint32_t unit = target->device.block_bytes;
    uint64_t start = (off + unit - 1) / unit * unit, end = (off + len) / unit * unit;
    if (start >= end)
        return write_zeros(target, off, len);
    uint64_t range[2] = {start, end - start};
    /* The kernel promises zeros behind a hole, unlike behind BLKDISCARD. */
    if (fallocate(target->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start,
                  (off_t)(end - start)) < 0 &&
        (!target_is_disk(target) || ioctl(target->fd, BLKZEROOUT, range) < 0))
        return write_zeros(target, off, len);
    enum status status = start > off ? write_zeros(target, off, start - off) : STATUS_OK;
    if (status == STATUS_OK && off + len > end)
        status = write_zeros(target, end, off + len - end);
    return status;
}

int target_sync(const struct target *target)
{
    if (fsync(target->fd) < 0)
        return fail("%s: what was written did not reach it: %s", target->path, strerror(errno));
    posix_fadvise(target->fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}

int target_reread_partitions(const struct target *target)
{
    const struct timespec wait = {.tv_nsec = REREAD_WAIT_MS * 1000000L};
    int result = -1;

    if (!target_is_disk(target))
        return 0;
    for (int i = 0; i < REREAD_TRIES && (result = ioctl(target->fd, BLKRRPART)) < 0; i++) {
        if (errno == EINVAL) /* a device that has no partitions by itself, as device-mapper's */
            return 0;
        if (errno != EBUSY)
            break;
        nanosleep(&wait, NULL);
    }
    return result == 0 ? 0
                       : fail("%s: the kernel keeps the old partition table (%s); unplug the disk "
                              "and plug it in again",
                              target->path, strerror(errno));
}

uint64_t target_share(const struct target *target, int fd, uint64_t start, uint64_t off,
                      uint64_t len)
{
    struct statvfs volume;

    if (fstatvfs(target->fd, &volume) < 0 || volume.f_bsize == 0 || off % volume.f_bsize != 0 ||
        start % volume.f_bsize != 0 || is_kept(target, off, len))
        return 0;
    struct file_clone_range range = {
        .src_fd = fd,
        .src_offset = start,
        .src_length = len - len % volume.f_bsize, /* 0 would mean: up to the end */
        .dest_offset = off,
    };
    if (range.src_length == 0 || ioctl(target->fd, FICLONERANGE, &range) < 0)
        return 0;
    return range.src_length;
}

void target_push(const struct target *target, uint64_t off, uint64_t len)
{
    /* A hint: what it does not do the fsync() at the end does. */
    (void)sync_file_range(target->fd, (off_t)off, (off_t)len, SYNC_FILE_RANGE_WRITE);
}

int target_commit(struct target *target)
{
    mode_t mask = umask(0);

    umask(mask);
    if (fchmod(target->fd, 0666 & ~mask) < 0 || fsync(target->fd) < 0)
        return fail("%s: cannot be completed: %s", target->path, strerror(errno));
    if (rename(target->temp_path, target->real_path) < 0)
        return fail("%s: cannot be given its name: %s", target->path, strerror(errno));
    free(target->temp_path);
    target->temp_path = NULL;
    return 0;
}

void target_close(struct target *target)
{
    if (target->direct_fd >= 0)
        close(target->direct_fd);
    target->direct_fd = -1;
    if (target->fd >= 0)
        close(target->fd);
    target->fd = -1;
    if (target->temp_path != NULL)
        unlink(target->temp_path);
    free(target->temp_path);
    target->temp_path = NULL;
    free(target->real_path);
    target->real_path = NULL;
}
