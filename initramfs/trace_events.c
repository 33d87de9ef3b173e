/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists of events. */
#include "initramfs/trace_events.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/glob.h"
#include "config/base/text.h"

#define FILES_MAX    16
#define PROBLEMS_MAX 100
#define NAME_MAX_LEN 100
#define SUFFIX       ".events"
#define WORD_INCLUDE "include"
#define PREFIX_TCG   "tcg:"
#define PREFIX_PORTS "tcg-ports:"
#define ADDRESS      " addr 0x"
#define PORTS_END    0x10000u

/* A name that was asked for, and where. */
struct wanted {
    char *name; /* owned; without "tcg:" */
    unsigned file, line;
    bool is_left_out; /* checked, not recorded */
    bool is_pattern, is_known;
    bool is_ports; /* only accesses to ports */
};

struct open_file {
    struct strbuf text;
    size_t pos;
    unsigned number, line; /* NUMBER: in the list of files */
};

struct reader {
    const struct trace_events_source *source;
    struct trace_events *events;
    struct open_file stack[FILES_MAX]; /* a list goes on where its include stood */
    unsigned depth;
    struct wanted *wanted;
    size_t count;
    size_t problems_left_out;
    enum status status;
};

static void add_once(struct reader *r, struct text_list *list, const char *name)
{
    if (r->status == STATUS_OK && !trace_events_has(list, name))
        r->status = text_list_add(list, name);
}

static void __attribute__((format(printf, 4, 5)))
problem(struct reader *r, unsigned file, unsigned line, const char *format, ...)
{
    auto_strbuf text = STRBUF_INIT, printable = STRBUF_INIT;
    va_list args;
    if (r->events->problems.count >= PROBLEMS_MAX) {
        r->problems_left_out++;
        return;
    }
    strbuf_printf(&text, "%s:%u: ", r->events->files.items[file], line);
    va_start(args, format);
    strbuf_vprintf(&text, format, args);
    va_end(args);
    strbuf_append_printable(&printable, strbuf_text(&text));
    if (r->status == STATUS_OK)
        r->status = strbuf_status(&text);
    if (r->status == STATUS_OK)
        r->status = strbuf_status(&printable);
    if (r->status == STATUS_OK)
        r->status = text_list_add(&r->events->problems, strbuf_text(&printable));
}

/* ---- files ---- */

static bool is_file_name(const char *name)
{
    size_t len = strlen(name);
    return name[0] != '.' && len > strlen(SUFFIX) && len <= NAME_MAX_LEN &&
           strchr(name, '/') == NULL && strcmp(name + len - strlen(SUFFIX), SUFFIX) == 0;
}

/* Puts FILE on the stack; each list is read once, so that no two can include each other for ever.
 */
static enum status open_list(struct reader *r, const char *file)
{
    struct open_file *open = &r->stack[r->depth];
    auto_strbuf text = strbuf_with_max(TRACE_EVENTS_FILE_MAX);
    enum status status = r->source->read_file(r->source->context, file, &text);
    if (status == STATUS_OK)
        status = strbuf_status(&text);
    if (status != STATUS_OK)
        return status;
    status = text_list_add(&r->events->files, file);
    if (status != STATUS_OK)
        return status;
    *open = (struct open_file){.text = text, .number = (unsigned)r->events->files.count - 1};
    text = strbuf_with_max(0);
    r->depth++;
    return STATUS_OK;
}

static void include(struct reader *r, const struct open_file *at, const char *file)
{
    unsigned number = at->number, line = at->line;
    if (!is_file_name(file)) {
        problem(r, number, line, "'%s' is no name of a list: write `include NAME" SUFFIX "`", file);
        return;
    }
    if (trace_events_has(&r->events->files, file))
        return;
    if (r->events->files.count >= FILES_MAX) {
        problem(r, number, line, "%s is left out: a tier has at most %d lists", file, FILES_MAX);
        return;
    }
    enum status status = open_list(r, file);
    if (status == STATUS_NO_MEMORY)
        r->status = status;
    else if (status != STATUS_OK)
        problem(r, number, line, "%s cannot be read: %s", file, status_text(status));
}

/* ---- names ---- */

static bool is_name(const char *name, size_t len, const char *extra)
{
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool is_plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
        if (!is_plain && strchr(extra, c) == NULL)
            return false;
    }
    return len > 0 && len <= NAME_MAX_LEN;
}

static void want_tracepoint(struct reader *r, const struct open_file *at, const char *name)
{
    char system[NAME_MAX_LEN + 1];
    const struct trace_events_source *source = r->source;
    const char *event = strchr(name, ':') + 1;
    size_t len = (size_t)(event - 1 - name);
    if (!is_name(name, len, "-") || !is_name(event, strlen(event), "")) {
        problem(r, at->number, at->line,
                "'%s' is no tracepoint of the host's kernel: write "
                "SYSTEM:EVENT",
                name);
        return;
    }
    memcpy(system, name, len);
    system[len] = '\0';
    if (source->is_emulated && strcmp(system, "kvm") == 0)
        return;
    if (source->has_tracepoint == NULL || !source->has_tracepoint(source->context, system, event))
        problem(r, at->number, at->line, "the host's kernel has no tracepoint %s", name);
    else
        add_once(r, &r->events->kernel, name);
}

static void want(struct reader *r, const struct open_file *at, const char *name)
{
    bool is_ports = strncmp(name, PREFIX_PORTS, strlen(PREFIX_PORTS)) == 0;
    bool is_tcg = is_ports || strncmp(name, PREFIX_TCG, strlen(PREFIX_TCG)) == 0;
    if (is_tcg)
        name = strchr(name, ':') + 1;
    else if (strchr(name, ':') != NULL) {
        want_tracepoint(r, at, name);
        return;
    }
    if (!is_name(name, strlen(name), "*?")) {
        problem(r, at->number, at->line, "'%s' is no name of an event (letters, digits, _ * ?)",
                name);
        return;
    }
    if (r->count == TRACE_EVENTS_MAX) {
        problem(r, at->number, at->line, "%s is left out: a tier has at most %d events", name,
                TRACE_EVENTS_MAX);
        return;
    }
    struct wanted *grown = realloc(r->wanted, (r->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        r->status = STATUS_NO_MEMORY;
        return;
    }
    r->wanted = grown;
    char *copy = strdup(name);
    if (copy == NULL) {
        r->status = STATUS_NO_MEMORY;
        return;
    }
    r->wanted[r->count++] = (struct wanted){
        .name = copy,
        .file = at->number,
        .line = at->line,
        .is_left_out = is_tcg && !r->source->is_emulated,
        .is_pattern = strpbrk(name, "*?") != NULL,
        .is_ports = is_ports,
    };
}

/* ---- lines ---- */

static void take_line(struct reader *r, struct open_file *at, char *line)
{
    line[strcspn(line, "#\r")] = '\0';
    line += strspn(line, " \t");
    size_t len = strlen(line);
    while (len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        line[--len] = '\0';
    if (len == 0)
        return;
    size_t word = strcspn(line, " \t");
    if (word == strlen(WORD_INCLUDE) && strncmp(line, WORD_INCLUDE, word) == 0 && word < len)
        include(r, at, line + word + strspn(line + word, " \t"));
    else if (word < len)
        problem(r, at->number, at->line, "'%s' is more than one word: one event a line", line);
    else
        want(r, at, line);
}

/* The next line of the list on top; false at its end. A NUL byte ends what is read of a line. */
static bool next_line(struct open_file *at, char **ret_line)
{
    struct strbuf *text = &at->text;
    if (at->pos >= text->len)
        return false;
    char *line = text->text + at->pos;
    char *end = memchr(line, '\n', text->len - at->pos);
    at->pos = end != NULL ? (size_t)(end - text->text) + 1 : text->len;
    if (end != NULL)
        *end = '\0';
    at->line++;
    *ret_line = line;
    return true;
}

static void read_lists(struct reader *r)
{
    while (r->depth > 0 && r->status == STATUS_OK) {
        struct open_file *top = &r->stack[r->depth - 1];
        char *line;
        if (next_line(top, &line)) {
            take_line(r, top, line);
        } else {
            strbuf_clear(&top->text);
            r->depth--;
        }
    }
}

/* ---- what QEMU knows ---- */

/* A line of trace-events-all: "[disable ][vcpu ]NAME(ARGUMENTS) FORMAT". QEMU
 * docs/devel/tracing.rst. */
static bool known_name(const char *line, size_t len, char ret_name[NAME_MAX_LEN + 1],
                       bool *ret_is_disabled)
{
    static const char disable[] = "disable ", vcpu[] = "vcpu ";
    bool is_disabled = len > strlen(disable) && memcmp(line, disable, strlen(disable)) == 0;
    if (is_disabled) {
        line += strlen(disable);
        len -= strlen(disable);
    }
    if (len > strlen(vcpu) && memcmp(line, vcpu, strlen(vcpu)) == 0) {
        line += strlen(vcpu);
        len -= strlen(vcpu);
    }
    const char *end = memchr(line, '(', len);
    if (end == NULL || !is_name(line, (size_t)(end - line), ""))
        return false;
    memcpy(ret_name, line, (size_t)(end - line));
    ret_name[end - line] = '\0';
    *ret_is_disabled = is_disabled;
    return true;
}

/* One list may want the ports of what another wants whole. */
static void record_event(struct reader *r, const char *name, bool is_ports)
{
    struct text_list *ports = &r->events->ports;
    bool was_wanted = trace_events_has(&r->events->qemu, name);
    if (r->events->qemu.count >= TRACE_EVENTS_MAX)
        return;
    add_once(r, &r->events->qemu, name);
    if (is_ports && !was_wanted)
        add_once(r, ports, name);
    for (size_t i = 0; i < ports->count && !is_ports; i++) {
        if (strcmp(ports->items[i], name) != 0)
            continue;
        free(ports->items[i]);
        memmove(ports->items + i, ports->items + i + 1,
                (--ports->count - i) * sizeof(*ports->items));
    }
}

static void match_known(struct reader *r, const char *name, bool is_disabled)
{
    for (size_t i = 0; i < r->count && r->status == STATUS_OK; i++) {
        struct wanted *wanted = &r->wanted[i];
        bool is_match =
            wanted->is_pattern ? glob_match(wanted->name, name) : strcmp(wanted->name, name) == 0;
        if (!is_match || (is_disabled && wanted->is_pattern))
            continue;
        wanted->is_known = true;
        if (is_disabled)
            problem(r, wanted->file, wanted->line, "the event %s is not built into QEMU", name);
        else if (!wanted->is_left_out)
            record_event(r, name, wanted->is_ports);
    }
}

static void check_names(struct reader *r)
{
    const char *p = r->source->known, *end = p != NULL ? p + r->source->known_len : NULL;
    char name[NAME_MAX_LEN + 1];
    bool is_disabled;
    while (p != NULL && p < end && r->status == STATUS_OK) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        size_t len = (size_t)((newline != NULL ? newline : end) - p);
        if (known_name(p, len, name, &is_disabled))
            match_known(r, name, is_disabled);
        p += len + 1;
    }
    for (size_t i = 0; i < r->count && r->status == STATUS_OK; i++) {
        struct wanted *wanted = &r->wanted[i];
        if (r->source->known == NULL && !wanted->is_left_out)
            record_event(r, wanted->name, wanted->is_ports);
        else if (r->source->known != NULL && !wanted->is_known)
            problem(r, wanted->file, wanted->line, "QEMU has no event %s", wanted->name);
    }
}

static void count_left_out(struct reader *r)
{
    auto_strbuf text = STRBUF_INIT;
    if (r->problems_left_out == 0 || r->status != STATUS_OK)
        return;
    strbuf_printf(&text, "%s: %zu more problems", r->events->files.items[0], r->problems_left_out);
    r->status = strbuf_status(&text);
    if (r->status == STATUS_OK)
        r->status = text_list_add(&r->events->problems, strbuf_text(&text));
}

/* ---- public ---- */

enum status trace_events_file(const char *tier, struct strbuf *b)
{
    static const char *const own[] = {"standard", "detailed", "full"};
    bool is_own = false;
    for (size_t i = 0; i < ARRAY_SIZE(own); i++)
        is_own = is_own || strcmp(tier, own[i]) == 0;
    strbuf_printf(b, "%s%s" SUFFIX, is_own ? "trace-" : "", tier);
    return strbuf_status(b);
}

enum status trace_events_read(const struct trace_events_source *source, const char *file,
                              struct trace_events *ret_events)
{
    struct trace_events events = {0};
    struct reader r = {.source = source, .events = &events};
    r.status = open_list(&r, file);
    read_lists(&r);
    if (r.status == STATUS_OK)
        check_names(&r);
    count_left_out(&r);
    while (r.depth > 0)
        strbuf_clear(&r.stack[--r.depth].text);
    for (size_t i = 0; i < r.count; i++)
        free(r.wanted[i].name);
    free(r.wanted);
    if (r.status != STATUS_OK) {
        trace_events_clear(&events);
        return r.status;
    }
    *ret_events = events;
    return STATUS_OK;
}

void trace_events_clear(struct trace_events *events)
{
    text_list_clear(&events->qemu);
    text_list_clear(&events->ports);
    text_list_clear(&events->kernel);
    text_list_clear(&events->files);
    text_list_clear(&events->problems);
}

bool trace_events_is_no_port(const struct text_list *ports, const char *line, size_t len)
{
    const char *end = line + len, *name = memchr(line, '@', len);
    name = name != NULL ? memchr(name, ':', (size_t)(end - name)) : NULL;
    if (name == NULL)
        return false;
    name++;
    for (size_t i = 0; i < ports->count; i++) {
        size_t name_len = strlen(ports->items[i]);
        if (name_len >= (size_t)(end - name) || name[name_len] != ' ' ||
            memcmp(name, ports->items[i], name_len) != 0)
            continue;
        const char *p = memmem(name, (size_t)(end - name), ADDRESS, strlen(ADDRESS));
        uint64_t address = 0;
        for (p = p != NULL ? p + strlen(ADDRESS) : end; p < end && address < PORTS_END; p++) {
            int digit = text_hex_value(*p);
            if (digit < 0)
                break;
            address = address * 16 + (unsigned)digit;
        }
        return address >= PORTS_END;
    }
    return false;
}

bool trace_events_has(const struct text_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}
