/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a file or device node at any offset. */
#include "initramfs/blockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "initramfs/hosted.h"

static enum status read_file(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct blockfile *file = context;
    char *to = ret_bytes;
    while (len > 0) {
        if (off >= file->readable_bytes) {
            memset(to, 0, len);
            return STATUS_OK;
        }
        size_t run = len;
        if (run > file->readable_bytes - off)
            run = (size_t)(file->readable_bytes - off);
        ssize_t got = pread(file->fd, to, run, (off_t)off);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return STATUS_IO;
        to += got;
        off += (uint64_t)got;
        len -= (size_t)got;
    }
    return STATUS_OK;
}

int blockfile_open(struct blockfile *file, const char *path, uint64_t size_bytes,
                   uint32_t block_bytes)
{
    auto_close fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return -errno;
    if (size_bytes == 0)
        size_bytes = (uint64_t)end;
    *file = (struct blockfile){
        .fd = take_fd(&fd),
        .readable_bytes = (uint64_t)end,
        .device = {.read = read_file, .size_bytes = size_bytes, .block_bytes = block_bytes},
    };
    file->device.context = file;
    return 0;
}

void blockfile_close(struct blockfile *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
