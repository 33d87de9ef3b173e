/* SPDX-License-Identifier: BSD-2-Clause */
/* Where hiperiso.json and the files it speaks of are read from: a stick or its image, or the file
 * itself and the folders around it. */
#pragma once

#include <stdbool.h>

#include "config/base/strbuf.h"
#include "config/config.h"
#include "tools/mkhiperiso/target.h"
#include "tools/mkhiperiso/volume.h"

struct source {
    const char *operand; /* as the user named it; borrowed */
    struct target target;
    bool is_stick;        /* else TARGET is hiperiso.json, or a template */
    struct volume volume; /* of a stick */
    char *folder;         /* the one that hiperiso.json lies in; NULL: a stick; owned */
    char *root; /* what stands for the data partition; NULL: a stick, or not known; owned */
    char *name; /* how messages call the file: "hiperiso.json"; owned */
};

/* Opens OPERAND. Reports errors, returns 0 or -1. SOURCE may not move while it is open. */
int source_open(const char *operand, struct source *ret_source) must_check;
void source_close(struct source *source);

/* The file at PATH on the data partition as a new text of at most MAX bytes. STATUS_NOT_FOUND,
 * STATUS_TOO_LARGE, ... */
enum status source_read(struct source *source, const char *path, size_t max, char **ret_text,
                        size_t *ret_len) must_check;

/* Reads hiperiso.json and its templates as the menu does. Only running out of memory is reported,
 * with -1. *RET_IS_ABSENT (may be NULL): the stick has no hiperiso.json, the defaults are in
 * effect. */
int source_load_config(struct source *source, struct problem_list *problems,
                       struct config **ret_config, bool *ret_is_absent) must_check;

/* The bytes of an image; free of SOURCE's position, valid while it is open. */
struct source_file {
    struct blockdev device;
    struct exfat *fs; /* NULL: TARGET */
    struct exfat_node node;
    struct exfat_position position;
    int volume_fd; /* of the stick, where FS begins at byte VOLUME_OFF */
    uint64_t volume_off;
    struct target target;
};

/* Opens the image at PATH on the data partition and appends its path as it is spelled there to
 * REAL_PATH. Says nothing. STATUS_NOT_FOUND, also when it is not known where the data partition is;
 * STATUS_INVALID: a folder. */
enum status source_open_image(struct source *source, const char *path, struct source_file *ret_file,
                              struct strbuf *real_path) must_check;

/* The same for a file of this machine. Reports errors, returns 0 or -1. */
int source_open_file(const char *path, struct source_file *ret_file) must_check;
void source_close_file(struct source_file *file);

#define auto_source __attribute__((cleanup(source_close))) struct source
