/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds out what kind of image a file is, what it boots on and whether it stands alone. */
#include "initramfs/image.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "initramfs/blockfile.h"
#include "initramfs/child.h"
#include "initramfs/guest_plan.h"
#include "initramfs/hosted.h"
#include "initramfs/image_head.h"
#include "initramfs/image_info.h"
#include "initramfs/mounts.h"

#define IMAGE_READ_MS     60000
#define IMAGE_FIND_MS     30000
#define IMAGE_QEMU_IMG_MS 60000
#define IMAGE_QEMU_IMG    "/usr/bin/qemu-img"
#define IMAGE_HEAD        "/tmp/image-head.raw" /* in the runtime */
#define IMAGE_INFO_MAX    ((size_t)1 << 20)
#define IMAGE_WHY_BYTES   256

/* Shared with the process that reads: a dying stick must not stop /init. */
struct inspection {
    const char *file;    /* path to open */
    const char *name;    /* for the extension */
    uint64_t disk_bytes; /* 0: the file's */
    uint64_t file_bytes;
    enum status status;
    struct bootable boot;
    char why[IMAGE_WHY_BYTES]; /* it needs other files; "": it stands alone */
};

static void check_head(const struct blockdev *device, struct inspection *in)
{
    auto_strbuf why = strbuf_with_max(IMAGE_WHY_BYTES - 1);
    enum status status = image_head_check(device, in->boot.kind, &why);
    if (status == STATUS_UNSUPPORTED || status == STATUS_CORRUPT)
        snprintf(in->why, sizeof(in->why), "%s", strbuf_text(&why));
    else
        in->status = status;
}

static int inspect(void *context)
{
    struct inspection *in = context;
    struct blockfile file;
    int r = blockfile_open(&file, in->file, in->disk_bytes, 512);
    if (r < 0)
        return r;
    r = child_become(MOUNTS_GUEST_UID); /* what follows reads bytes that anybody may have written */
    if (r < 0)
        return r;
    in->file_bytes = file.readable_bytes;
    in->status = bootable_inspect(&file.device, in->name, &in->boot);
    if (in->status == STATUS_OK)
        check_head(&file.device, in);
    blockfile_close(&file);
    return 0;
}

static int inspect_bounded(struct inspection *in)
{
    struct inspection *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -errno;
    *shared = *in;
    int r = child_call(inspect, shared, IMAGE_READ_MS);
    *in = *shared;
    munmap(shared, sizeof(*shared));
    if (r == 0 && in->status != STATUS_OK)
        r = in->status == STATUS_NO_MEMORY ? -ENOMEM : -EIO;
    return r;
}

/* No component may lead out of the data partition. */
static bool is_plain_path(const char *path)
{
    if (path[0] != '/' || strlen(path) >= PATH_MAX - 64)
        return false;
    for (const char *p = path; p != NULL; p = strchr(p + 1, '/'))
        if (strncmp(p, "/../", 4) == 0 || strcmp(p, "/..") == 0)
            return false;
    return true;
}

static int run_qemu_img(const char *const *argv, struct strbuf *output, const char *name,
                        struct strbuf *why)
{
    auto_strbuf errors = strbuf_with_max(4096);
    const struct child_options options = {
        .argv = argv, .root = MOUNTS_RUNTIME, .uid = MOUNTS_GUEST_UID};
    int status;
    int r = child_run(&options, IMAGE_QEMU_IMG_MS, output, &errors, &status);
    if (r < 0) {
        strbuf_printf(why, "%s: %s could not look at it: %s", name, IMAGE_QEMU_IMG, strerror(-r));
        return r;
    }
    if (status == 0)
        return 0;
    strbuf_printf(why, "%s: %.*s", name, (int)strcspn(strbuf_text(&errors), "\n"),
                  strbuf_text(&errors));
    return -EUCLEAN;
}

/* The first bytes of a disk in a container, for its partition table. */
static int inspect_container(const char *inside_path, const char *name, struct image *image,
                             struct strbuf *why)
{
    const char *format = guest_image_format(image->boot.kind);
    char from[PATH_MAX + 8];
    snprintf(from, sizeof(from), "if=%s", inside_path);
    const char *const info[] = {IMAGE_QEMU_IMG, "info", "--output=json", "-f", format,
                                inside_path,    NULL};
    const char *const dd[] = {IMAGE_QEMU_IMG, "dd",      "-f", format,           "-O", "raw",
                              "bs=1M",        "count=4", from, "of=" IMAGE_HEAD, NULL};
    auto_strbuf json = strbuf_with_max(IMAGE_INFO_MAX);
    int r = run_qemu_img(info, &json, name, why);
    if (r < 0)
        return r;
    auto_strbuf problem = STRBUF_INIT;
    if (image_info_check(strbuf_text(&json), json.len, &image->disk_bytes, &problem) != STATUS_OK) {
        strbuf_printf(why, "%s: %s", name, strbuf_text(&problem));
        return -EUCLEAN;
    }
    r = run_qemu_img(dd, NULL, name, why);
    if (r < 0)
        return r;
    struct inspection in = {
        .file = MOUNTS_RUNTIME IMAGE_HEAD, .name = "x.raw", .disk_bytes = image->disk_bytes};
    r = inspect_bounded(&in);
    unlink(MOUNTS_RUNTIME IMAGE_HEAD);
    if (r < 0) {
        strbuf_printf(why, "%s: cannot read its first sectors: %s", name, strerror(-r));
        return r;
    }
    image->boot.bios = in.boot.bios;
    image->boot.uefi = in.boot.uefi;
    memcpy(image->boot.label, in.boot.label, sizeof(image->boot.label));
    return 0;
}

/* CONTEXT is the path in the data partition. */
static int find_file(void *context, struct strbuf *why)
{
    const char *path = context, *name = path + 1;
    char inside_path[PATH_MAX];
    struct stat st;
    snprintf(inside_path, sizeof(inside_path), MOUNTS_DATA "%s", path);
    if (stat(inside_path, &st) < 0) {
        int r = -errno;
        strbuf_printf(why, "%s: %s", name,
                      r == -ENOENT ? "no such image on the data partition" : strerror(-r));
        return r;
    }
    if (!S_ISREG(st.st_mode) || st.st_size == 0) {
        strbuf_printf(why, "%s: %s", name,
                      S_ISREG(st.st_mode) ? "the file is empty" : "it is no file");
        return -EINVAL;
    }
    return 0;
}

int image_inspect(const char *path, struct image *ret_image, struct strbuf *why)
{
    char inside_path[PATH_MAX];
    const char *name = path + 1;
    if (!is_plain_path(path)) {
        strbuf_printf(why, "%s is no path on the data partition", path);
        return -EINVAL;
    }
    snprintf(inside_path, sizeof(inside_path), MOUNTS_DATA "%s", path);
    int r = child_call_text(find_file, (void *)(uintptr_t)path, IMAGE_FIND_MS, why);
    if (r < 0)
        return r;
    struct inspection in = {.file = inside_path, .name = path};
    r = inspect_bounded(&in);
    if (r < 0) {
        strbuf_printf(why, "%s: cannot read it: %s; the stick may be damaged", name, strerror(-r));
        return r;
    }
    struct image image = {.boot = in.boot,
                          .file_bytes = in.file_bytes,
                          .disk_bytes = (in.file_bytes + 511) / 512 * 512};
    if (in.why[0] != '\0') { /* qemu-img must not even look at it: it would open what is named */
        strbuf_printf(why, "%s: %s", name, in.why);
        return -EUCLEAN;
    }
    if (image.boot.kind > IMAGE_DISK) {
        r = inspect_container(inside_path, name, &image, why);
        if (r < 0)
            return r;
    }
    *ret_image = image;
    return 0;
}
