/* SPDX-License-Identifier: BSD-2-Clause */
/* Deletes old sessions. */
#include "initramfs/session_keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/json_scan.h"
#include "config/layout.h"
#include "config/session_name.h"
#include "config/settings.h"
#include "initramfs/child.h"
#include "initramfs/hosted.h"
#include "initramfs/log.h"
#include "initramfs/mounts.h"

#define FOLDERS_MAX     100000
#define ENTRIES_MAX     200000 /* deleted of one session */
#define DEPTH_MAX       8
#define DESCRIPTION_MAX ((size_t)1 << 20)
#define MARK            "keep"

/* ---- which ---- */

static bool is_marked(const char *folder)
{
    auto_strbuf path = STRBUF_INIT;
    strbuf_printf(&path, "%s/" MARK, folder);
    return strbuf_status(&path) != STATUS_OK || access(strbuf_text(&path), F_OK) == 0;
}

/* Two images of one name have sessions of like names. One without a description is nobody's. */
static bool is_of_image(const char *folder, const char *image_path)
{
    struct json_span value;
    size_t off;
    auto_strbuf path = STRBUF_INIT, text = strbuf_with_max(DESCRIPTION_MAX);
    strbuf_printf(&path, "%s/session.json", folder);
    if (strbuf_status(&path) != STATUS_OK || hosted_read_file(strbuf_text(&path), &text) < 0)
        return false;
    while (text.len > 0 && text.text[text.len - 1] == '\n')
        text.text[--text.len] = '\0';
    return json_scan_check(strbuf_text(&text), text.len, &off) == STATUS_OK &&
           json_scan_find((struct json_span){text.text, text.len}, "image/path", &value) ==
               STATUS_OK &&
           json_scan_equals(value, image_path);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of LOGS that are like sessions of the image, oldest first. */
static int list_sessions(const char *logs, const char *image_path, struct text_list *ret_names)
{
    DIR *folder = opendir(logs);
    struct dirent *entry;
    int r = 0;
    if (folder == NULL)
        return -errno;
    for (unsigned i = 0; i < FOLDERS_MAX && r == 0 && (entry = readdir(folder)) != NULL; i++)
        if (session_name_is_like(entry->d_name, image_path) &&
            text_list_add(ret_names, entry->d_name) != STATUS_OK)
            r = -ENOMEM;
    closedir(folder);
    if (r == 0 && ret_names->count > 0)
        qsort(ret_names->items, ret_names->count, sizeof(*ret_names->items), compare_names);
    return r;
}

/* ---- deleting ---- */

/* Deletes what PATH holds, then PATH itself, going down into a folder and back up. */
static int delete_folder(const char *top)
{
    char path[PATH_MAX];
    size_t ends[DEPTH_MAX + 1];
    unsigned depth = 0;
    int len = snprintf(path, sizeof(path), "%s", top);
    if (len < 0 || (size_t)len >= sizeof(path))
        return -ENAMETOOLONG;
    ends[0] = (size_t)len;
    for (unsigned i = 0; i < ENTRIES_MAX; i++) {
        bool has_descended = false;
        DIR *folder = opendir(path);
        struct dirent *entry;
        if (folder == NULL)
            return -errno;
        while (!has_descended && (entry = readdir(folder)) != NULL) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                continue;
            if (unlinkat(dirfd(folder), entry->d_name, 0) == 0)
                continue;
            int r = -errno;
            int used =
                snprintf(path + ends[depth], sizeof(path) - ends[depth], "/%s", entry->d_name);
            has_descended = (r == -EISDIR || r == -EPERM) && depth < DEPTH_MAX && used > 0 &&
                            (size_t)used < sizeof(path) - ends[depth];
            if (!has_descended) {
                closedir(folder);
                return r;
            }
            depth++;
            ends[depth] = ends[depth - 1] + (size_t)used;
        }
        closedir(folder);
        if (has_descended)
            continue;
        if (rmdir(path) < 0)
            return -errno;
        if (depth == 0)
            return 0;
        path[ends[--depth]] = '\0';
    }
    return -E2BIG;
}

int session_keep_in(const char *logs, const char *current, const char *image_path, unsigned keep)
{
    struct text_list names = {0};
    int r = list_sessions(logs, image_path, &names), first = 0;
    unsigned kept = 1; /* the one that begins */
    for (size_t i = names.count; i-- > 0 && r == 0 && names.count > keep;) {
        auto_strbuf path = STRBUF_INIT;
        strbuf_printf(&path, "%s/%s", logs, names.items[i]);
        const char *folder = strbuf_text(&path);
        if (strcmp(names.items[i], current) == 0 || strbuf_status(&path) != STATUS_OK ||
            is_marked(folder) || !is_of_image(folder, image_path) || kept++ < keep)
            continue;
        int deleted = delete_folder(folder);
        if (deleted < 0 && first == 0)
            first = deleted;
    }
    text_list_clear(&names);
    return r < 0 ? r : first;
}

void session_keep(const char *current, const char *image_path, unsigned keep)
{
    if (current == NULL || image_path == NULL)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        child_keep_list(NULL, 0);
        _exit(session_keep_in(MOUNTS_DATA LAYOUT_DATA_LOGS_DIR, current, image_path, keep) == 0
                  ? 0
                  : 1);
    }
    if (pid < 0)
        log_note("old sessions stay: %s", strerror(errno));
}
