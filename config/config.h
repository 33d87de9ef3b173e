/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso.json as a value: control, theme, aliases, tips, overrides; and what is in effect for one image. */
#pragma once

#include <stddef.h>

#include "config/problem.h"
#include "config/settings.h"

#define CONFIG_FILE_MAX ((size_t)4 << 20) /* bytes; a larger hiperiso.json is refused */

struct config;

/* A configuration with nothing but defaults. NULL when memory runs out. */
struct config *config_new(void) must_check;

/* Reads LEN bytes of JSON (UTF-8, a BOM and CRLF are accepted). FILE is only for messages. Everything wrong is added to
 * PROBLEMS with its place and the rest stays in force; text that is no JSON at all gives defaults and one problem.
 * Fails only with STATUS_NO_MEMORY. The caller frees with config_free(). */
enum status config_parse(const char *file, const char *text, size_t len,
                         struct problem_list *problems, struct config **ret_config) must_check;
void config_free(struct config *config);

/* `control` and `theme` laid over the defaults. Borrowed. */
const struct settings *config_control(const struct config *config);

/* Alias and tip of the image at PATH ("/ISOs/x.iso"), NULL if it has none. Borrowed. A lookup is O(log n). */
const char *config_alias(const struct config *config, const char *path);
const char *config_tip(const struct config *config, const char *path);

/* Finds the text of template NAME ("/hiperiso/iso_overrides/NAME.json"): a new text, or a status. */
struct template_source {
    enum status (*load)(void *context, const char *name, char **ret_text, size_t *ret_len);
    void *context;
};

/* The settings in effect for the image at PATH: control, then the first override whose pattern matches. Problems of the
 * override and its template are added to PROBLEMS. TEMPLATES may be NULL (then naming one is a problem). */
enum status config_resolve(const struct config *config, const char *path,
                           const struct template_source *templates, struct problem_list *problems,
                           struct settings *ret_settings) must_check;

/* The pattern of the override in effect for PATH, NULL if none matches. Borrowed. */
const char *config_override_pattern(const struct config *config, const char *path);
