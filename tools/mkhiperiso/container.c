/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the head of a disk in a container. qemu-img(1). */
#include "tools/mkhiperiso/container.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "initramfs/image_info.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"

#define HEAD_BYTES 4194304
#define HEAD_COUNT "4" /* blocks of 1 MiB */
#define INFO_MAX   ((size_t)1 << 20)

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

static int read_size(const char *description, uint64_t *ret_bytes, struct strbuf *why)
{
    const char *const argv[] = {"qemu-img",     "info",      "-U", "--output=json",
                                "--image-opts", description, NULL};
    auto_strbuf json = strbuf_with_max(INFO_MAX);

    if (process_read(argv, &json) < 0) {
        strbuf_append(why, "qemu-img cannot look into it");
        return -1;
    }
    return image_info_check(strbuf_text(&json), json.len, ret_bytes, why) == STATUS_OK ? 0 : -1;
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

static int extract(const char *description, struct head *head, struct strbuf *why)
{
    char path[] = "/tmp/mkhiperiso-XXXXXX", to[64];
    auto_strbuf from = STRBUF_INIT, output = strbuf_with_max(INFO_MAX);
    int fd = mkstemp(path), result = -1;

    strbuf_printf(&from, "if=%s", description);
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
        result = process_read(argv, &output);
        if (result == 0)
            result = read_file(path, head);
    }
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    if (result < 0)
        strbuf_append(why, "its first sectors cannot be read");
    return result;
}

int container_inspect(const struct source_file *file, const char *format, struct bootable *boot,
                      struct strbuf *why)
{
    auto_strbuf description = STRBUF_INIT;
    auto_free uint8_t *bytes = malloc(HEAD_BYTES);
    struct head head = {.bytes = bytes};
    struct bootable inside;
    uint64_t disk_bytes;

    enum status status = bytes != NULL ? describe(file, format, &description) : STATUS_NO_MEMORY;
    if (status != STATUS_OK) {
        strbuf_append(why, status == STATUS_UNSUPPORTED
                               ? "it lies in pieces on the stick, so that only /init looks into it"
                               : status_text(status));
        return -1;
    }
    if (read_size(strbuf_text(&description), &disk_bytes, why) < 0 ||
        extract(strbuf_text(&description), &head, why) < 0)
        return -1;
    const struct blockdev device = {
        .read = read_head, .context = &head, .size_bytes = disk_bytes, .block_bytes = 512};
    status = bootable_inspect(&device, "x.raw", &inside);
    if (status != STATUS_OK) {
        strbuf_append(why, status_text(status));
        return -1;
    }
    boot->bios = inside.bios;
    boot->uefi = inside.uefi;
    memcpy(boot->label, inside.label, sizeof(boot->label));
    return 0;
}
