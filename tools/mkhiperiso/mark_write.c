/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the mark of an unfinished stick onto a disk: the record, and the small ESP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/scratch.h"

#define MARK_SERIAL 0x48495055u /* of the small ESP */
#define NOTE_FORMAT                                                                                \
    "This stick is unfinished: its %s was interrupted. Plug it into the computer that wrote it "   \
    "and run \"mkhiperiso %s\" again."

int mark_write(const struct target *target, const struct mark *mark)
{
    auto_free uint8_t *block = malloc(MARK_RECORD_BYTES);

    if (block == NULL || mark_format(mark, block) != STATUS_OK)
        return fail("out of memory");
    enum status status = blockdev_write(&target->device, MARK_RECORD_OFF, MARK_RECORD_BYTES, block);
    if (status != STATUS_OK)
        return fail("%s: cannot be written to: %s", target->path, status_text(status));
    return target_sync(target);
}

/* ---- the small ESP ---- */

struct partition_row mark_row(const struct mark *mark)
{
    struct partition_row row = {
        .off = MARK_ESP_OFF,
        .bytes = MARK_ESP_BYTES,
        .is_esp = true,
        .name = LAYOUT_UNFINISHED_LABEL,
    };

    memcpy(row.guid, mark->seed, sizeof(row.guid));
    row.guid[7] = (uint8_t)((row.guid[7] & 0x0F) | 0x80); /* version 8, RFC 9562 */
    row.guid[8] = (uint8_t)((row.guid[8] & 0x3F) | 0x80);
    return row;
}

/* Fills the volume in SCRATCH: the loader, and the note that makes it stop. */
static int fill_esp(const struct payload_volume *volume, const struct payload *payload,
                    enum mark_operation operation)
{
    auto_free char *loader = NULL;
    auto_scratch note = SCRATCH_CLOSED;
    char text[256], note_path[64];

    if (asprintf(&loader, "%s%s", payload->folder, LAYOUT_ESP_LOADER) < 0)
        return fail("out of memory");
    int len = snprintf(text, sizeof(text), NOTE_FORMAT, mark_operation_name(operation),
                       mark_operation_name(operation));
    if (scratch_open(&note, 0) < 0 || scratch_put(&note, text, (size_t)len) < 0)
        return -1;
    scratch_path(&note, note_path);
    if (payload_format(volume) < 0 || payload_put(volume, NULL, "/EFI") < 0 ||
        payload_put(volume, NULL, "/EFI/BOOT") < 0 ||
        payload_put(volume, NULL, "/EFI/hiperiso") < 0)
        return -1;
    if (payload_put(volume, loader, LAYOUT_ESP_LOADER) < 0)
        return -1;
    return payload_put(volume, note_path, LAYOUT_ESP_UNFINISHED);
}

int mark_write_esp(const struct target *target, const struct payload *payload,
                   enum mark_operation operation, int64_t epoch)
{
    auto_scratch scratch = SCRATCH_CLOSED;
    struct digest *digest = NULL;

    if (scratch_open(&scratch, MARK_ESP_BYTES) < 0)
        return -1;
    const struct payload_volume volume = {
        .target = &scratch.target,
        .disk_off = MARK_ESP_OFF,
        .size_bytes = MARK_ESP_BYTES,
        .sector_bytes = target->device.block_bytes,
        .serial = MARK_SERIAL,
        .epoch = epoch,
    };
    if (fill_esp(&volume, payload, operation) < 0)
        return -1;
    digest = digest_new();
    int result = digest == NULL ? fail("out of memory")
                                : copy_file(scratch.target.fd, "the ESP of an unfinished stick",
                                            MARK_ESP_BYTES, target, MARK_ESP_OFF, digest);
    digest_free(digest);
    return result < 0 ? -1 : target_sync(target);
}

int mark_clear(const struct target *target)
{
    enum status status =
        target_zero(target, MARK_RECORD_OFF, MARK_ESP_OFF + MARK_ESP_BYTES - MARK_RECORD_OFF);

    if (status != STATUS_OK)
        return fail("%s: cannot be written to: %s", target->path, status_text(status));
    return target_sync(target);
}
