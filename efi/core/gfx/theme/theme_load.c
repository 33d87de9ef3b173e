/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads a theme: its text, fonts and pictures from the volume, each within bounds. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "efi/core/gfx/theme/theme_private.h"

#define SHOWN_BYTES 200 /* of a path, in messages */
#define ICON_FOLDER "icons/"
#define ICON_SUFFIX ".png"
#define FONT_SUFFIX ".pf2"

static bool ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), suffix_len = strlen(suffix);
    return len > suffix_len && strcasecmp(name + len - suffix_len, suffix) == 0;
}

enum status theme_load_image(struct theme *theme, const char *file, struct image *ret_image,
                             struct strbuf *reason)
{
    auto_strbuf path = STRBUF_INIT;
    auto_free uint8_t *bytes = NULL;
    const char *fault = NULL;
    size_t len;

    theme_append_path(&path, theme->folder, file);
    enum status status = strbuf_status(&path);
    if (status == STATUS_OK)
        status = theme->files->read(theme->files->context, strbuf_text(&path), IMAGE_FILE_BYTES_MAX,
                                    &bytes, &len);
    if (status == STATUS_OK)
        status = image_decode(bytes, len, ret_image, &fault);
    if (status == STATUS_OK) {
        theme->pixels += (uint64_t)ret_image->width * ret_image->height;
        if (theme->pixels <= THEME_PIXELS_MAX)
            return STATUS_OK;
        image_clear(ret_image);
        status = STATUS_TOO_LARGE;
        fault = "the theme's pictures are above 32 million pixels";
    }
    strbuf_printf(reason, "%.*s: %s", (int)text_cut(strbuf_text(&path), SHOWN_BYTES),
                  strbuf_text(&path), fault != NULL ? fault : status_text(status));
    return status;
}

/* Pictures that are not there are none; GRUB has it so, and most boxes have not all nine. */
static enum status load_box_parts(struct theme *theme, struct theme_box *box)
{
    const char *star = strchr(box->pattern, '*');
    for (int part = 0; part < THEME_BOX_PARTS; part++) {
        auto_strbuf file = STRBUF_INIT, reason = STRBUF_INIT;
        strbuf_append_bytes(&file, box->pattern, (size_t)(star - box->pattern));
        strbuf_append(&file, theme_box_part_names[part]);
        strbuf_append(&file, star + 1);
        enum status status = strbuf_status(&file);
        if (status == STATUS_OK)
            status = theme_load_image(theme, strbuf_text(&file), &box->raw[part], &reason);
        if (status == STATUS_NO_MEMORY)
            return status;
    }
    return STATUS_OK;
}

enum status theme_load_box(struct theme *theme, const char *pattern, struct theme_box **ret_box)
{
    if (strchr(pattern, '*') == NULL)
        return STATUS_INVALID;
    for (unsigned i = 0; i < theme->box_count; i++) {
        if (strcmp(theme->boxes[i]->pattern, pattern) == 0) {
            *ret_box = theme->boxes[i];
            return STATUS_OK;
        }
    }
    if (theme->box_count == THEME_BOXES_MAX)
        return STATUS_TOO_LARGE;
    struct theme_box *box = calloc(1, sizeof(*box));
    if (box == NULL)
        return STATUS_NO_MEMORY;
    theme->boxes[theme->box_count++] = box;
    box->pattern = pattern;
    enum status status = load_box_parts(theme, box);
    if (status == STATUS_OK)
        *ret_box = box;
    return status;
}

const struct image *theme_find_icon(struct theme *theme, const struct theme_entry *entry, int width,
                                    int height)
{
    for (unsigned class = 0; class < entry->class_count; class ++) {
        for (unsigned i = 0; i < theme->icon_count; i++) {
            struct theme_icon *icon = &theme->icons[i];
            if (strcmp(icon->name, entry->classes[class]) != 0)
                continue;
            if (!icon->is_tried) {
                char file[sizeof(ICON_FOLDER) + THEME_CLASS_MAX + sizeof(ICON_SUFFIX)];
                auto_strbuf reason = STRBUF_INIT;
                struct image raw;
                icon->is_tried = true;
                strcpy(file, ICON_FOLDER);
                strcpy(file + strlen(file), icon->name);
                strcpy(file + strlen(file), ICON_SUFFIX);
                if (width > 0 && height > 0 &&
                    theme_load_image(theme, file, &raw, &reason) == STATUS_OK) {
                    if (theme_image_stretch(&raw, (unsigned)width, (unsigned)height,
                                            &icon->image) != STATUS_OK)
                        icon->image = (struct image){0};
                    image_clear(&raw);
                }
            }
            if (icon->image.pixels != NULL)
                return &icon->image;
        }
    }
    return NULL;
}

static enum status take_icon(void *context, const char *name)
{
    struct theme *theme = context;
    size_t len = strlen(name);
    if (!ends_with(name, ICON_SUFFIX) || len - strlen(ICON_SUFFIX) >= THEME_CLASS_MAX)
        return STATUS_OK;
    if (theme->icon_count == THEME_ICONS_MAX)
        return STATUS_END;
    struct theme_icon *icon = &theme->icons[theme->icon_count++];
    memcpy(icon->name, name, len - strlen(ICON_SUFFIX));
    return STATUS_OK;
}

/* A theme without icons is a theme. */
static enum status list_icons(struct theme *theme)
{
    auto_strbuf folder = STRBUF_INIT;
    theme->icons = calloc(THEME_ICONS_MAX, sizeof(*theme->icons));
    if (theme->icons == NULL)
        return STATUS_NO_MEMORY;
    theme_append_path(&folder, theme->folder, ICON_FOLDER);
    enum status status = strbuf_status(&folder);
    if (status != STATUS_OK)
        return status;
    status = theme->files->list(theme->files->context, strbuf_text(&folder), take_icon, theme);
    return status == STATUS_NO_MEMORY ? status : STATUS_OK;
}

struct font_names {
    char *names[THEME_FONTS_MAX];
    unsigned count;
};

static enum status take_font_name(void *context, const char *name)
{
    struct font_names *fonts = context;
    if (!ends_with(name, FONT_SUFFIX))
        return STATUS_OK;
    if (fonts->count == THEME_FONTS_MAX)
        return STATUS_END;
    fonts->names[fonts->count] = strdup(name);
    if (fonts->names[fonts->count] == NULL)
        return STATUS_NO_MEMORY;
    fonts->count++;
    return STATUS_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The fonts in FOLDER by name; grub-mkconfig loads them in this order. One that is damaged is none:
 * then another stands for it. */
static enum status load_fonts(struct theme *theme, const char *folder)
{
    struct font_names fonts = {0};
    enum status status = theme->files->list(theme->files->context, folder, take_font_name, &fonts);
    status = status == STATUS_NO_MEMORY ? status : STATUS_OK;
    qsort(fonts.names, fonts.count, sizeof(fonts.names[0]), compare_names);

    for (unsigned i = 0; i < fonts.count; i++) {
        auto_strbuf path = STRBUF_INIT;
        auto_free uint8_t *bytes = NULL;
        size_t len;
        theme_append_path(&path, folder, fonts.names[i]);
        if (status == STATUS_OK && strbuf_status(&path) == STATUS_OK &&
            theme->files->read(theme->files->context, strbuf_text(&path), THEME_FONT_BYTES_MAX,
                               &bytes, &len) == STATUS_OK &&
            theme_fonts_add(&theme->fonts, bytes, len) == STATUS_OK)
            bytes = NULL;
        free(fonts.names[i]);
    }
    return status;
}

/* The stick's own font, those of the folder above, then the theme's: the last one is what stands
 * for names that no font has. */
static enum status load_all_fonts(struct theme *theme)
{
    static const char *const folders[] = {"../", "./", "f/"};
    enum status status = STATUS_OK;
    if (theme->files->font != NULL)
        status = theme_fonts_add_file(&theme->fonts, theme->files->font);
    if (status == STATUS_NO_MEMORY)
        return status;
    status = STATUS_OK;
    for (size_t i = 0; i < ARRAY_SIZE(folders) && status == STATUS_OK; i++) {
        auto_strbuf folder = STRBUF_INIT;
        theme_append_path(&folder, theme->folder, folders[i]);
        status = strbuf_status(&folder);
        if (status == STATUS_OK)
            status = load_fonts(theme, strbuf_text(&folder));
    }
    return status;
}

static enum status load(struct theme *theme, const char *path, struct theme_error *error)
{
    auto_free uint8_t *bytes = NULL;
    size_t len;
    const char *slash = strrchr(path, '/');
    size_t folder_len = slash != NULL ? (size_t)(slash - path) + 1 : 0;

    theme->folder = strndup(path, folder_len);
    if (theme->folder == NULL)
        return STATUS_NO_MEMORY;
    enum status status =
        theme->files->read(theme->files->context, path, THEME_TEXT_BYTES_MAX, &bytes, &len);
    if (status != STATUS_OK)
        return status;
    status = theme_text_parse((const char *)bytes, len, &theme->text, error);
    if (status == STATUS_OK)
        status = load_all_fonts(theme);
    if (status == STATUS_OK)
        status = list_icons(theme);
    return status == STATUS_OK ? theme_build(theme, error) : status;
}

enum status theme_open(const struct theme_files *files, const char *path, unsigned width,
                       unsigned height, struct theme **ret_theme, struct theme_error *error)
{
    theme_error_set(error, 0, 0, "%s", "");
    struct theme *theme = calloc(1, sizeof(*theme));
    enum status status = STATUS_NO_MEMORY;
    if (theme != NULL) {
        theme->files = files;
        theme->width = width;
        theme->height = height;
        status = load(theme, path, error);
    }
    if (status == STATUS_OK) {
        *ret_theme = theme;
        return STATUS_OK;
    }
    if (strbuf_text(&error->text)[0] == '\0')
        theme_error_set(error, 0, 0, "%s", status_text(status));
    theme_close(theme);
    return status;
}

void theme_close(struct theme *theme)
{
    if (theme == NULL)
        return;
    for (uint32_t i = 0; theme->components != NULL && i < theme->count; i++) {
        struct theme_component *component = &theme->components[i];
        if (component->kind == THEME_IMAGE) {
            image_clear(&component->picture.raw);
            image_clear(&component->picture.scaled);
        } else if (component->kind == THEME_CIRCULAR_PROGRESS) {
            image_clear(&component->circular.centre);
            image_clear(&component->circular.tick);
        }
    }
    for (unsigned i = 0; i < theme->box_count; i++) {
        theme_box_clear(theme->boxes[i]);
        free(theme->boxes[i]);
    }
    for (unsigned i = 0; i < theme->icon_count; i++)
        image_clear(&theme->icons[i].image);
    image_clear(&theme->desktop);
    theme_fonts_clear(&theme->fonts);
    theme_text_clear(&theme->text);
    free(theme->icons);
    free(theme->components);
    free(theme->order);
    free(theme->folder);
    free(theme);
}
