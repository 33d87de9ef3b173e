/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sessions lie: a folder of this machine, or the data partition of a stick or its image. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config/base/status.h"
#include "efi/core/fs/blockdev.h"
#include "efi/core/fs/exfat.h"

struct place;

/* Opens PATH: a folder, or a stick, its image, or an exFAT volume. Reports errors; 0 or -1. */
int place_open(const char *path, struct place **ret_place) must_check;
void place_close(struct place *place);

/* Is it a folder of this machine? */
bool place_is_folder(const struct place *place);

struct place_entry {
    const char *name; /* valid during the call */
    bool is_folder;
    uint64_t bytes;
};

/* Calls EACH for what FOLDER ("" = the top, "a/b") holds, in no order; it stops with EACH's first
 * status that is not STATUS_OK. STATUS_NOT_FOUND if there is no such folder. */
enum status place_list(struct place *place, const char *folder,
                       enum status (*each)(void *context, const struct place_entry *entry),
                       void *context) must_check;

/* The names of folders, sorted. */
struct place_names {
    char **items;
    size_t count;
};

/* The folders in FOLDER. STATUS_NOT_FOUND as above; STATUS_TOO_LARGE: more than 100,000. The caller
 * clears. */
enum status place_list_folders(struct place *place, const char *folder,
                               struct place_names *ret_names) must_check;
void place_names_clear(struct place_names *names);

/* A file, to be read at any offset. Do not move it while it is open. */
struct place_file {
    struct place *place;
    uint64_t bytes;
    int fd; /* -1: on the volume */
    struct exfat_node node;
    struct exfat_position position;
    struct blockdev device; /* the same file as a device */
};

#define PLACE_FILE_CLOSED ((struct place_file){.fd = -1})

/* STATUS_NOT_FOUND, STATUS_INVALID (a folder), STATUS_IO, STATUS_CORRUPT. */
enum status place_file_open(struct place *place, const char *path, struct place_file *ret_file)
    must_check;
void place_file_close(struct place_file *file);

/* Reads up to LEN bytes at OFF; less only at the end. */
enum status place_file_read(struct place_file *file, uint64_t off, size_t len, void *ret_bytes,
                            size_t *ret_len) must_check;

/* The whole file as a new block with a NUL behind it. STATUS_TOO_LARGE above MAX bytes. */
enum status place_read(struct place *place, const char *path, size_t max, uint8_t **ret_bytes,
                       size_t *ret_len) must_check;

#define auto_place_file __attribute__((cleanup(place_file_close))) struct place_file
