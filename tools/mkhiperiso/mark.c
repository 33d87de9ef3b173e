/* SPDX-License-Identifier: BSD-2-Clause */
/* The record of an unfinished stick, as text with a CRC. */
#include "tools/mkhiperiso/mark.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/layout.h"

#define MARK_HEAD "hiperiso unfinished 1\n"
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

/* A fuzzer's mutations must get past the checksum. */
static bool is_crc_enforced(void)
{
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
    return false;
#else
    return true;
#endif
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
        (gpt_crc32(0, text, (size_t)(sum - strlen("crc ") - text)) != crc && is_crc_enforced()))
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

enum status mark_format(const struct mark *mark, uint8_t ret_block[MARK_RECORD_BYTES])
{
    auto_strbuf text = strbuf_with_max(MARK_RECORD_BYTES);

    strbuf_append(&text, MARK_HEAD);
    strbuf_printf(&text,
                  "operation %s\ndone %" PRIu64 "\nesp-off %" PRIu64 "\nesp-bytes %" PRIu64 "\n",
                  operations[mark->operation], mark->done, mark->esp_off, mark->esp_bytes);
    append_hex(&text, "seed", mark->seed, DIGEST_BYTES);
    append_hex(&text, "plan", mark->plan, DIGEST_BYTES);
    append_hex(&text, "esp-guid", mark->esp_guid, sizeof(mark->esp_guid));
    strbuf_printf(&text, "crc %" PRIu32 "\n", gpt_crc32(0, strbuf_text(&text), text.len));
    if (strbuf_status(&text) != STATUS_OK)
        return strbuf_status(&text);
    memset(ret_block, 0, MARK_RECORD_BYTES);
    memcpy(ret_block, strbuf_text(&text), text.len);
    return STATUS_OK;
}
