/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, and identifiers drawn from it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"

#define DIGEST_BYTES 32

struct digest;

/* NULL when memory runs out. The caller frees with digest_free(). */
struct digest *digest_new(void) must_check;
void digest_free(struct digest *digest);

void digest_add(struct digest *digest, const void *bytes, size_t len);
void digest_add_number(struct digest *digest, uint64_t number);
void digest_add_text(struct digest *digest,
                     const char *text); /* with its NUL: "ab","c" is not "a","bc" */

/* The digest of what was added; DIGEST starts anew. STATUS_NO_MEMORY if libcrypto failed at any
 * step. */
enum status digest_finish(struct digest *digest, uint8_t ret_bytes[DIGEST_BYTES]) must_check;

/* LEN (at most DIGEST_BYTES) bytes that depend on SEED and PURPOSE alone. */
enum status digest_derive(const uint8_t seed[DIGEST_BYTES], const char *purpose, size_t len,
                          void *ret_bytes) must_check;
