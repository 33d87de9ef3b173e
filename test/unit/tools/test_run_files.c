/* SPDX-License-Identifier: BSD-2-Clause */
/* What `run` writes and reads: results for other programs, the configuration of one start, a file
 * on an exFAT volume, a disk over NBD. */
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/base/glob.h"
#include "config/json_scan.h"
#include "config/layout.h"
#include "test/unit/tools/image_fixture.h"
#include "tools/mkhiperiso/exfat_edit.h"
#include "tools/mkhiperiso/nbd.h"
#include "tools/mkhiperiso/qmp_client.h"
#include "tools/mkhiperiso/run_choice.h"
#include "tools/mkhiperiso/run_results.h"
#include "tools/mkhiperiso/volume.h"

static struct run_result results[3];

static void fill_results(void)
{
    memset(results, 0, sizeof(results));
    snprintf(results[0].image, RUN_PATH_BYTES, "/good.iso");
    results[0].duration_ms = 12345;
    snprintf(results[1].image, RUN_PATH_BYTES, "/a <b> & \"c\"#\x01\xff.iso");
    results[1].code = RUN_CODE_CRASHED;
    snprintf(results[1].message, sizeof(results[1].message), "its kernel panicked");
    snprintf(results[1].tail, RUN_TAIL_BYTES, "]]> \x1b[0m <&>\n");
    snprintf(results[1].screenshot, RUN_PATH_BYTES, "shot & more.png");
    results[1].phase = RUN_PHASE_KERNEL;
    snprintf(results[2].image, RUN_PATH_BYTES, "/odd.iso");
    results[2].code = RUN_CODE_MACHINE;
    snprintf(results[2].message, sizeof(results[2].message), "QEMU was ended by signal 9");
}

static void junit_is_xml_whatever_the_guest_wrote(void **state)
{
    (void)state;
    auto_strbuf xml = STRBUF_INIT;

    fill_results();
    assert_int_equal(run_results_junit(results, 3, "mkhiperiso run", 1700000000, &xml), STATUS_OK);
    write_text("r.xml", strbuf_text(&xml));
    assert_true(run_quietly((const char *const[]){"xmllint", "--noout", "r.xml", NULL}));
    assert_non_null(
        strstr(strbuf_text(&xml), "tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\""));
    assert_non_null(strstr(strbuf_text(&xml), "timestamp=\"2023-11-14T22:13:20\""));
    assert_non_null(strstr(strbuf_text(&xml), "[[ATTACHMENT|shot &amp; more.png]]"));
    assert_non_null(strstr(strbuf_text(&xml), "time=\"12.345\""));
    assert_non_null(strstr(strbuf_text(&xml), "last phase reached: kernel"));
}

static void tap_has_a_line_for_each(void **state)
{
    (void)state;
    auto_strbuf tap = STRBUF_INIT;

    fill_results();
    results[2].code = RUN_CODE_SKIPPED;
    assert_int_equal(run_results_tap(results, 3, &tap), STATUS_OK);
    assert_true(
        strncmp(strbuf_text(&tap), "TAP version 13\n1..3\nok 1 - /good.iso\nnot ok 2 - ", 46) == 0);
    assert_non_null(strstr(strbuf_text(&tap), "\"c\"\\#"));
    assert_non_null(strstr(strbuf_text(&tap), "\n  exit_code: 3\n"));
    assert_non_null(strstr(strbuf_text(&tap), "\nok 3 - /odd.iso # SKIP "));
}

/* ---- a stick ---- */

static void make_stick(const char *config)
{
    char *messages = NULL;

    write_text("c.json", config);
    const char *const image[] = {"image",     "s.img",      "--size",   "256M",
                                 "--payload", "payload",    "--config", "c.json",
                                 "--iso",     "in/one.iso", "--iso",    "in/Zwei \xc3\x84.iso",
                                 "--force",   NULL};
    int code = run_verb(image, &messages);
    if (code != EXIT_CODE_OK)
        print_message("%s", messages);
    free(messages);
    assert_int_equal(code, EXIT_CODE_OK);
}

/* The configuration of a start of PICK with SETTINGS; the result in RET_CODE. */
static struct run_choice choice_of(const char *pick, const char *const *settings, size_t count,
                                   int *ret_code)
{
    struct run_choice choice = {0};

    *ret_code = run_choices_make("s.img", &pick, 1, settings, count, &choice);
    return choice;
}

static void assert_json(const char *json, const char *path, const char *expected)
{
    struct json_span all = {json, strlen(json)}, value;

    assert_int_equal(json_scan_find(all, path, &value), STATUS_OK);
    if (value.len != strlen(expected) || memcmp(value.start, expected, value.len) != 0)
        fail_msg("%s is %.*s instead of %s in %s", path, (int)value.len, value.start, expected,
                 json);
}

static void a_start_keeps_the_sticks_settings_and_takes_its_own(void **state)
{
    (void)state;
    static const char *const settings[] = {"ram=777", "trace_level=full"};
    int code;

    make_stick("{\"control\": {\"default_cpus\": 3, \"timeout\": 33},"
               " \"menu_alias\": [{\"iso\": \"/Zwei \xc3\x84.iso\", \"alias\": \"Second\"}],"
               " \"iso_overrides\": {\"one*\": {\"firmware\": \"bios\", \"ram\": 512}}}");
    struct run_choice one = choice_of("one.iso", settings, 2, &code);
    assert_int_equal(code, 0);
    assert_string_equal(one.path, "/one.iso");
    assert_int_equal(one.ram_mb, 777);
    const char *json = strbuf_text(&one.json);
    assert_json(json, "control/timeout", "0");
    assert_json(json, "control/default_image", "\"/one.iso\"");
    assert_json(json, "control/default_cpus", "3");
    size_t off;
    assert_int_equal(json_scan_check(json, strlen(json), &off), STATUS_OK);
    assert_non_null(
        strstr(json, "\"/one.iso\":{\"ram\":777,\"trace_level\":\"full\",\"firmware\":\"bios\"}"));
    run_choice_clear(&one);
    struct run_choice second = choice_of("second", NULL, 0, &code);
    assert_int_equal(code, 0);
    assert_string_equal(second.path, "/Zwei \xc3\x84.iso");
    run_choice_clear(&second);
}

static void a_name_with_a_bracket_is_no_pattern(void **state)
{
    (void)state;
    static const char *const image[] = {"image",
                                        "s.img",
                                        "--size",
                                        "256M",
                                        "--force",
                                        "--payload",
                                        "payload",
                                        "--add",
                                        "in/one.iso:/ab.iso",
                                        "--add",
                                        "in/one.iso:/a[b].iso",
                                        NULL};
    char *messages = NULL;
    int code;

    assert_int_equal(run_verb(image, &messages), EXIT_CODE_OK);
    free(messages);
    struct run_choice choice = choice_of("/a[b].iso", NULL, 0, &code);
    assert_int_equal(code, 0);
    assert_string_equal(choice.path, "/a[b].iso");
    assert_json(strbuf_text(&choice.json), "control/default_image", "\"/a\\\\[b].iso\"");
    assert_true(glob_match("/a\\[b].iso", choice.path));
    assert_false(glob_match("/a\\[b].iso", "/ab.iso"));
    run_choice_clear(&choice);
}

static void a_pick_that_is_not_clear_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"ram=0", "rams=1", "ram", "=1", "trace_level=a/b"};
    int code;

    make_stick("{}");
    struct run_choice none = choice_of("nosuch", NULL, 0, &code);
    run_choice_clear(&none);
    assert_int_equal(code, -2);
    struct run_choice both = choice_of("*.iso", NULL, 0, &code);
    run_choice_clear(&both);
    assert_int_equal(code, -2);
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
        struct run_choice odd = choice_of("one.iso", &wrong[i], 1, &code);
        run_choice_clear(&odd);
        assert_int_equal(code, -2);
    }
}

/* qemu-nbd, somebody else's server, with the stick on the socket "nbd". */
static pid_t serve(void)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        char path[64], folder[48] = "";
        if (getcwd(folder, sizeof(folder)) == NULL)
            _exit(127);
        snprintf(path, sizeof(path), "%s/nbd", folder); /* it wants the whole path */
        execlp("qemu-nbd", "qemu-nbd", "-k", path, "-f", "raw", "-x", "stick", "--persistent",
               "s.img", NULL);
        _exit(127);
    }
    for (int i = 0; i < 500 && access("nbd", F_OK) < 0; i++)
        usleep(10000);
    return pid;
}

static enum status connect_as(struct nbd *nbd, const char *export)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "nbd"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    for (int i = 0; connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0; i++) {
        assert_true(i < 500); /* the socket's file is there before it listens */
        usleep(10000);
    }
    return nbd_open(nbd, fd, export, 30000);
}

static void end_server(pid_t pid)
{
    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
    unlink("nbd");
}

static enum status rewrite(const char *path, const char *bytes, size_t len)
{
    struct exfat_edit *edit;
    struct target target = TARGET_CLOSED;
    struct volume volume;
    struct nbd nbd;

    pid_t server = serve();
    assert_int_equal(connect_as(&nbd, "stick"), STATUS_OK);
    assert_int_equal(nbd.device.size_bytes, file_bytes("s.img"));
    target.device = nbd.device;
    target.path = "s.img";
    assert_int_equal(volume_open(&target, &volume), 0);
    assert_int_equal(exfat_edit_open(&volume.window.device, NULL, NULL, &edit), STATUS_OK);
    enum status status = exfat_edit_write(edit, path, bytes, len, 1700000000);
    assert_int_equal(exfat_edit_close(edit), STATUS_OK);
    volume_close(&volume);
    nbd_close(&nbd);
    end_server(server);
    return status;
}

static void assert_sound(void)
{
    auto_target target = TARGET_CLOSED;
    struct gpt gpt;

    assert_int_equal(target_open(&target, "s.img"), 0);
    assert_int_equal(gpt_read(&target.device, &gpt), STATUS_OK);
    cut_out("s.img", gpt.partitions[0].start_bytes, gpt.partitions[0].size_bytes, "volume.img");
    gpt_clear(&gpt);
    assert_true(run_quietly((const char *const[]){"fsck.exfat", "-n", "volume.img", NULL}));
    unlink("volume.img");
}

static void a_file_gets_other_contents_over_nbd(void **state)
{
    (void)state;
    static char large[200000];
    static const size_t sizes[] = {1, 17, 511, 512, 4000, 199999};

    make_stick("{}");
    memset(large, 'y', sizeof(large));
    for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
        assert_int_equal(rewrite(LAYOUT_DATA_CONFIG, large, sizes[i]), STATUS_OK);
        auto_free char *text = image_cat("s.img", LAYOUT_DATA_CONFIG);
        assert_int_equal(strlen(text), sizes[i]);
        assert_int_equal(strspn(text, "y"), sizes[i]);
        assert_sound();
    }
    auto_free char *other = image_cat("s.img", "/one.iso");
    assert_string_equal(other, "the first image");
    assert_int_equal(rewrite("/new.json", large, 1), STATUS_OK);
    auto_free char *created = image_cat("s.img", "/new.json");
    assert_string_equal(created, "y");
    assert_int_equal(rewrite(LAYOUT_DATA_DIR, large, 1), STATUS_EXISTS); /* a folder */
    assert_sound();
}

static void an_export_that_is_not_there_is_told(void **state)
{
    (void)state;
    struct nbd nbd;

    make_stick("{}");
    pid_t server = serve();
    assert_int_equal(connect_as(&nbd, "other"), STATUS_NOT_FOUND);
    assert_int_equal(connect_as(&nbd, "stick"), STATUS_OK);
    uint8_t bytes[512];
    assert_int_equal(blockdev_read(&nbd.device, 512, 512, bytes), STATUS_OK);
    assert_memory_equal(bytes, "EFI PART", 8);
    assert_int_equal(blockdev_read(&nbd.device, nbd.device.size_bytes, 1, bytes), STATUS_CORRUPT);
    end_server(server);
    assert_int_equal(blockdev_read(&nbd.device, 0, 512, bytes), STATUS_IO); /* it has gone */
    nbd_close(&nbd);
}

static void a_server_that_speaks_another_language_is_refused(void **state)
{
    (void)state;
    static const char *const greetings[] = {"", "SSH-2.0-x\r\nxxxxxxxxxxxxxxxxxxxx", "NBDMAGIC",
                                            "NBDMAGICIHAVEOPT"};
    struct nbd nbd;

    for (size_t i = 0; i < ARRAY_SIZE(greetings); i++) {
        int pair[2];
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
        assert_true(write(pair[1], greetings[i], strlen(greetings[i])) >= 0);
        shutdown(pair[1], SHUT_WR);
        assert_int_not_equal(nbd_open(&nbd, pair[0], "stick", 200), STATUS_OK);
        close(pair[1]);
    }
}

static void qmp_is_understood_in_pieces(void **state)
{
    (void)state;
    static const char said[] = "{\"QMP\": {}}\r\n{\"event\": \"STOP\"}\r\nno json\r\n"
                               "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": "
                               "\"guest-reset\"}}\r\n{\"error\": {\"desc\": \"no such thing\"}}\r\n"
                               "{\"return\": {\"status\": \"internal-error\"}}\r\n";

    for (size_t piece = 1; piece < sizeof(said); piece++) {
        struct qmp_client client;
        qmp_client_open(&client, -1);
        for (size_t off = 0; off < sizeof(said) - 1; off += piece)
            qmp_client_take(&client, said + off,
                            sizeof(said) - 1 - off < piece ? sizeof(said) - 1 - off : piece);
        assert_true(client.is_shut_down && client.is_refused && client.has_internal_error);
        assert_string_equal(client.shutdown_reason, "guest-reset");
        assert_string_equal(client.refusal, "no such thing");
        qmp_client_close(&client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(junit_is_xml_whatever_the_guest_wrote),
        cmocka_unit_test(tap_has_a_line_for_each),
        cmocka_unit_test(a_start_keeps_the_sticks_settings_and_takes_its_own),
        cmocka_unit_test(a_name_with_a_bracket_is_no_pattern),
        cmocka_unit_test(a_pick_that_is_not_clear_is_refused),
        cmocka_unit_test(a_file_gets_other_contents_over_nbd),
        cmocka_unit_test(an_export_that_is_not_there_is_told),
        cmocka_unit_test(a_server_that_speaks_another_language_is_refused),
        cmocka_unit_test(qmp_is_understood_in_pieces),
    };
    return cmocka_run_group_tests_name("run's files", tests, image_enter, scratch_leave);
}
