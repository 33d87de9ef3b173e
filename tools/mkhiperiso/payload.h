/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder whose tree becomes the ESP, and the ESP itself (FAT, by mtools). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/mkhiperiso/digest.h"
#include "tools/mkhiperiso/target.h"

struct payload_entry {
    char *path; /* "/EFI/BOOT/BOOTX64.EFI" */
    bool is_folder;
    uint64_t size_bytes;
    int64_t modified;
};

struct payload {
    char *folder;                  /* owned */
    struct payload_entry *entries; /* folders before what they hold, sorted by name; owned */
    size_t count;
    int64_t newest;     /* seconds since 1970 */
    uint64_t esp_bytes; /* how large the ESP has to be, whole MiB */
};

/* Lists FOLDER; NULL means $HIPERISO_PAYLOAD, the build's own or the installed payload, in this
 * order. Files without which no stick boots must be there unless INCOMPLETE_OK (then a warning
 * names them). Reports errors, returns 0 or -1. */
int payload_read(const char *folder, bool incomplete_ok, struct payload *ret_payload) must_check;
void payload_clear(struct payload *payload);

/* What its files take on a disk, in whole clusters. */
uint64_t payload_content_bytes(const struct payload *payload);

/* Adds names and contents to DIGEST. Reports errors, returns 0 or -1. */
int payload_digest(const struct payload *payload, struct digest *digest) must_check;

/* A FAT volume to be made: in the file of TARGET from byte OFF on, for byte DISK_OFF of a disk with
 * sectors of SECTOR_BYTES. */
struct payload_volume {
    const struct target *target;
    uint64_t off, disk_off, size_bytes;
    uint32_t sector_bytes, serial;
    int64_t epoch; /* every time stamp in it */
};

/* Makes the ESP. Reports errors, returns 0 or -1. */
int payload_write_esp(const struct payload *payload, const struct payload_volume *volume)
    must_check;

/* An empty ESP, for payload_put(). */
int payload_format(const struct payload_volume *volume) must_check;

/* The file SOURCE at INSIDE ("/EFI/BOOT/BOOTX64.EFI"), or with SOURCE NULL a folder. */
int payload_put(const struct payload_volume *volume, const char *source, const char *inside)
    must_check;
