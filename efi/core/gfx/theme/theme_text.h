/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a GRUB theme (theme.txt) as a tree of objects with their properties. Says nothing
 * about what a property means. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/status.h"
#include "efi/core/gfx/theme/theme_error.h"

#define THEME_TEXT_BYTES_MAX      ((size_t)256 << 10)
#define THEME_TEXT_OBJECTS_MAX    1024
#define THEME_TEXT_PROPERTIES_MAX 16384
#define THEME_TEXT_DEPTH_MAX      16
#define THEME_TEXT_NONE           UINT32_MAX

/* The root is the screen; it holds the global properties ("title-text: ..."). */
enum theme_kind {
    THEME_ROOT,
    THEME_CANVAS,
    THEME_HBOX,
    THEME_VBOX,
    THEME_LABEL,
    THEME_IMAGE,
    THEME_PROGRESS_BAR,
    THEME_CIRCULAR_PROGRESS,
    THEME_BOOT_MENU,
    THEME_KIND_COUNT
};

struct theme_property {
    const char *name, *value;
    unsigned line, column; /* from 1, of the value; columns count characters */
    uint32_t object;       /* index of its object */
};

struct theme_node {
    enum theme_kind kind;
    unsigned line, column;
    uint32_t parent;      /* index of an earlier one; THEME_TEXT_NONE for the root */
    uint32_t first_child; /* THEME_TEXT_NONE if there is none */
    uint32_t last_child;
    uint32_t next_sibling, previous_sibling;
};

/* Nodes stand in the order of the file, so that every parent comes before its children; properties
 * likewise. */
struct theme_text {
    struct arena arena;
    struct theme_node *nodes;
    uint32_t node_count;
    struct theme_property *properties;
    uint32_t property_count;
};

const char *theme_kind_name(enum theme_kind kind);

/* Parses LEN bytes of TEXT by the grammar of GRUB 2.06 (its manual, "Theme file format"). The
 * caller frees with theme_text_clear(), also after a failure: STATUS_CORRUPT or STATUS_TOO_LARGE
 * with ERROR filled, STATUS_NO_MEMORY. */
enum status theme_text_parse(const char *text, size_t len, struct theme_text *ret_text,
                             struct theme_error *error) must_check;
void theme_text_clear(struct theme_text *text);
