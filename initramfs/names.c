/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes folder names out of image paths. */
#include "initramfs/names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/layout.h"
#include "config/session_name.h"
#include "initramfs/clock.h"

#define NAME_UNITS_MAX 255
#define ATTEMPTS_MAX   16
#define OWNER_MAX      ((size_t)4096)

enum status names_session(const char *image_path, int64_t wall_ms, unsigned attempt,
                          struct strbuf *b)
{
    char when[CLOCK_TEXT_CHARS + 1], suffix[16] = "";
    clock_text(wall_ms, when);
    if (attempt > 1)
        snprintf(suffix, sizeof(suffix), "-%u", attempt);
    strbuf_printf(b, "%.4s%.2s%.2s-%.2s%.2s%.2s-", when, when + 5, when + 8, when + 11, when + 14,
                  when + 17);
    session_name_append(image_path, NAME_UNITS_MAX - strlen("YYYYMMDD-HHMMSS-") - strlen(suffix),
                        b);
    strbuf_append(b, suffix);
    return strbuf_status(b);
}

/* FNV-1a, 64 bits: tells paths apart, protects nothing. */
static uint64_t hash_path(const char *path)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *path != '\0'; path++)
        hash = (hash ^ (uint8_t)*path) * 0x100000001b3u;
    return hash;
}

enum status names_state(const char *image_path, unsigned attempt, struct strbuf *b)
{
    char suffix[16] = "";
    if (attempt > 1)
        snprintf(suffix, sizeof(suffix), "-%u", attempt);
    session_name_append(image_path, NAME_UNITS_MAX - 1 - 16 - strlen(suffix), b);
    strbuf_printf(b, "-%016llx%s", (unsigned long long)hash_path(image_path), suffix);
    return strbuf_status(b);
}

/* A folder that names nobody is taken over. */
static bool is_owner(const char *owner, const char *image_path)
{
    size_t len = strcspn(owner, "\n");
    return len == 0 || (len == strlen(image_path) && memcmp(owner, image_path, len) == 0);
}

enum status names_state_folder(const char *image_path,
                               enum status (*read_owner)(void *context, const char *file,
                                                         struct strbuf *owner),
                               void *context, struct strbuf *ret_folder)
{
    for (unsigned attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
        auto_strbuf folder = STRBUF_INIT, file = STRBUF_INIT, owner = strbuf_with_max(OWNER_MAX);
        strbuf_append(&folder, LAYOUT_DATA_STATE_DIR "/");
        enum status status = names_state(image_path, attempt, &folder);
        strbuf_printf(&file, "%s/" NAMES_STATE_OWNER, strbuf_text(&folder));
        if (status == STATUS_OK)
            status = strbuf_status(&file);
        if (status != STATUS_OK)
            return status;
        if (read_owner(context, strbuf_text(&file), &owner) == STATUS_OK &&
            !is_owner(strbuf_text(&owner), image_path))
            continue;
        strbuf_append(ret_folder, strbuf_text(&folder));
        return strbuf_status(ret_folder);
    }
    return STATUS_EXISTS;
}
