/* SPDX-License-Identifier: BSD-2-Clause */
/* Images: whole, bootable, and with the right checksum? */
#include "tools/mkhiperiso/image_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "efi/core/fs/bootable.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/sums.h"
#include "tools/mkhiperiso/target.h"

#define SUMS_MAX     ((size_t)1 << 20) /* bytes of a list of sums */
#define BUFFER_BYTES ((size_t)1 << 20)

/* What the menu lists. */
static const char *const image_endings[] = {".iso", ".img",  ".raw", ".qcow2",
                                            ".vhd", ".vhdx", ".vmdk"};

bool image_has_name(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < ARRAY_SIZE(image_endings); i++) {
        size_t ending = strlen(image_endings[i]);
        if (len > ending && strcasecmp(name + len - ending, image_endings[i]) == 0)
            return true;
    }
    return false;
}

int image_sha256(const char *path, uint8_t ret_sum[DIGEST_BYTES])
{
    auto_free uint8_t *buffer = malloc(BUFFER_BYTES);
    struct digest *digest = digest_new();
    int result = buffer != NULL && digest != NULL ? 0 : fail("out of memory");
    int fd = result == 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (result == 0 && fd < 0)
        result = fail("%s: %s", path, strerror(errno));
    while (result == 0) {
        ssize_t len = read(fd, buffer, BUFFER_BYTES);
        if (is_interrupted())
            result = -1;
        else if (len < 0 && errno != EINTR)
            result = fail("%s: cannot be read: %s", path, strerror(errno));
        else if (len == 0)
            break;
        else if (len > 0)
            digest_add(digest, buffer, (size_t)len);
    }
    if (fd >= 0)
        close(fd);
    if (result == 0 && digest_finish(digest, ret_sum) != STATUS_OK)
        result = fail("out of memory");
    digest_free(digest);
    return result;
}

/* The text of PATH, NULL when there is none of a sensible size. */
static char *read_sums(const char *path)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    char *text = NULL;

    if (fd >= 0 && fstat(fd, &about) == 0 && S_ISREG(about.st_mode) &&
        (uint64_t)about.st_size <= SUMS_MAX)
        text = calloc(1, (size_t)about.st_size + 1);
    if (text != NULL && read(fd, text, (size_t)about.st_size) < 0) {
        free(text);
        text = NULL;
    }
    if (fd >= 0)
        close(fd);
    return text;
}

/* Compares FILE with what the list at PATH says; 0 also when that says nothing. */
static int check_sums(const char *file, const char *name, const char *path)
{
    uint8_t expected[DIGEST_BYTES], found[DIGEST_BYTES];
    auto_free char *text = read_sums(path);

    if (text == NULL || sums_find(text, name, expected) != STATUS_OK)
        return 0;
    if (image_sha256(file, found) < 0)
        return -1;
    return memcmp(expected, found, DIGEST_BYTES) == 0
               ? 0
               : fail("%s: its SHA-256 is not the one in %s; download it again", file, path);
}

static int check_beside(const char *file)
{
    const char *slash = strrchr(file, '/'), *name = slash != NULL ? slash + 1 : file;
    auto_free char *list = NULL, *own = NULL;

    if (asprintf(&list, "%.*sSHA256SUMS", (int)(name - file), file) < 0 ||
        asprintf(&own, "%s.sha256", file) < 0)
        return fail("out of memory");
    return check_sums(file, name, list) < 0 ? -1 : check_sums(file, name, own);
}

int image_check(const char *file)
{
    auto_target target = TARGET_CLOSED;
    struct bootable about;

    if (target_open(&target, file) < 0)
        return -1;
    enum status status = bootable_inspect(&target.device, file, &about);
    if (status != STATUS_OK)
        return fail("%s: %s", file, status_text(status));
    if (about.is_truncated)
        return fail("%s: is cut short: it has %llu bytes of %llu; download it again", file,
                    (unsigned long long)target.device.size_bytes,
                    (unsigned long long)about.stated_bytes);
    bool is_plain = about.kind == IMAGE_UNKNOWN || about.kind == IMAGE_ISO ||
                    about.kind == IMAGE_DISK; /* the others are containers */
    if (is_plain && !about.bios && !about.uefi)
        warn("%s: nothing in it can be started", file);
    return check_beside(file);
}
