/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads an image piece by piece for its SHA-256 and compares that with what lies beside it. */
#pragma once

#include "config/base/arena.h"
#include "efi/app/platform.h"
#include "efi/core/sum/sha256.h"

#define CHECKSUM_EXPECTED_MAX 2
#define CHECKSUM_LINES_MAX    (3 + CHECKSUM_EXPECTED_MAX)

/* A sum that someone wrote down. */
struct checksum_expected {
    const char *file; /* "x.iso.sha256" */
    char hex[SHA256_HEX_CHARS + 1];
};

/* Zeroed: nothing is read. */
struct checksum {
    const struct platform *platform;
    struct blockdev *file;
    const char *path;
    uint8_t *buffer;
    uint64_t done_bytes;
    struct sha256 sha;
    struct checksum_expected expected[CHECKSUM_EXPECTED_MAX];
    size_t expected_count;
    char hex[SHA256_HEX_CHARS + 1];
    struct model_detail lines[CHECKSUM_LINES_MAX];
    size_t line_count;
};

/* Opens the image at PATH (borrowed) and looks for its sum in FILE.sha256 and SHA256SUMS beside it;
 * texts for people lie in ARENA. The caller ends it with checksum_end(). */
enum status checksum_begin(const struct platform *platform, const char *path, struct arena *arena,
                           struct checksum *ret_checksum) must_check;

/* Reads the next piece. STATUS_END: that was the last one, `lines` tell the result. */
enum status checksum_step(struct checksum *checksum, struct arena *arena) must_check;

bool checksum_is_running(const struct checksum *checksum);

/* Closes the file; `lines` stay. */
void checksum_end(struct checksum *checksum);
