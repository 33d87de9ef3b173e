/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares a new image with its plan: every folder is listed once. */
#include "tools/mkhiperiso/image_verify.h"

#include <stdio.h>
#include <stdlib.h>

#include "config/base/cleanup.h"
#include "efi/core/fs/exfat.h"
#include "tools/mkhiperiso/exfat_check.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/volume.h"

/* Counts in *FOUND the files in the folder at PATH ("" = the root) that are as planned. */
static int verify_folder(const struct image_plan *plan, const char *image, struct exfat *fs,
                         const char *path, size_t *found)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_node folder = exfat_root(fs);
    struct exfat_dir dir;

    if (entry == NULL)
        return fail("out of memory");
    enum status status = *path != '\0' ? exfat_lookup(fs, path, &folder) : STATUS_OK;
    if (status != STATUS_OK)
        return fail("%s: %s cannot be found again: %s", image, path, status_text(status));
    exfat_dir_open(fs, &folder, &dir);
    while ((status = exfat_dir_next(&dir, entry)) == STATUS_OK) {
        auto_free char *child = NULL;
        if ((entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
            continue;
        if (asprintf(&child, "%s/%s", path, entry->name) < 0)
            return fail("out of memory");
        const struct image_file *file = image_plan_find(plan, child);
        if (file == NULL || file->size_bytes != entry->node.size_bytes)
            return fail("%s: %s does not read back as it was written", image, child);
        ++*found;
    }
    return status == STATUS_END
               ? 0
               : fail("%s: %s/ cannot be read back: %s", image, path, status_text(status));
}

static void tell_problem(void *context, const char *path, const char *problem)
{
    const struct target *target = context;
    fail("%s: %s %s: it does not read back as it was written", target->path, path, problem);
}

/* The allocation bitmap, the FAT and the folders agree. */
static int verify_volume(const struct target *target, struct exfat *fs)
{
    struct exfat_check check = {.tell = tell_problem, .context = (void *)target};

    enum status status = exfat_check_run(fs, &check);
    bool is_sound = check.problems == 0 && check.lost_clusters == 0;
    exfat_check_clear(&check);
    if (status == STATUS_OK && is_sound)
        return 0;
    return fail("%s: the data partition does not read back as it was written%s%s", target->path,
                status != STATUS_OK ? ": " : "", status != STATUS_OK ? status_text(status) : "");
}

int image_verify(const struct image_plan *plan, const struct target *target)
{
    struct volume volume;
    size_t found = 0;

    if (volume_open(target, &volume) < 0)
        return -1;
    int result = verify_folder(plan, target->path, volume.fs, "", &found);
    for (size_t i = 0; i < plan->folder_count && result == 0; i++)
        result = verify_folder(plan, target->path, volume.fs, plan->folders[i].path, &found);
    if (result == 0)
        result = verify_volume(target, volume.fs);
    volume_close(&volume);
    if (result == 0 && found != plan->file_count)
        result = fail("%s: only %zu of %zu files read back", target->path, found, plan->file_count);
    return result;
}
