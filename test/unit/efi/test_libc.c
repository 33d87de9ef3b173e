/* SPDX-License-Identifier: BSD-2-Clause */
/* efi/libc against the host's C library. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "config/base/cleanup.h"
#include "efi/libc/libc.h"
#include "test/unit/efi/efi_libc.h"

unsigned long libc_pool_fail_after;
long libc_pool_blocks;

/* 8-byte aligned only, as the firmware's pool. */
void *libc_pool_alloc(size_t size)
{
    if (libc_pool_fail_after > 0 && --libc_pool_fail_after == 0)
        return NULL;
    unsigned char *block = malloc(size + 8);
    if (block == NULL)
        return NULL;
    libc_pool_blocks++;
    return block + 8;
}

void libc_pool_free(void *memory)
{
    libc_pool_blocks--;
    free((unsigned char *)memory - 8);
}

void libc_panic(const char *message)
{
    fprintf(stderr, "%s\n", message);
    abort();
}

static uint64_t random_state = 1;

static uint64_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static double random_double(void)
{
    double value;
    do {
        uint64_t bits = random_bits();
        memcpy(&value, &bits, sizeof(value));
    } while (!isfinite(value));
    return value;
}

/* ---- strtod ---- */

static void check_strtod(const char *text)
{
    char *end, *expected_end;
    double expected = strtod(text, &expected_end);
    double value = efi_strtod(text, &end);
    if (memcmp(&value, &expected, sizeof(value)) != 0 || end != expected_end)
        fail_msg("%s: %.17g behind %td, not %.17g behind %td", text, value, end - text, expected,
                 expected_end - text);
}

static void strtod_equals_glibc_on_chosen_texts(void **state)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "3600",
        "4096",
        "0.1",
        ".5",
        "5.",
        ".",
        "-.",
        "e5",
        "1e",
        "1e+",
        "1e5x",
        "1E-5",
        "  12",
        "\t-3.25e2",
        "+7",
        "--1",
        "",
        "abc",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "1e309",
        "-1e400",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "9007199254740993",
        "9007199254740992.5",
        "123456789012345678901234567890",
        "0.000000000000000000000000000001234",
        "1e00000000000005",
        "1e-99999999999999999999",
        "1e99999999999999999999",
        "0e99999999999",
        "179769313486231580793e289",
        "0.3",
        "0.30000000000000004",
        "1.5e-5",
        "6.02214076e23",
        "00000000000000000000012.50",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        check_strtod(texts[i]);
}

static void strtod_equals_glibc_on_random_doubles(void **state)
{
    char text[64];
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof(text), "%.*g", (int)(random_bits() % 20 + 1), random_double());
        check_strtod(text);
    }
}

static void strtod_rounds_long_halves_to_even(void **state)
{
    char text[1300];
    (void)state;
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t bits = random_bits() & 0x7FDFFFFFFFFFFFFFu;
        double value, next;
        memcpy(&value, &bits, sizeof(value));
        if (!isfinite(value))
            continue;
        next = nextafter(value, INFINITY);
        /* exactly between two doubles: long double holds it, printed in full */
        int len = snprintf(text, sizeof(text), "%.1100Lg", ((long double)value + next) / 2);
        check_strtod(text);
        if (strchr(text, 'e') == NULL && strchr(text, '.') != NULL) {
            snprintf(text + len, sizeof(text) - (size_t)len, "1");
            check_strtod(text);
        }
    }
}

/* ---- printf ---- */

static void check_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void check_format(const char *format, ...)
{
    char text[700], expected[700];
    va_list args;
    va_start(args, format);
    int expected_len = vsnprintf(expected, sizeof(expected), format, args);
    va_end(args);
    va_start(args, format);
    int len = efi_vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (strcmp(text, expected) != 0 || len != expected_len)
        fail_msg("%s: \"%s\" (%d), not \"%s\" (%d)", format, text, len, expected, expected_len);
}

static void printf_equals_glibc_on_chosen_values(void **state)
{
    (void)state;
    check_format("%d %i %u %x %X %o", -5, 7, 3000000000u, 0xBEEFu, 0xBEEFu, 8u);
    check_format("[%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d]", 42, 42, 42, 42, 42, 42, 42, 42);
    check_format("[%.0d|%#x|%#X|%#o|%#x]", 0, 255u, 255u, 8u, 0u);
    check_format("%hhd %hd %ld %lld %zu %jd %td", (signed char)-3, (short)-300, -3000000000L, -5LL,
                 (size_t)7, (intmax_t)-9, (ptrdiff_t)11);
    check_format("%lx %llX %lu", 0xDEADBEEFCAFEul, 0xABCDEF0123ull, ~0ul);
    check_format("%ld %lld", INT64_MIN, (long long)INT64_MAX);
    check_format("[%s|%10s|%-10s|%.2s|%*.*s]", "text", "right", "left", "cut", 8, 3, "abcdef");
    check_format("[%c|%3c|%-3c] 100%%", 'a', 'b', 'c');
    check_format("%*d|%-*d|%*d", 6, 1, 6, 2, -6, 3);
    check_format("%p", (void *)(uintptr_t)0x1234);
    check_format("%1.15g %1.17g %1.15g", 0.1, 0.1, 100.0);
    check_format("%g %g %g %g %g", 0.0, 1e-5, 1e5, 1e6, 123456789.0);
    check_format("%f %.0f %.2f %10.3f %-10.1f|", 1.5, 2.5, 2.675, 3.14159, 9.99);
    check_format("%e %.0e %.3E %+g % g", 12345.678, 5.5e10, 1e-300, 1.0, 2.0);
    check_format("%#g %#.3g %#.0f %08.2f %-8.2f|", 1.0, 2.0, 3.0, -1.25, -1.25);
    check_format("%g %g %G %f", INFINITY, -INFINITY, (double)NAN, -0.0);
    check_format("%.20f %.3f %.1f", 1e15, 0.0005, 0.25);
    check_format("%f", 1.7976931348623157e308);
    check_format("%.100e", 4.9406564584124654e-324);
}

static void printf_equals_glibc_on_random_doubles(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        double value = random_double();
        int precision = (int)(random_bits() % 20);
        check_format("%.*g", precision, value);
        check_format("%.*e", precision, value);
        check_format("%.*f", precision,
                     ldexp(value, (int)(random_bits() % 50)) < 1e15 ? value : 1 / value);
    }
}

static void printf_cuts_at_the_size(void **state)
{
    char text[8] = "xxxxxxx";
    (void)state;
    assert_int_equal(efi_snprintf(text, 4, "%s", "abcdef"), 6);
    assert_string_equal(text, "abc");
    assert_int_equal(efi_snprintf(text, 1, "%d", 5), 1);
    assert_string_equal(text, "");
    assert_int_equal(efi_snprintf(NULL, 0, "%d", 12345), 5);
}

/* ---- numbers ---- */

static void strtoll_equals_glibc(void **state)
{
    static const char *const texts[] = {
        "0",
        "42",
        "-42",
        "+7",
        " 12 ",
        "0x1F",
        "0x",
        "010",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "",
        "-",
        "z",
        "zz",
        "12abc",
        "99999999999999999999999999",
    };
    static const int bases[] = {0, 8, 10, 16, 36};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts) * ARRAY_SIZE(bases); i++) {
        const char *text = texts[i / ARRAY_SIZE(bases)];
        int base = bases[i % ARRAY_SIZE(bases)];
        char *end, *expected_end;
        assert_int_equal(efi_strtoll(text, &end, base), strtoll(text, &expected_end, base));
        assert_ptr_equal(end, expected_end);
        assert_true(efi_strtoull(text, &end, base) == strtoull(text, &expected_end, base));
        assert_ptr_equal(end, expected_end);
    }
}

static void sscanf_reads_what_cjson_asks(void **state)
{
    double value = 0;
    int number = 0, used = 0;
    (void)state;
    assert_int_equal(efi_sscanf("1.25e3", "%lg", &value), 1);
    assert_true(value == 1250.0);
    assert_int_equal(efi_sscanf("x", "%lg", &value), 0);
    assert_int_equal(efi_sscanf("v12 rest", "v%d%n", &number, &used), 1);
    assert_int_equal(number, 12);
    assert_int_equal(used, 3);
}

/* ---- memory and text ---- */

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void memory_functions_equal_glibc_at_every_alignment(void **state)
{
    unsigned char a[64], b[64];
    (void)state;
    for (size_t off = 0; off < 9; off++) {
        for (size_t to = 0; to < 20; to++) {
            for (size_t len = 0; len < 40; len++) {
                for (size_t i = 0; i < sizeof(a); i++)
                    a[i] = b[i] = (unsigned char)random_bits();
                efi_memmove(a + to, a + off, len);
                memmove(b + to, b + off, len);
                assert_memory_equal(a, b, sizeof(a));
                efi_memset(a + off, (int)len * 7, len);
                memset(b + off, (int)len * 7, len);
                assert_memory_equal(a, b, sizeof(a));
                assert_int_equal(sign(efi_memcmp(a + off, a + to, len)),
                                 sign(memcmp(a + off, a + to, len)));
            }
        }
    }
}

static void text_functions_equal_glibc(void **state)
{
    static const char *const texts[] = {"",       "a", "ab", "abc",  "aab",  "ABC",
                                        "abcabd", "b", "bd", "\xff", "x/y/z"};
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts) * ARRAY_SIZE(texts); i++) {
        const char *x = texts[i / ARRAY_SIZE(texts)], *y = texts[i % ARRAY_SIZE(texts)];
        assert_ptr_equal(efi_strstr(x, y), strstr(x, y));
        for (size_t max = 0; max < 5; max++)
            assert_int_equal(sign(efi_strncmp(x, y, max)), sign(strncmp(x, y, max)));
        assert_ptr_equal(efi_strrchr(x, y[0]), strrchr(x, y[0]));
    }
    assert_int_equal(efi_strcasecmp("ISO", "iso"), 0);
    assert_true(efi_strcasecmp("a", "B") < 0);
}

static void malloc_aligns_for_any_object(void **state)
{
    (void)state;
    for (size_t size = 0; size < 100; size++) {
        unsigned char *memory = efi_malloc(size);
        assert_int_equal((uintptr_t)memory % 16, 0);
        memset(memory, 0xA5, size);
        memory = efi_realloc(memory, size * 3);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0xA5);
        efi_free(memory);
    }
    assert_int_equal(libc_pool_blocks, 0);
}

static void memory_that_runs_out_is_null(void **state)
{
    (void)state;
    assert_null(efi_calloc(SIZE_MAX / 2, 3));
    assert_null(efi_malloc(SIZE_MAX - 5));
    char *memory = efi_malloc(10);
    libc_pool_fail_after = 1;
    assert_null(efi_realloc(memory, 1000));
    libc_pool_fail_after = 1;
    assert_null(efi_strndup("text", 4));
    libc_pool_fail_after = 0;
    efi_free(memory);
    assert_int_equal(libc_pool_blocks, 0);
}

static void the_peak_is_what_was_held_at_once(void **state)
{
    (void)state;
    size_t before = libc_pool_peak();
    char *first = efi_malloc(1 << 20), *second = efi_malloc(1 << 20);
    assert_in_range(libc_pool_peak() - before, 2 << 20, (2 << 20) + 1024);
    efi_free(first);
    second = efi_realloc(second, 1 << 19);
    efi_free(second);
    size_t peak = libc_pool_peak();
    efi_free(efi_malloc(1 << 20));
    assert_int_equal(libc_pool_peak(), peak);
}

/* ---- sorting ---- */

struct pair {
    uint32_t key, order;
};

static int compare_pairs(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static void check_sorted(size_t count, bool is_stable)
{
    struct pair *pairs = calloc(count + 1, sizeof(*pairs));
    uint64_t sum = 0, sorted_sum = 0;
    for (size_t i = 0; i < count; i++) {
        pairs[i] =
            (struct pair){.key = (uint32_t)(random_bits() % (count + 1)), .order = (uint32_t)i};
        sum += pairs[i].key;
    }
    efi_qsort(pairs, count, sizeof(*pairs), compare_pairs);
    for (size_t i = 0; i < count; i++) {
        sorted_sum += pairs[i].key;
        assert_true(i == 0 || pairs[i - 1].key <= pairs[i].key);
        assert_true(i == 0 || !is_stable || pairs[i - 1].key < pairs[i].key ||
                    pairs[i - 1].order < pairs[i].order);
    }
    assert_true(sum == sorted_sum);
    for (size_t i = 0; i < count; i++) {
        const struct pair *found =
            efi_bsearch(&pairs[i], pairs, count, sizeof(*pairs), compare_pairs);
        assert_int_equal(found->key, pairs[i].key);
    }
    struct pair absent = {.key = UINT32_MAX};
    assert_null(efi_bsearch(&absent, pairs, count, sizeof(*pairs), compare_pairs));
    free(pairs);
}

static void qsort_sorts_with_and_without_memory(void **state)
{
    (void)state;
    for (size_t count = 0; count < 70; count++) {
        check_sorted(count, true);
        libc_pool_fail_after = 1;
        check_sorted(count, false);
        libc_pool_fail_after = 0;
    }
    check_sorted(10000, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strtod_equals_glibc_on_chosen_texts),
        cmocka_unit_test(strtod_equals_glibc_on_random_doubles),
        cmocka_unit_test(strtod_rounds_long_halves_to_even),
        cmocka_unit_test(printf_equals_glibc_on_chosen_values),
        cmocka_unit_test(printf_equals_glibc_on_random_doubles),
        cmocka_unit_test(printf_cuts_at_the_size),
        cmocka_unit_test(strtoll_equals_glibc),
        cmocka_unit_test(sscanf_reads_what_cjson_asks),
        cmocka_unit_test(memory_functions_equal_glibc_at_every_alignment),
        cmocka_unit_test(text_functions_equal_glibc),
        cmocka_unit_test(the_peak_is_what_was_held_at_once), /* before others raise it */
        cmocka_unit_test(malloc_aligns_for_any_object),
        cmocka_unit_test(memory_that_runs_out_is_null),
        cmocka_unit_test(qsort_sorts_with_and_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
