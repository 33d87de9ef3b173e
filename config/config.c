/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks things up in a configuration: aliases, tips, overrides, the settings in effect for one
 * image. */
#include "config/config.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/glob.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/base/utf.h"
#include "config/config_model.h"

struct config *config_new(void)
{
    struct config *config = calloc(1, sizeof(*config));
    if (config == NULL)
        return NULL;
    config->file = "";
    settings_init(&config->control);
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    settings_clear(&config->control);
    arena_clear(&config->arena);
    free(config);
}

const struct settings *config_control(const struct config *config)
{
    return &config->control;
}

/* ---- aliases and tips ---- */

static const char *skip_root(const char *path)
{
    if (path[0] == '.' && (path[1] == '/' || path[1] == '\\'))
        path++;
    while (*path == '/' || *path == '\\')
        path++;
    return path;
}

/* The next character as names are compared: folded, and '\' as '/', which people coming from
 * Windows write. */
static uint32_t next_code(const char **text)
{
    uint32_t code = utf8_next(text);
    return code == '\\' ? '/' : utf_fold(code);
}

static int path_compare(const char *a, const char *b)
{
    a = skip_root(a);
    b = skip_root(b);
    for (;;) {
        uint32_t x = next_code(&a), y = next_code(&b);
        if (x != y)
            return x < y ? -1 : 1;
        if (x == 0)
            return 0;
    }
}

static bool label_is_less(const struct config_label *a, const struct config_label *b)
{
    int order = path_compare(a->path, b->path);
    return order != 0 ? order < 0 : a->order < b->order;
}

/* Heap sort: moves the label at ROOT down among the first COUNT. */
static void sift_down(struct config_label *items, size_t root, size_t count)
{
    struct config_label moved = items[root];

    for (;;) {
        size_t child = root * 2 + 1;
        if (child >= count)
            break;
        if (child + 1 < count && label_is_less(&items[child], &items[child + 1]))
            child++;
        if (!label_is_less(&moved, &items[child]))
            break;
        items[root] = items[child];
        root = child;
    }
    items[root] = moved;
}

void config_labels_sort(struct config_labels *labels,
                        void (*on_duplicate)(void *context, const struct config_label *label),
                        void *context)
{
    struct config_label *items = labels->items;
    size_t kept = 0;

    for (size_t i = labels->count / 2; i-- > 0;)
        sift_down(items, i, labels->count);
    for (size_t last = labels->count; last-- > 1;) {
        struct config_label swapped = items[0];
        items[0] = items[last];
        items[last] = swapped;
        sift_down(items, 0, last);
    }
    for (size_t i = 0; i < labels->count; i++) {
        if (kept > 0 && path_compare(items[kept - 1].path, items[i].path) == 0)
            on_duplicate(context, &items[i]);
        else
            items[kept++] = items[i];
    }
    labels->count = kept;
}

static const char *find_label(const struct config_labels *labels, const char *path)
{
    size_t low = 0, high = labels->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = path_compare(path, labels->items[middle].path);
        if (order == 0)
            return labels->items[middle].text;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *config_alias(const struct config *config, const char *path)
{
    return find_label(&config->aliases, path);
}

const char *config_tip(const struct config *config, const char *path)
{
    return find_label(&config->tips, path);
}

/* ---- patterns ---- */

/* The texts that a pattern may match, for one image. */
struct subjects {
    struct strbuf path;     /* "/ISOs/x.iso" */
    struct strbuf dot_name; /* "./x.iso" */
    struct strbuf folded;   /* both, folded: what no needle is in need not be tried */
};

static void subjects_clear(struct subjects *s)
{
    strbuf_clear(&s->path);
    strbuf_clear(&s->dot_name);
    strbuf_clear(&s->folded);
}

static enum status subjects_init(struct subjects *s, const char *path)
{
    *s = (struct subjects){.path = STRBUF_INIT, .dot_name = STRBUF_INIT, .folded = STRBUF_INIT};

    if (path[0] != '/')
        strbuf_append_char(&s->path, '/');
    strbuf_append(&s->path, path);
    const char *slash = strrchr(path, '/');
    strbuf_append(&s->dot_name, "./");
    strbuf_append(&s->dot_name, slash != NULL ? slash + 1 : path);
    strbuf_append_folded(&s->folded, strbuf_text(&s->path), s->path.len);
    strbuf_append_char(&s->folded, '\n'); /* so that no needle reaches across */
    strbuf_append_folded(&s->folded, strbuf_text(&s->dot_name), s->dot_name.len);
    enum status status = strbuf_status(&s->path);
    if (status == STATUS_OK)
        status = strbuf_status(&s->dot_name);
    if (status == STATUS_OK)
        status = strbuf_status(&s->folded);
    if (status != STATUS_OK)
        subjects_clear(s);
    return status;
}

/* Does PATTERN stand for TEXT, either as a pattern or as it is written? "Fedora [x86].iso" is a
 * name, too. */
static bool matches(const char *pattern, const char *text)
{
    if (glob_match(pattern, text))
        return true;
    if (strchr(pattern, '[') == NULL || strchr(pattern, '\\') != NULL)
        return false;
    for (;;) {
        uint32_t x = utf8_next(&pattern), y = utf8_next(&text);
        if (utf_fold(x) != utf_fold(y))
            return false;
        if (x == 0)
            return true;
    }
}

static bool subjects_match(const struct subjects *s, const char *pattern)
{
    const char *path = strbuf_text(&s->path), *dot_name = strbuf_text(&s->dot_name);

    return matches(pattern, path) || matches(pattern, dot_name) || matches(pattern, path + 1) ||
           matches(pattern, dot_name + 2);
}

bool config_pattern_matches(const char *pattern, const char *path)
{
    struct subjects subjects;

    if (subjects_init(&subjects, path) != STATUS_OK)
        return false;
    bool found = subjects_match(&subjects, pattern);
    subjects_clear(&subjects);
    return found;
}

enum status config_override_prepare(struct config *config, struct config_override *override)
{
    auto_strbuf run = STRBUF_INIT, longest = STRBUF_INIT;
    const char *p = override->pattern;

    for (;;) {
        bool ends = *p == '\0' || *p == '*' || *p == '?' || *p == '[';
        if (!ends) {
            const char *start = *p == '\\' ? p + 1 : p; /* glob_check(): something follows */
            p = start;
            utf8_next(&p);
            strbuf_append_folded(&run, start, (size_t)(p - start));
            continue;
        }
        if (run.len > longest.len) {
            struct strbuf shorter = longest;
            longest = run;
            run = shorter;
        }
        strbuf_reset(&run);
        if (*p == '\0')
            break;
        if (*p == '[') {
            p++;
            if (*p == '!' || *p == '^')
                p++;
            do { /* a ']' that stands first is a member of the set */
                if (*p == '\\' && p[1] != '\0')
                    p++;
                if (*p != '\0')
                    p++;
            } while (*p != ']' && *p != '\0');
        }
        if (*p != '\0')
            p++;
    }
    if (strbuf_status(&longest) != STATUS_OK)
        return strbuf_status(&longest);
    override->needle = arena_copy(&config->arena, strbuf_text(&longest), longest.len);
    return override->needle != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status find_override(const struct config *config, const char *path,
                                 const struct config_override **ret_override)
{
    struct subjects subjects;

    *ret_override = NULL;
    if (config->override_count == 0)
        return STATUS_OK;
    enum status status = subjects_init(&subjects, path);
    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < config->override_count && *ret_override == NULL; i++) {
        const struct config_override *override = &config->overrides[i];
        if (strstr(strbuf_text(&subjects.folded), override->needle) != NULL &&
            subjects_match(&subjects, override->pattern))
            *ret_override = override;
    }
    subjects_clear(&subjects);
    return STATUS_OK;
}

const char *config_override_pattern(const struct config *config, const char *path)
{
    const struct config_override *override;

    if (find_override(config, path, &override) != STATUS_OK || override == NULL)
        return NULL;
    return override->pattern;
}

const char *config_override_template(const struct config *config, const char *path)
{
    const struct config_override *override;

    if (find_override(config, path, &override) != STATUS_OK || override == NULL)
        return NULL;
    return override->use;
}

bool config_override_sets(const struct config *config, const char *path, enum setting_id id)
{
    const struct config_override *override;

    if (find_override(config, path, &override) != STATUS_OK || override == NULL)
        return false;
    for (size_t i = 0; i < override->count; i++)
        if (override->items[i].id == id)
            return true;
    return false;
}

void config_append_origin(const struct config *config, const char *path,
                          const struct settings *settings, enum setting_id id, struct strbuf *b)
{
    enum setting_origin origin = settings_origin(settings, id);
    const char *pattern = config_override_pattern(config, path);
    const char *template = config_override_template(config, path);

    if (origin == ORIGIN_OVERRIDE && template != NULL && !config_override_sets(config, path, id))
        strbuf_printf(b, "template %s", template);
    else if (origin == ORIGIN_OVERRIDE && pattern != NULL)
        strbuf_printf(b, "override \"%s\"", pattern);
    else
        strbuf_append(b, setting_origin_text(origin));
}

/* ---- settings in effect ---- */

static enum status apply(struct settings *settings, const struct config_assignment *items,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum status status =
            settings_set_text(settings, items[i].id, items[i].text, ORIGIN_OVERRIDE, NULL);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

static const char *fault_of(const struct config_override *override)
{
    if (override == NULL || (override->use == NULL && override->fault == NULL))
        return NULL;
    if (override->fault != NULL)
        return override->fault;
    return override->template != NULL ? override->template->fault : "the templates were not read";
}

const char *config_fault(const struct config *config, const char *path)
{
    const struct config_override *override;

    if (!config->may_have_faults || find_override(config, path, &override) != STATUS_OK)
        return NULL;
    return fault_of(override);
}

enum status config_resolve(const struct config *config, const char *path,
                           struct settings *ret_settings)
{
    const struct config_override *override;
    struct settings settings;

    enum status status = find_override(config, path, &override);
    if (status != STATUS_OK)
        return status;
    if (fault_of(override) != NULL)
        return STATUS_INVALID;
    status = settings_copy(&config->control, &settings);
    if (status != STATUS_OK)
        return status;
    if (override != NULL && override->template != NULL)
        status = apply(&settings, override->template->items, override->template->count);
    if (status == STATUS_OK && override != NULL)
        status = apply(&settings, override->items, override->count);
    if (status != STATUS_OK) {
        settings_clear(&settings);
        return status;
    }
    *ret_settings = settings;
    return STATUS_OK;
}
