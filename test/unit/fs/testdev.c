/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices for tests. */
#include "test/unit/fs/testdev.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned long alloc_fail_at, alloc_count;

/* The linker sends the allocations of the code under test here (--wrap). */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
    return ++alloc_count == alloc_fail_at ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return ++alloc_count == alloc_fail_at ? NULL : __real_calloc(count, size);
}

static enum status testdev_read(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct testdev *dev = context;

    if (++dev->reads == dev->fail_read)
        return STATUS_IO;
    if (off > dev->size_bytes || len > dev->size_bytes - off)
        abort(); /* blockdev_read() has to check */
    memcpy(ret_bytes, dev->bytes + dev->window_off + off, len);
    return STATUS_OK;
}

static void set_device(struct testdev *dev, uint64_t off)
{
    dev->window_off = (size_t)off;
    dev->size_bytes -= (size_t)off;
    dev->device = (struct blockdev){
        .read = testdev_read, .context = dev, .size_bytes = dev->size_bytes, .block_bytes = 512};
}

static int open_file(const char *name)
{
    const char *folder = getenv("HIPERISO_TEST_IMAGES");
    char path[4096];

    if (folder == NULL || snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
        return -1;
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool testdev_open(struct testdev *dev, const char *name, uint64_t off)
{
    struct stat info;
    int fd = open_file(name);

    *dev = (struct testdev){0};
    if (fd < 0 || fstat(fd, &info) != 0 || (uint64_t)info.st_size < off) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    dev->size_bytes = (size_t)info.st_size;
    dev->bytes =
        mmap(NULL, dev->size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
    close(fd);
    if (dev->bytes == MAP_FAILED)
        abort();
    set_device(dev, off);
    return true;
}

void testdev_new(struct testdev *dev, size_t size)
{
    *dev = (struct testdev){.size_bytes = size};
    dev->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (dev->bytes == MAP_FAILED)
        abort();
    set_device(dev, 0);
}

void testdev_close(struct testdev *dev)
{
    if (dev->bytes != NULL)
        munmap(dev->bytes, dev->size_bytes + dev->window_off);
    *dev = (struct testdev){0};
}

unsigned expected_each(const char *file, const char *kind,
                       void (*check)(const struct expected *, void *), void *context)
{
    int fd = open_file(file);
    FILE *lines = fd < 0 ? NULL : fdopen(fd, "r");
    char line[8192];
    unsigned count = 0;

    while (lines != NULL && fgets(line, sizeof(line), lines) != NULL) {
        struct expected expected = {0};
        char *rest = line, *field;
        line[strcspn(line, "\n")] = '\0';
        while (expected.count < EXPECTED_FIELDS_MAX && (field = strsep(&rest, "\t")) != NULL)
            expected.fields[expected.count++] = field;
        if (kind != NULL && strcmp(expected.fields[0], kind) != 0)
            continue;
        check(&expected, context);
        count++;
    }
    if (lines != NULL)
        fclose(lines);
    return count;
}

static void print_skip(const struct expected *expected, void *context)
{
    (void)context;
    fprintf(stderr, "SKIPPED %s: %s\n", expected->fields[1],
            expected->count > 2 ? expected->fields[2] : "");
}

bool images_are_made(void)
{
    int fd = open_file("expected");

    if (fd < 0) {
        fprintf(
            stderr,
            "$HIPERISO_TEST_IMAGES/expected is missing: run make-images, or the test by meson\n");
        return false;
    }
    close(fd);
    unsigned count = expected_each("expected", "skip", print_skip, NULL);
    fprintf(stderr, "%u kinds of images skipped\n", count);
    return true;
}
