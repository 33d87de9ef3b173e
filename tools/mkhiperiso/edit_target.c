/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens sticks and images for changes of their files. */
#include "tools/mkhiperiso/edit_target.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/stick_write.h"

static enum status wait_for_medium(void *context)
{
    const struct target *target = context;
    return fdatasync(target->fd) == 0 ? STATUS_OK : STATUS_IO;
}

/* A disk may be fixed: that it is a stick is seen by the names in its partition table. */
static int open_disk(struct target *target, const char *path)
{
    const struct guard_options options = {.allow_fixed = true};
    char reason[GUARD_REASON_BYTES];
    struct stick_parts parts;
    struct disk disk;

    if (disk_read(path, &disk) < 0)
        return -1;
    guard_reason(&disk, &options, reason);
    if (reason[0] != '\0')
        return fail("%s: %s", path, reason);
    if (guard_open(target, path, &disk) < 0)
        return -1;
    if (stick_find_parts(target, &parts) == 0)
        return 0;
    target_close(target);
    return -1;
}

static int open_any(struct target *target, const char *path)
{
    struct stat about;

    return stat(path, &about) == 0 && S_ISBLK(about.st_mode) ? open_disk(target, path)
                                                             : guard_open(target, path, NULL);
}

int edit_target_open(struct edit_target *edit, const char *path)
{
    edit->edit = NULL;
    if (open_any(&edit->target, path) < 0)
        return -1;
    if (volume_open(&edit->target, &edit->volume) < 0) {
        target_close(&edit->target);
        return -1;
    }
    volume_close(&edit->volume);
    enum status status =
        exfat_edit_open(&edit->volume.window.device, wait_for_medium, &edit->target, &edit->edit);
    if (status == STATUS_OK)
        return 0;
    if (status == STATUS_CORRUPT)
        fail("%s: its data partition is damaged, nothing is written to it; mkhiperiso verify names "
             "the damage, fsck.exfat repairs",
             path);
    else
        fail("%s: its data partition cannot be changed: %s", path, status_text(status));
    target_close(&edit->target);
    return -1;
}

int edit_target_close(struct edit_target *edit)
{
    const char *path = edit->target.path;
    enum status status = exfat_edit_close(edit->edit);

    edit->edit = NULL;
    target_close(&edit->target);
    return status == STATUS_OK ? 0
                               : fail("%s: cannot be written to: %s", path, status_text(status));
}

int edit_target_fail(const struct edit_target *edit, const char *path, enum status status)
{
    switch (status) {
    case STATUS_EXISTS:
        return fail("%s: %s is there already; --force replaces it", edit->target.path, path);
    case STATUS_NO_SPACE:
        return fail("%s: has no room for %s; mkhiperiso rm makes some", edit->target.path, path);
    default:
        return fail("%s: %s: %s", edit->target.path, path, status_text(status));
    }
}
