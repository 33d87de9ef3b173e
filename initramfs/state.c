/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps /hiperiso/state. */
#include "initramfs/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"
#include "initramfs/names.h"

#define STATE_ENTRIES_MAX 100000
#define STATE_OVERLAY     "overlay.qcow2"
#define STATE_QEMU_IMG    "/usr/bin/qemu-img"
#define STATE_QEMU_IMG_MS 60000
#define STATE_PREPARE_MS  120000
#define STATE_DROP_MS     30000
#define STATE_DISK_MIN                                                                             \
    ((uint64_t)2 * 16 * 63 * 512) /* below two cylinders SeaBIOS reads nothing                     \
                                   */

static enum status read_owner(void *context, const char *file, struct strbuf *owner)
{
    (void)context;
    auto_strbuf path = STRBUF_INIT;
    strbuf_printf(&path, MOUNTS_DATA "%s", file);
    if (strbuf_status(&path) != STATUS_OK || hosted_read_file(strbuf_text(&path), owner) < 0)
        return STATUS_NOT_FOUND;
    return STATUS_OK;
}

int state_folder(const char *image_path, struct strbuf *ret_folder, struct strbuf *why)
{
    enum status status = names_state_folder(image_path, read_owner, NULL, ret_folder);
    if (status == STATUS_OK)
        return 0;
    if (status != STATUS_EXISTS)
        return -ENOMEM;
    strbuf_printf(why, "no free name for the state of %s in %s: delete what you do not need there",
                  image_path + 1, &LAYOUT_DATA_STATE_DIR[1]);
    return -EEXIST;
}

static int write_owner(const char *host_folder, const char *image_path)
{
    auto_strbuf file = STRBUF_INIT;
    strbuf_printf(&file, "%s/" NAMES_STATE_OWNER, host_folder);
    auto_close fd = open(strbuf_text(&file), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int r = hosted_write_all(fd, image_path, strlen(image_path));
    return r < 0 ? r : hosted_write_all(fd, "\n", 1);
}

static int prepare_vars(const struct guest_plan *plan, struct strbuf *why)
{
    auto_strbuf template = STRBUF_INIT;
    struct stat have, want;
    strbuf_printf(&template, "%s%s", MOUNTS_RUNTIME, plan->vars_template);
    if (stat(strbuf_text(&template), &want) < 0) {
        int r = -errno;
        strbuf_printf(why, "the runtime has no %s: %s; write the stick anew", plan->vars_template,
                      strerror(-r));
        return r;
    }
    /* Of another size they are of another OVMF, or cut: QEMU would refuse them. */
    if (stat(plan->vars, &have) == 0 && have.st_size == want.st_size)
        return 0;
    int r = hosted_copy_file(strbuf_text(&template), plan->vars);
    if (r < 0)
        strbuf_printf(why, "cannot write the guest's firmware variables, %s: %s", plan->vars + 1,
                      strerror(-r));
    return r;
}

static int prepare_overlay(const struct guest_plan *plan, uint64_t disk_bytes, struct strbuf *why)
{
    char size[24];
    if (disk_bytes < STATE_DISK_MIN)
        disk_bytes = STATE_DISK_MIN;
    snprintf(size, sizeof(size), "%llu", (unsigned long long)disk_bytes);
    const char *const argv[] = {STATE_QEMU_IMG, "create",      "-q", "-f",
                                "qcow2",        plan->overlay, size, NULL};
    const struct child_options options = {
        .argv = argv, .root = MOUNTS_RUNTIME, .uid = MOUNTS_GUEST_UID};
    auto_strbuf errors = strbuf_with_max(4096);
    int status;
    int r = child_run(&options, STATE_QEMU_IMG_MS, NULL, &errors, &status);
    if (r < 0)
        strbuf_printf(why, "cannot make the overlay for what the guest writes: %s", strerror(-r));
    else if (status != 0)
        strbuf_printf(why, "cannot make the overlay for what the guest writes: %.*s",
                      (int)strcspn(strbuf_text(&errors), "\n"), strbuf_text(&errors));
    return r < 0 ? r : status != 0 ? -EIO : 0;
}

struct preparation {
    const char *folder, *image_path;
    const struct guest_plan *plan;
    uint64_t disk_bytes;
};

static int prepare(void *context, struct strbuf *why)
{
    const struct preparation *p = context;
    const struct guest_plan *plan = p->plan;
    const char *folder = p->folder;
    auto_strbuf host_folder = STRBUF_INIT;
    strbuf_printf(&host_folder, "%s%s", MOUNTS_DATA, folder);
    int r = hosted_make_folders(strbuf_text(&host_folder), 0755);
    if (r == 0)
        r = write_owner(strbuf_text(&host_folder), p->image_path);
    if (r < 0) {
        strbuf_printf(why, "cannot make %s: %s", folder + 1,
                      r == -ENOSPC ? "the data partition is full, delete something" : strerror(-r));
        return r;
    }
    if (plan->vars != NULL)
        r = prepare_vars(plan, why);
    if (r == 0)
        r = mounts_runtime_writable(strbuf_text(&host_folder), why);
    if (r == 0 && plan->overlay != NULL)
        r = prepare_overlay(plan, p->disk_bytes, why);
    return r;
}

int state_prepare(const char *folder, const char *image_path, const struct guest_plan *plan,
                  uint64_t disk_bytes, struct strbuf *why)
{
    struct preparation p = {folder, image_path, plan, disk_bytes};
    if (plan->vars == NULL && plan->overlay == NULL && plan->tpm == NULL)
        return 0;
    return child_call_text(prepare, &p, STATE_PREPARE_MS, why);
}

static int drop_overlays(void *context)
{
    (void)context;
    DIR *folder = opendir(MOUNTS_DATA LAYOUT_DATA_STATE_DIR);
    if (folder == NULL)
        return 0;
    struct dirent *entry;
    for (unsigned i = 0; i < STATE_ENTRIES_MAX && (entry = readdir(folder)) != NULL; i++) {
        auto_strbuf path = STRBUF_INIT;
        if (entry->d_name[0] == '.')
            continue;
        strbuf_printf(&path, MOUNTS_DATA LAYOUT_DATA_STATE_DIR "/%s/" STATE_OVERLAY, entry->d_name);
        if (strbuf_status(&path) == STATUS_OK && unlink(strbuf_text(&path)) < 0 &&
            errno != ENOENT && errno != ENOTDIR)
            log_note("%s stays: %s", strbuf_text(&path), strerror(errno));
    }
    closedir(folder);
    return 0;
}

void state_drop_overlays(void)
{
    int r = child_call(drop_overlays, NULL, STATE_DROP_MS);
    if (r < 0)
        log_note("what guests wrote to their disks stays on the stick: %s", strerror(-r));
}
