/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions by their names: which there are, and the files of one. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "trace/report/place.h"

/* One session: a folder with session.json in a place. */
struct report_source {
    struct place *place; /* owned */
    char *folder;        /* of the session in the place, "" = the place itself; owned */
    char *name;          /* its last part; owned */
};

struct source_session {
    char *folder; /* in the place; owned */
    const char *name;
    uint64_t bytes; /* of its files */
};

struct source_sessions {
    struct source_session *items; /* by name, which begins with the time */
    size_t count;
};

/* Opens a session: a folder, "IMG:NAME", "IMG:/hiperiso/logs/NAME", "DIR:NAME", or only IMG (or the
 * folder that a stick is mounted at) for its last session. Reports errors; 0 or -1. */
int source_open_session(const char *path, struct report_source **ret_source) must_check;
void source_close_session(struct report_source *source);

/* All sessions of PLACE: the place itself, what lies in it, or in its /hiperiso/logs. */
enum status source_list_sessions(struct place *place, struct source_sessions *ret_sessions)
    must_check;
void source_clear_sessions(struct source_sessions *sessions);

/* A path in the place of the session's file NAME: a new text; NULL when memory runs out. */
char *source_path(const struct report_source *source, const char *name) must_check;

enum status source_open_file(const struct report_source *source, const char *name,
                             struct place_file *ret_file) must_check;
enum status source_read_file(const struct report_source *source, const char *name, size_t max,
                             uint8_t **ret_bytes, size_t *ret_len) must_check;
