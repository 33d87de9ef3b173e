/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the head of a disk in a container. qemu-img(1). */
#include "tools/mkhiperiso/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/guest_plan.h"
#include "initramfs/image_head.h"
#include "initramfs/image_info.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"

#define HEAD_BYTES 4194304
#define HEAD_COUNT "4" /* blocks of 1 MiB */
#define INFO_MAX   ((size_t)1 << 20)

/* What qemu-img is asked about: its own name for the image, and the user's. */
struct subject {
    const char *description, *path;
};

/* The first bytes of a disk; behind them zeros. */
struct head {
    uint8_t *bytes;
    size_t len;
};

static enum status read_head(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    const struct head *head = context;
    size_t part = off < head->len ? head->len - (size_t)off : 0;

    if (part > len)
        part = len;
    memset(ret_bytes, 0, len);
    if (part > 0)
        memcpy(ret_bytes, head->bytes + off, part);
    return STATUS_OK;
}

/* How qemu-img is told where the container's bytes are. */
static enum status describe(const struct source_file *file, const char *format, struct strbuf *b)
{
    struct exfat_position position = {0};
    const struct target *target = &file->target;
    uint64_t off, len;

    if (file->fs == NULL) {
        strbuf_printf(b, "driver=%s,file.driver=file,file.filename=/proc/%d/fd/%d", format,
                      (int)getpid(), target->fd);
        return strbuf_status(b);
    }
    enum status status = exfat_extent(file->fs, &file->node, &position, 0, &off, &len);
    if (status != STATUS_OK)
        return status;
    if (len < file->node.size_bytes)
        return STATUS_UNSUPPORTED;
    strbuf_printf(b,
                  "driver=%s,file.driver=raw,file.offset=%llu,file.size=%llu,file.file.driver=file,"
                  "file.file.filename=/proc/%d/fd/%d",
                  format, (unsigned long long)(file->volume_off + off),
                  (unsigned long long)file->node.size_bytes, (int)getpid(), file->volume_fd);
    return strbuf_status(b);
}

/* What qemu-img says of a failure, with the image's path where it names its own description. */
static void quote(const char *output, const struct subject *subject, struct strbuf *why)
{
    const size_t len = strlen(subject->description);
    const char *end = output + strcspn(output, "\n");

    while (output < end) {
        if (len > 0 && (size_t)(end - output) >= len &&
            memcmp(output, subject->description, len) == 0) {
            strbuf_printf(why, "%s%s", GUEST_DATA, subject->path);
            output += len;
        } else {
            strbuf_append_char(why, *output++);
        }
    }
}

static enum container_result run(const char *const argv[], const struct subject *subject,
                                 struct strbuf *output, struct strbuf *why)
{
    switch (process_try(argv, output)) {
    case PROCESS_DONE:
        return CONTAINER_FINE;
    case PROCESS_MISSING:
        strbuf_printf(why, "%s, which looks into it, is not installed: apt-get install %s", argv[0],
                      process_package(argv[0]));
        return CONTAINER_UNKNOWN;
    case PROCESS_FAILED:
        quote(strbuf_text(output), subject, why);
        return CONTAINER_REFUSED;
    default:
        strbuf_printf(why, "%s could not look into it", argv[0]);
        return CONTAINER_UNKNOWN;
    }
}

static enum container_result read_size(const struct subject *subject, uint64_t *ret_bytes,
                                       struct strbuf *why)
{
    const char *const argv[] = {"qemu-img",           "info", "-U", "--output=json", "--image-opts",
                                subject->description, NULL};
    auto_strbuf json = strbuf_with_max(INFO_MAX);

    enum container_result result = run(argv, subject, &json, why);
    if (result != CONTAINER_FINE)
        return result;
    return image_info_check(strbuf_text(&json), json.len, ret_bytes, why) == STATUS_OK
               ? CONTAINER_FINE
               : CONTAINER_REFUSED;
}

static int read_file(const char *path, struct head *head)
{
    FILE *stream = fopen(path, "rb");

    if (stream == NULL)
        return -1;
    head->len = fread(head->bytes, 1, HEAD_BYTES, stream);
    int result = ferror(stream) != 0 ? -1 : 0;
    fclose(stream);
    return result;
}

static enum container_result extract(const struct subject *subject, struct head *head,
                                     struct strbuf *why)
{
    char path[] = "/tmp/mkhiperiso-XXXXXX", to[64];
    auto_strbuf from = STRBUF_INIT, output = strbuf_with_max(INFO_MAX);
    const size_t said = why->len;
    int fd = mkstemp(path);
    enum container_result result = CONTAINER_UNKNOWN;

    strbuf_printf(&from, "if=%s", subject->description);
    if (fd >= 0 && strbuf_status(&from) == STATUS_OK) {
        snprintf(to, sizeof(to), "of=%s", path);
        const char *const argv[] = {"qemu-img",
                                    "dd",
                                    "-U",
                                    "--image-opts",
                                    "-O",
                                    "raw",
                                    "bs=1M",
                                    "count=" HEAD_COUNT,
                                    strbuf_text(&from),
                                    to,
                                    NULL};
        result = run(argv, subject, &output, why);
        if (result == CONTAINER_FINE && read_file(path, head) < 0)
            result = CONTAINER_UNKNOWN;
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    if (result == CONTAINER_UNKNOWN && why->len == said)
        strbuf_append(why, "its first sectors cannot be read by way of /tmp");
    return result;
}

static enum container_result look_inside(const struct subject *subject, struct head *head,
                                         struct bootable *boot, struct strbuf *why)
{
    struct bootable inside;
    uint64_t disk_bytes;

    enum container_result result = read_size(subject, &disk_bytes, why);
    if (result == CONTAINER_FINE)
        result = extract(subject, head, why);
    if (result != CONTAINER_FINE)
        return result;
    const struct blockdev device = {
        .read = read_head, .context = head, .size_bytes = disk_bytes, .block_bytes = 512};
    enum status status = bootable_inspect(&device, "x.raw", &inside);
    if (status != STATUS_OK) {
        strbuf_append(why, status_text(status));
        return CONTAINER_UNKNOWN;
    }
    boot->bios = inside.bios;
    boot->uefi = inside.uefi;
    memcpy(boot->label, inside.label, sizeof(boot->label));
    return CONTAINER_FINE;
}

enum container_result container_inspect(const struct source_file *file, enum image_kind kind,
                                        const char *path, struct bootable *boot, struct strbuf *why)
{
    auto_strbuf description = STRBUF_INIT;

    strbuf_printf(why, "%s: ", path + 1);
    enum status status = image_head_check(&file->device, kind, why);
    if (status == STATUS_UNSUPPORTED || status == STATUS_CORRUPT)
        return CONTAINER_REFUSED;
    auto_free uint8_t *bytes = malloc(HEAD_BYTES);
    struct head head = {.bytes = bytes};
    if (status == STATUS_OK)
        status = bytes != NULL ? describe(file, guest_image_format(kind), &description)
                               : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        strbuf_append(why, status == STATUS_UNSUPPORTED
                               ? "it lies in pieces on the stick, so that only /init looks into it"
                               : status_text(status));
        return CONTAINER_UNKNOWN;
    }
    const struct subject subject = {strbuf_text(&description), path};
    return look_inside(&subject, &head, boot, why);
}
