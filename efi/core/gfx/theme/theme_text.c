/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a GRUB theme (theme.txt) as a tree of objects with their properties.
 *
 *     name: "value"                       a property of the screen
 *     + kind { name = value + kind {} }   an object; a value is "quoted", (in parentheses) or a
 * word # comment, to the end of the line
 *
 * Outside of objects GRUB passes over lines that start with no name, and so does this parser. */
#include "efi/core/gfx/theme/theme_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"

#define END              (-1)
#define NODES_AT_FIRST   32
#define NAME_SHOWN_BYTES 40

static const struct {
    const char *name;
    bool is_container;
} kinds[THEME_KIND_COUNT] = {
    [THEME_ROOT] = {"theme", true},
    [THEME_CANVAS] = {"canvas", true},
    [THEME_HBOX] = {"hbox", true},
    [THEME_VBOX] = {"vbox", true},
    [THEME_LABEL] = {"label", false},
    [THEME_IMAGE] = {"image", false},
    [THEME_PROGRESS_BAR] = {"progress_bar", false},
    [THEME_CIRCULAR_PROGRESS] = {"circular_progress", false},
    [THEME_BOOT_MENU] = {"boot_menu", false},
};

struct parser {
    const char *text;
    size_t len, at;
    unsigned line, column;
    struct theme_text *tree;
    struct theme_error *error;
    uint32_t node_capacity, property_capacity;
};

struct word {
    const char *text;
    size_t len;
    unsigned line, column;
};

const char *theme_kind_name(enum theme_kind kind)
{
    return kinds[kind].name;
}

void theme_error_set(struct theme_error *error, unsigned line, unsigned column, const char *format,
                     ...)
{
    va_list args;
    va_start(args, format);
    error->line = line;
    error->column = column;
    strbuf_reset(&error->text);
    strbuf_vprintf(&error->text, format, args);
    va_end(args);
    for (size_t i = 0; i < error->text.len; i++) {
        if (iscntrl((unsigned char)error->text.text[i]))
            error->text.text[i] = ' ';
    }
}

/* A name for a message: never longer than a line can bear. */
static int shown(size_t len)
{
    return (int)(len < NAME_SHOWN_BYTES ? len : NAME_SHOWN_BYTES);
}

static int peek(const struct parser *p)
{
    return p->at < p->len ? (unsigned char)p->text[p->at] : END;
}

static int next(struct parser *p)
{
    int c = peek(p);
    if (c == END)
        return END;
    p->at++;
    if (c == '\n') {
        p->line++;
        p->column = 1;
    } else if ((c & 0xC0) != 0x80) {
        p->column++;
    }
    return c;
}

static bool is_blank(int c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static bool is_name(int c)
{
    return c != END && (isalnum(c) || c == '_' || c == '-');
}

static void skip_blanks(struct parser *p)
{
    while (is_blank(peek(p)))
        next(p);
}

static void skip_line(struct parser *p)
{
    int c;
    do {
        c = next(p);
    } while (c != END && c != '\n');
}

/* Empty when there is no name here. */
static struct word read_name(struct parser *p)
{
    skip_blanks(p);
    struct word word = {.text = p->text + p->at, .line = p->line, .column = p->column};
    while (is_name(peek(p))) {
        next(p);
        word.len++;
    }
    return word;
}

/* Quotes are dropped, parentheses kept. */
static enum status read_value(struct parser *p, struct word *ret_value)
{
    skip_blanks(p);
    struct word word = {.line = p->line, .column = p->column};
    int first = peek(p);
    if (first == END) {
        theme_error_set(p->error, p->line, p->column, "a value is missing at the end of the file");
        return STATUS_CORRUPT;
    }
    if (first == '"')
        next(p);
    word.text = p->text + p->at;
    size_t start = p->at;
    if (first == '"') {
        while (peek(p) != '"' && peek(p) != END)
            next(p);
        word.len = p->at - start;
    } else if (first == '(') {
        while (peek(p) != ')' && peek(p) != END)
            next(p);
        word.len = p->at - start + 1;
    } else {
        while (peek(p) != END && !is_blank(peek(p)))
            next(p);
        word.len = p->at - start;
        *ret_value = word;
        return STATUS_OK;
    }
    if (next(p) == END) {
        theme_error_set(p->error, word.line, word.column, "%s is never closed",
                        first == '"' ? "a quote" : "a parenthesis");
        return STATUS_CORRUPT;
    }
    *ret_value = word;
    return STATUS_OK;
}

/* Room for one more element of SIZE bytes in *ITEMS. */
static enum status make_room(void **items, uint32_t count, uint32_t *capacity, uint32_t max,
                             size_t size)
{
    if (count < *capacity)
        return STATUS_OK;
    if (count >= max)
        return STATUS_TOO_LARGE;
    uint32_t more = *capacity == 0 ? NODES_AT_FIRST : *capacity * 2;
    if (more > max)
        more = max;
    void *moved = realloc(*items, more * size);
    if (moved == NULL)
        return STATUS_NO_MEMORY;
    *items = moved;
    *capacity = more;
    return STATUS_OK;
}

static enum status add_node(struct parser *p, uint32_t parent, enum theme_kind kind,
                            const struct word *word)
{
    struct theme_text *tree = p->tree;
    void *nodes = tree->nodes;
    enum status status = make_room(&nodes, tree->node_count, &p->node_capacity,
                                   THEME_TEXT_OBJECTS_MAX, sizeof(*tree->nodes));
    tree->nodes = nodes;
    if (status == STATUS_TOO_LARGE)
        theme_error_set(p->error, word->line, word->column, "more than %d objects",
                        THEME_TEXT_OBJECTS_MAX);
    if (status != STATUS_OK)
        return status;

    uint32_t index = tree->node_count++;
    tree->nodes[index] = (struct theme_node){
        .kind = kind,
        .line = word->line,
        .column = word->column,
        .parent = parent,
        .first_child = THEME_TEXT_NONE,
        .last_child = THEME_TEXT_NONE,
        .next_sibling = THEME_TEXT_NONE,
        .previous_sibling =
            parent != THEME_TEXT_NONE ? tree->nodes[parent].last_child : THEME_TEXT_NONE,
    };
    if (parent == THEME_TEXT_NONE)
        return STATUS_OK;
    struct theme_node *above = &tree->nodes[parent];
    if (above->last_child == THEME_TEXT_NONE)
        above->first_child = index;
    else
        tree->nodes[above->last_child].next_sibling = index;
    above->last_child = index;
    return STATUS_OK;
}

static enum status add_property(struct parser *p, uint32_t object, const struct word *name,
                                const struct word *value)
{
    struct theme_text *tree = p->tree;
    size_t bad = text_find_invalid_utf8(value->text, value->len);
    if (bad < value->len || memchr(value->text, '\0', value->len) != NULL) {
        theme_error_set(p->error, value->line, value->column, "%.*s: the value is not UTF-8 text",
                        shown(name->len), name->text);
        return STATUS_CORRUPT;
    }
    void *properties = tree->properties;
    enum status status = make_room(&properties, tree->property_count, &p->property_capacity,
                                   THEME_TEXT_PROPERTIES_MAX, sizeof(*tree->properties));
    tree->properties = properties;
    if (status == STATUS_TOO_LARGE)
        theme_error_set(p->error, name->line, name->column, "more than %d properties",
                        THEME_TEXT_PROPERTIES_MAX);
    if (status != STATUS_OK)
        return status;

    const char *name_text = arena_copy(&tree->arena, name->text, name->len);
    const char *value_text = arena_copy(&tree->arena, value->text, value->len);
    if (name_text == NULL || value_text == NULL)
        return STATUS_NO_MEMORY;
    tree->properties[tree->property_count++] = (struct theme_property){
        .name = name_text,
        .value = value_text,
        .line = value->line,
        .column = value->column,
        .object = object,
    };
    return STATUS_OK;
}

static enum status find_kind(struct parser *p, const struct word *name, enum theme_kind *ret_kind)
{
    for (int kind = THEME_ROOT + 1; kind < THEME_KIND_COUNT; kind++) {
        if (text_part_equals(name->text, name->len, kinds[kind].name)) {
            *ret_kind = (enum theme_kind)kind;
            return STATUS_OK;
        }
    }
    if (name->len == 0)
        theme_error_set(p->error, name->line, name->column,
                        "an object's type is missing behind '+'");
    else
        theme_error_set(p->error, name->line, name->column, "there is no object of type \"%.*s\"",
                        shown(name->len), name->text);
    return STATUS_CORRUPT;
}

/* Behind a '+': "kind {". The new object becomes *CURRENT. */
static enum status open_object(struct parser *p, uint32_t *current, unsigned *depth)
{
    enum theme_kind kind;
    struct word name = read_name(p);
    enum status status = find_kind(p, &name, &kind);
    if (status != STATUS_OK)
        return status;
    if (!kinds[p->tree->nodes[*current].kind].is_container) {
        theme_error_set(p->error, name.line, name.column, "a %s cannot hold other objects",
                        theme_kind_name(p->tree->nodes[*current].kind));
        return STATUS_CORRUPT;
    }
    if (*depth >= THEME_TEXT_DEPTH_MAX) {
        theme_error_set(p->error, name.line, name.column, "objects nest deeper than %d levels",
                        THEME_TEXT_DEPTH_MAX);
        return STATUS_TOO_LARGE;
    }
    skip_blanks(p);
    if (next(p) != '{') {
        theme_error_set(p->error, name.line, name.column, "'{' is missing behind %s",
                        theme_kind_name(kind));
        return STATUS_CORRUPT;
    }
    status = add_node(p, *current, kind, &name);
    if (status != STATUS_OK)
        return status;
    *current = p->tree->node_count - 1;
    (*depth)++;
    return STATUS_OK;
}

/* Inside of an object: "name = value". */
static enum status read_object_property(struct parser *p, uint32_t object)
{
    struct word value, name = read_name(p);
    if (name.len == 0) {
        theme_error_set(p->error, name.line, name.column, "a property of %s is expected here",
                        theme_kind_name(p->tree->nodes[object].kind));
        return STATUS_CORRUPT;
    }
    skip_blanks(p);
    if (next(p) != '=') {
        theme_error_set(p->error, name.line, name.column, "'=' is missing behind %.*s",
                        shown(name.len), name.text);
        return STATUS_CORRUPT;
    }
    enum status status = read_value(p, &value);
    return status == STATUS_OK ? add_property(p, object, &name, &value) : status;
}

/* Outside of objects: "name: "value"". */
static enum status read_global_property(struct parser *p)
{
    struct word value, name = read_name(p);
    if (name.len == 0) {
        skip_line(p);
        return STATUS_OK;
    }
    skip_blanks(p);
    if (next(p) != ':') {
        theme_error_set(p->error, name.line, name.column, "':' is missing behind %.*s",
                        shown(name.len), name.text);
        return STATUS_CORRUPT;
    }
    skip_blanks(p);
    if (peek(p) != '"') {
        theme_error_set(p->error, p->line, p->column, "%.*s: the value must stand in quotes",
                        shown(name.len), name.text);
        return STATUS_CORRUPT;
    }
    enum status status = read_value(p, &value);
    return status == STATUS_OK ? add_property(p, 0, &name, &value) : status;
}

static enum status read_all(struct parser *p)
{
    uint32_t current = 0; /* the root */
    unsigned depth = 0;
    enum status status = STATUS_OK;

    while (status == STATUS_OK) {
        skip_blanks(p);
        int c = peek(p);
        if (c == END)
            return STATUS_OK; /* GRUB does not mind braces that are open */
        if (c == '#') {
            skip_line(p);
        } else if (c == '+') {
            next(p);
            status = open_object(p, &current, &depth);
        } else if (current == 0) {
            status = read_global_property(p);
        } else if (c == '}') {
            next(p);
            current = p->tree->nodes[current].parent;
            depth--;
        } else {
            status = read_object_property(p, current);
        }
    }
    return status;
}

enum status theme_text_parse(const char *text, size_t len, struct theme_text *ret_text,
                             struct theme_error *error)
{
    static const struct word whole = {.line = 1, .column = 1};
    *ret_text = (struct theme_text){0};
    if (len > THEME_TEXT_BYTES_MAX) {
        theme_error_set(error, 0, 0, "larger than %zu KiB", THEME_TEXT_BYTES_MAX >> 10);
        return STATUS_TOO_LARGE;
    }
    struct parser p = {
        .text = text, .len = len, .line = 1, .column = 1, .tree = ret_text, .error = error};
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        p.at = 3;
    enum status status = add_node(&p, THEME_TEXT_NONE, THEME_ROOT, &whole);
    return status == STATUS_OK ? read_all(&p) : status;
}

void theme_text_clear(struct theme_text *text)
{
    free(text->nodes);
    free(text->properties);
    arena_clear(&text->arena);
    *text = (struct theme_text){0};
}
