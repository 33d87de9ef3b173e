/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine made of tables for the app: files, variables, keys with times, two displays; and what
 * happened to it. */
#pragma once

#include "efi/app/platform.h"

#define FAKE_FILES_MAX 64
#define FAKE_KEYS_MAX  512

struct fake_file {
    const char *path; /* "/ISOs/x.iso"; folders are made from it */
    uint64_t size_bytes;
    const char *text;  /* for files that are read; its length counts then */
    enum status fault; /* of the folder at PATH when SIZE is 0 and TEXT NULL: listing gives this in
                          the end; with is_file: each read of the file */
    bool is_file;
};

/* A file while it is read in pieces. */
struct fake_open {
    struct blockdev device;
    struct fake *fake;
    const struct fake_file *file;
};

/* Nothing happens before AFTER_MS have passed since the last key. */
struct fake_key {
    uint64_t after_ms;
    uint64_t at_ms; /* 0, or at this time whatever AFTER_MS says */
    struct raw_key raw;
};

struct fake_variable {
    const char *name;
    char data[4096];
    size_t len; /* 0: there is none */
    unsigned writes;
};

struct fake {
    struct platform platform;
    struct fake_file files[FAKE_FILES_MAX];
    size_t file_count;
    struct fake_key keys[FAKE_KEYS_MAX];
    size_t key_count, next_key;
    uint64_t now_ms;
    struct fake_variable variables[2];
    const char *open_message; /* opening the stick fails with it */
    enum status open_status;  /* and this; STATUS_OK: with STATUS_NOT_FOUND */
    const char *driver_notes; /* of open_stick() */
    unsigned opens, lists, reads, opened, open_files;
    uint64_t read_takes_ms; /* each read of an open file */
    bool has_local_disk;
    unsigned powers;
    enum menu_power power;     /* the last one asked for */
    const char *linux_message; /* starting Linux fails with it; NULL: "started", and the machine
                                  ends with Ctrl-X */
    unsigned starts;
    uint64_t start_ms;       /* when the last one was */
    char command_line[4096]; /* of the last start */
    struct cells screens[2]; /* what the displays show */
    struct strbuf history;   /* every row of text ever shown on the first display, one a line */
    unsigned presents, size_questions;
    bool is_released;
    bool serial_is_stuck; /* the next frame on the second display does not get through */
};

void fake_init(struct fake *fake);
void fake_clear(struct fake *fake);
void fake_add_file(struct fake *fake, const char *path, uint64_t size_bytes, const char *text);
void fake_add_fault(struct fake *fake, const char *folder, enum status fault);
void fake_type(struct fake *fake, uint64_t after_ms,
               const char *text); /* serial bytes; \033 as a scan code */
void fake_set_variable(struct fake *fake, const char *name, const void *data, size_t len);
struct fake_variable *fake_variable(struct fake *fake, const char *name);

/* Does a display show TEXT now? Was it ever on the first one? */
bool fake_shows(const struct fake *fake, unsigned display, const char *text);
bool fake_showed(const struct fake *fake, const char *text);
