/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes an ESP apart with mtools and hashes what comes out. */
#include "tools/mkhiperiso/verify_esp.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/layout.h"
#include "tools/mkhiperiso/image_check.h"
#include "tools/mkhiperiso/payload.h"
#include "tools/mkhiperiso/process.h"
#include "tools/mkhiperiso/report.h"

#define MANIFEST_MAX ((size_t)16 << 20)
#define TEXT_DEPTH   8

/* A folder of ours below $TMPDIR or /var/tmp, gone in the end. A new text. */
static char *make_folder(void)
{
    const char *folder = getenv("TMPDIR");
    char *path = NULL;

    if (folder == NULL || *folder == '\0')
        folder = access("/var/tmp", W_OK) == 0 ? "/var/tmp" : "/tmp";
    if (asprintf(&path, "%s/mkhiperiso.XXXXXX", folder) < 0)
        return NULL;
    if (mkdtemp(path) == NULL) {
        fail("%s: %s; set TMPDIR to a folder with room", path, strerror(errno));
        free(path);
        return NULL;
    }
    return path;
}

static void remove_tree(const char *folder, unsigned depth)
{
    DIR *dir = opendir(folder);

    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        auto_free char *path = NULL;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            asprintf(&path, "%s/%s", folder, entry->d_name) < 0)
            continue;
        if (unlink(path) < 0 && errno == EISDIR && depth < TEXT_DEPTH)
            remove_tree(path, depth + 1);
    }
    if (dir != NULL)
        closedir(dir);
    rmdir(folder);
}

/* The manifest of the ESP in FOLDER as a text. */
static char *read_manifest(const char *folder)
{
    auto_free char *path = NULL;
    char *text = NULL;
    struct stat about;

    if (asprintf(&path, "%s%s", folder, LAYOUT_ESP_MANIFEST) < 0)
        return NULL;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return NULL;
    if (fstat(fileno(file), &about) == 0 && (uint64_t)about.st_size <= MANIFEST_MAX)
        text = calloc(1, (size_t)about.st_size + 1);
    if (text != NULL && fread(text, 1, (size_t)about.st_size, file) != (size_t)about.st_size) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

/* The value of the string member KEY in the object that the text at OBJECT is in, up to END. */
static const char *find_member(const char *object, const char *end, const char *key,
                               size_t *ret_len)
{
    char quoted[32];
    int len = snprintf(quoted, sizeof(quoted), "\"%s\": \"", key);
    const char *at = memmem(object, (size_t)(end - object), quoted, (size_t)len);

    if (at == NULL)
        return NULL;
    at += len;
    const char *close = memchr(at, '"', (size_t)(end - at));
    if (close == NULL)
        return NULL;
    *ret_len = (size_t)(close - at);
    return at;
}

/* Compares the file at PATH ("/EFI/...") of FOLDER with SUM, hexadecimal. */
static int check_file(const struct target *target, const char *folder, const char *path,
                      const char *sum, size_t sum_len)
{
    auto_free char *full = NULL;
    uint8_t found[DIGEST_BYTES];

    if (asprintf(&full, "%s%s", folder, path) < 0)
        return fail("out of memory");
    if (access(full, R_OK) < 0)
        return fail("%s: the ESP has no %s, which its manifest names; mkhiperiso update writes it "
                    "anew",
                    target->path, path);
    if (image_sha256(full, found) < 0)
        return -1;
    bool is_same = sum_len == 2 * DIGEST_BYTES;
    for (size_t i = 0; is_same && i < DIGEST_BYTES; i++)
        is_same = text_hex_value(sum[2 * i]) == found[i] >> 4 &&
                  text_hex_value(sum[2 * i + 1]) == (found[i] & 15);
    return is_same ? 0
                   : fail("%s: %s on the ESP is damaged: its SHA-256 is not the manifest's; "
                          "mkhiperiso update writes it anew",
                          target->path, path);
}

/* The manifest's "files": objects without further objects in them, as tools/runtime writes them. */
static int check_files(const struct target *target, const char *folder, const char *manifest,
                       size_t *ret_files)
{
    const char *at = strstr(manifest, "\"files\": [");
    const char *end = at != NULL ? strchr(at, ']') : NULL;
    int result = 0;
    size_t files = 0;

    if (end == NULL)
        return fail("%s: %s on the ESP lists no files; mkhiperiso update writes it anew",
                    target->path, LAYOUT_ESP_MANIFEST);
    while ((at = memchr(at, '{', (size_t)(end - at))) != NULL) {
        const char *close = memchr(at, '}', (size_t)(end - at));
        size_t path_len, sum_len;
        if (close == NULL)
            break;
        const char *path = find_member(at, close, "path", &path_len);
        const char *sum = find_member(at, close, "sha256", &sum_len);
        at = close;
        if (path == NULL || sum == NULL)
            continue;
        auto_free char *copy = strndup(path, path_len);
        if (copy == NULL)
            return fail("out of memory");
        if (strstr(copy, "..") != NULL || check_file(target, folder, copy, sum, sum_len) < 0)
            result = -1;
        files++;
    }
    *ret_files = files;
    return result;
}

static int verify_in(const struct target *target, uint64_t off, const char *folder,
                     size_t *ret_files)
{
    char volume[64];

    snprintf(volume, sizeof(volume), "/proc/%d/fd/%d@@%" PRIu64, (int)getpid(), target->fd, off);
    const char *const mcopy[] = {"mcopy", "-i", volume, "-s", "-n", "::/", folder, NULL};
    if (process_run(mcopy, 0) < 0)
        return fail("%s: its ESP cannot be read; mkhiperiso update writes it anew", target->path);
    auto_free char *manifest = read_manifest(folder);
    if (manifest == NULL)
        return fail("%s: its ESP has no %s; mkhiperiso update writes it anew", target->path,
                    LAYOUT_ESP_MANIFEST);
    return check_files(target, folder, manifest, ret_files);
}

int verify_esp(const struct target *target, uint64_t off, uint64_t bytes, size_t *ret_files)
{
    (void)bytes;
    auto_free char *folder = make_folder();
    if (folder == NULL)
        return -1;
    int result = verify_in(target, off, folder, ret_files);
    remove_tree(folder, 0);
    return result;
}
