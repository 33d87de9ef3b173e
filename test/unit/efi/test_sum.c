/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 against libcrypto, and the lines of checksum files. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "config/base/cleanup.h"
#include "efi/core/sum/sumfile.h"
#include "test/unit/config/unit.h"

static const char *sum_of(const void *bytes, size_t len, size_t piece)
{
    static char hex[SHA256_HEX_CHARS + 1];
    uint8_t digest[SHA256_BYTES];
    struct sha256 sha;

    sha256_init(&sha);
    for (size_t done = 0; done < len; done += piece)
        sha256_add(&sha, (const uint8_t *)bytes + done, len - done < piece ? len - done : piece);
    sha256_finish(&sha, digest);
    sha256_hex(digest, hex);
    return hex;
}

static const char *sum_by_libcrypto(const void *bytes, size_t len)
{
    static char hex[SHA256_HEX_CHARS + 1];
    uint8_t digest[SHA256_BYTES];
    unsigned digest_len;

    assert_int_equal(EVP_Digest(bytes, len, digest, &digest_len, EVP_sha256(), NULL), 1);
    sha256_hex(digest, hex);
    return hex;
}

/* FIPS 180-2, appendix B. */
static void the_standards_examples_come_out(void **state)
{
    static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    (void)state;
    assert_string_equal(sum_of("abc", 3, 3),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_string_equal(sum_of(two, sizeof(two) - 1, 1),
                        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_string_equal(sum_of("", 0, 1),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void every_length_and_piece_agrees_with_libcrypto(void **state)
{
    static uint8_t bytes[1000];
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 167 + (i >> 3));
    for (size_t len = 0; len < 300; len++)
        assert_string_equal(sum_of(bytes, len, 1 + len % 97), sum_by_libcrypto(bytes, len));
    for (size_t piece = 1; piece < 200; piece++)
        assert_string_equal(sum_of(bytes, sizeof(bytes), piece),
                            sum_by_libcrypto(bytes, sizeof(bytes)));
}

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"
#define c "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static void lines_are_found_by_name(void **state)
{
    static const struct {
        const char *text;
        bool may_be_bare;
        const char *hex; /* NULL: not found */
    } cases[] = {
        {A "  other.iso\n" B "  x.iso\n", false, B},
        {A "  other.iso\r\n" B " *x.iso\r\n", false, B},
        {C "  ./sub/X.ISO", false, c},
        {A "  yx.iso\n" A "  x.iso.zsync\n", false, NULL},
        {A "\n", true, A},
        {A, true, A},
        {A, false, NULL},
        {"SHA256 (x.iso) = " C "\n", false, c},
        {"SHA256 (y.iso) = " C "\n", false, NULL},
        {"SHA256 () = " C "\n", false, NULL},
        {"SHA256 (x.iso) = 12", false, NULL},
        {"# comment\n\n" A "\tx.iso", false, A},
        {"\\" A "  x.iso", false, A},
        {A "x.iso", false, NULL},
        {"aaaa  x.iso", false, NULL},
        {A, false, NULL},
        {"", true, NULL},
        {A " *", true, NULL},
        {A "  ", true, A},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char hex[SHA256_HEX_CHARS + 1] = "";
        size_t len = strlen(cases[i].text);
        auto_free char *copy = malloc(len + 1); /* without the NUL: ASan sees what reads too far */
        memcpy(copy, cases[i].text, len);
        char *exact = realloc(copy, len > 0 ? len : 1);
        copy = exact;
        bool is_found = sumfile_find(copy, len, "x.iso", cases[i].may_be_bare, hex);
        if (is_found != (cases[i].hex != NULL) || (is_found && strcmp(hex, cases[i].hex) != 0))
            fail_msg("case %zu: %s", i, hex);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_standards_examples_come_out),
        cmocka_unit_test(every_length_and_piece_agrees_with_libcrypto),
        cmocka_unit_test(lines_are_found_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
