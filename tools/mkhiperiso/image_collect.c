/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns options into planned files and folders. */
#include "tools/mkhiperiso/image_collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "config/layout.h"
#include "tools/mkhiperiso/embedded.h"
#include "tools/mkhiperiso/image_check.h"
#include "tools/mkhiperiso/image_config.h"
#include "tools/mkhiperiso/report.h"

#define THEME_DEPTH_MAX 8 /* folders in folders; links may run in a circle */

static const char *const folders[] = {
    LAYOUT_DATA_OVERRIDES_DIR,
    LAYOUT_DATA_THEMES_DIR,
    LAYOUT_DATA_LOGS_DIR,
    LAYOUT_DATA_STATE_DIR,
};

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static bool is_folder(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* The file at SOURCE into the stick's FOLDER ("" = the top). */
static int add_into(struct image_plan *plan, const char *source, const char *folder)
{
    auto_free char *path = NULL;

    if (asprintf(&path, "%s/%s", folder, base_name(source)) < 0)
        return fail("out of memory");
    return image_plan_add_file(plan, source, path);
}

static int add_image(struct image_plan *plan, const char *file)
{
    if (add_into(plan, file, "") < 0)
        return -1;
    return image_check(file);
}

static int add_images_of(struct image_plan *plan, const char *folder)
{
    struct dirent **names = NULL;
    int result = 0, images = 0, count = scandir(folder, &names, NULL, alphasort);

    if (count < 0)
        return fail("%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        auto_free char *path = NULL;
        if (result == 0 && image_has_name(names[i]->d_name)) {
            images++;
            if (asprintf(&path, "%s/%s", folder, names[i]->d_name) < 0)
                result = fail("out of memory");
            else if (!is_folder(path))
                result = add_image(plan, path);
        }
        free(names[i]);
    }
    free(names);
    if (result == 0 && images == 0)
        return fail("%s: holds no disc or disk images", folder);
    return result;
}

/* "FILE:/PATH": a colon is in no name on exFAT, so the last ":/" is ours. */
static int add_placed(struct image_plan *plan, const char *argument)
{
    const char *colon = NULL;

    for (const char *c = argument; (c = strstr(c, ":/")) != NULL; c++)
        colon = c;
    if (colon == NULL || colon == argument)
        return misuse("--add: %s is not FILE:/PATH", argument);
    int result = image_plan_check_path(colon + 1);
    if (result < 0)
        return result;
    auto_free char *file = strndup(argument, (size_t)(colon - argument));
    if (file == NULL)
        return fail("out of memory");
    return image_plan_add_file(plan, file, colon + 1);
}

/* The files of FOLDER and below to TARGET on the stick. */
static int add_tree(struct image_plan *plan, const char *folder, const char *target, unsigned depth)
{
    struct dirent **names = NULL;
    int result = 0, count = scandir(folder, &names, NULL, alphasort);

    if (count < 0)
        return fail("%s: %s", folder, strerror(errno));
    if (depth > THEME_DEPTH_MAX)
        result = fail("%s: more than %d folders in each other", folder, THEME_DEPTH_MAX);
    for (int i = 0; i < count; i++) {
        const char *name = names[i]->d_name;
        auto_free char *path = NULL, *place = NULL;
        if (result == 0 && name[0] != '.') {
            if (asprintf(&path, "%s/%s", folder, name) < 0 ||
                asprintf(&place, "%s/%s", target, name) < 0)
                result = fail("out of memory");
            else if (is_folder(path))
                result = add_tree(plan, path, place, depth + 1);
            else
                result = image_plan_add_file(plan, path, place);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

static int add_theme(struct image_plan *plan, const char *folder)
{
    auto_free char *clean = strdup(folder), *target = NULL, *text = NULL;
    struct stat about;

    if (clean == NULL)
        return fail("out of memory");
    for (size_t len = strlen(clean); len > 1 && clean[len - 1] == '/'; len--)
        clean[len - 1] = '\0';
    if (asprintf(&target, LAYOUT_DATA_THEMES_DIR "/%s", base_name(clean)) < 0 ||
        asprintf(&text, "%s/theme.txt", clean) < 0)
        return fail("out of memory");
    if (stat(text, &about) < 0)
        return fail("%s: is no theme: %s", folder, strerror(errno));
    return add_tree(plan, clean, target, 0);
}

int image_collect(struct image_plan *plan, const struct image_inputs *inputs)
{
    for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
        if (image_plan_add_folder(plan, folders[i]) < 0)
            return -1;
    for (size_t i = 0; i < inputs->isos->list_count; i++) {
        const char *iso = inputs->isos->list[i];
        if ((is_folder(iso) ? add_images_of(plan, iso) : add_image(plan, iso)) < 0)
            return -1;
    }
    for (size_t i = 0; i < inputs->placed->list_count; i++) {
        int result = add_placed(plan, inputs->placed->list[i]);
        if (result < 0)
            return result;
    }
    for (size_t i = 0; i < inputs->overrides->list_count; i++)
        if (add_into(plan, inputs->overrides->list[i], LAYOUT_DATA_OVERRIDES_DIR) < 0)
            return -1;
    if (inputs->theme != NULL && add_theme(plan, inputs->theme) < 0)
        return -1;
    if (inputs->config != NULL && image_config_add(plan, inputs->config) < 0)
        return -1;
    for (size_t i = 0; i < embedded_file_count; i++) {
        const struct embedded_file *file = &embedded_files[i];
        if (!image_plan_has(plan, file->path) &&
            image_plan_add_bytes(plan, file->bytes, file->len, file->path) < 0)
            return -1;
    }
    if (inputs->config == NULL)
        return 0;
    return image_config_check(plan, inputs->config, inputs->allow_problems);
}
