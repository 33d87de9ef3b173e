/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds and opens the data partition. */
#include "tools/mkhiperiso/volume.h"

#include <string.h>

#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/report.h"

static enum status open_at(const struct target *target, uint64_t off, uint64_t len,
                           struct volume *volume)
{
    enum status status = blockdev_window_init(&volume->window, &target->device, off, len);

    volume->fs = NULL;
    if (status == STATUS_OK)
        status = exfat_open(&volume->window.device, &volume->fs);
    return status;
}

static void set_guids(const struct gpt *gpt, const struct gpt_partition *data,
                      struct volume *volume)
{
    gpt_guid_text(data->unique, volume->partuuid);
    for (uint32_t i = 0; i < gpt->count && volume->esp_partuuid[0] == '\0'; i++)
        if (memcmp(gpt->partitions[i].type, gpt_type_esp, sizeof(gpt_type_esp)) == 0)
            gpt_guid_text(gpt->partitions[i].unique, volume->esp_partuuid);
}

/* The partitions named as ours first, then all others. */
static enum status open_partition(const struct target *target, const struct gpt *gpt,
                                  struct volume *volume)
{
    enum status result = STATUS_NOT_FOUND;

    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < gpt->count; i++) {
            const struct gpt_partition *p = &gpt->partitions[i];
            if ((strcmp(p->name, LAYOUT_DATA_LABEL) == 0) != (pass == 0))
                continue;
            enum status status = open_at(target, p->start_bytes, p->size_bytes, volume);
            if (status == STATUS_OK) {
                set_guids(gpt, p, volume);
                return STATUS_OK;
            }
            if (result == STATUS_NOT_FOUND)
                result = status; /* damage says more than absence */
        }
    }
    return result;
}

int volume_open(const struct target *target, struct volume *ret_volume)
{
    struct gpt gpt;

    *ret_volume = (struct volume){.fs = NULL};
    enum status status = gpt_read(&target->device, &gpt);
    if (status == STATUS_OK) {
        bool is_unfinished = mark_is_in_table(&gpt);
        status = open_partition(target, &gpt, ret_volume);
        gpt_clear(&gpt);
        if (is_unfinished && status == STATUS_NOT_FOUND)
            return fail("%s: is unfinished: its install was interrupted; run mkhiperiso install "
                        "again",
                        target->path);
    } else if (status == STATUS_NOT_FOUND) {
        status = open_at(target, 0, target->device.size_bytes, ret_volume);
    } else {
        return fail("%s: its partition table is damaged in both places: %s", target->path,
                    status_text(status));
    }
    if (status == STATUS_NOT_FOUND)
        return fail("%s: has no exFAT partition; is it a hiperiso stick?", target->path);
    if (status != STATUS_OK)
        return fail("%s: its data partition cannot be opened: %s; try fsck.exfat", target->path,
                    status_text(status));
    return 0;
}

void volume_close(struct volume *volume)
{
    exfat_close(volume->fs);
    volume->fs = NULL;
}
