/* SPDX-License-Identifier: BSD-2-Clause */
/* Picks an image and writes the configuration of one start. */
#include "tools/mkhiperiso/run_choice.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "config/layout.h"
#include "config/suggest.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/source.h"

#define ENTRIES_MAX   ((size_t)1000000) /* looked at; a damaged folder may hold itself */
#define FOUND_SHOWN   3
#define KEY_CHARS_MAX 63

static const char *const extensions[] = {".iso", ".img",  ".raw", ".qcow2",
                                         ".vhd", ".vhdx", ".vmdk"};

/* A walk over the folders of the data partition. */
struct search {
    struct exfat *fs;
    const struct config *config;
    const char *pick;
    struct text_list found;
    size_t seen;
    bool is_exact; /* PICK is the whole path of what was found: nothing else counts */
};

static bool is_image(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; i < ARRAY_SIZE(extensions); i++) {
        size_t extension_len = strlen(extensions[i]);
        if (len > extension_len && strcasecmp(name + len - extension_len, extensions[i]) == 0)
            return true;
    }
    return false;
}

static int look_at(struct search *search, const char *path)
{
    const char *alias = config_alias(search->config, path);
    bool is_exact = strcasecmp(path + (search->pick[0] != '/'), search->pick) == 0;

    if (search->is_exact || !is_image(path))
        return 0;
    if (is_exact)
        text_list_clear(&search->found);
    search->is_exact = is_exact;
    if (!is_exact && !config_pattern_matches(search->pick, path) &&
        (alias == NULL || strcasecmp(alias, search->pick) != 0))
        return 0;
    return text_list_add(&search->found, path) == STATUS_OK ? 0 : fail("out of memory");
}

/* Looks through FOLDER at PATH, "" for the root; folders below are added to BELOW. */
static int look_through(struct search *search, const struct exfat_node *folder, const char *path,
                        struct text_list *below)
{
    auto_free struct exfat_entry *entry = malloc(sizeof(*entry));
    struct exfat_dir dir;

    if (entry == NULL)
        return fail("out of memory");
    exfat_dir_open(search->fs, folder, &dir);
    for (;;) {
        enum status status = exfat_dir_next(&dir, entry);
        if (status == STATUS_CORRUPT)
            continue;
        if (status != STATUS_OK || ++search->seen > ENTRIES_MAX)
            return 0; /* the menu shows what can be read, too */
        auto_strbuf child = STRBUF_INIT;
        strbuf_printf(&child, "%s/%s", path, entry->name);
        if (strbuf_status(&child) != STATUS_OK)
            return fail("out of memory");
        if ((entry->node.attributes & EXFAT_ATTR_DIRECTORY) == 0) {
            if (look_at(search, strbuf_text(&child)) < 0)
                return -1;
        } else if (strcasecmp(strbuf_text(&child), LAYOUT_DATA_DIR) != 0 &&
                   text_list_add(below, strbuf_text(&child)) != STATUS_OK) {
            return fail("out of memory");
        }
    }
}

static unsigned depth_of(const char *path)
{
    unsigned depth = 0;

    for (; *path != '\0'; path++)
        depth += *path == '/';
    return depth;
}

static int look_everywhere(struct search *search)
{
    struct text_list folders = {0};
    struct exfat_node node = exfat_root(search->fs);
    int result = look_through(search, &node, "", &folders);

    /* The list grows while it is walked. */
    for (size_t i = 0; i < folders.count && result == 0; i++)
        if (depth_of(folders.items[i]) < EXFAT_PATH_DEPTH_MAX &&
            exfat_lookup(search->fs, folders.items[i], &node) == STATUS_OK)
            result = look_through(search, &node, folders.items[i], &folders);
    text_list_clear(&folders);
    return result;
}

static int take_found(const struct search *search, const char *operand, char **ret_path)
{
    const struct text_list *found = &search->found;

    if (found->count == 0)
        return misuse("run: --pick: %s holds no image %s; mkhiperiso ls -r lists them", operand,
                      search->pick);
    if (found->count > 1) {
        auto_strbuf names = STRBUF_INIT;
        for (size_t i = 0; i < found->count && i < FOUND_SHOWN; i++)
            strbuf_printf(&names, "%s%s", i > 0 ? ", " : "", found->items[i]);
        return misuse("run: --pick: %s is %s%s; give the path of one", search->pick,
                      strbuf_text(&names), found->count > FOUND_SHOWN ? ", ..." : "");
    }
    *ret_path = text_copy(found->items[0]);
    return *ret_path != NULL ? 0 : fail("out of memory");
}

/* ---- settings ---- */

static int set_one(struct settings *settings, const char *text)
{
    const char *equals = strchr(text, '=');
    auto_free char *message = NULL;
    enum setting_id id;

    if (equals == NULL || equals == text)
        return misuse("run: --set: %s is no KEY=VALUE", text);
    if (setting_by_override_key(text, (size_t)(equals - text), &id) != STATUS_OK) {
        const char *names[SETTING_COUNT + 1] = {NULL};
        char key[KEY_CHARS_MAX + 1] = "";
        size_t count = 0, len = (size_t)(equals - text);
        for (int i = 0; i < SETTING_COUNT; i++)
            if (setting_info((enum setting_id)i)->override_key != NULL)
                names[count++] = setting_info((enum setting_id)i)->override_key;
        memcpy(key, text, len < KEY_CHARS_MAX ? len : KEY_CHARS_MAX);
        const char *nearest = suggest_nearest(key, names);
        return misuse("run: --set: %s is no setting of an image%s%s%s", key,
                      nearest != NULL ? "; did you mean " : "", nearest != NULL ? nearest : "",
                      nearest != NULL ? "?" : "");
    }
    enum status status = settings_set_text(settings, id, equals + 1, ORIGIN_OVERRIDE, &message);
    if (status == STATUS_INVALID)
        return misuse("run: --set: %s: %s", text, message != NULL ? message : status_text(status));
    return status == STATUS_OK ? 0 : fail("%s", status_text(status));
}

static void add_member(struct strbuf *b, const char *key, const struct settings *settings,
                       enum setting_id id, bool *is_first)
{
    strbuf_append(b, *is_first ? "" : ",");
    strbuf_append_json(b, key);
    strbuf_append_char(b, ':');
    settings_append_json(settings, id, b);
    *is_first = false;
}

/* PATH as the pattern that it alone matches: exFAT's names hold no other mark of patterns. */
static enum status make_pattern(const char *path, struct strbuf *pattern)
{
    for (; *path != '\0'; path++) {
        if (*path == '[')
            strbuf_append_char(pattern, '\\');
        strbuf_append_char(pattern, *path);
    }
    return strbuf_status(pattern);
}

/* The members of `control` or `theme` that are not the default; the entry of this start is added.
 */
static void add_section(struct strbuf *b, const struct settings *control, bool in_theme,
                        const char *pattern)
{
    bool is_first = true;

    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        if (info->control_key == NULL || info->in_theme != in_theme || id == SETTING_TIMEOUT ||
            id == SETTING_DEFAULT_IMAGE || settings_is_default(control, id))
            continue;
        add_member(b, info->control_key, control, id, &is_first);
    }
    if (pattern == NULL)
        return;
    strbuf_printf(b, "%s\"timeout\":0,\"default_image\":", is_first ? "" : ",");
    strbuf_append_json(b, pattern);
}

static bool is_same(const struct settings *a, const struct settings *b, enum setting_id id)
{
    auto_free char *one = settings_get_text(a, id), *two = settings_get_text(b, id);
    return one != NULL && two != NULL && strcmp(one, two) == 0;
}

/* `control` as it stands, and one override that makes of it what SETTINGS hold. */
static enum status write_json(const struct config *config, const struct settings *settings,
                              const char *path, struct strbuf *b)
{
    const struct settings *control = config_control(config);
    auto_strbuf text = STRBUF_INIT;
    bool is_first = true;

    enum status status = make_pattern(path, &text);
    if (status != STATUS_OK)
        return status;
    const char *pattern = strbuf_text(&text);
    strbuf_append(b, "{\"control\":{");
    add_section(b, control, false, pattern);
    strbuf_append(b, "},\"theme\":{");
    add_section(b, control, true, NULL);
    strbuf_append(b, "},\"iso_overrides\":{");
    strbuf_append_json(b, pattern);
    strbuf_append(b, ":{");
    for (int i = 0; i < SETTING_COUNT; i++) {
        enum setting_id id = (enum setting_id)i;
        const struct setting_info *info = setting_info(id);
        if (info->override_key != NULL && !is_same(control, settings, id))
            add_member(b, info->override_key, settings, id, &is_first);
    }
    strbuf_append(b, "}}}\n");
    return strbuf_status(b);
}

static int settle(const struct config *config, const char *const *settings, size_t count,
                  struct run_choice *choice)
{
    struct settings resolved;
    int result = 0;

    enum status status = config_resolve(config, choice->path, &resolved);
    if (status == STATUS_INVALID)
        return misuse("run: %s would not be started: %s", choice->path,
                      config_fault(config, choice->path));
    if (status != STATUS_OK)
        return fail("%s", status_text(status));
    for (size_t i = 0; i < count && result == 0; i++)
        result = set_one(&resolved, settings[i]);
    choice->ram_mb = (uint64_t)settings_number(&resolved, SETTING_RAM);
    if (result == 0 && write_json(config, &resolved, choice->path, &choice->json) != STATUS_OK)
        result = fail("out of memory");
    settings_clear(&resolved);
    return result;
}

static int make_choice(struct source *source, const struct config *config, const char *pick,
                       const char *const *settings, size_t count, struct run_choice *choice)
{
    struct search search = {.fs = source->volume.fs, .config = config, .pick = pick};

    choice->json = STRBUF_INIT;
    int result = look_everywhere(&search);
    if (result == 0)
        result = take_found(&search, source->operand, &choice->path);
    text_list_clear(&search.found);
    return result == 0 ? settle(config, settings, count, choice) : result;
}

int run_choices_make(const char *operand, const char *const *picks, size_t pick_count,
                     const char *const *settings, size_t setting_count,
                     struct run_choice *ret_choices)
{
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config = NULL;
    auto_source source;
    int result = 0;

    if (source_open(operand, &source) < 0)
        return -1;
    if (!source.is_stick)
        return misuse("run: %s is no stick and no image of one", operand);
    if (source_load_config(&source, &problems, &config, NULL) < 0)
        return -1;
    for (size_t i = 0; i < pick_count && result == 0; i++)
        result = make_choice(&source, config, picks[i], settings, setting_count, &ret_choices[i]);
    config_free(config);
    problem_list_clear(&problems);
    return result;
}

void run_choice_clear(struct run_choice *choice)
{
    free(choice->path);
    choice->path = NULL;
    strbuf_clear(&choice->json);
}
