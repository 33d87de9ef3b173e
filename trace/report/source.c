/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds sessions by what the user wrote. */
#include "trace/report/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"
#include "config/base/text.h"
#include "tools/mkhiperiso/report.h"
#include "trace/report/array.h"

#define LOGS_FOLDER  "hiperiso/logs"
#define SESSION_FILE "session.json"

static char *join(const char *folder, const char *name)
{
    char *path = NULL;

    if (asprintf(&path, "%s%s%s", folder, *folder != '\0' ? "/" : "", name) < 0)
        return NULL;
    return path;
}

static bool has_file(struct place *place, const char *folder, const char *name)
{
    auto_place_file file = PLACE_FILE_CLOSED;
    auto_free char *path = join(folder, name);

    return path != NULL && place_file_open(place, path, &file) == STATUS_OK;
}

static enum status add_bytes(void *context, const struct place_entry *entry)
{
    uint64_t *bytes = context;

    if (!entry->is_folder)
        *bytes += entry->bytes;
    return STATUS_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct source_session *)a)->name,
                  ((const struct source_session *)b)->name);
}

static enum status add_session(struct place *place, const char *folder,
                               struct source_sessions *sessions)
{
    struct source_session session = {.folder = text_copy(folder)};

    if (session.folder == NULL)
        return STATUS_NO_MEMORY;
    const char *slash = strrchr(session.folder, '/');
    session.name = slash != NULL ? slash + 1 : session.folder;
    (void)!place_list(place, folder, add_bytes, &session.bytes);
    if (array_add(sessions->items, sessions->count, session))
        return STATUS_OK;
    free(session.folder);
    return STATUS_NO_MEMORY;
}

/* The sessions among the folders in FOLDER. */
static enum status list_in(struct place *place, const char *folder,
                           struct source_sessions *sessions)
{
    struct place_names names;
    enum status status = place_list_folders(place, folder, &names);

    if (status != STATUS_OK)
        return status;
    for (size_t i = 0; i < names.count && status == STATUS_OK; i++) {
        auto_free char *path = join(folder, names.items[i]);
        if (path == NULL)
            status = STATUS_NO_MEMORY;
        else if (has_file(place, path, SESSION_FILE))
            status = add_session(place, path, sessions);
    }
    place_names_clear(&names);
    return status;
}

enum status source_list_sessions(struct place *place, struct source_sessions *ret_sessions)
{
    struct source_sessions sessions = {0};
    enum status status = STATUS_OK;

    if (has_file(place, "", SESSION_FILE)) {
        status = add_session(place, "", &sessions);
    } else {
        status = list_in(place, LOGS_FOLDER, &sessions);
        if (status == STATUS_NOT_FOUND || (status == STATUS_OK && sessions.count == 0))
            status = list_in(place, "", &sessions);
    }
    if (status != STATUS_OK) {
        source_clear_sessions(&sessions);
        return status;
    }
    if (sessions.count > 1)
        qsort(sessions.items, sessions.count, sizeof(*sessions.items), by_name);
    *ret_sessions = sessions;
    return STATUS_OK;
}

void source_clear_sessions(struct source_sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++)
        free(sessions->items[i].folder);
    free(sessions->items);
    *sessions = (struct source_sessions){0};
}

static bool exists(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0;
}

/* Cuts "IMG:NAME" at the first colon behind which the rest is no path of this machine. */
static char *cut_at_colon(char *path)
{
    if (exists(path))
        return NULL;
    for (char *colon = strrchr(path, ':'); colon != NULL && colon > path;) {
        *colon = '\0';
        if (exists(path))
            return colon + 1;
        char *before = strrchr(path, ':');
        *colon = ':';
        colon = before;
    }
    return NULL;
}

/* The folder of session NAME in the place; NULL after a reported error. */
static char *find_session(struct place *place, const char *operand, const char *name)
{
    struct source_sessions sessions = {0};
    char *folder = NULL;

    if (name != NULL && strchr(name, '/') != NULL) {
        name += strspn(name, "/");
        folder = text_copy(name);
        for (size_t len = folder != NULL ? strlen(folder) : 0; len > 0 && folder[len - 1] == '/';)
            folder[--len] = '\0';
        if (folder != NULL && has_file(place, folder, SESSION_FILE))
            return folder;
        free(folder);
        fail("%s: no session: there is no %s in it; hiperiso-report ls lists them", operand,
             SESSION_FILE);
        return NULL;
    }
    enum status status = source_list_sessions(place, &sessions);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        fail("%s: its sessions cannot be listed: %s", operand, status_text(status));
        return NULL;
    }
    for (size_t i = 0; i < sessions.count; i++)
        if (name != NULL ? strcmp(sessions.items[i].name, name) == 0 : i + 1 == sessions.count)
            folder = text_copy(sessions.items[i].folder);
    source_clear_sessions(&sessions);
    if (folder == NULL)
        fail("%s: no %ssession there; hiperiso-report ls lists them", operand,
             name != NULL ? "such " : "");
    return folder;
}

static char *name_of(const char *path, const char *folder)
{
    auto_free char *copy = text_copy(*folder != '\0' ? folder : path);

    if (copy == NULL)
        return NULL;
    for (size_t len = strlen(copy); len > 1 && copy[len - 1] == '/';)
        copy[--len] = '\0';
    const char *slash = strrchr(copy, '/');
    return text_copy(slash != NULL && slash[1] != '\0' ? slash + 1 : copy);
}

int source_open_session(const char *path, struct report_source **ret_source)
{
    auto_free char *operand = text_copy(path);
    struct report_source *source = calloc(1, sizeof(*source));

    if (operand == NULL || source == NULL) {
        free(source);
        return fail("out of memory");
    }
    const char *name = cut_at_colon(operand);
    if (place_open(operand, &source->place) == 0)
        source->folder = find_session(source->place, path, name);
    if (source->folder != NULL) {
        source->name = name_of(operand, source->folder);
        if (source->name == NULL)
            fail("out of memory");
    }
    if (source->name == NULL) {
        source_close_session(source);
        return -1;
    }
    *ret_source = source;
    return 0;
}

void source_close_session(struct report_source *source)
{
    if (source == NULL)
        return;
    place_close(source->place);
    free(source->folder);
    free(source->name);
    free(source);
}

char *source_path(const struct report_source *source, const char *name)
{
    return join(source->folder, name);
}

enum status source_open_file(const struct report_source *source, const char *name,
                             struct place_file *ret_file)
{
    auto_free char *path = source_path(source, name);

    return path != NULL ? place_file_open(source->place, path, ret_file) : STATUS_NO_MEMORY;
}

enum status source_read_file(const struct report_source *source, const char *name, size_t max,
                             uint8_t **ret_bytes, size_t *ret_len)
{
    auto_free char *path = source_path(source, name);

    return path != NULL ? place_read(source->place, path, max, ret_bytes, ret_len)
                        : STATUS_NO_MEMORY;
}
