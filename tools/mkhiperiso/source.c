/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads from a stick through the exFAT reader, or from the folders of this machine. */
#include "tools/mkhiperiso/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/report.h"

#define CONFIG_NAME (&LAYOUT_DATA_CONFIG[sizeof(LAYOUT_DATA_DIR)])

/* ---- opening ---- */

/* A partition table, an exFAT volume, or too large for a configuration: a stick. */
static bool looks_like_stick(const struct blockdev *device)
{
    static const uint8_t exfat_name[] = "EXFAT   "; /* FileSystemName, exFAT spec 3.1.2 */
    uint8_t head[16];
    struct gpt gpt;

    if (device->size_bytes > CONFIG_FILE_MAX)
        return true;
    if (device->size_bytes < 512)
        return false;
    if (blockdev_read(device, 0, sizeof(head), head) == STATUS_OK &&
        memcmp(head + 3, exfat_name, 8) == 0)
        return true;
    enum status status = gpt_read(device, &gpt);
    if (status == STATUS_OK)
        gpt_clear(&gpt);
    return status != STATUS_NOT_FOUND;
}

/* "/media/x/hiperiso/hiperiso.json" lies on the data partition at "/media/x". */
static int find_folders(struct source *source)
{
    auto_free char *path = realpath(source->operand, NULL);

    if (path == NULL)
        return fail("%s: cannot be found again", source->operand);
    char *slash = strrchr(path, '/');
    source->name = strdup(slash + 1);
    source->folder = strndup(path, (size_t)(slash - path));
    if (source->name == NULL || source->folder == NULL)
        return fail("out of memory");
    const size_t len = strlen(source->folder), own = strlen(LAYOUT_DATA_DIR);
    if (len >= own && strcmp(source->folder + len - own, LAYOUT_DATA_DIR) == 0) {
        source->root = strndup(source->folder, len - own);
        if (source->root == NULL)
            return fail("out of memory");
    }
    return 0;
}

int source_open(const char *operand, struct source *ret_source)
{
    struct stat state;
    int result;

    *ret_source = (struct source){.operand = operand, .target = TARGET_CLOSED};
    if (stat(operand, &state) == 0 && S_ISDIR(state.st_mode))
        return fail("%s: is a folder; name a stick's image, a stick or a hiperiso.json", operand);
    if (target_open(&ret_source->target, operand) < 0)
        return -1;
    ret_source->is_stick = looks_like_stick(&ret_source->target.device);
    if (ret_source->is_stick) {
        result = volume_open(&ret_source->target, &ret_source->volume);
        ret_source->name = result == 0 ? strdup(CONFIG_NAME) : NULL;
        if (result == 0 && ret_source->name == NULL)
            result = fail("out of memory");
    } else {
        result = find_folders(ret_source);
    }
    if (result < 0)
        source_close(ret_source);
    return result;
}

void source_close(struct source *source)
{
    if (source->is_stick)
        volume_close(&source->volume);
    target_close(&source->target);
    free(source->folder);
    free(source->root);
    free(source->name);
    *source = (struct source){.target = TARGET_CLOSED};
}

/* ---- small files ---- */

static enum status read_whole(const struct blockdev *device, size_t max, char **ret_text,
                              size_t *ret_len)
{
    if (device->size_bytes > max)
        return STATUS_TOO_LARGE;
    size_t len = (size_t)device->size_bytes;
    auto_free char *text = malloc(len + 1);
    if (text == NULL)
        return STATUS_NO_MEMORY;
    if (len > 0 && device->read(device->context, 0, len, text) != STATUS_OK)
        return STATUS_IO;
    text[len] = '\0';
    *ret_text = take_ptr(text);
    *ret_len = len;
    return STATUS_OK;
}

/* The path on this machine that stands for PATH on the data partition, a new text. */
static enum status host_path(const struct source *source, const char *path, char **ret_path)
{
    const size_t own = strlen(LAYOUT_DATA_DIR);
    const char *folder = source->root, *rest = path;
    struct strbuf text = STRBUF_INIT;

    if (strncmp(path, LAYOUT_DATA_DIR "/", own + 1) == 0) {
        folder = source->folder;
        rest = path + own;
    }
    if (folder == NULL)
        return STATUS_NOT_FOUND;
    strbuf_printf(&text, "%s%s", folder, rest);
    *ret_path = strbuf_take(&text);
    return *ret_path != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status open_on_host(const struct source *source, const char *path,
                                struct source_file *ret_file)
{
    auto_free char *host = NULL;
    struct stat state;

    enum status status = host_path(source, path, &host);
    if (status != STATUS_OK)
        return status;
    if (stat(host, &state) < 0)
        return STATUS_NOT_FOUND;
    if (S_ISDIR(state.st_mode))
        return STATUS_INVALID;
    return source_open_file(host, ret_file) == 0 ? STATUS_OK : STATUS_IO;
}

enum status source_read(struct source *source, const char *path, size_t max, char **ret_text,
                        size_t *ret_len)
{
    auto_strbuf real_path = STRBUF_INIT;
    struct source_file file;

    if (!source->is_stick && strcmp(path, LAYOUT_DATA_CONFIG) == 0)
        return read_whole(&source->target.device, max, ret_text, ret_len);
    enum status status = source_open_image(source, path, &file, &real_path);
    if (status != STATUS_OK)
        return status;
    status = read_whole(&file.device, max, ret_text, ret_len);
    source_close_file(&file);
    return status;
}

/* ---- the configuration ---- */

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    auto_strbuf path = STRBUF_INIT;

    enum status status = config_template_path(name, &path);
    if (status != STATUS_OK)
        return status;
    return source_read(context, strbuf_text(&path), max, ret_text, ret_len);
}

int source_load_config(struct source *source, struct problem_list *problems,
                       struct config **ret_config, bool *ret_is_absent)
{
    const struct template_source templates = {.load = load_template, .context = source};
    auto_free char *text = NULL;
    struct config *config = NULL;
    size_t len = 0;

    enum status status = source_read(source, LAYOUT_DATA_CONFIG, CONFIG_FILE_MAX, &text, &len);
    if (ret_is_absent != NULL)
        *ret_is_absent = status == STATUS_NOT_FOUND;
    if (status == STATUS_OK) {
        status = config_parse(source->name, text, len, problems, &config);
        if (status == STATUS_OK)
            status = config_load_templates(config, &templates, problems);
    } else if (status != STATUS_NO_MEMORY) {
        if (status != STATUS_NOT_FOUND)
            problem_add(problems, source->name, 0, 0,
                        "cannot be read (%s); the defaults are in effect", status_text(status));
        config = config_new();
        status = config != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    }
    if (status != STATUS_OK) {
        config_free(config);
        return fail("%s: %s", source->operand, status_text(status));
    }
    *ret_config = config;
    return 0;
}

/* ---- images ---- */

static enum status read_node(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    struct source_file *file = context;
    size_t got = 0;

    enum status status =
        exfat_read(file->fs, &file->node, &file->position, off, len, ret_bytes, &got);
    if (status != STATUS_OK)
        return status;
    return got == len ? STATUS_OK : STATUS_CORRUPT;
}

/* Walks down from the root name by name: what a path is called on the stick decides on its state's
 * folder. */
static enum status find_node(struct exfat *fs, const char *path, struct exfat_node *ret_node,
                             struct strbuf *real_path)
{
    struct exfat_node node = exfat_root(fs);

    for (const char *p = path + strspn(path, "/"); *p != '\0'; p += strspn(p, "/")) {
        auto_free uint16_t *units = NULL;
        struct exfat_entry entry;
        size_t len = strcspn(p, "/"), unit_count;
        auto_free char *name = text_copy_part(p, len);
        if (name == NULL)
            return STATUS_NO_MEMORY;
        enum status status = utf16_from_utf8(name, &units, &unit_count);
        if (status == STATUS_OK)
            status = exfat_lookup_name(fs, &node, units, unit_count, &entry);
        if (status != STATUS_OK)
            return status;
        strbuf_printf(real_path, "/%s", entry.name);
        node = entry.node;
        p += len;
    }
    *ret_node = node;
    return strbuf_status(real_path);
}

static enum status open_on_stick(struct source *source, const char *path, struct source_file *file,
                                 struct strbuf *real_path)
{
    enum status status = find_node(source->volume.fs, path, &file->node, real_path);

    if (status != STATUS_OK)
        return status;
    if ((file->node.attributes & EXFAT_ATTR_DIRECTORY) != 0)
        return STATUS_INVALID;
    file->fs = source->volume.fs;
    file->volume_fd = source->target.fd;
    file->volume_off = source->volume.window.off;
    file->device = (struct blockdev){
        .read = read_node,
        .context = file,
        .size_bytes = file->node.size_bytes,
        .block_bytes = 512,
    };
    return STATUS_OK;
}

enum status source_open_image(struct source *source, const char *path, struct source_file *ret_file,
                              struct strbuf *real_path)
{
    *ret_file = (struct source_file){.target = TARGET_CLOSED};
    if (source->is_stick)
        return open_on_stick(source, path, ret_file, real_path);
    strbuf_append(real_path, path);
    if (strbuf_status(real_path) != STATUS_OK)
        return strbuf_status(real_path);
    return open_on_host(source, path, ret_file);
}

int source_open_file(const char *path, struct source_file *ret_file)
{
    *ret_file = (struct source_file){.target = TARGET_CLOSED};
    if (target_open(&ret_file->target, path) < 0)
        return -1;
    ret_file->device = ret_file->target.device;
    return 0;
}

void source_close_file(struct source_file *file)
{
    target_close(&file->target);
}
