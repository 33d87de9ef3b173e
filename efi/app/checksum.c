/* SPDX-License-Identifier: BSD-2-Clause */
/* The SHA-256 of an image. */
#include "efi/app/checksum.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/sum/sumfile.h"

#define PIECE_BYTES   ((size_t)1 << 20)
#define SUMS_MAX      ((size_t)1 << 20) /* bytes of a file with sums */
#define SUMS_FILE     "SHA256SUMS"
#define SUM_EXTENSION ".sha256"

static const char *keep(struct arena *arena, const struct strbuf *text)
{
    if (strbuf_status(text) != STATUS_OK)
        return NULL;
    return arena_copy(arena, strbuf_text(text), text->len);
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* Takes the image's sum from the file at PATH, if there is one. */
static enum status look_into(struct checksum *checksum, const char *path, bool may_be_bare,
                             struct arena *arena)
{
    const struct platform *platform = checksum->platform;
    struct checksum_expected *expected = &checksum->expected[checksum->expected_count];
    auto_free char *text = NULL;
    size_t len;

    enum status status =
        platform->read_file(platform->context, PLATFORM_DATA, path, SUMS_MAX, &text, &len);
    if (status != STATUS_OK)
        return status == STATUS_NO_MEMORY ? status : STATUS_OK;
    if (!sumfile_find(text, len, name_of(checksum->path), may_be_bare, expected->hex))
        return STATUS_OK;
    expected->file = arena_copy(arena, name_of(path), strlen(name_of(path)));
    if (expected->file == NULL)
        return STATUS_NO_MEMORY;
    checksum->expected_count++;
    return STATUS_OK;
}

static enum status find_expected(struct checksum *checksum, struct arena *arena)
{
    auto_strbuf path = STRBUF_INIT;

    strbuf_append(&path, checksum->path);
    strbuf_append(&path, SUM_EXTENSION);
    enum status status = strbuf_status(&path);
    if (status == STATUS_OK)
        status = look_into(checksum, strbuf_text(&path), true, arena);
    if (status != STATUS_OK)
        return status;
    strbuf_reset(&path);
    strbuf_append_bytes(&path, checksum->path, (size_t)(name_of(checksum->path) - checksum->path));
    strbuf_append(&path, SUMS_FILE);
    status = strbuf_status(&path);
    return status == STATUS_OK ? look_into(checksum, strbuf_text(&path), false, arena) : status;
}

static void add_line(struct checksum *checksum, const char *label, const char *value,
                     enum menu_severity severity)
{
    if (checksum->line_count < CHECKSUM_LINES_MAX)
        checksum->lines[checksum->line_count++] = (struct model_detail){
            .label = label, .value = value, .origin = "", .severity = severity, .is_long = true};
}

enum status checksum_begin(const struct platform *platform, const char *path, struct arena *arena,
                           struct checksum *ret_checksum)
{
    *ret_checksum = (struct checksum){.platform = platform, .path = path};
    enum status status = find_expected(ret_checksum, arena);
    if (status == STATUS_OK) {
        ret_checksum->buffer = malloc(PIECE_BYTES);
        status =
            ret_checksum->buffer != NULL
                ? platform->open_file(platform->context, PLATFORM_DATA, path, &ret_checksum->file)
                : STATUS_NO_MEMORY;
    }
    if (status != STATUS_OK) {
        checksum_end(ret_checksum);
        return status;
    }
    sha256_init(&ret_checksum->sha);
    add_line(ret_checksum, "Image", path, MENU_NOTE);
    for (size_t i = 0; i < ret_checksum->expected_count; i++)
        add_line(ret_checksum, "Expected", ret_checksum->expected[i].hex, MENU_NOTE);
    return STATUS_OK;
}

/* "It is what x.iso.sha256 says." */
static void add_verdict(struct checksum *checksum, struct arena *arena)
{
    auto_strbuf text = STRBUF_INIT;
    enum menu_severity severity = MENU_GOOD;

    if (checksum->expected_count == 0) {
        strbuf_printf(&text,
                      "There is nothing to compare it with: neither %s%s nor %s beside it "
                      "names this image.",
                      name_of(checksum->path), SUM_EXTENSION, SUMS_FILE);
        severity = MENU_NOTE;
    }
    for (size_t i = 0; i < checksum->expected_count; i++) {
        bool is_equal = strcmp(checksum->expected[i].hex, checksum->hex) == 0;
        strbuf_printf(&text, "%s%s %s.", i > 0 ? " " : "",
                      is_equal ? "It is what stands in" : "It is NOT what stands in",
                      checksum->expected[i].file);
        if (!is_equal)
            severity = MENU_ERROR;
    }
    if (severity == MENU_ERROR)
        strbuf_append(&text, " Copy the image anew.");
    const char *kept = keep(arena, &text);
    add_line(checksum, "Result", kept != NULL ? kept : status_text(STATUS_NO_MEMORY), severity);
}

static void add_fault(struct checksum *checksum, enum status status, struct arena *arena)
{
    auto_strbuf text = STRBUF_INIT;

    strbuf_printf(&text, "The image cannot be read at byte %llu: %s.",
                  (unsigned long long)checksum->done_bytes, status_text(status));
    const char *kept = keep(arena, &text);
    add_line(checksum, "Result", kept != NULL ? kept : status_text(status), MENU_ERROR);
}

enum status checksum_step(struct checksum *checksum, struct arena *arena)
{
    uint64_t left = checksum->file->size_bytes - checksum->done_bytes;
    size_t len = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    uint8_t digest[SHA256_BYTES];

    if (len > 0) {
        enum status status =
            blockdev_read(checksum->file, checksum->done_bytes, len, checksum->buffer);
        if (status != STATUS_OK) {
            add_fault(checksum, status, arena);
            checksum_end(checksum);
            return STATUS_END;
        }
        sha256_add(&checksum->sha, checksum->buffer, len);
        checksum->done_bytes += len;
    }
    if (checksum->done_bytes < checksum->file->size_bytes)
        return STATUS_OK;
    sha256_finish(&checksum->sha, digest);
    sha256_hex(digest, checksum->hex);
    add_line(checksum, "SHA-256", checksum->hex, MENU_NOTE);
    add_verdict(checksum, arena);
    checksum_end(checksum);
    return STATUS_END;
}

bool checksum_is_running(const struct checksum *checksum)
{
    return checksum->file != NULL;
}

void checksum_end(struct checksum *checksum)
{
    if (checksum->file != NULL)
        checksum->platform->close_file(checksum->platform->context, checksum->file);
    checksum->file = NULL;
    free(checksum->buffer);
    checksum->buffer = NULL;
}
