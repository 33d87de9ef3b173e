/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of an unfinished stick, as text with a CRC; its small ESP. */
#include "tools/mkhiperiso/mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/layout.h"
#include "tools/mkhiperiso/copy.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/scratch.h"

#define MARK_HEAD   "hiperiso unfinished 1\n"
#define MARK_SERIAL 0x48495055u /* of the small ESP */
#define NOTE_FORMAT                                                                                \
    "This stick is unfinished: its %s was interrupted. Plug it into the computer that wrote it "   \
    "and run \"mkhiperiso %s\" again."

static const char *const operations[] = {[MARK_INSTALL] = "install", [MARK_UPDATE] = "update"};

const char *mark_operation_name(enum mark_operation operation)
{
    return operations[operation];
}

bool mark_is_in_table(const struct gpt *gpt)
{
    for (uint32_t i = 0; i < gpt->count; i++)
        if (strcmp(gpt->partitions[i].name, LAYOUT_UNFINISHED_LABEL) == 0)
            return true;
    return false;
}

/* ---- the record ---- */

static void append_hex(struct strbuf *text, const char *key, const uint8_t *bytes, size_t len)
{
    strbuf_printf(text, "%s ", key);
    for (size_t i = 0; i < len; i++)
        strbuf_printf(text, "%02x", bytes[i]);
    strbuf_append(text, "\n");
}

/* The value of the line that begins with KEY, up to its end; NULL if there is none. */
static const char *find_value(const char *text, const char *key, size_t *ret_len)
{
    size_t key_len = strlen(key);

    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (len > key_len && strncmp(text, key, key_len) == 0 && text[key_len] == ' ') {
            *ret_len = len - key_len - 1;
            return text + key_len + 1;
        }
        text += len + (text[len] == '\n');
    }
    return NULL;
}

static bool read_hex(const char *text, const char *key, uint8_t *ret_bytes, size_t count)
{
    size_t len;
    const char *value = find_value(text, key, &len);

    if (value == NULL || len != 2 * count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int high = text_hex_value(value[2 * i]), low = text_hex_value(value[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_number(const char *text, const char *key, uint64_t *ret_number)
{
    size_t len;
    int64_t number;
    const char *value = find_value(text, key, &len);

    if (value == NULL || !text_parse_int(value, len, &number) || number < 0)
        return false;
    *ret_number = (uint64_t)number;
    return true;
}

static bool read_operation(const char *text, enum mark_operation *ret_operation)
{
    size_t len;
    const char *value = find_value(text, "operation", &len);

    for (size_t i = 0; value != NULL && i < ARRAY_SIZE(operations); i++) {
        if (text_part_equals(value, len, operations[i])) {
            *ret_operation = (enum mark_operation)i;
            return true;
        }
    }
    return false;
}

enum status mark_read(const struct blockdev *device, struct mark *ret_mark)
{
    auto_free char *text = calloc(1, MARK_RECORD_BYTES + 1);
    struct mark mark = {0};
    uint64_t crc;
    size_t len;

    if (text == NULL)
        return STATUS_NO_MEMORY;
    if (device->size_bytes < MARK_RECORD_OFF + MARK_RECORD_BYTES)
        return STATUS_NOT_FOUND;
    enum status status = blockdev_read(device, MARK_RECORD_OFF, MARK_RECORD_BYTES, text);
    if (status != STATUS_OK)
        return status;
    if (strncmp(text, MARK_HEAD, strlen(MARK_HEAD)) != 0)
        return STATUS_NOT_FOUND;
    const char *sum = find_value(text, "crc", &len);
    if (sum == NULL || !read_number(text, "crc", &crc) ||
        gpt_crc32(0, text, (size_t)(sum - strlen("crc ") - text)) != crc)
        return STATUS_CORRUPT;
    if (!read_operation(text, &mark.operation) ||
        !read_hex(text, "seed", mark.seed, DIGEST_BYTES) ||
        !read_hex(text, "plan", mark.plan, DIGEST_BYTES) ||
        !read_hex(text, "esp-guid", mark.esp_guid, sizeof(mark.esp_guid)) ||
        !read_number(text, "done", &mark.done) || !read_number(text, "esp-off", &mark.esp_off) ||
        !read_number(text, "esp-bytes", &mark.esp_bytes))
        return STATUS_CORRUPT;
    *ret_mark = mark;
    return STATUS_OK;
}

int mark_write(const struct target *target, const struct mark *mark)
{
    auto_strbuf text = strbuf_with_max(MARK_RECORD_BYTES);
    auto_free uint8_t *block = calloc(1, MARK_RECORD_BYTES);

    strbuf_append(&text, MARK_HEAD);
    strbuf_printf(&text,
                  "operation %s\ndone %" PRIu64 "\nesp-off %" PRIu64 "\nesp-bytes %" PRIu64 "\n",
                  operations[mark->operation], mark->done, mark->esp_off, mark->esp_bytes);
    append_hex(&text, "seed", mark->seed, DIGEST_BYTES);
    append_hex(&text, "plan", mark->plan, DIGEST_BYTES);
    append_hex(&text, "esp-guid", mark->esp_guid, sizeof(mark->esp_guid));
    strbuf_printf(&text, "crc %" PRIu32 "\n", gpt_crc32(0, strbuf_text(&text), text.len));
    if (block == NULL || strbuf_status(&text) != STATUS_OK)
        return fail("out of memory");
    memcpy(block, strbuf_text(&text), text.len);
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
    int len =
        snprintf(text, sizeof(text), NOTE_FORMAT, operations[operation], operations[operation]);
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
