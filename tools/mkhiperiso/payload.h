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

/* Makes the ESP in TARGET at OFF, every time stamp EPOCH. Reports errors, returns 0 or -1. */
int payload_write_esp(const struct payload *payload, const struct target *target, uint64_t off,
                      uint32_t serial, int64_t epoch) must_check;
