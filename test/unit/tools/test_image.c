/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso image, ls and cat as a whole: what is refused, what comes out, and what is left behind
 * when it fails. */
#include "test/unit/tools/image_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fs.h>

#include "config/layout.h"
#include "efi/core/fs/gpt.h"
#include "tools/mkhiperiso/options.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/target.h"

ssize_t __real_pwrite64(int fd, const void *bytes, size_t len, off_t off);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t off);

/* What happens at the write number `count`, counted down. */
static struct {
    unsigned long count; /* 0: nothing */
    int error;           /* errno, or */
    int signal_number;   /* a signal to this process */
} trap;

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t len, off_t off)
{
    if (trap.count != 0 && --trap.count == 0) {
        if (trap.signal_number != 0)
            raise(trap.signal_number);
        if (trap.error != 0) {
            trap.count = 1; /* and every one after it */
            errno = trap.error;
            return -1;
        }
    }
    return __real_pwrite64(fd, bytes, len, off);
}

int __real_ioctl(int fd, unsigned long request, void *argument);
int __wrap_ioctl(int fd, unsigned long request, void *argument);

/* A file system that shares: plays FICLONERANGE by copying, when asked to. */
static struct {
    bool is_on;
    uint64_t bytes;
} sharing;

int __wrap_ioctl(int fd, unsigned long request, void *argument)
{
    const struct file_clone_range *range = argument;

    if (request != FICLONERANGE)
        return __real_ioctl(fd, request, argument);
    if (!sharing.is_on) {
        errno = EOPNOTSUPP;
        return -1;
    }
    for (uint64_t done = 0; done < range->src_length; done += 4096) {
        char block[4096];
        off_t from = (off_t)(range->src_offset + done), to = (off_t)(range->dest_offset + done);
        assert_int_equal(pread((int)range->src_fd, block, sizeof(block), from), sizeof(block));
        assert_int_equal(__real_pwrite64(fd, block, sizeof(block), to), sizeof(block));
    }
    sharing.bytes += range->src_length;
    return 0;
}

static void an_image_holds_what_it_was_given(void **state)
{
    (void)state;
    write_text("in/big.img", "start");
    assert_int_equal(truncate("in/big.img", 5 * (off_t)GIB), 0);
    int fd = open("in/big.img", O_WRONLY | O_APPEND);
    assert_int_equal(write(fd, "end", 3), 3);
    close(fd);
    write_text("in/hiperiso.json", "{\"control\": {\"timeout\": 3}}");
    assert_int_equal(run_verb(IMAGE("out/a.img", "--iso", "in/one.iso", "--iso", "in/Zwei Ä.iso",
                                    "--iso=in/big.img", "--add", "in/one.iso:/ISOs/deep/x.iso",
                                    "-c", "in/hiperiso.json"),
                              NULL),
                     EXIT_CODE_OK);
    struct stat status;
    assert_int_equal(stat("out/a.img", &status), 0);
    assert_true((uint64_t)status.st_blocks * 512 < 4 * MIB); /* 5 GiB of holes stay holes */

    static const struct {
        const char *path, *text;
    } expected[] = {
        {"/one.iso", "the first image"},
        {"/zwei ä.ISO", "the second"},
        {"/ISOs/deep/x.iso", "the first image"},
        {"/hiperiso/hiperiso.json", "{\"control\": {\"timeout\": 3}}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
        auto_free char *text = image_cat("out/a.img", expected[i].path);
        assert_string_equal(text, expected[i].text);
    }
    assert_true(run_quietly((const char *const[]){"sgdisk", "-v", "out/a.img", NULL}));

    /* Both partitions, cut out, by the judges of their file systems. */
    auto_target target = TARGET_CLOSED;
    struct gpt gpt;
    assert_int_equal(target_open(&target, "out/a.img"), 0);
    assert_int_equal(gpt_read(&target.device, &gpt), STATUS_OK);
    assert_int_equal(gpt.count, 2);
    for (size_t i = 0; i < 2; i++) {
        cut_out("out/a.img", gpt.partitions[i].start_bytes, gpt.partitions[i].size_bytes,
                "part.img");
        assert_true(run_quietly(
            (const char *const[]){i == 0 ? "fsck.exfat" : "fsck.fat", "-n", "part.img", NULL}));
        unlink("part.img");
    }
    gpt_clear(&gpt);
    unlink("out/a.img");
    unlink("in/big.img");
}

static void same_inputs_give_the_same_bytes(void **state)
{
    (void)state;
    assert_int_equal(
        run_verb(IMAGE("out/a.img", "-i", "in/one.iso", "-i", "in/Zwei Ä.iso", "--size=128M"),
                 NULL),
        EXIT_CODE_OK);
    /* Other order, other times, other names of the way there, zeros where the source had a hole. */
    write_file("other/one.iso", "the first image", 15);
    assert_true(run_quietly((const char *const[]){"cp", "-r", "payload", "other/payload", NULL}));
    assert_true(run_quietly((const char *const[]){"touch", "-d", "2001-01-01", "other/one.iso",
                                                  "other/payload/EFI/BOOT/BOOTX64.EFI", NULL}));
    setenv("TZ", "Asia/Tokyo", 1);
    umask(077);
    assert_int_equal(run_verb(IMAGE("other/b.img", "-i", "in/Zwei Ä.iso", "-i", "other/one.iso",
                                    "--payload=other/payload", "--size=128M"),
                              NULL),
                     EXIT_CODE_OK);
    umask(022);
    unsetenv("TZ");
    assert_true(is_same_file("out/a.img", "other/b.img"));

    /* And another content gives other identifiers. */
    struct gpt gpts[2];
    write_text("other/one.iso", "the first imagE");
    assert_int_equal(run_verb(IMAGE("other/b.img", "-i", "in/Zwei Ä.iso", "-i", "other/one.iso",
                                    "--size=128M", "--force"),
                              NULL),
                     EXIT_CODE_OK);
    static const char *const images[] = {"out/a.img", "other/b.img"};
    for (size_t i = 0; i < 2; i++) {
        auto_target target = TARGET_CLOSED;
        assert_int_equal(target_open(&target, images[i]), 0);
        assert_int_equal(gpt_read(&target.device, &gpts[i]), STATUS_OK);
    }
    assert_memory_not_equal(gpts[0].disk_guid, gpts[1].disk_guid, 16);
    assert_memory_not_equal(gpts[0].partitions[0].unique, gpts[1].partitions[0].unique, 16);
    assert_memory_not_equal(gpts[0].partitions[0].unique, gpts[0].partitions[1].unique, 16);
    gpt_clear(&gpts[0]);
    gpt_clear(&gpts[1]);
    unlink("out/a.img");
}

static void holes_and_zeros_are_the_same(void **state)
{
    (void)state;
    static const size_t len = 300000;
    auto_free char *bytes = calloc(1, len);

    assert_non_null(bytes);
    memcpy(bytes + 200001, "data", 4);
    write_file("full/x.iso", bytes, len);
    write_text("holes/x.iso", "");
    assert_int_equal(truncate("holes/x.iso", (off_t)len), 0);
    int fd = open("holes/x.iso", O_WRONLY);
    assert_int_equal(__real_pwrite64(fd, "data", 4, 200001), 4);
    close(fd);
    assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "full/x.iso", "-s", "96M"), NULL), 0);
    assert_int_equal(run_verb(IMAGE("out/b.img", "-i", "holes/x.iso", "-s", "96M"), NULL), 0);
    assert_true(is_same_file("out/a.img", "out/b.img"));
    auto_free char *text = image_cat("out/b.img", "/x.iso");
    assert_memory_equal(text, bytes, len);
    unlink("out/a.img");
    unlink("out/b.img");
}

static void shared_files_come_out_the_same(void **state)
{
    (void)state;
    static const size_t len = 3 * MIB + 5000; /* its end is in no whole block */
    auto_free char *bytes = malloc(len);

    assert_non_null(bytes);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)(i / 1000);
    write_file("in/x.iso", bytes, len);
    assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/x.iso", "-s", "96M"), NULL), 0);
    sharing.is_on = true;
    assert_int_equal(run_verb(IMAGE("out/b.img", "-i", "in/x.iso", "-s", "96M"), NULL), 0);
    sharing.is_on = false;
    assert_int_equal(sharing.bytes, len - len % 4096);
    assert_true(is_same_file("out/a.img", "out/b.img"));
    unlink("out/a.img");
    unlink("out/b.img");
    unlink("in/x.iso");
}

static void what_cannot_be_is_refused_and_nothing_written(void **state)
{
    (void)state;
    write_text("in/twice/ONE.iso", "x");
    write_text("in/bad.json", "{\"control\": {\"timeout\": 9999}}");
    write_text("in/colon:.iso", "x");
    write_text("payload2/EFI/BOOT/BOOTX64.EFI", "x");
    assert_int_equal(truncate("in/twice/ONE.iso", 2 * (off_t)GIB), 0);
    mkfifo("in/pipe", 0666);
    assert_int_equal(symlink("nowhere", "out/dangling"), 0);
    static const char deep[] = "in/one.iso:" D16 D16 D16 D16 "/file"; /* 65 names */
    static const struct {
        const char *arguments[8];
        const char *message; /* a part of it */
        bool is_misuse;
    } cases[] = {
        {{"out/a.img", "-i", "in/absent.iso"}, "in/absent.iso: No such file or directory"},
        {{"out/a.img", "-i", "payload"}, "payload: holds no disc or disk images"},
        {{"out/a.img", "-i", "in/pipe"}, "in/pipe: is no ordinary file"},
        {{"out/a.img", "-c", "in/pipe"}, "in/pipe: is no ordinary file"},
        {{"out/a.img", "-i", "in/one.iso", "-i", "in/twice/ONE.iso"},
         "two files of one folder would be named "},
        {{"out/a.img", "-s", "1G", "-i", "in/twice/ONE.iso"},
         "out/a.img: 1 GiB is too small for 2 GiB of files and an ESP of 64 MiB; --size 2117M is "
         "the least"},
        {{"out/a.img", "-s", "10M"}, "--size "},
        {{"out/a.img", "-i", "in/colon:.iso"}, "which exFAT forbids; rename it"},
        {{"out/a.img", "-c", "in/bad.json"}, "in/bad.json:1:25: control.timeout: 9999"},
        {{"out/a.img", "-c", "in/absent.json"}, "in/absent.json: No such file or directory"},
        {{"out/a.img", "--payload", "absent"}, "absent: there is no payload"},
        {{"out/a.img", "-f", "-c", "in/bad.json"}, "or --allow-problems takes it as it is"},
        {{"out/a.img", "--payload", "payload2"}, "payload2: has no EFI/hiperiso/vmlinuz"},
        {{"out/a.img", "-f", "--payload", "payload2"}, "or --allow-incomplete leaves it out"},
        {{"out/a.img", "-s", "1"},
         "out/a.img: 1 byte is too small for 1 KiB of files and an ESP of 64 MiB; --size "},
        {{"out/a.img", "-s", "1"}, "M is the least (a number alone counts bytes)"},
        {{"out/dangling"}, "out/dangling: is a symbolic link that leads nowhere (No such file"},
        {{"out/a.img", "--add", "in/one.iso"}, "--add: in/one.iso is not FILE:/PATH", true},
        {{"out/a.img", "--add", "in/one.iso:/"}, "/: is no path on the stick", true},
        {{"out/a.img", "--add", "in/one.iso:/a//b"}, "the name \"\" is empty", true},
        {{"out/a.img", "--add", "in/one.iso:/a/../b"}, "is no name of its own", true},
        {{"out/a.img", "--add", deep}, "lies more than 63 folders deep; shorten the path", true},
        {{"out/a.img", "-s", "0"}, "--size: 0 is no size; write 512M", true},
        {{"out/a.img", "-s", "0.0G"}, "--size: 0.0G is no size; write 512M", true},
        {{""}, "image: an operand is empty", true},
        {{"absent/a.img"}, "absent: No such file or directory"},
        {{"in"}, "in: is no ordinary file; image writes disk images only"},
        {{"in/one.iso"}, "in/one.iso: exists already; --force replaces it"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *argv[10] = {"image"};
        char *messages;
        memcpy(argv + 1, cases[i].arguments, sizeof(cases[i].arguments));
        int code = run_verb(argv, &messages);
        if (strstr(messages, cases[i].message) == NULL)
            fail_msg("%s: expected \"%s\"", messages, cases[i].message);
        assert_int_equal(code, cases[i].is_misuse ? EXIT_CODE_USAGE : EXIT_CODE_FAILED);
        free(messages);
        assert_int_equal(count_entries("out"), 1);
    }
    unlink("out/dangling");
    setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
    assert_int_equal(run_verb(IMAGE("out/a.img"), NULL), EXIT_CODE_FAILED);
    setenv("SOURCE_DATE_EPOCH", IMAGE_EPOCH, 1);
    assert_int_equal(count_entries("out"), 0);
}

static void the_least_size_that_is_named_is_enough(void **state)
{
    (void)state;
    static const char *const sizes[] = {"1", "100K", "3M", "63M", "300M", "5G", "40G", "300G"};

    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        char *messages, size[32];
        unlink("in/x.iso");
        write_text("in/x.iso", "");
        assert_true(
            run_quietly((const char *const[]){"truncate", "-s", sizes[i], "in/x.iso", NULL}));
        assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/x.iso", "-s", "1M"), &messages),
                         EXIT_CODE_FAILED);
        const char *least = strstr(messages, "--size ");
        assert_non_null(least);
        unsigned long long mib = strtoull(least + 7, NULL, 10);
        free(messages);
        snprintf(size, sizeof(size), "%lluM", mib);
        assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/x.iso", "-s", size), NULL), 0);
        assert_int_equal(file_bytes("out/a.img"), mib * MIB);
        unlink("out/a.img");
        snprintf(size, sizeof(size), "%lluM", mib - 1);
        assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/x.iso", "-s", size), NULL),
                         EXIT_CODE_FAILED);
    }
    unlink("in/x.iso");
}

static void each_leave_is_asked_for_by_name(void **state)
{
    (void)state;
    write_text("out/a.img", "old");
    write_text("in/bad.json", "{\"control\": {\"timeout\": 9999}}");
    write_text("payload2/EFI/BOOT/BOOTX64.EFI", "x");
    assert_int_equal(run_verb(IMAGE("out/a.img", "-f", "--allow-problems", "-c", "in/bad.json",
                                    "--allow-incomplete", "-p", "payload2"),
                              NULL),
                     EXIT_CODE_OK);
    auto_free char *text = image_cat("out/a.img", "/hiperiso/hiperiso.json");
    assert_string_equal(text, "{\"control\": {\"timeout\": 9999}}");
    unlink("out/a.img");
}

static void a_program_that_fails_leaves_nothing(void **state)
{
    (void)state;
    static const char *const programs[] = {"sgdisk", "mformat", "mmd", "mcopy"};
    const char *path = getenv("PATH");
    auto_free char *kept = strdup(path != NULL ? path : "/usr/bin:/bin"), *with_fake = NULL;

    assert_true(asprintf(&with_fake, "fake:%s", kept) > 0);
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        char fake[64], expected[128], *messages;
        snprintf(fake, sizeof(fake), "fake/%s", programs[i]);
        write_script(fake, "#!/bin/sh\necho 'some words'\necho 'the last words' >&2\nexit 3\n");
        setenv("PATH", with_fake, 1);
        assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/one.iso"), &messages),
                         EXIT_CODE_FAILED);
        setenv("PATH", kept, 1);
        snprintf(expected, sizeof(expected),
                 "mkhiperiso: %s failed with status 3: the last words\n", programs[i]);
        assert_non_null(strstr(messages, expected)); /* behind a warning: nothing in it starts */
        free(messages);
        unlink(fake);
        assert_int_equal(count_entries("out"), 0);
    }
}

static void every_failing_write_leaves_nothing(void **state)
{
    (void)state;
    static const int errors[] = {EIO, ENOSPC};
    int code = EXIT_CODE_FAILED;
    unsigned long n = 1;

    for (; code != EXIT_CODE_OK; n++) {
        trap.count = n;
        trap.error = errors[n % 2];
        code = run_verb(IMAGE("out/a.img", "-i", "in/one.iso", "-s", "96M"), NULL);
        trap.count = 0;
        trap.error = 0;
        assert_int_equal(count_entries("out"), code == EXIT_CODE_OK ? 1 : 0);
    }
    assert_true(n > 8);
    unlink("out/a.img");
}

static void a_limit_on_file_sizes_leaves_nothing(void **state)
{
    (void)state;
    pid_t pid = fork();
    int wait_state;

    if (pid == 0) {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){.rlim_cur = MIB, .rlim_max = MIB});
        _exit(run_verb(IMAGE("out/a.img", "-i", "in/one.iso", "-s", "96M"), NULL));
    }
    assert_int_equal(waitpid(pid, &wait_state, 0), pid);
    assert_true(WIFEXITED(wait_state) && WEXITSTATUS(wait_state) == EXIT_CODE_FAILED);
    assert_int_equal(count_entries("out"), 0);
}

static void a_pipe_without_a_writer_is_refused(void **state)
{
    (void)state;
    char *messages;

    mkfifo("in/pipe", 0666);
    assert_int_equal(run_verb((const char *[]){"check", "in/pipe", NULL}, &messages),
                     EXIT_CODE_FAILED);
    assert_string_equal(messages, "mkhiperiso: in/pipe: is neither a file nor a disk\n");
    free(messages);
}

static void an_interrupt_at_any_write_leaves_nothing(void **state)
{
    (void)state;
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    for (unsigned long n = 1; n <= 9; n++) {
        /* The flag is for the life of a process: each time another one. */
        pid_t pid = fork();
        int wait_state;
        if (pid == 0) {
            trap.count = n;
            trap.signal_number = signals[n % 3];
            char *messages;
            int code = run_verb(IMAGE("out/a.img", "-i", "in/one.iso", "-s", "96M"), &messages);
            bool is_told =
                strstr(messages, "mkhiperiso: out/a.img: interrupted; nothing was left behind\n") !=
                NULL; /* behind a warning */
            free(messages);
            _exit(code == EXIT_CODE_FAILED && is_told ? 0 : 1);
        }
        assert_int_equal(waitpid(pid, &wait_state, 0), pid);
        assert_int_equal(wait_state, 0);
        assert_int_equal(count_entries("out"), 0);
    }
}

static void a_larger_payload_gets_a_larger_esp(void **state)
{
    (void)state;
    assert_true(run_quietly((const char *const[]){"cp", "-r", "payload", "large", NULL}));
    assert_int_equal(truncate("large/EFI/hiperiso/runtime.squashfs", 200 * (off_t)MIB), 0);
    assert_int_equal(run_verb(IMAGE("out/a.img", "-p", "large"), NULL), EXIT_CODE_OK);
    auto_target target = TARGET_CLOSED;
    struct gpt gpt;
    assert_int_equal(target_open(&target, "out/a.img"), 0);
    assert_int_equal(gpt_read(&target.device, &gpt), STATUS_OK);
    assert_true(gpt.partitions[1].size_bytes > 200 * MIB);
    assert_true(gpt.partitions[1].size_bytes < 208 * MIB);
    gpt_clear(&gpt);
    unlink("out/a.img");
}

static void partitions_are_laid_out_to_the_mib(void **state)
{
    (void)state;
    static const struct {
        uint64_t disk, esp;
        enum status status;
        uint64_t data_bytes, esp_off;
    } cases[] = {
        {0, 64 * MIB, STATUS_NO_SPACE, 0, 0},
        {66 * MIB, 64 * MIB, STATUS_NO_SPACE, 0, 0},
        {67 * MIB, 64 * MIB, STATUS_OK, MIB, 2 * MIB},
        {GIB, 64 * MIB, STATUS_OK, (1024 - 66) * MIB, (1024 - 65) * MIB},
        {GIB + 12345, 64 * MIB, STATUS_OK, (1024 - 66) * MIB, (1024 - 65) * MIB},
        {GIB, UINT64_MAX, STATUS_NO_SPACE, 0, 0},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct partition_plan plan = {0};
        assert_int_equal(partition_plan_make(cases[i].disk, cases[i].esp, &plan), cases[i].status);
        assert_int_equal(plan.data_bytes, cases[i].data_bytes);
        assert_int_equal(plan.esp_off, cases[i].esp_off);
    }
}

static void reading_says_what_is_wrong(void **state)
{
    (void)state;
    write_text("in/text", "no disk at all");
    assert_int_equal(run_verb(IMAGE("out/a.img", "-i", "in/one.iso", "-s", "96M"), NULL), 0);
    static const struct {
        const char *arguments[4];
        const char *message;
    } cases[] = {
        {{"ls", "absent.img"}, "mkhiperiso: absent.img: No such file or directory\n"},
        {{"ls", "in/text"},
         "mkhiperiso: in/text: has no exFAT partition; is it a hiperiso stick?\n"},
        {{"ls", "out/a.img", "/absent"}, "mkhiperiso: /absent: not found\n"},
        {{"cat", "out/a.img", "/absent.iso"}, "mkhiperiso: /absent.iso: not found\n"},
        {{"cat", "out/a.img", "/hiperiso"}, "mkhiperiso: /hiperiso: is a folder; ls lists it\n"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *argv[5] = {NULL};
        char *messages;
        memcpy(argv, cases[i].arguments, sizeof(cases[i].arguments));
        assert_int_equal(run_verb(argv, &messages), EXIT_CODE_FAILED);
        assert_string_equal(messages, cases[i].message);
        free(messages);
    }
    unlink("out/a.img");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_image_holds_what_it_was_given),
        cmocka_unit_test(same_inputs_give_the_same_bytes),
        cmocka_unit_test(holes_and_zeros_are_the_same),
        cmocka_unit_test(shared_files_come_out_the_same),
        cmocka_unit_test(what_cannot_be_is_refused_and_nothing_written),
        cmocka_unit_test(the_least_size_that_is_named_is_enough),
        cmocka_unit_test(each_leave_is_asked_for_by_name),
        cmocka_unit_test(a_program_that_fails_leaves_nothing),
        cmocka_unit_test(every_failing_write_leaves_nothing),
        cmocka_unit_test(a_limit_on_file_sizes_leaves_nothing),
        cmocka_unit_test(a_pipe_without_a_writer_is_refused),
        cmocka_unit_test(an_interrupt_at_any_write_leaves_nothing),
        cmocka_unit_test(a_larger_payload_gets_a_larger_esp),
        cmocka_unit_test(partitions_are_laid_out_to_the_mib),
        cmocka_unit_test(reading_says_what_is_wrong),
    };
    return cmocka_run_group_tests_name("image", tests, image_enter, scratch_leave);
}
