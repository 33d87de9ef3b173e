/* SPDX-License-Identifier: BSD-2-Clause */
/* hiperiso.json as a value: control, theme, aliases, tips, overrides; and what is in effect for one
 * image. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/strbuf.h"
#include "config/problem.h"
#include "config/settings.h"

#define CONFIG_FILE_MAX ((size_t)4 << 20) /* bytes; a larger hiperiso.json is refused */
#define CONFIG_VALUES_MAX                                                                          \
    400000 /* commas and brackets; each value takes 64 bytes while it is read */
#define CONFIG_OVERRIDES_MAX     4096               /* patterns */
#define CONFIG_TEMPLATE_NAME_MAX 200                /* bytes */
#define CONFIG_TEMPLATES_MAX     256                /* different ones that overrides may name */
#define CONFIG_TEMPLATE_MAX      ((size_t)64 << 10) /* bytes */

struct config;

/* A configuration with nothing but defaults. NULL when memory runs out. */
struct config *config_new(void) must_check;

/* Reads LEN bytes of JSON (UTF-8, a BOM and CRLF are accepted). FILE is only for messages.
 * Everything wrong is added to PROBLEMS with its place and the rest stays in force; text that is no
 * JSON at all gives defaults and one problem. Fails only with STATUS_NO_MEMORY. The caller frees
 * with config_free(). */
enum status config_parse(const char *file, const char *text, size_t len,
                         struct problem_list *problems, struct config **ret_config) must_check;
void config_free(struct config *config);

/* `control` and `theme` laid over the defaults. Borrowed. */
const struct settings *config_control(const struct config *config);

/* Alias and tip of the image at PATH ("/ISOs/x.iso", compared without regard to case, a leading "/"
 * or "./" may be missing on either side), NULL if it has none. Borrowed. A lookup is O(log n) and
 * needs no memory. */
const char *config_alias(const struct config *config, const char *path);
const char *config_tip(const struct config *config, const char *path);

/* Finds the text of template NAME ("/hiperiso/iso_overrides/NAME.json"), at most MAX bytes: a new
 * text, or a status. */
struct template_source {
    enum status (*load)(void *context, const char *name, size_t max, char **ret_text,
                        size_t *ret_len);
    void *context;
};

/* Appends where on the data partition template NAME lies to PATH. */
enum status config_template_path(const char *name, struct strbuf *path) must_check;

/* Reads the templates that overrides name, each once; what is wrong with them is added to PROBLEMS.
 * An override whose template is missing or unreadable has a fault from then on. SOURCE may be NULL:
 * there are no templates. Fails only with STATUS_NO_MEMORY. To be called once, before the settings
 * of an image are asked for. */
enum status config_load_templates(struct config *config, const struct template_source *source,
                                  struct problem_list *problems) must_check;

/* Adds what is wrong with the template TEXT to PROBLEMS, without using it. Fails only with
 * STATUS_NO_MEMORY. */
enum status config_check_template(const char *file, const char *text, size_t len,
                                  struct problem_list *problems) must_check;

/* Why the settings of the image at PATH are not what they should be: its override names a template
 * that cannot be used. One line with file and place; NULL: nothing. Borrowed. */
const char *config_fault(const struct config *config, const char *path);

/* The settings in effect for the image at PATH: control, then the first override whose pattern
 * matches: its template, then its own keys. STATUS_INVALID where config_fault() says why: a start
 * with other settings than those asked for is worse than none. Else fails only with
 * STATUS_NO_MEMORY. */
enum status config_resolve(const struct config *config, const char *path,
                           struct settings *ret_settings) must_check;

/* The pattern of the override in effect for PATH and the template it names; NULL if there is none.
 * Borrowed. */
const char *config_override_pattern(const struct config *config, const char *path);
const char *config_override_template(const struct config *config, const char *path);

/* Does the override in effect for PATH set ID itself, not by its template? */
bool config_override_sets(const struct config *config, const char *path, enum setting_id id);

/* Appends where the value of ID in SETTINGS, which config_resolve() gave for PATH, comes from:
 * "default", "control", `override "win*"`, "template windows11", "menu". */
void config_append_origin(const struct config *config, const char *path,
                          const struct settings *settings, enum setting_id id, struct strbuf *b);

/* Does PATTERN, as in iso_overrides or control.default_image, match the image at PATH? Compared
 * without regard to case with the file name, "./" and the file name, and the path with and without
 * its leading "/"; a name that looks like a pattern
 * ("Fedora [x86].iso") matches itself. False when memory runs out. */
bool config_pattern_matches(const char *pattern, const char *path);
