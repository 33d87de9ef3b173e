/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 for firmware, where there is no library to link. FIPS 180-4. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES     32
#define SHA256_BLOCK     64
#define SHA256_HEX_CHARS 64

struct sha256 {
    uint32_t state[8];
    uint64_t len;                /* bytes so far */
    uint8_t block[SHA256_BLOCK]; /* the part of a block that is not complete */
};

void sha256_init(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t len);

/* The digest of what was added; SHA is used up. */
void sha256_finish(struct sha256 *sha, uint8_t ret_digest[SHA256_BYTES]);

/* In lower case, with a NUL. */
void sha256_hex(const uint8_t digest[SHA256_BYTES], char ret_hex[SHA256_HEX_CHARS + 1]);
