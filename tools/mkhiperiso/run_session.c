/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and copies session folders. */
#include "tools/mkhiperiso/run_session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/json_scan.h"
#include "config/layout.h"
#include "tools/mkhiperiso/report.h"

#define SESSION_JSON_MAX ((size_t)1 << 20)
#define COPY_BYTES       ((size_t)1 << 20)
#define FILES_MAX        1000 /* of one session */
#define FOLDERS_MAX      100000

void run_session_newest(struct exfat *fs, char ret_name[RUN_SESSION_NAME_BYTES])
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_node logs;
    struct exfat_dir dir;

    ret_name[0] = '\0';
    if (entry == NULL || exfat_lookup(fs, LAYOUT_DATA_LOGS_DIR, &logs) != STATUS_OK)
        return;
    exfat_dir_open(fs, &logs, &dir);
    for (unsigned i = 0; i < FOLDERS_MAX; i++) {
        enum status status = exfat_dir_next(&dir, entry);
        if (status == STATUS_CORRUPT)
            continue;
        if (status != STATUS_OK)
            return;
        /* The name begins with the time. */
        if ((entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0 &&
            strcmp(entry->name, ret_name) > 0)
            snprintf(ret_name, RUN_SESSION_NAME_BYTES, "%s", entry->name);
    }
}

static enum status read_json(struct exfat *fs, const char *name, char **ret_text, size_t *ret_len)
{
    auto_strbuf path = STRBUF_INIT;
    struct exfat_position position = {0};
    struct exfat_node node;

    strbuf_printf(&path, LAYOUT_DATA_LOGS_DIR "/%s/session.json", name);
    enum status status = strbuf_status(&path);
    if (status == STATUS_OK)
        status = exfat_lookup(fs, strbuf_text(&path), &node);
    if (status != STATUS_OK)
        return status;
    if (node.size_bytes > SESSION_JSON_MAX)
        return STATUS_TOO_LARGE;
    auto_free char *text = malloc((size_t)node.size_bytes + 1);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    status = exfat_read(fs, &node, &position, 0, (size_t)node.size_bytes, text, ret_len);
    if (status == STATUS_OK)
        *ret_text = take_ptr(text);
    return status;
}

static enum status copy_member(struct json_span json, const char *path, char *ret_text, size_t size)
{
    struct json_span value;
    auto_free char *text = NULL;

    enum status status = json_scan_find(json, path, &value);
    if (status == STATUS_OK)
        status = json_scan_string(value, &text);
    if (status == STATUS_OK)
        snprintf(ret_text, size, "%s", text);
    return status;
}

enum status run_session_end(struct exfat *fs, const char *name, char *ret_code, size_t code_size,
                            char *ret_text, size_t text_size)
{
    auto_free char *text = NULL;
    size_t len = 0;

    enum status status = read_json(fs, name, &text, &len);
    if (status != STATUS_OK)
        return status;
    const struct json_span json = {text, len};
    status = copy_member(json, "end_reason/code", ret_code, code_size);
    return status == STATUS_OK ? copy_member(json, "end_reason/text", ret_text, text_size)
                               : STATUS_NOT_FOUND;
}

static int write_all(int fd, const char *path, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        ssize_t part = write(fd, bytes, len);
        if (part < 0 && errno == EINTR)
            continue;
        if (part < 0)
            return fail("%s: %s", path, strerror(errno));
        bytes += part;
        len -= (size_t)part;
    }
    return 0;
}

static int copy_file(struct exfat *fs, const struct exfat_node *node, const char *path)
{
    auto_free uint8_t *buffer = malloc(COPY_BYTES);
    struct exfat_position position = {0};
    int result = 0;

    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0 || buffer == NULL) {
        result = fail("%s: %s", path, fd < 0 ? strerror(errno) : "out of memory");
    }
    for (uint64_t off = 0; off < node->size_bytes && result == 0;) {
        size_t len = 0;
        enum status status = exfat_read(fs, node, &position, off, COPY_BYTES, buffer, &len);
        if (status != STATUS_OK || len == 0)
            result = fail("%s: cannot be read off the stick: %s", path, status_text(status));
        else
            result = write_all(fd, path, buffer, len);
        off += len;
    }
    if (fd >= 0 && close(fd) < 0 && result == 0)
        result = fail("%s: %s", path, strerror(errno));
    return result;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ? 0 : fail("%s: %s", path, strerror(errno));
}

int run_session_copy(struct exfat *fs, const char *name, const char *folder, char *ret_path,
                     size_t path_size)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    auto_strbuf from = STRBUF_INIT, to = STRBUF_INIT;
    struct exfat_node node;
    struct exfat_dir dir;
    int result = 0;

    strbuf_printf(&from, LAYOUT_DATA_LOGS_DIR "/%s", name);
    strbuf_printf(&to, "%s/%s", folder, name);
    if (entry == NULL || strbuf_status(&from) != STATUS_OK || strbuf_status(&to) != STATUS_OK)
        return fail("out of memory");
    enum status status = exfat_lookup(fs, strbuf_text(&from), &node);
    if (status != STATUS_OK)
        return fail("%s: %s", strbuf_text(&from), status_text(status));
    if (make_folder(folder) < 0 || make_folder(strbuf_text(&to)) < 0)
        return -1;
    exfat_dir_open(fs, &node, &dir);
    for (unsigned i = 0; i < FILES_MAX && result == 0; i++) {
        auto_strbuf path = STRBUF_INIT;
        status = exfat_dir_next(&dir, entry);
        if (status == STATUS_CORRUPT)
            continue;
        if (status != STATUS_OK)
            break;
        strbuf_printf(&path, "%s/%s", strbuf_text(&to), entry->name);
        /* A volume from outside may name a file anything. */
        if ((entry->node.attributes & EXFAT_ATTR_DIRECTORY) != 0 ||
            strchr(entry->name, '/') != NULL || strcmp(entry->name, "..") == 0)
            continue;
        result = strbuf_status(&path) == STATUS_OK ? copy_file(fs, &entry->node, strbuf_text(&path))
                                                   : fail("out of memory");
    }
    snprintf(ret_path, path_size, "%s", strbuf_text(&to));
    return result;
}
