/* SPDX-License-Identifier: BSD-2-Clause */
/* What hiperiso.json becomes in memory: shared by config.c and config_parse.c only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/config.h"
#include "config/problem.h"
#include "config/settings.h"

/* One alias or tip. */
struct config_label {
    const char *path; /* as written; compared by label_compare() */
    const char *text;
    size_t order; /* in the file */
    size_t off;   /* of its path's value in the file */
};

struct config_labels {
    struct config_label *items; /* sorted by path */
    size_t count;
};

/* One key of an override or a template: checked, in the form of settings_set_text(). */
struct config_assignment {
    enum setting_id id;
    const char *text;
};

struct config_assignments {
    struct config_assignment items[SETTING_COUNT];
    size_t count;
};

/* A template that overrides name. */
struct config_template {
    const char *name;
    const char *fault; /* why no image can use it; NULL: it is read */
    const struct config_assignment *items;
    size_t count;
};

struct config_override {
    const char *pattern;
    uint32_t hash; /* of the pattern */
    const char
        *needle; /* the longest literal run of the pattern, folded: must occur in what matches */
    const char *use; /* name of a template, NULL if none */
    unsigned use_line, use_column;
    const char *fault; /* what is wrong with `use`: the images have no settings; NULL: nothing */
    const struct config_template *template; /* set by config_load_templates() */
    const struct config_assignment *items;
    size_t count;
};

struct config {
    struct arena arena; /* all texts */
    const char *file;
    struct settings control;
    struct config_labels aliases, tips;
    struct config_override *overrides; /* in file order */
    size_t override_count;
    struct config_template *templates;
    size_t template_count;
    bool may_have_faults; /* of config_fault(); false: nobody needs to look */
};

/* Sorts by path; of equal ones the first in the file stays, each further one is handed to
 * ON_DUPLICATE. */
void config_labels_sort(struct config_labels *labels,
                        void (*on_duplicate)(void *context, const struct config_label *label),
                        void *context);

/* Sets the needle of OVERRIDE from its pattern. */
enum status config_override_prepare(struct config *config, struct config_override *override)
    must_check;

/* Copies the first of PROBLEMS, as one line, into ARENA. */
enum status config_keep_fault(struct arena *arena, const struct problem_list *problems,
                              const char **ret_fault) must_check;

/* Reads a template's TEXT, FILE being its name for messages. Texts are kept in ARENA. Everything
 * wrong is a problem; *RET_IS_USABLE is false when nothing of it can be used. Fails only with
 * STATUS_NO_MEMORY. */
enum status config_parse_template(const char *file, const char *text, size_t len,
                                  struct problem_list *problems, struct arena *arena,
                                  struct config_assignments *ret_assignments, bool *ret_is_usable)
    must_check;
