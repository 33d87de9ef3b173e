/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of hiperiso.json, and templates: which keys they have and what becomes of them. */
#include <stdlib.h>
#include <string.h>

#include "config/base/glob.h"
#include "config/base/text.h"
#include "config/config_model.h"
#include "config/settings_json.h"
#include "config/suggest.h"

static const char *const top_keys[] = {"control",       "theme",   "menu_alias", "menu_tip",
                                       "iso_overrides", "$schema", NULL};

/* ---- keys ---- */

enum section { SECTION_CONTROL, SECTION_THEME, SECTION_OVERRIDE, SECTION_COUNT };

static enum status find_key(enum section section, const char *key, enum setting_id *ret_id)
{
    switch (section) {
    case SECTION_CONTROL:
        return setting_by_control_key(key, strlen(key), ret_id);
    case SECTION_THEME:
        return setting_by_theme_key(key, strlen(key), ret_id);
    default:
        return setting_by_override_key(key, strlen(key), ret_id);
    }
}

static const char *key_in(enum section section, enum setting_id id)
{
    const struct setting_info *info = setting_info(id);

    if (section == SECTION_OVERRIDE)
        return info->override_key;
    return info->in_theme == (section == SECTION_THEME) ? info->control_key : NULL;
}

/* Says what is known instead of KEY: the setting's name in this section, its own section, or the
 * nearest name. */
static void report_unknown_key(struct reader *r, enum section section, const char *at,
                               const struct where *where, const char *key)
{
    static const char *const sections[] = {"control", "theme", "iso_overrides"};
    const char *known[SETTING_COUNT + 2];
    size_t count = 0;

    for (size_t i = 0; top_keys[i] != NULL; i++) {
        if (strcmp(top_keys[i], key) == 0) {
            reader_report(r, at, where, key,
                          "unknown key here; it stands at the top of the file: is a } missing "
                          "before it?");
            return;
        }
    }
    for (int other = 0; other < SECTION_COUNT; other++) {
        enum setting_id id;
        if (other == section || find_key((enum section)other, key, &id) != STATUS_OK)
            continue;
        if (key_in(section, id) != NULL)
            reader_report(r, at, where, key, "unknown key; here it is called %s",
                          key_in(section, id));
        else
            reader_report(r, at, where, key, "unknown key here; move it to %s", sections[other]);
        return;
    }
    for (int id = 0; id < SETTING_COUNT; id++) {
        const char *name = key_in(section, (enum setting_id)id);
        if (name != NULL)
            known[count++] = name;
    }
    if (section == SECTION_OVERRIDE)
        known[count++] = "use";
    known[count] = NULL;
    const char *near = suggest_nearest(key, known);
    if (near != NULL)
        reader_report(r, at, where, key, "unknown key; did you mean %s?", near);
    else
        reader_report(r, at, where, key, "unknown key; remove it");
}

/* Does KEY stand in its object for the first time? */
static bool is_first(struct reader *r, bool *seen, const char *at, const struct where *where,
                     const char *key)
{
    if (*seen)
        reader_report(r, at, where, key, "stands twice; the first one counts, remove one");
    bool first = !*seen;
    *seen = true;
    return first;
}

/* ---- control and theme ---- */

static void read_settings(struct reader *r, enum section section, const struct node *node,
                          const char *name, struct settings *settings)
{
    const struct where where = {.section = name, .index = -1};
    bool seen[SETTING_COUNT] = {false};
    struct json_span span;
    struct node value;
    const char *key;

    if (!reader_is_object(r, node, &where, NULL))
        return;
    struct walk walk = walk_start(node);
    while (r->status == STATUS_OK && walk_next(&walk, &key, &span, &value)) {
        enum setting_id id;
        if (find_key(section, key, &id) != STATUS_OK)
            report_unknown_key(r, section, span.start, &where, key);
        else if (is_first(r, &seen[id], span.start, &where, key))
            reader_set_value(r, settings, id, ORIGIN_CONTROL, &value, &where, key, NULL);
    }
}

/* ---- menu_alias and menu_tip ---- */

/* One {iso, TEXT_KEY}. False if it is not complete, with a problem. */
static bool read_label(struct reader *r, const struct node *node, const struct where *where,
                       const char *text_key, struct config_label *label)
{
    const char *const known[] = {"iso", text_key, NULL};
    bool seen[2] = {false};
    struct json_span span;
    struct node value;
    const char *key, *texts[2] = {NULL};

    if (!reader_is_object(r, node, where, NULL))
        return false;
    struct walk walk = walk_start(node);
    while (walk_next(&walk, &key, &span, &value)) {
        int i = strcmp(key, known[0]) == 0 ? 0 : strcmp(key, known[1]) == 0 ? 1 : -1;
        if (i < 0) {
            const char *near = suggest_nearest(key, known);
            if (near != NULL)
                reader_report(r, span.start, where, key, "unknown key; did you mean %s?", near);
            else
                reader_report(r, span.start, where, key, "unknown key; remove it");
        } else if (is_first(r, &seen[i], span.start, where, key)) {
            texts[i] = reader_text(r, &value, where, key);
            if (i == 0)
                label->off = (size_t)(value.span.start - r->text);
            if (texts[i] != NULL && texts[i][0] == '\0') {
                reader_report(r, value.span.start, where, key, "is empty; write a text");
                texts[i] = NULL;
            }
        }
    }
    for (int i = 0; i < 2; i++)
        if (!seen[i])
            reader_report(r, node->span.start, where, NULL,
                          "%s is missing; write {\"iso\": \"/PATH\", \"%s\": \"TEXT\"}", known[i],
                          text_key);
    if (texts[0] == NULL || texts[1] == NULL)
        return false;
    label->path = reader_keep(r, texts[0], strlen(texts[0]));
    label->text = reader_keep(r, texts[1], strlen(texts[1]));
    return r->status == STATUS_OK;
}

static size_t count_children(const struct node *node)
{
    struct walk walk = walk_start(node);
    struct json_span span;
    struct node child;
    const char *key;
    size_t count = 0;

    while (walk_next(&walk, &key, &span, &child))
        count++;
    return count;
}

struct duplicate_context {
    struct reader *reader;
    const char *section;
};

static void report_duplicate(void *context, const struct config_label *label)
{
    struct duplicate_context *c = context;
    const struct where where = {.section = c->section, .index = (long)label->order};

    reader_report(c->reader, c->reader->text + label->off, &where, "iso",
                  "\"%.*s\" stands twice; the first one counts, remove one",
                  (int)text_cut(label->path, READER_SHOWN_MAX), label->path);
}

static void read_labels(struct reader *r, const struct node *node, const char *section,
                        const char *text_key, struct config_labels *labels)
{
    struct duplicate_context duplicates = {.reader = r, .section = section};
    struct where where = {.section = section, .index = -1};
    struct json_span span;
    struct node element;
    const char *key;
    size_t index = 0;

    if (!reader_is_list(r, node, &where, NULL))
        return;
    size_t count = count_children(node);
    labels->items = arena_alloc(r->arena, count * sizeof(*labels->items));
    if (labels->items == NULL) {
        r->status = STATUS_NO_MEMORY;
        return;
    }
    struct walk walk = walk_start(node);
    while (r->status == STATUS_OK && walk_next(&walk, &key, &span, &element)) {
        struct config_label label = {.order = index};
        where.index = (long)index++;
        if (read_label(r, &element, &where, text_key, &label))
            labels->items[labels->count++] = label;
    }
    config_labels_sort(labels, report_duplicate, &duplicates);
}

/* ---- iso_overrides ---- */

/* Checks the name of a template: it becomes a file name. False with a problem if it is none. */
static bool read_template_name(struct reader *r, const struct node *node, const struct where *where,
                               const char *key, struct config_override *override)
{
    const char *name = reader_text(r, node, where, key);

    if (name == NULL)
        return false;
    size_t len = strlen(name);
    if (len == 0 || len > CONFIG_TEMPLATE_NAME_MAX || name[0] == '.' ||
        strpbrk(name, "/\\:*?\"<>|") != NULL) {
        reader_report(r, node->span.start, where, key,
                      "\"%.*s\" is no name of a template: write NAME for iso_overrides/NAME.json",
                      (int)text_cut(name, READER_SHOWN_MAX), name);
        return false;
    }
    if (len > 5 && strcmp(name + len - 5, ".json") == 0) {
        reader_report(r, node->span.start, where, key, "\"%.*s\": leave out .json",
                      (int)text_cut(name, READER_SHOWN_MAX), name);
        len -= 5;
    }
    override->use = reader_keep(r, name, len);
    reader_place(r, node->span.start, &override->use_line, &override->use_column);
    return true;
}

/* An override that names no template where it should is a fault of every image it matches. */
static void read_use(struct reader *r, const struct node *node, const struct where *where,
                     const char *key, struct config_override *override)
{
    struct problem_list own = PROBLEM_LIST_INIT, *problems = r->problems;

    r->problems = &own;
    bool is_name = read_template_name(r, node, where, key, override);
    r->problems = problems;
    if (!is_name && config_keep_fault(r->arena, &own, &override->fault) != STATUS_OK)
        r->status = STATUS_NO_MEMORY;
    problem_list_move(problems, &own);
}

/* The keys of one override, or of a template: that has no OVERRIDE and cannot name another. False
 * if NODE is no object. */
static bool read_assignments(struct reader *r, const struct node *node, const struct where *where,
                             struct config_override *override, struct config_assignments *ret_keys)
{
    bool seen[SETTING_COUNT] = {false}, seen_use = false;
    struct settings scratch;
    struct json_span span;
    struct node value;
    const char *key;

    ret_keys->count = 0;
    if (!reader_is_object(r, node, where, NULL))
        return false;
    settings_init(&scratch);
    struct walk walk = walk_start(node);
    while (r->status == STATUS_OK && walk_next(&walk, &key, &span, &value)) {
        enum setting_id id;
        if (strcmp(key, "use") == 0) {
            if (override == NULL)
                reader_report(r, span.start, where, key,
                              "a template cannot use another; remove it");
            else if (is_first(r, &seen_use, span.start, where, key))
                read_use(r, &value, where, key, override);
        } else if (find_key(SECTION_OVERRIDE, key, &id) != STATUS_OK) {
            report_unknown_key(r, SECTION_OVERRIDE, span.start, where, key);
        } else if (is_first(r, &seen[id], span.start, where, key)) {
            struct config_assignment *item = &ret_keys->items[ret_keys->count];
            item->id = id;
            if (reader_set_value(r, &scratch, id, ORIGIN_OVERRIDE, &value, where, key, &item->text))
                ret_keys->count++;
        }
    }
    settings_clear(&scratch);
    return true;
}

static bool read_override(struct reader *r, struct config *config, const struct node *node,
                          const char *pattern, const struct where *where,
                          struct config_override *override)
{
    struct config_assignments keys = {.count = 0};

    if (node_is_string(node))
        read_use(r, node, where, NULL, override);
    else
        read_assignments(r, node, where, override, &keys);
    if (r->status != STATUS_OK)
        return false;
    override->pattern = reader_keep(r, pattern, strlen(pattern));
    struct config_assignment *items = arena_alloc(r->arena, keys.count * sizeof(*items));
    if (items == NULL || override->pattern == NULL ||
        config_override_prepare(config, override) != STATUS_OK) {
        r->status = STATUS_NO_MEMORY;
        return false;
    }
    memcpy(items, keys.items, keys.count * sizeof(*items));
    override->items = items;
    override->count = keys.count;
    return true;
}

/* FNV-1a: tells patterns apart before they are compared. */
static uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 16777619u;
    return hash;
}

static bool is_known_pattern(const struct config *config, const char *pattern, uint32_t hash)
{
    for (size_t i = 0; i < config->override_count; i++)
        if (config->overrides[i].hash == hash && strcmp(config->overrides[i].pattern, pattern) == 0)
            return true;
    return false;
}

static void read_overrides(struct reader *r, const struct node *node, struct config *config)
{
    struct where where = {.section = "iso_overrides", .index = -1};
    struct json_span span;
    struct node value;
    const char *pattern;

    if (!reader_is_object(r, node, &where, NULL))
        return;
    size_t count = count_children(node);
    if (count > CONFIG_OVERRIDES_MAX) {
        reader_report(r, node->span.start, &where, NULL,
                      "%zu patterns are above the maximum %u; the first ones are in force", count,
                      (unsigned)CONFIG_OVERRIDES_MAX);
        count = CONFIG_OVERRIDES_MAX;
    }
    config->overrides = arena_alloc(r->arena, count * sizeof(*config->overrides));
    if (config->overrides == NULL) {
        r->status = STATUS_NO_MEMORY;
        return;
    }
    struct walk walk = walk_start(node);
    while (count-- > 0 && r->status == STATUS_OK && walk_next(&walk, &pattern, &span, &value)) {
        struct config_override override = {.hash = hash_text(pattern)};
        const char *wrong = pattern[0] == '\0' ? "the pattern is empty" : glob_check(pattern);
        where.pattern = pattern;
        if (wrong != NULL)
            reader_report(r, span.start, &where, NULL,
                          "%s; correct the pattern, it matches nothing", wrong);
        else if (is_known_pattern(config, pattern, override.hash))
            reader_report(r, span.start, &where, NULL,
                          "stands twice; the first one counts, remove one");
        else if (read_override(r, config, &value, pattern, &where, &override))
            config->overrides[config->override_count++] = override;
        config->may_have_faults =
            config->may_have_faults || override.use != NULL || override.fault != NULL;
    }
}

/* ---- the file ---- */

static void report_unknown_section(struct reader *r, const char *at, const struct where *where,
                                   const char *key)
{
    enum setting_id id;
    const char *near = suggest_nearest(key, top_keys);

    if (find_key(SECTION_CONTROL, key, &id) == STATUS_OK)
        reader_report(r, at, where, key, "unknown key here; move it to control");
    else if (find_key(SECTION_OVERRIDE, key, &id) == STATUS_OK)
        reader_report(r, at, where, key, "unknown key here; in control it is called %s",
                      setting_info(id)->control_key);
    else if (near != NULL)
        reader_report(r, at, where, key, "unknown key; did you mean %s?", near);
    else
        reader_report(r, at, where, key, "unknown key; remove it");
}

static void read_top(struct reader *r, const struct node *root, struct config *config)
{
    static const struct where top = {.index = -1};
    bool seen[sizeof(top_keys) / sizeof(top_keys[0])] = {false};
    struct json_span span;
    struct node value;
    const char *key;

    if (!reader_is_object(r, root, &top, NULL))
        return;
    struct walk walk = walk_start(root);
    while (r->status == STATUS_OK && walk_next(&walk, &key, &span, &value)) {
        size_t i = 0;
        while (top_keys[i] != NULL && strcmp(top_keys[i], key) != 0)
            i++;
        if (top_keys[i] == NULL) {
            report_unknown_section(r, span.start, &top, key);
            continue;
        }
        if (!is_first(r, &seen[i], span.start, &top, key))
            continue;
        switch (i) {
        case 0:
            read_settings(r, SECTION_CONTROL, &value, key, &config->control);
            break;
        case 1:
            read_settings(r, SECTION_THEME, &value, key, &config->control);
            break;
        case 2:
            read_labels(r, &value, key, "alias", &config->aliases);
            break;
        case 3:
            read_labels(r, &value, key, "tip", &config->tips);
            break;
        case 4:
            read_overrides(r, &value, config);
            break;
        default: /* $schema: for editors */
            reader_text(r, &value, &top, key);
            break;
        }
    }
}

enum status config_parse(const char *file, const char *text, size_t len,
                         struct problem_list *problems, struct config **ret_config)
{
    struct reader reader;
    struct node root;

    struct config *config = config_new();
    if (config == NULL)
        return STATUS_NO_MEMORY;
    config->file = arena_copy(&config->arena, file, strlen(file));
    if (config->file == NULL) {
        config_free(config);
        return STATUS_NO_MEMORY;
    }
    reader_start(&reader, file, text, len, problems, &config->arena, &root);
    if (root.json != NULL)
        read_top(&reader, &root, config);
    reader_end(&reader);
    if (reader.status != STATUS_OK) {
        config_free(config);
        return reader.status;
    }
    *ret_config = config;
    return STATUS_OK;
}

enum status config_parse_template(const char *file, const char *text, size_t len,
                                  struct problem_list *problems, struct arena *arena,
                                  struct config_assignments *ret_assignments, bool *ret_is_usable)
{
    static const struct where top = {.index = -1};
    struct reader reader;
    struct node root;

    ret_assignments->count = 0;
    reader_start(&reader, file, text, len, problems, arena, &root);
    *ret_is_usable =
        root.json != NULL && read_assignments(&reader, &root, &top, NULL, ret_assignments);
    reader_end(&reader);
    return reader.status;
}
