/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading settings out of JSON with every fault's place: what config_parse.c reads the sections
 * with. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/arena.h"
#include "config/json_scan.h"
#include "config/problem.h"
#include "config/settings.h"

#define READER_SHOWN_MAX 64 /* bytes of a key, pattern or value that a message repeats */

struct cJSON;

/* A value with its place; the text is well-formed, so that both always agree. */
struct node {
    const struct cJSON *json;
    struct json_span span;
};

/* Where in the model a node stands, for messages: control | iso_overrides["*.iso"] | menu_tip[3].
 */
struct where {
    const char *section; /* NULL: the top of the file */
    const char *pattern; /* NULL: none */
    long index;          /* -1: none */
};

struct reader {
    const char *file, *text;
    size_t len;
    struct problem_list *problems;
    struct arena *arena;
    struct cJSON *root;
    enum status status; /* STATUS_NO_MEMORY sticks */
    /* The last place that was asked for: they mostly come in ascending order. */
    size_t last_off;
    unsigned last_line, last_column;
};

/* Starts reading TEXT; skips a byte order mark. Everything that makes the whole unreadable (no
 * JSON, UTF-16, too large) is a problem; then *RET_ROOT has no json, and r->status says whether
 * memory ran out. End with reader_end() in any case. */
void reader_start(struct reader *r, const char *file, const char *text, size_t len,
                  struct problem_list *problems, struct arena *arena, struct node *ret_root);
void reader_end(struct reader *r);

/* Adds the problem "SECTION.KEY: MESSAGE" at the byte AT of the text. KEY may be NULL. */
void reader_report(struct reader *r, const char *at, const struct where *where, const char *key,
                   const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Line and column of the byte AT. */
void reader_place(struct reader *r, const char *at, unsigned *ret_line, unsigned *ret_column);

/* A copy in the arena; NULL after r->status was set. */
const char *reader_keep(struct reader *r, const char *text, size_t len);

/* The members of an object or the elements of a list. */
struct walk {
    struct json_span span;
    size_t cursor;
    const struct cJSON *child;
};
struct walk walk_start(const struct node *parent);

/* The next one; *RET_KEY is its decoded key (borrowed, NULL in a list), *RET_KEY_SPAN the key's
 * place. */
bool walk_next(struct walk *walk, const char **ret_key, struct json_span *ret_key_span,
               struct node *ret_node);

/* Is NODE of this kind? If not, that is a problem. */
bool reader_is_object(struct reader *r, const struct node *node, const struct where *where,
                      const char *key);
bool reader_is_list(struct reader *r, const struct node *node, const struct where *where,
                    const char *key);

bool node_is_string(const struct node *node);

/* The text of a string (borrowed), NULL with a problem if it is none or holds U+0000, which no name
 * can. */
const char *reader_text(struct reader *r, const struct node *node, const struct where *where,
                        const char *key);

/* Sets ID in SETTINGS from NODE; false with a problem, or with r->status set. *RET_TEXT (may be
 * NULL) is the value in the form of settings_set_text(), in the arena. */
bool reader_set_value(struct reader *r, struct settings *settings, enum setting_id id,
                      enum setting_origin origin, const struct node *node,
                      const struct where *where, const char *key, const char **ret_text);
