/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso update on images: a new ESP, and the proof that no data file has changed. */
#include "test/unit/tools/image_fixture.h"

#include <unistd.h>

#include "config/layout.h"
#include "tools/mkhiperiso/target.h"
#include "efi/core/fs/gpt.h"

#define UPDATE(...)                                                                                \
    (const char *const[])                                                                          \
    {                                                                                              \
        "update", "out/a.img", __VA_ARGS__, NULL                                                   \
    }

/* Makes out/a.img; where its data partition lies. */
static struct gpt_partition make_image(void)
{
    auto_target target = TARGET_CLOSED;
    struct gpt gpt;

    assert_int_equal(run_verb(IMAGE("out/a.img", "-f", "-i", "in/one.iso", "-i", "in/Zwei Ä.iso",
                                    "-a", "in/one.iso:/ISOs/deep/x.iso", "-s", "128M"),
                              NULL),
                     EXIT_CODE_OK);
    assert_int_equal(target_open(&target, "out/a.img"), 0);
    assert_int_equal(gpt_read(&target.device, &gpt), STATUS_OK);
    struct gpt_partition data = gpt.partitions[0];
    gpt_clear(&gpt);
    return data;
}

/* What update says on stdout. */
static char *update(const char *const argv[], int expected, char **ret_messages)
{
    FILE *kept = stdout;
    char *text = NULL;
    size_t len;

    stdout = open_memstream(&text, &len);
    assert_non_null(stdout);
    int code = run_verb(argv, ret_messages);
    fclose(stdout);
    stdout = kept;
    assert_int_equal(code, expected);
    return text;
}

static void an_update_renews_the_esp_and_not_one_byte_of_data(void **state)
{
    (void)state;
    struct gpt_partition data = make_image();
    cut_out("out/a.img", data.start_bytes, data.size_bytes, "before.img");
    write_text("payload" LAYOUT_ESP_INITRAMFS, "a newer one");
    auto_free char *text = update(UPDATE("--yes"), EXIT_CODE_OK, NULL);
    assert_non_null(strstr(text, "out/a.img: updated; your "));
    assert_non_null(strstr(text, " have the SHA-256 as before\n"));
    cut_out("out/a.img", data.start_bytes, data.size_bytes, "after.img");
    assert_true(is_same_file("before.img", "after.img"));
    assert_true(run_quietly((const char *const[]){"sgdisk", "-v", "out/a.img", NULL}));
    char *messages; /* the fixture's programs have no manifest; the rest is good */
    assert_int_equal(run_verb((const char *const[]){"verify", "out/a.img", NULL}, &messages),
                     EXIT_CODE_FAILED);
    assert_string_equal(messages,
                        "mkhiperiso: out/a.img: its ESP has no /EFI/hiperiso/manifest.json; "
                        "mkhiperiso update writes it anew\n");
    free(messages);
    auto_free char *whole = NULL;
    size_t len;
    whole = read_whole("out/a.img", &len);
    assert_non_null(memmem(whole, len, "a newer one", strlen("a newer one")));
}

/* A program that writes beside us. */
static void a_file_that_changes_meanwhile_is_named(void **state)
{
    (void)state;
    struct gpt_partition data = make_image();
    const char *path = getenv("PATH");
    auto_free char *kept = strdup(path != NULL ? path : "/usr/bin:/bin"), *with_fake = NULL;
    auto_free char *whole = NULL;
    char script[512], *messages;
    size_t len;

    assert_true(asprintf(&with_fake, "fake:%s", kept) > 0);
    whole = read_whole("out/a.img", &len);
    char *place = memmem(whole + data.start_bytes, len - data.start_bytes, "the second",
                         strlen("the second"));
    assert_non_null(place);
    snprintf(script, sizeof(script),
             "#!/bin/sh\nprintf T | dd of=out/a.img bs=1 seek=%zu conv=notrunc\n"
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin exec sgdisk \"$@\"\n",
             (size_t)(place - whole));
    write_script("fake/sgdisk", script);
    setenv("PATH", with_fake, 1);
    auto_free char *text = update(UPDATE("--yes"), EXIT_CODE_FAILED, &messages);
    setenv("PATH", kept, 1);
    unlink("fake/sgdisk");
    assert_null(strstr(text, "updated"));
    assert_string_equal(messages,
                        "mkhiperiso: out/a.img: /Zwei Ä.iso is not what it was before the update; "
                        "leave the stick as it is and look at it with fsck.exfat -n\n");
    free(messages);
}

static void what_is_no_exfat_is_compared_as_a_whole(void **state)
{
    (void)state;
    struct gpt_partition data = make_image();
    char seek[64];
    snprintf(seek, sizeof(seek), "seek=%zu", (size_t)data.start_bytes / 512);
    assert_true(run_quietly((const char *const[]){"dd", "if=/dev/zero", "of=out/a.img", "count=24",
                                                  seek, "conv=notrunc", NULL}));
    auto_free char *text = update(UPDATE("--yes"), EXIT_CODE_OK, NULL);
    assert_non_null(strstr(text, "updated; the data partition, "));
    auto_free char *blind = update(UPDATE("--yes", "--no-verify"), EXIT_CODE_OK, NULL);
    assert_non_null(strstr(blind, "out/a.img: updated\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_renews_the_esp_and_not_one_byte_of_data),
        cmocka_unit_test(a_file_that_changes_meanwhile_is_named),
        cmocka_unit_test(what_is_no_exfat_is_compared_as_a_whole),
    };

    return cmocka_run_group_tests(tests, image_enter, scratch_leave);
}
