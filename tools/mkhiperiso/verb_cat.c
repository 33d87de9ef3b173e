/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso cat: a file of the data partition to stdout. */
#include "tools/mkhiperiso/verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/volume.h"

#define BUFFER_BYTES ((size_t)1 << 20)

static int write_all(const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t part = write(STDOUT_FILENO, bytes, len);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return fail("stdout: %s", strerror(errno));
        bytes += part;
        len -= (size_t)part;
    }
    return 0;
}

static int copy_out(struct exfat *fs, const char *path)
{
    struct exfat_node node;
    struct exfat_position position = {0};
    auto_free uint8_t *buffer = malloc(BUFFER_BYTES);

    if (buffer == NULL)
        return fail("out of memory");
    enum status status = exfat_lookup(fs, path, &node);
    if (status != STATUS_OK)
        return fail("%s: %s", path, status_text(status));
    if ((node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
        return fail("%s: is a folder; ls lists it", path);
    for (uint64_t off = 0; off < node.size_bytes;) {
        size_t len;
        status = exfat_read(fs, &node, &position, off, BUFFER_BYTES, buffer, &len);
        if (status != STATUS_OK || len == 0)
            return fail("%s: cannot be read at byte %llu: %s", path, (unsigned long long)off,
                        status_text(status));
        if (write_all(buffer, len) < 0)
            return -1;
        off += len;
    }
    return 0;
}

static int run_cat(const struct options *options)
{
    auto_target target = TARGET_CLOSED;
    struct volume volume;
    int result = 0;

    if (target_open(&target, options->operands[0]) < 0 || volume_open(&target, &volume) < 0)
        return EXIT_CODE_FAILED;
    for (size_t i = 1; i < options->operand_count && result == 0; i++)
        result = copy_out(volume.fs, options->operands[i]);
    volume_close(&volume);
    return result == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
}

const struct verb verb_cat = {
    .name = "cat",
    .operands = "IMG PATH...",
    .summary = "write files of the data partition to stdout",
    .description =
        "Writes the files at PATH on IMG's data partition to stdout, one after the other.",
    .operands_min = 2,
    .operands_max = SIZE_MAX,
    .run = run_cat,
};
