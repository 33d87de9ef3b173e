/* SPDX-License-Identifier: BSD-2-Clause */
/* Small helpers over system calls. */
#include "initramfs/hosted.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/clock.h"

void hosted_close(int fd)
{
    int saved = errno;
    close(fd);
    errno = saved;
}

ssize_t hosted_read(int fd, void *ret_bytes, size_t size)
{
    ssize_t got;
    do
        got = read(fd, ret_bytes, size);
    while (got < 0 && errno == EINTR);
    return got < 0 ? -errno : got;
}

int hosted_read_file(const char *path, struct strbuf *text)
{
    auto_close fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    for (;;) {
        char piece[4096];
        ssize_t got = hosted_read(fd, piece, sizeof(piece));
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        strbuf_append_bytes(text, piece, (size_t)got);
        if (strbuf_status(text) != STATUS_OK)
            break;
    }
    switch (strbuf_status(text)) {
    case STATUS_OK:
        return 0;
    case STATUS_TOO_LARGE:
        return -EFBIG;
    default:
        return -ENOMEM;
    }
}

int hosted_read_number(const char *path, uint64_t *ret_number)
{
    auto_strbuf text = strbuf_with_max(4096);
    int r = hosted_read_file(path, &text);
    if (r < 0)
        return r;
    uint64_t number = 0;
    const char *p = strbuf_text(&text);
    if (*p < '0' || *p > '9')
        return -EINVAL;
    for (; *p >= '0' && *p <= '9'; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return -ERANGE;
        number = number * 10 + digit;
    }
    *ret_number = number;
    return 0;
}

int hosted_write_all(int fd, const void *bytes, size_t len)
{
    const char *p = bytes;
    while (len > 0) {
        ssize_t done = write(fd, p, len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        p += done;
        len -= (size_t)done;
    }
    return 0;
}

int hosted_write_file(const char *path, const void *bytes, size_t len)
{
    auto_close fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    ssize_t done = write(fd, bytes, len);
    if (done < 0)
        return -errno;
    return (size_t)done == len ? 0 : -EIO;
}

int hosted_make_folders(const char *path, unsigned mode)
{
    char part[PATH_MAX];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof(part))
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= len; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, mode) < 0 && errno != EEXIST)
            return -errno;
    }
    struct stat st;
    if (stat(path, &st) < 0)
        return -errno;
    return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int hosted_copy_file(const char *from, const char *to)
{
    char temporary[PATH_MAX];
    int len = snprintf(temporary, sizeof(temporary), "%s.tmp", to);
    if (len < 0 || (size_t)len >= sizeof(temporary))
        return -ENAMETOOLONG;
    auto_close in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return -errno;
    auto_close out = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return -errno;
    for (;;) {
        char piece[16384];
        ssize_t got = hosted_read(in, piece, sizeof(piece));
        if (got < 0)
            return (int)got;
        if (got == 0)
            break;
        int r = hosted_write_all(out, piece, (size_t)got);
        if (r < 0)
            return r;
    }
    if (fdatasync(out) < 0 || rename(temporary, to) < 0)
        return -errno;
    return 0;
}

bool hosted_wait_pidfd(int pidfd, int timeout_ms)
{
    uint64_t until = clock_mono_ms() + (uint64_t)timeout_ms;
    for (;;) {
        uint64_t now = clock_mono_ms();
        struct pollfd p = {.fd = pidfd, .events = POLLIN};
        int r = poll(&p, 1, now >= until ? 0 : (int)(until - now));
        if (r > 0)
            return true;
        if (r == 0 && now >= until)
            return false;
        if (r < 0 && errno != EINTR)
            return false;
    }
}
