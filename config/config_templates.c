/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the templates that overrides name and remembers what is wrong with them. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"
#include "config/config_model.h"
#include "config/layout.h"

#define PATTERN_SHOWN_MAX 64 /* bytes of a pattern that a message repeats */

enum status config_keep_fault(struct arena *arena, const struct problem_list *problems,
                              const char **ret_fault)
{
    if (problems->count == 0) /* nothing is ever refused without a word but for want of memory */
        return STATUS_NO_MEMORY;
    auto_free char *text = problem_text(&problems->items[0]);
    const char *kept = text != NULL ? arena_copy(arena, text, strlen(text)) : NULL;
    if (kept == NULL)
        return STATUS_NO_MEMORY;
    *ret_fault = kept;
    return STATUS_OK;
}

/* The template of OVERRIDE is not there: that is the fault of this one place. */
static enum status refuse(struct config *config, struct config_override *override,
                          enum status reason, struct problem_list *problems)
{
    struct problem_list own = PROBLEM_LIST_INIT;
    int shown = (int)text_cut(override->pattern, PATTERN_SHOWN_MAX);
    const char *use = override->use;

    if (reason == STATUS_NOT_FOUND)
        problem_add(
            &own, config->file, override->use_line, override->use_column,
            "iso_overrides[\"%.*s\"]: template %s: there is no %s/%s.json: correct the name or "
            "put the file there",
            shown, override->pattern, use, LAYOUT_DATA_OVERRIDES_DIR, use);
    else if (reason == STATUS_TOO_LARGE)
        problem_add(&own, config->file, override->use_line, override->use_column,
                    "iso_overrides[\"%.*s\"]: template %s: %s/%s.json is larger than the maximum "
                    "of %zu bytes",
                    shown, override->pattern, use, LAYOUT_DATA_OVERRIDES_DIR, use,
                    CONFIG_TEMPLATE_MAX);
    else if (reason == STATUS_NO_SPACE)
        problem_add(&own, config->file, override->use_line, override->use_column,
                    "iso_overrides[\"%.*s\"]: template %s: more than the maximum of %u templates",
                    shown, override->pattern, use, (unsigned)CONFIG_TEMPLATES_MAX);
    else
        problem_add(&own, config->file, override->use_line, override->use_column,
                    "iso_overrides[\"%.*s\"]: template %s: %s/%s.json cannot be read: %s", shown,
                    override->pattern, use, LAYOUT_DATA_OVERRIDES_DIR, use, status_text(reason));
    enum status status = config_keep_fault(&config->arena, &own, &override->fault);
    problem_list_move(problems, &own);
    return status;
}

static enum status keep_assignments(struct config *config, struct config_template *template,
                                    const struct config_assignments *assignments)
{
    struct config_assignment *items =
        arena_alloc(&config->arena, (assignments->count + 1) * sizeof(*items));

    if (items == NULL)
        return STATUS_NO_MEMORY;
    memcpy(items, assignments->items, assignments->count * sizeof(*items));
    template->items = items;
    template->count = assignments->count;
    return STATUS_OK;
}

static enum status read_template(struct config *config, struct config_template *template,
                                 const char *text, size_t len, struct problem_list *problems)
{
    auto_strbuf file = STRBUF_INIT;
    struct problem_list own = PROBLEM_LIST_INIT;
    struct config_assignments assignments;
    bool is_usable;

    strbuf_printf(&file, "iso_overrides/%s.json", template->name);
    enum status status = strbuf_status(&file);
    if (status == STATUS_OK)
        status = config_parse_template(strbuf_text(&file), text, len, &own, &config->arena,
                                       &assignments, &is_usable);
    if (status == STATUS_OK)
        status = is_usable ? keep_assignments(config, template, &assignments)
                           : config_keep_fault(&config->arena, &own, &template->fault);
    problem_list_move(problems, &own);
    return status;
}

static const struct config_template *find_template(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->template_count; i++)
        if (strcmp(config->templates[i].name, name) == 0)
            return &config->templates[i];
    return NULL;
}

static enum status load_one(struct config *config, struct config_override *override,
                            const struct template_source *source, struct problem_list *problems)
{
    auto_free char *text = NULL;
    size_t len = 0;

    override->template = find_template(config, override->use);
    if (override->template != NULL)
        return STATUS_OK;
    if (config->template_count == CONFIG_TEMPLATES_MAX)
        return refuse(config, override, STATUS_NO_SPACE, problems);
    enum status status = source != NULL ? source->load(source->context, override->use,
                                                       CONFIG_TEMPLATE_MAX, &text, &len)
                                        : STATUS_NOT_FOUND;
    if (status == STATUS_NO_MEMORY)
        return status;
    if (status != STATUS_OK)
        return refuse(config, override, status, problems);
    struct config_template *template = &config->templates[config->template_count];
    template->name = override->use;
    status = read_template(config, template, text, len, problems);
    if (status != STATUS_OK)
        return status;
    config->template_count++;
    override->template = template;
    return STATUS_OK;
}

enum status config_template_path(const char *name, struct strbuf *path)
{
    strbuf_printf(path, "%s/%s.json", LAYOUT_DATA_OVERRIDES_DIR, name);
    return strbuf_status(path);
}

enum status config_load_templates(struct config *config, const struct template_source *source,
                                  struct problem_list *problems)
{
    size_t named = 0;
    bool has_faults = false;

    for (size_t i = 0; i < config->override_count; i++)
        named += config->overrides[i].use != NULL;
    if (named == 0)
        return STATUS_OK;
    if (named > CONFIG_TEMPLATES_MAX)
        named = CONFIG_TEMPLATES_MAX;
    config->templates = arena_alloc(&config->arena, named * sizeof(*config->templates));
    if (config->templates == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < config->override_count; i++) {
        struct config_override *override = &config->overrides[i];
        enum status status =
            override->use != NULL ? load_one(config, override, source, problems) : STATUS_OK;
        if (status != STATUS_OK)
            return status;
        has_faults = has_faults || override->fault != NULL ||
                     (override->template != NULL && override->template->fault != NULL);
    }
    config->may_have_faults = has_faults;
    return STATUS_OK;
}

enum status config_check_template(const char *file, const char *text, size_t len,
                                  struct problem_list *problems)
{
    struct arena arena = {0};
    struct config_assignments assignments;
    bool is_usable;

    enum status status =
        config_parse_template(file, text, len, problems, &arena, &assignments, &is_usable);
    arena_clear(&arena);
    return status;
}
