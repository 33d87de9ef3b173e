/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 by libcrypto. */
#include "tools/mkhiperiso/digest.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "config/base/bytes.h"

struct digest {
    EVP_MD_CTX *context;
    bool has_failed;
};

struct digest *digest_new(void)
{
    struct digest *digest = calloc(1, sizeof(*digest));

    if (digest == NULL)
        return NULL;
    digest->context = EVP_MD_CTX_new();
    if (digest->context == NULL || EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1) {
        digest_free(digest);
        return NULL;
    }
    return digest;
}

void digest_free(struct digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    free(digest);
}

void digest_add(struct digest *digest, const void *bytes, size_t len)
{
    if (EVP_DigestUpdate(digest->context, bytes, len) != 1)
        digest->has_failed = true;
}

void digest_add_number(struct digest *digest, uint64_t number)
{
    uint8_t bytes[8];

    put_le64(bytes, number);
    digest_add(digest, bytes, sizeof(bytes));
}

void digest_add_text(struct digest *digest, const char *text)
{
    digest_add(digest, text, strlen(text) + 1);
}

enum status digest_finish(struct digest *digest, uint8_t ret_bytes[DIGEST_BYTES])
{
    uint8_t bytes[DIGEST_BYTES];

    if (EVP_DigestFinal_ex(digest->context, bytes, NULL) != 1)
        digest->has_failed = true;
    bool has_failed = digest->has_failed;
    digest->has_failed = EVP_DigestInit_ex(digest->context, EVP_sha256(), NULL) != 1;
    if (has_failed)
        return STATUS_NO_MEMORY;
    memcpy(ret_bytes, bytes, DIGEST_BYTES);
    return STATUS_OK;
}

enum status digest_derive(const uint8_t seed[DIGEST_BYTES], const char *purpose, size_t len,
                          void *ret_bytes)
{
    uint8_t bytes[DIGEST_BYTES];
    struct digest *digest = digest_new();

    if (digest == NULL || len > DIGEST_BYTES) {
        digest_free(digest);
        return STATUS_NO_MEMORY;
    }
    digest_add(digest, seed, DIGEST_BYTES);
    digest_add_text(digest, purpose);
    enum status status = digest_finish(digest, bytes);
    digest_free(digest);
    if (status == STATUS_OK)
        memcpy(ret_bytes, bytes, len);
    return status;
}
