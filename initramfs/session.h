/* SPDX-License-Identifier: BSD-2-Clause */
/* The session folder on the data partition: its files, and a process that brings them to the medium
 * each second. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/base/strbuf.h"
#include "initramfs/recorder.h"
#include "initramfs/session_json.h"
#include "initramfs/session_writer.h"

/* Written by QEMU when net_dump is on. */
#define SESSION_NETWORK "network.pcap"

/* The folder of the filmstrip. */
#define SESSION_PICTURES "screen"

enum session_file {
    SESSION_SERIAL,
    SESSION_FIRMWARE,
    SESSION_QMP,
    SESSION_QEMU,
    SESSION_HOST,
    SESSION_SERIAL_INDEX,
    SESSION_FIRMWARE_INDEX,
    SESSION_FILES
};

struct session {
    char *name;   /* of the folder; owned; NULL while there is no session */
    char *folder; /* its path; owned */
    struct session_writer writer;
    int error;       /* first error of writing: 0 or -errno */
    int stick_error; /* why the syncer has ended: 0 or -errno */
    enum session_file error_file;
    pid_t syncer;                      /* 0: none */
    int sync;                          /* a byte written here syncs at once; -1 */
    pid_t json_pid;                    /* writes session.json; 0: none */
    char *json_next;                   /* what session.json says after that; owned */
    struct recorder_shared *recording; /* keeps the books; NULL: nobody does; borrowed */
};

void session_init(struct session *session);

/* Makes the folder and its files; from here on host.log is written. -errno with one line in WHY. */
int session_open(struct session *session, const char *image_path, int64_t wall_ms,
                 struct strbuf *why) must_check;

/* Adds bytes to a file of the session without waiting for the stick; the first error is kept in
 * SESSION, later ones are dropped with what they lost. False when they are not (all) taken: an
 * error, or the limit of the file's recorder. */
bool session_write(struct session *session, enum session_file file, const void *bytes, size_t len);

/* Whether the stick is not too far behind for FILE to take much more. */
bool session_has_room(const struct session *session, enum session_file file);

/* The first error of writing: 0 or -errno, then with its file. */
int session_error(struct session *session, enum session_file *ret_file);

/* Waits for what was written to be in the files, a few seconds at most; what is not is an error. */
void session_flush(struct session *session);

/* Makes one more file in the folder, for a program that writes it by itself. The descriptor, or
 * -errno. */
int session_make_file(const struct session *session, const char *name) must_check;

/* Makes SESSION_PICTURES/NAME with these bytes; waits for the stick. -errno. */
int session_make_picture(const struct session *session, const char *name, const void *bytes,
                         size_t len) must_check;

/* Adds a line of QMP with the host's time around it. */
void session_write_qmp(struct session *session, const char *line, size_t len, int64_t wall_ms);

/* Replaces session.json (a temporary file, then a rename). -errno. */
int session_write_json(struct session *session, const struct session_facts *facts) must_check;

/* The same in a process of its own, which nobody waits for. */
int session_post_json(struct session *session, const struct session_facts *facts) must_check;

/* PID has ended. False when it is not one of the session's. */
bool session_take_exit(struct session *session, pid_t pid, int status);

/* "serial.log". */
const char *session_file_name(enum session_file file);

/* Closes everything; what was written is on its way to the medium. */
void session_close(struct session *session);
