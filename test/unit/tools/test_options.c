/* SPDX-License-Identifier: BSD-2-Clause */
/* The option parser and the sizes that people write. */
#include "test/unit/tools/unit.h"

#include "tools/mkhiperiso/options.h"
#include "tools/mkhiperiso/size.h"
#include "tools/mkhiperiso/verbs.h"

enum { OPT_SIZE, OPT_LIST, OPT_FLAG, OPT_NUMBER, OPT_CHOICE, OPT_OTHER };

static const char *const choices[] = {"red", "green", NULL};

static const struct option_info sample_options[] = {
    [OPT_SIZE] = {"size", 's', OPTION_SIZE, "SIZE", ""},
    [OPT_LIST] = {"iso", 'i', OPTION_LIST, "FILE", ""},
    [OPT_FLAG] = {"force", 'f', OPTION_FLAG, NULL, ""},
    [OPT_NUMBER] = {"cpus", 'n', OPTION_NUMBER, "N", "", .min = 1, .max = 255},
    [OPT_CHOICE] = {"colour", 'c', OPTION_CHOICE, "COLOUR", "", .choices = choices},
    [OPT_OTHER] = {"other", 'o', OPTION_FLAG, NULL, ""},
};

static const struct verb sample = {
    .name = "sample",
    .operands = "OUT",
    .options = sample_options,
    .option_count = ARRAY_SIZE(sample_options),
    .operands_min = 1,
    .operands_max = 2,
    .rest = "MORE...",
};

static int parse(const char *const argv[], struct options *options)
{
    int argc = 0;

    while (argv[argc] != NULL)
        argc++;
    return options_parse(&sample, argc, (char **)argv, options);
}

static void all_spellings_are_understood(void **state)
{
    (void)state;
    static const char *const spellings[][8] = {
        {"out", "--size=1G", "--iso", "a", "--iso=b", "-f", NULL},
        {"-s1G", "-ia", "-i", "b", "--force", "out", NULL},
        {"--force", "out", "-s", "1G", "-i", "a", "-ib", NULL},
        {"-fs1G", "--iso=a", "-ib", "out", NULL},
        {"-fs", "1G", "--iso=a", "-ib", "--", "out", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(spellings); i++) {
        struct options options;
        struct verb verb = sample;
        int argc = 0;
        verb.rest = NULL;
        while (spellings[i][argc] != NULL)
            argc++;
        assert_int_equal(options_parse(&verb, argc, (char **)spellings[i], &options), 0);
        assert_int_equal(options.values[OPT_SIZE].number, GIB);
        assert_int_equal(options.values[OPT_LIST].list_count, 2);
        assert_string_equal(options.values[OPT_LIST].list[0], "a");
        assert_string_equal(options.values[OPT_LIST].list[1], "b");
        assert_true(options.values[OPT_FLAG].is_given);
        assert_false(options.values[OPT_OTHER].is_given);
        assert_int_equal(options.operand_count, 1);
        assert_string_equal(options.operands[0], "out");
        options_clear(&options);
    }
}

static void wrong_use_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[][6] = {
        {NULL},
        {"a", "b", "c", NULL},
        {"out", "--sise=1G", NULL},
        {"out", "--size", NULL},
        {"out", "--size=", NULL},
        {"out", "--size=1X", NULL},
        {"out", "--size=-1", NULL},
        {"out", "-x", NULL},
        {"out", "-fx", NULL},
        {"out", "--force=yes", NULL},
        {"out", "--cpus=0", NULL},
        {"out", "--cpus=256", NULL},
        {"out", "--cpus=1.5", NULL},
        {"out", "--cpus=99999999999999999999999", NULL},
        {"out", "--colour=blue", NULL},
        {"out", "--=x", NULL},
        {"-", "out", "three", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct options options;
        assert_int_equal(parse(wrong[i], &options), -1);
        options_clear(&options);
    }
}

static void rest_is_passed_on_as_it_is(void **state)
{
    (void)state;
    struct options options;

    assert_int_equal(
        parse((const char *const[]){"out", "--", "--help", "-f", "--", "x", NULL}, &options), 0);
    assert_false(options.is_help);
    assert_false(options.values[OPT_FLAG].is_given);
    assert_string_equal(options.rest[0], "--help");
    assert_string_equal(options.rest[3], "x");
    assert_null(options.rest[4]);
    options_clear(&options);
}

static void help_wins_over_mistakes(void **state)
{
    (void)state;
    struct options options;

    assert_int_equal(parse((const char *const[]){"--nonsense", "--help", NULL}, &options), 0);
    assert_true(options.is_help);
    options_clear(&options);
}

static void a_mistyped_option_is_answered_with_the_nearest(void **state)
{
    (void)state;
    char *messages;

    assert_int_equal(
        run_verb((const char *const[]){"image", "x.img", "--payloat=y", NULL}, &messages),
        EXIT_CODE_USAGE);
    assert_string_equal(messages,
                        "mkhiperiso: image: --payloat=y is no option; did you mean --payload?\n");
    free(messages);
}

static void tables_of_options_are_within_bounds(void **state)
{
    (void)state;
    static const struct verb *const verbs[] = {&verb_image, &verb_ls, &verb_cat, &verb_run};

    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
        assert_true(verbs[i]->option_count <= OPTIONS_MAX);
        for (size_t k = 0; k < verbs[i]->option_count; k++) {
            assert_non_null(verbs[i]->options[k].name);
            assert_non_null(verbs[i]->options[k].help);
        }
    }
}

static void sizes_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum status status;
        uint64_t bytes;
    } cases[] = {
        {"0", STATUS_OK, 0},
        {"512", STATUS_OK, 512},
        {"512B", STATUS_OK, 512},
        {"1k", STATUS_OK, 1024},
        {"64M", STATUS_OK, 64 * MIB},
        {"64MiB", STATUS_OK, 64 * MIB},
        {"64mib", STATUS_OK, 64 * MIB},
        {"1.5G", STATUS_OK, 1536 * MIB},
        {"0.000001M", STATUS_OK, 1},
        {"8GB", STATUS_OK, 8000000000},
        {"7.5GB", STATUS_OK, 7500000000},
        {"3T", STATUS_OK, 3072 * GIB},
        {"8388607T", STATUS_TOO_LARGE, 0}, /* just below the limit: rounded up it is not */
        {"8388606.5T", STATUS_OK, (uint64_t)8388606 * 1024 * GIB + 512 * GIB},
        {"99999999999999999999", STATUS_TOO_LARGE, 0},
        {"", STATUS_INVALID, 0},
        {"G", STATUS_INVALID, 0},
        {"-1G", STATUS_INVALID, 0},
        {"1 G", STATUS_INVALID, 0},
        {"1.G", STATUS_INVALID, 0},
        {"1.5", STATUS_INVALID, 0},
        {"1.1234567G", STATUS_INVALID, 0},
        {"1GG", STATUS_INVALID, 0},
        {"0x10", STATUS_INVALID, 0},
        {"1e3", STATUS_INVALID, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        uint64_t bytes = 0;
        assert_int_equal(size_parse(cases[i].text, &bytes), cases[i].status);
        assert_int_equal(bytes, cases[i].bytes);
    }
}

static void sizes_are_written(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 bytes"},
        {1023, "1023 bytes"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {64 * MIB, "64 MiB"},
        {64 * MIB - 1, "63.9 MiB"},
        {GIB + 205 * MIB, "1.2 GiB"},
        {3072 * GIB, "3 TiB"},
        {UINT64_MAX, "15.9 EiB"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        char text[SIZE_TEXT_BYTES];
        size_text(cases[i].bytes, text);
        assert_string_equal(text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_spellings_are_understood),
        cmocka_unit_test(wrong_use_is_refused),
        cmocka_unit_test(rest_is_passed_on_as_it_is),
        cmocka_unit_test(help_wins_over_mistakes),
        cmocka_unit_test(a_mistyped_option_is_answered_with_the_nearest),
        cmocka_unit_test(tables_of_options_are_within_bounds),
        cmocka_unit_test(sizes_are_read),
        cmocka_unit_test(sizes_are_written),
    };
    return cmocka_run_group_tests_name("options and sizes", tests, scratch_enter, scratch_leave);
}
