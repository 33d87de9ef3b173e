/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies planned files, from this machine's files or from memory. */
#include "tools/mkhiperiso/image_write.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/report.h"

int image_write_file(struct image_file *file, const struct target *target, uint64_t data_off,
                     struct digest *digest)
{
    uint64_t off = data_off + exfat_item_off(file->item);
    struct stat status;
    int result;

    if (file->source == NULL) {
        result = copy_bytes(file->bytes, file->size_bytes, file->path, target, off, digest);
    } else {
        int fd = open(file->source, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &status) < 0)
            result = fail("%s: %s", file->source, strerror(errno));
        else if ((uint64_t)status.st_size != file->size_bytes)
            result = fail("%s: its size has changed meanwhile; try again", file->source);
        else
            result = copy_file(fd, file->source, file->size_bytes, target, off, digest);
        if (fd >= 0)
            close(fd);
    }
    if (result < 0)
        return -1;
    if (digest == NULL)
        return 0;
    return digest_finish(digest, file->digest) == STATUS_OK ? 0 : fail("out of memory");
}
