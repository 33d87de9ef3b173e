/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings and facts in, QEMU's arguments out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/json_scan.h"
#include "initramfs/guest_plan.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/init/unit.h"

static struct guest_facts facts_of(enum image_kind kind, bool uefi)
{
    return (struct guest_facts){
        .has_kvm = true,
        .host_ram_mb = 8192,
        .host_cpus = 8,
        .image = {.kind = kind, .bios = true, .uefi = uefi},
        .state_folder = "/hiperiso/state/x.iso-0123456789abcdef",
    };
}

static void set(struct boot_request *request, enum setting_id id, const char *text)
{
    if (text == NULL)
        return;
    assert_int_equal(settings_set_text(&request->settings, id, text, ORIGIN_OVERRIDE, NULL),
                     STATUS_OK);
}

static struct boot_request request_of(const char *path)
{
    struct boot_request request;
    boot_request_init(&request);
    request.iso_path = strdup(path);
    return request;
}

/* Does the vector hold PART, which is one argument, or an option and its value joined by a blank?
 */
static bool has(const struct guest_plan *plan, const char *part)
{
    for (size_t i = 0; i < plan->argv.count; i++) {
        auto_strbuf pair = STRBUF_INIT;
        if (strcmp(plan->argv.items[i], part) == 0)
            return true;
        strbuf_printf(&pair, "%s %s", plan->argv.items[i],
                      i + 1 < plan->argv.count ? plan->argv.items[i + 1] : "");
        if (strcmp(strbuf_text(&pair), part) == 0)
            return true;
    }
    return false;
}

static void the_plain_iso_is_the_designs_machine(void **state)
{
    (void)state;
    static const char *const expected[] = {
        "/usr/bin/qemu-system-x86_64",
        "-nodefaults",
        "-no-user-config",
        "-msg",
        "timestamp=on",
        "-sandbox",
        "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
        "-action",
        "shutdown=pause,panic=pause",
        "-S",
        "-display",
        "none",
        "-machine",
        "q35,graphics=off",
        "-accel",
        "kvm",
        "-cpu",
        "host",
        "-smp",
        "2",
        "-m",
        "2048M",
        "-rtc",
        "base=utc",
        "-blockdev",
        "{\"driver\":\"file\",\"node-name\":\"image-file\",\"filename\":\"/data/ISOs/"
        "x.iso\",\"read-only\":true,"
        "\"auto-read-only\":false}",
        "-blockdev",
        "{\"driver\":\"raw\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-file\"}",
        "-device",
        "ide-cd,id=cdrom,bus=ide.0,drive=image,bootindex=0",
        "-boot",
        "strict=on",
        "-netdev",
        "user,id=net0",
        "-device",
        "e1000e,netdev=net0,romfile=",
        "-device",
        "pvpanic",
        "-chardev",
        "socket,id=serial0,fd=10",
        "-serial",
        "chardev:serial0",
        "-chardev",
        "socket,id=qmp,fd=11",
        "-mon",
        "chardev=qmp,mode=control",
        "-chardev",
        "socket,id=firmware,fd=12",
        "-device",
        "isa-debugcon,iobase=0x402,chardev=firmware",
        "-trace",
        "events=/proc/self/fd/16",
        "-D",
        "/proc/self/fd/15",
    };
    struct boot_request request = request_of("/ISOs/x.iso");
    struct guest_facts facts = facts_of(IMAGE_ISO, false);
    struct guest_plan plan;
    auto_strbuf why = STRBUF_INIT;
    assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
    assert_int_equal(plan.argv.count, sizeof(expected) / sizeof(expected[0]));
    for (size_t i = 0; i < plan.argv.count; i++)
        assert_string_equal(plan.argv.items[i], expected[i]);
    assert_int_equal(plan.notes.count, 0);
    assert_null(plan.vars);
    assert_null(plan.overlay);
    guest_plan_clear(&plan);
    boot_request_clear(&request);
}

struct setting_case {
    enum setting_id id;
    const char *text;
    enum image_kind kind;
    bool uefi, no_kvm;
    const char *has[4], *has_not[3];
    const char *note; /* a word of the first note; NULL: no note about it */
};

static const struct setting_case setting_cases[] = {
    {SETTING_RAM, "4096", IMAGE_ISO, .has = {"-m 4096M"}},
    {SETTING_RAM, "8000", IMAGE_ISO, .has = {"-m 7680M"},
     .note = "RAM: 8000 MB asked for, the guest gets 7680 MB"},
    {SETTING_CPUS, "4", IMAGE_ISO, .has = {"-smp 4"}},
    {SETTING_CPUS, "9", IMAGE_ISO, .has = {"-smp 8"},
     .note = "CPUs: 9 asked for, the guest gets 8"},
    {SETTING_VGA, "std", IMAGE_ISO, .has = {"-machine q35", "-device VGA,id=vga"},
     .has_not = {"-machine q35,graphics=off"}},
    {SETTING_VGA, "virtio", IMAGE_ISO, .has = {"-machine q35", "-device virtio-vga,id=vga"}},
    {SETTING_FALLBACK, "1", IMAGE_ISO, .no_kvm = true,
     .has = {"-accel tcg,thread=multi", "-cpu max"}, .has_not = {"-accel kvm"}, .note = "TCG"},
    {SETTING_CPU_FEATURES, "avx2,x2apic", IMAGE_ISO, .has = {"-cpu host,+avx2,+x2apic,enforce"}},
    {SETTING_NET_DUMP, "1", IMAGE_ISO,
     .has = {"-object filter-dump,id=dump0,netdev=net0,file=/proc/self/fd/13"}},
    {SETTING_NET_DUMP, "0", IMAGE_ISO, .has_not = {"-object"}},
    {SETTING_TPM, "1", IMAGE_ISO,
     .has = {"-chardev socket,id=tpm,fd=14", "-tpmdev emulator,id=tpm0,chardev=tpm",
             "-device tpm-tis,tpmdev=tpm0"}},
    {SETTING_TPM, "1", IMAGE_ISO, .uefi = true, .has = {"-device tpm-crb,tpmdev=tpm0"}},
    {SETTING_TPM, "0", IMAGE_ISO, .has_not = {"-tpmdev"}},
    {SETTING_QEMU_EXTRA_ARGS, "-device,virtio-rng-pci%2Cid=r", IMAGE_ISO,
     .has = {"-device virtio-rng-pci,id=r"}},
    {SETTING_FIRMWARE, "auto", IMAGE_ISO, .uefi = true,
     .has = {"-machine q35,graphics=off,pflash0=firmware-code,pflash1=firmware-vars",
             "{\"driver\":\"file\",\"node-name\":\"firmware-code\",\"filename\":\"/usr/share/OVMF/"
             "OVMF_CODE_4M.fd\",\"read-only\":true,"
             "\"auto-read-only\":false}",
             "{\"driver\":\"file\",\"node-name\":\"firmware-vars\",\"filename\":\"/data/hiperiso/"
             "state/x.iso-0123456789abcdef/"
             "OVMF_VARS.fd\",\"read-only\":false,\"auto-read-only\":false}"}},
    {SETTING_FIRMWARE, "bios", IMAGE_ISO, .uefi = true, .has = {"-machine q35,graphics=off"}},
    {SETTING_FIRMWARE, "uefi", IMAGE_ISO,
     .has = {"-machine q35,graphics=off,pflash0=firmware-code,pflash1=firmware-vars"}},
    {SETTING_SECURE_BOOT, "1", IMAGE_ISO,
     .has = {"-machine q35,graphics=off,smm=on,pflash0=firmware-code,pflash1=firmware-vars",
             "-global driver=cfi.pflash01,property=secure,value=on",
             "{\"driver\":\"file\",\"node-name\":\"firmware-code\",\"filename\":\"/usr/share/OVMF/"
             "OVMF_CODE_4M.secboot.fd\","
             "\"read-only\":true,\"auto-read-only\":false}"}},
    {SETTING_MACHINE, "pc", IMAGE_ISO, .has = {"-machine pc,graphics=off"}},
    {SETTING_ON_EXIT, "poweroff", IMAGE_DISK,
     .has =
         {"-device ide-hd,id=disk,bus=ide.0,drive=overlay,bootindex=0,rerror=report,werror=stop",
          "{\"driver\":\"raw\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-file\"}",
          "{\"driver\":\"qcow2\",\"node-name\":\"overlay\",\"file\":\"overlay-file\",\"backing\":"
          "\"image\",\"cache\":{\"no-flush\":true}}",
          "{\"driver\":\"file\",\"node-name\":\"overlay-file\",\"filename\":\"/data/hiperiso/state/"
          "x.iso-0123456789abcdef/"
          "overlay.qcow2\",\"read-only\":false,\"auto-read-only\":false}"}},
    {SETTING_ON_EXIT, "menu", IMAGE_QCOW2,
     .has = {"{\"driver\":\"qcow2\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-"
             "file\"}"}},
    {SETTING_ON_EXIT, "menu", IMAGE_VHD,
     .has = {"{\"driver\":\"vpc\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-"
             "file\"}"}},
    {SETTING_ON_EXIT, "menu", IMAGE_VHDX,
     .has = {"{\"driver\":\"vhdx\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-"
             "file\"}"}},
    {SETTING_ON_EXIT, "menu", IMAGE_VMDK,
     .has = {"{\"driver\":\"vmdk\",\"node-name\":\"image\",\"read-only\":true,\"file\":\"image-"
             "file\"}"}},
    {SETTING_ON_EXIT, "menu", IMAGE_UNKNOWN,
     .has = {"-device ide-cd,id=cdrom,bus=ide.0,drive=image,bootindex=0"}},
};

static void each_setting_has_its_argument(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(setting_cases) / sizeof(setting_cases[0]); i++) {
        const struct setting_case *c = &setting_cases[i];
        struct boot_request request = request_of("/ISOs/x.iso");
        struct guest_facts facts = facts_of(c->kind, c->uefi);
        struct guest_plan plan;
        auto_strbuf why = STRBUF_INIT;
        facts.has_kvm = !c->no_kvm;
        set(&request, c->id, c->text);
        assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
        for (int h = 0; h < 4 && c->has[h] != NULL; h++)
            if (!has(&plan, c->has[h]))
                fail_msg("%s=%s: no %s", setting_key(c->id), c->text, c->has[h]);
        for (int h = 0; h < 3 && c->has_not[h] != NULL; h++)
            assert_false(has(&plan, c->has_not[h]));
        if (c->note != NULL) {
            assert_true(plan.notes.count > 0);
            assert_non_null(strstr(plan.notes.items[0], c->note));
        }
        guest_plan_clear(&plan);
        boot_request_clear(&request);
    }
}

static void impossible_settings_are_named(void **state)
{
    (void)state;
    static const struct {
        enum setting_id ids[2];
        const char *texts[2];
        bool has_kvm;
        uint64_t host_ram_mb;
        const char *word;
    } cases[] = {
        {{SETTING_FALLBACK, SETTING_RAM}, {"0", "1024"}, false, 8192, "fallback_no_kvm is off"},
        {{SETTING_SECURE_BOOT, SETTING_FIRMWARE},
         {"1", "bios"},
         true,
         8192,
         "secure_boot needs firmware uefi"},
        {{SETTING_SECURE_BOOT, SETTING_MACHINE},
         {"1", "pc"},
         true,
         8192,
         "secure_boot needs machine q35"},
        {{SETTING_RAM, SETTING_CPUS},
         {"1024", "1"},
         true,
         600,
         "this machine has 600 MB of memory"},
        {{SETTING_RAM, SETTING_CPUS}, {"1024", "1"}, true, 0, "this machine has 0 MB of memory"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct boot_request request = request_of("/x.iso");
        struct guest_facts facts = facts_of(IMAGE_ISO, false);
        struct guest_plan plan = {0};
        auto_strbuf why = STRBUF_INIT;
        facts.has_kvm = cases[i].has_kvm;
        facts.host_ram_mb = cases[i].host_ram_mb;
        for (int s = 0; s < 2; s++)
            set(&request, cases[i].ids[s], cases[i].texts[s]);
        assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_UNSUPPORTED);
        assert_non_null(strstr(strbuf_text(&why), cases[i].word));
        assert_null(strchr(strbuf_text(&why), '\n'));
        assert_int_equal(plan.argv.count, 0);
        boot_request_clear(&request);
    }
}

static void paths_of_any_kind_are_json(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "/a b,c=d.iso",
        "/quote\".iso",
        "/back\\slash.iso",
        "/日本語.iso",
        "/json:{\"driver\":\"nbd\"}.iso",
        "/new\nline.iso",
    };
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct boot_request request = request_of(paths[i]);
        struct guest_facts facts = facts_of(IMAGE_DISK, true);
        struct guest_plan plan;
        auto_strbuf why = STRBUF_INIT, expected = STRBUF_INIT;
        bool was_seen = false;
        strbuf_printf(&expected, "/data%s", paths[i]);
        assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
        for (size_t a = 0; a + 1 < plan.argv.count; a++) {
            if (strcmp(plan.argv.items[a], "-blockdev") != 0)
                continue;
            struct json_span json = {plan.argv.items[a + 1], strlen(plan.argv.items[a + 1])}, value;
            size_t off;
            assert_int_equal(json_scan_check(json.start, json.len, &off), STATUS_OK);
            if (json_scan_find(json, "node-name", &value) == STATUS_OK &&
                json_scan_equals(value, "image-file")) {
                assert_int_equal(json_scan_find(json, "filename", &value), STATUS_OK);
                assert_true(json_scan_equals(value, strbuf_text(&expected)));
                was_seen = true;
            }
        }
        assert_true(was_seen);
        guest_plan_clear(&plan);
        boot_request_clear(&request);
    }
}

static void the_tier_decides_about_trace_and_pictures(void **state)
{
    (void)state;
    static const struct {
        const char *tier, *vga;
        bool is_traced, has_pictures;
    } rows[] = {
        {"none", "std", false, false},
        {"standard", "none", true, false},
        {"standard", "std", true, true},
        {"mine", "virtio", true, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct boot_request request = request_of("/x.iso");
        struct guest_facts facts = facts_of(IMAGE_ISO, false);
        struct guest_plan plan;
        auto_strbuf why = STRBUF_INIT;
        set(&request, SETTING_TRACE_LEVEL, rows[i].tier);
        set(&request, SETTING_VGA, rows[i].vga);
        assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
        assert_int_equal(plan.is_traced, rows[i].is_traced);
        assert_int_equal(has(&plan, "-trace"), rows[i].is_traced);
        assert_int_equal(has(&plan, "-D /proc/self/fd/15"), rows[i].is_traced);
        assert_int_equal(plan.has_pictures, rows[i].has_pictures);
        guest_plan_clear(&plan);
        boot_request_clear(&request);
    }
}

static void settings_without_effect_and_cut_images_are_told(void **state)
{
    (void)state;
    struct boot_request request = request_of("/x.iso");
    struct guest_facts facts = facts_of(IMAGE_ISO, false);
    struct guest_plan plan;
    auto_strbuf why = STRBUF_INIT;
    facts.image.is_truncated = true;
    facts.image.stated_bytes = 4711;
    size_t expected = 1;
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_info *info = setting_info((enum setting_id)i);
        if (!info->on_command_line || info->effective)
            continue;
        set(&request, (enum setting_id)i, info->type == SETTING_TYPE_TEXT ? "12s" : "7");
        expected++;
    }
    assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
    assert_int_equal(plan.notes.count, expected);
    assert_non_null(strstr(plan.notes.items[0], "4711 bytes expected"));
    for (size_t n = 1; n < plan.notes.count; n++)
        assert_non_null(strstr(plan.notes.items[n], ": this version does nothing with it yet"));
    guest_plan_clear(&plan);
    boot_request_clear(&request);
}

static void a_screen_has_a_card_and_a_tablet(void **state)
{
    (void)state;
    static const struct {
        const char *vga, *card;
        size_t notes;
    } rows[] = {
        {"none", "-device VGA,id=vga", 1},
        {"std", "-device VGA,id=vga", 0},
        {"virtio", "-device virtio-vga,id=vga", 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct boot_request request = request_of("/x.iso");
        struct guest_facts facts = facts_of(IMAGE_ISO, false);
        struct guest_plan plan;
        auto_strbuf why = STRBUF_INIT;
        set(&request, SETTING_DISPLAY, "gtk");
        set(&request, SETTING_VGA, rows[i].vga);
        assert_int_equal(guest_plan_make(&request, &facts, &plan, &why), STATUS_OK);
        assert_true(plan.has_screen);
        assert_true(has(&plan, rows[i].card));
        assert_true(has(&plan, "-machine q35"));
        assert_true(has(&plan, "-vnc unix:/run/screen/vnc"));
        assert_true(has(&plan, "-device usb-tablet,bus=usb.0"));
        assert_int_equal(plan.notes.count, rows[i].notes);
        guest_plan_clear(&plan);
        boot_request_clear(&request);
    }
}

static void any_allocation_may_fail(void **state)
{
    (void)state;
    struct guest_facts facts = facts_of(IMAGE_DISK, true);
    facts.has_kvm = false;
    for (unsigned long n = 1;; n++) {
        struct boot_request request = request_of("/x.img");
        set(&request, SETTING_SECURE_BOOT, "1");
        set(&request, SETTING_QEMU_EXTRA_ARGS, "-a,-b");
        struct guest_plan plan;
        auto_strbuf why = STRBUF_INIT;
        fail_alloc_after(n);
        enum status status = guest_plan_make(&request, &facts, &plan, &why);
        bool happened = fail_alloc_happened();
        fail_alloc_after(0);
        if (status == STATUS_OK)
            guest_plan_clear(&plan);
        else
            assert_int_equal(status, STATUS_NO_MEMORY);
        boot_request_clear(&request);
        if (!happened) {
            assert_int_equal(status, STATUS_OK);
            assert_true(n > 60);
            return;
        }
        assert_int_equal(status, STATUS_NO_MEMORY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plain_iso_is_the_designs_machine),
        cmocka_unit_test(each_setting_has_its_argument),
        cmocka_unit_test(impossible_settings_are_named),
        cmocka_unit_test(paths_of_any_kind_are_json),
        cmocka_unit_test(the_tier_decides_about_trace_and_pictures),
        cmocka_unit_test(settings_without_effect_and_cut_images_are_told),
        cmocka_unit_test(a_screen_has_a_card_and_a_tablet),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
