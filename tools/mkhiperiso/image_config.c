/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and checks a new image's configuration before anything is written. */
#include "tools/mkhiperiso/image_config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/config.h"
#include "config/layout.h"
#include "tools/mkhiperiso/interrupt.h"
#include "tools/mkhiperiso/report.h"

/* Reads the whole of PATH, at most MAX bytes; a new text with a NUL behind. NULL after an error,
 * reported. */
static char *read_file(const char *path, size_t max, size_t *ret_len)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for a writer */

    if (fd < 0 || fstat(fd, &status) < 0) {
        fail("%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size > max) {
        fail("%s: is no ordinary file of at most %zu bytes", path, max);
        close(fd);
        return NULL;
    }
    size_t len = (size_t)status.st_size, done = 0;
    char *text = malloc(len + 1);
    while (text != NULL && done < len) {
        ssize_t part = read(fd, text + done, len - done);
        if (part < 0 && errno == EINTR && !is_interrupted())
            continue;
        if (part <= 0)
            break;
        done += (size_t)part;
    }
    close(fd);
    if (text == NULL || done < len) {
        fail("%s: %s", path, text == NULL ? "out of memory" : "cannot be read to its end");
        free(text);
        return NULL;
    }
    text[len] = '\0';
    *ret_len = len;
    return text;
}

int image_config_add(struct image_plan *plan, const char *path)
{
    size_t len;
    auto_free char *text = read_file(path, CONFIG_FILE_MAX, &len);

    if (text == NULL)
        return -1;
    return image_plan_add_bytes(plan, text, len, LAYOUT_DATA_CONFIG);
}

/* The contents of the file that will be at PATH, a new text. */
static enum status read_planned(const struct image_plan *plan, const char *path, size_t max,
                                char **ret_text, size_t *ret_len)
{
    for (size_t i = 0; i < plan->file_count; i++) {
        const struct image_file *file = &plan->files[i];
        if (strcasecmp(file->path, path) != 0)
            continue;
        if (file->size_bytes > max)
            return STATUS_TOO_LARGE;
        size_t len = (size_t)file->size_bytes;
        char *text = file->bytes != NULL ? text_copy_part(file->bytes, len)
                                         : read_file(file->source, max, &len);
        if (text == NULL)
            return file->bytes != NULL ? STATUS_NO_MEMORY : STATUS_IO;
        *ret_text = text;
        *ret_len = len;
        return STATUS_OK;
    }
    return STATUS_NOT_FOUND;
}

static enum status load_template(void *context, const char *name, size_t max, char **ret_text,
                                 size_t *ret_len)
{
    auto_strbuf path = STRBUF_INIT;

    enum status status = config_template_path(name, &path);
    if (status != STATUS_OK)
        return status;
    return read_planned(context, strbuf_text(&path), max, ret_text, ret_len);
}

int image_config_check(const struct image_plan *plan, const char *path, bool force)
{
    const struct template_source templates = {.load = load_template, .context = (void *)plan};
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config = NULL;
    auto_free char *text = NULL;
    size_t len = 0;

    enum status status = read_planned(plan, LAYOUT_DATA_CONFIG, CONFIG_FILE_MAX, &text, &len);
    if (status == STATUS_OK)
        status = config_parse(path, text, len, &problems, &config);
    if (status == STATUS_OK)
        status = config_load_templates(config, &templates, &problems);
    config_free(config);
    size_t count = problems.count + problems.not_kept;
    for (size_t i = 0; i < problems.count; i++) {
        auto_free char *line = problem_text(&problems.items[i]);
        if (line != NULL)
            fprintf(stderr, "%s\n", line);
    }
    problem_list_clear(&problems);
    if (status != STATUS_OK)
        return fail("%s: %s", path, status_text(status));
    if (count > 0 && !force)
        return fail("%s: %zu problem%s; correct %s, or --allow-problems takes it as it is", path,
                    count, count == 1 ? "" : "s", count == 1 ? "it" : "them");
    return 0;
}
