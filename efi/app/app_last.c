/* SPDX-License-Identifier: BSD-2-Clause */
/* What the menu tells of an image's last session. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/json_scan.h"
#include "config/session_name.h"
#include "efi/app/app_private.h"

#define DESCRIPTION_MAX ((size_t)1 << 20)
#define NAME_MAX_BYTES  768 /* 255 UTF-16 units */
#define LOOKS_MAX       4   /* sessions of other images of that name, or unreadable ones */

/* The newest name below BELOW ("": of all). */
struct newest {
    const char *path;
    char below[NAME_MAX_BYTES], name[NAME_MAX_BYTES];
};

static enum status visit(void *context, const struct platform_file *file)
{
    struct newest *newest = context;
    if (!file->is_folder || strlen(file->name) >= sizeof(newest->name) ||
        strcmp(file->name, newest->name) <= 0 ||
        (newest->below[0] != '\0' && strcmp(file->name, newest->below) >= 0) ||
        !session_name_is_like(file->name, newest->path))
        return STATUS_OK;
    strcpy(newest->name, file->name);
    return STATUS_OK;
}

/* The member at PATH of JSON; false when it is absent or null. */
static bool find(struct json_span json, const char *path, struct json_span *ret_value)
{
    return json_scan_find(json, path, ret_value) == STATUS_OK &&
           !text_part_equals(ret_value->start, ret_value->len, "null");
}

static void append_login(struct json_span json, struct strbuf *text)
{
    struct json_span value;
    int64_t t_ns;
    if (find(json, "login_t", &value) && text_parse_int(value.start, value.len, &t_ns) && t_ns >= 0)
        strbuf_printf(text, ", login after %llu.%llu s", (unsigned long long)t_ns / 1000000000,
                      (unsigned long long)t_ns / 100000000 % 10);
}

/* "2026-11-21 08:45: guest powered off after 21 s, login after 8.3 s"; the day comes from the
 * folder's name. */
static bool describe(struct json_span json, const struct newest *newest, struct strbuf *text,
                     enum menu_severity *ret_severity)
{
    struct json_span value;
    const char *n = newest->name;
    if (!find(json, "image/path", &value) || !json_scan_equals(value, newest->path))
        return false;
    strbuf_printf(text, "%.4s-%.2s-%.2s %.2s:%.2s: ", n, n + 4, n + 6, n + 9, n + 11);
    *ret_severity = MENU_WARNING;
    auto_free char *reason = NULL;
    if (!find(json, "end_reason/text", &value) || json_scan_string(value, &reason) != STATUS_OK)
        strbuf_append(text, "the host ended without saying why (crash or power loss)");
    else
        strbuf_append_printable(text, reason);
    if (find(json, "end_reason/code", &value) &&
        (json_scan_equals(value, "guest-poweroff") || json_scan_equals(value, "user")))
        *ret_severity = MENU_NOTE;
    append_login(json, text);
    return strbuf_status(text) == STATUS_OK;
}

static bool look(const struct platform *platform, const struct newest *newest, struct strbuf *text,
                 enum menu_severity *ret_severity)
{
    auto_strbuf path = STRBUF_INIT;
    auto_free char *json = NULL;
    size_t len, off;
    strbuf_printf(&path, LAYOUT_DATA_LOGS_DIR "/%s/session.json", newest->name);
    if (strbuf_status(&path) != STATUS_OK ||
        platform->read_file(platform->context, PLATFORM_DATA, strbuf_text(&path), DESCRIPTION_MAX,
                            &json, &len) != STATUS_OK)
        return false;
    while (len > 0 && json[len - 1] == '\n')
        len--;
    return json_scan_check(json, len, &off) == STATUS_OK &&
           describe((struct json_span){json, len}, newest, text, ret_severity);
}

bool app_describe_last(const struct platform *platform, const char *path, struct strbuf *text,
                       enum menu_severity *ret_severity)
{
    struct newest newest = {.path = path};
    for (int i = 0; i < LOOKS_MAX; i++) {
        /* What of a damaged folder can be read is read. */
        (void)!platform->list_folder(platform->context, PLATFORM_DATA, LAYOUT_DATA_LOGS_DIR, visit,
                                     &newest);
        if (newest.name[0] == '\0')
            return false;
        if (look(platform, &newest, text, ret_severity))
            return true;
        strcpy(newest.below, newest.name);
        newest.name[0] = '\0';
    }
    return false;
}
