/* SPDX-License-Identifier: BSD-2-Clause */
/* Temporary files without names. */
#include "tools/mkhiperiso/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"

/* O_TMPFILE, or on a file system without it a file whose name is removed at once. */
static int open_in(const char *folder)
{
    auto_free char *path = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd >= 0 || asprintf(&path, "%s/mkhiperiso.XXXXXX", folder) < 0)
        return fd;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

int scratch_open(struct scratch *scratch, uint64_t size_bytes)
{
    const char *folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp"};
    int fd = -1;

    for (size_t i = 0; i < ARRAY_SIZE(folders) && fd < 0; i++)
        if (folders[i] != NULL && *folders[i] != '\0')
            fd = open_in(folders[i]);
    if (fd < 0 || ftruncate(fd, (off_t)size_bytes) < 0) {
        fail("no temporary file can be made: %s; set TMPDIR to a folder with room",
             strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    target_adopt(&scratch->target, fd, "a temporary file", size_bytes);
    return 0;
}

int scratch_put(struct scratch *scratch, const void *bytes, size_t len)
{
    const char *b = bytes;

    while (len > 0) {
        ssize_t part = write(scratch->target.fd, b, len);
        if (part < 0 && errno == EINTR)
            continue;
        if (part <= 0)
            return fail("a temporary file cannot be written: %s", strerror(errno));
        b += part;
        len -= (size_t)part;
    }
    return 0;
}

void scratch_path(const struct scratch *scratch, char ret_path[SCRATCH_PATH_BYTES])
{
    snprintf(ret_path, SCRATCH_PATH_BYTES, "/proc/%d/fd/%d", (int)getpid(), scratch->target.fd);
}

void scratch_close(struct scratch *scratch)
{
    target_close(&scratch->target);
}
