/* SPDX-License-Identifier: BSD-2-Clause */
/* The screens. */
#include "test/unit/efi/look_screens.h"

#include <string.h>

#include "config/base/cleanup.h"
#include "test/unit/config/unit.h"

const char *const look_screen_names[SCREEN_COUNT] = {
    [SCREEN_LIST] = "list",       [SCREEN_COUNTDOWN] = "countdown",
    [SCREEN_TREE] = "tree",       [SCREEN_FILTER] = "filter",
    [SCREEN_NOTHING] = "nothing", [SCREEN_EMPTY] = "empty",
    [SCREEN_SCRIPTS] = "scripts", [SCREEN_DETAILS] = "details",
    [SCREEN_HELP] = "help",       [SCREEN_PROBLEMS] = "problems",
    [SCREEN_FORM] = "form",       [SCREEN_CHECKSUM] = "checksum",
    [SCREEN_POWER] = "power",     [SCREEN_PAGE] = "page",
};

#define MB (uint64_t)1000000

static const struct menu_entry stick[] = {
    {.path = "/ISOs/linux/debian-live-12.5.0-amd64-gnome.iso",
     .title = "Debian 12 live, GNOME",
     .folder = "/ISOs/linux",
     .tip = "user: user, password: live",
     .size_bytes = 3400 * MB},
    {.path = "/ISOs/linux/Fedora-Workstation-Live-x86_64-40-1.14.iso",
     .title = "Fedora-Workstation-Live-x86_64-40-1.14.iso",
     .folder = "/ISOs/linux",
     .size_bytes = 2300 * MB},
    {.path = "/ISOs/linux/archlinux-2024.05.01-x86_64.iso",
     .title = "archlinux-2024.05.01-x86_64.iso",
     .folder = "/ISOs/linux",
     .size_bytes = 952 * MB},
    {.path = "/ISOs/linux/ubuntu-24.04-desktop-amd64.iso",
     .title = "ubuntu-24.04-desktop-amd64.iso",
     .folder = "/ISOs/linux",
     .size_bytes = 6114 * MB},
    {.path = "/ISOs/linux/nixos-minimal-23.11.7170.5672bc9dbf9d-x86_64-linux.iso",
     .title = "nixos-minimal-23.11.7170.5672bc9dbf9d-x86_64-linux.iso",
     .folder = "/ISOs/linux",
     .size_bytes = 1040 * MB},
    {.path = "/ISOs/tools/memtest86+.iso",
     .title = "Memtest86+",
     .folder = "/ISOs/tools",
     .tip = "Runs until Esc",
     .size_bytes = 6 * MB},
    {.path = "/ISOs/tools/systemrescue-11.01-amd64.iso",
     .title = "systemrescue-11.01-amd64.iso",
     .folder = "/ISOs/tools",
     .size_bytes = 891 * MB},
    {.path = "/ISOs/tools/gparted-live-1.6.0-3-amd64.iso",
     .title = "gparted-live-1.6.0-3-amd64.iso",
     .folder = "/ISOs/tools",
     .size_bytes = 550 * MB},
    {.path = "/ISOs/tools/ipxe.iso",
     .title = "ipxe.iso",
     .folder = "/ISOs/tools",
     .size_bytes = 2 * MB},
    {.path = "/ISOs/windows/Win11_23H2_EnglishInternational_x64v2.iso",
     .title = "Windows 11",
     .folder = "/ISOs/windows",
     .fault = "template windows11 is missing: /hiperiso/iso_overrides/windows11.json",
     .size_bytes = 6800 * MB},
    {.path = "/ISOs/windows/winpe.iso",
     .title = "winpe.iso",
     .folder = "/ISOs/windows",
     .size_bytes = 420 * MB},
    {.path = "/disks/router.qcow2",
     .title = "router.qcow2",
     .folder = "/disks",
     .size_bytes = 212 * MB},
    {.path = "/disks/scratch.img",
     .title = "scratch.img",
     .folder = "/disks",
     .size_bytes = 8589 * MB},
    {.path = "/freedos.img", .title = "freedos.img", .folder = "", .size_bytes = 33 * MB},
    {.path = "/old", .title = "/old", .folder = "/old", .notice = "cannot be read: damaged"},
    {.path = "/grub-rescue.iso", .title = "grub-rescue.iso", .folder = "", .size_bytes = 5 * MB},
    {.path = "/netboot.xyz.iso", .title = "netboot.xyz.iso", .folder = "", .size_bytes = 2 * MB},
    {.path = "/openwrt-23.05.3-x86-64-generic-ext4-combined-efi.img",
     .title = "openwrt-23.05.3-x86-64-generic-ext4-combined-efi.img",
     .folder = "",
     .size_bytes = 126 * MB},
    {.path = "/openbsd75.img", .title = "openbsd75.img", .folder = "", .size_bytes = 702 * MB},
    {.path = "/FreeBSD-14.0-RELEASE-amd64-disc1.iso",
     .title = "FreeBSD-14.0-RELEASE-amd64-disc1.iso",
     .folder = "",
     .size_bytes = 1080 * MB},
    {.path = "/alpine-standard-3.19.1-x86_64.iso",
     .title = "alpine-standard-3.19.1-x86_64.iso",
     .folder = "",
     .size_bytes = 205 * MB},
    {.path = "/haiku-r1beta4-x86_64-anyboot.iso",
     .title = "haiku-r1beta4-x86_64-anyboot.iso",
     .folder = "",
     .size_bytes = 1430 * MB},
    {.path = "/proxmox-ve_8.2-1.iso",
     .title = "proxmox-ve_8.2-1.iso",
     .folder = "",
     .size_bytes = 1390 * MB},
    {.path = "/tails-amd64-6.2.img",
     .title = "tails-amd64-6.2.img",
     .folder = "",
     .size_bytes = 1460 * MB},
    {.path = "/clonezilla-live-3.1.2-22-amd64.iso",
     .title = "clonezilla-live-3.1.2-22-amd64.iso",
     .folder = "",
     .size_bytes = 450 * MB},
    {.path = "/opnsense-24.1-dvd-amd64.iso",
     .title = "opnsense-24.1-dvd-amd64.iso",
     .folder = "",
     .size_bytes = 2100 * MB},
    {.path = "/kali-linux-2024.1-live-amd64.iso",
     .title = "kali-linux-2024.1-live-amd64.iso",
     .folder = "",
     .size_bytes = 4400 * MB},
};

/* Names that people give to files. */
static const struct menu_entry scripts[] = {
    {.path = "/a.iso",
     .title = "\xc3\x9c"
              "bergr\xc3\xb6\xc3\x9f"
              "entr\xc3\xa4ger, na\xc3\xafve caf\xc3\xa9.iso",
     .folder = "/Sicherungen/\xc3\x84ltere",
     .size_bytes = 5 * MB},
    {.path = "/b.iso",
     .title = "\xd0\x9e\xd0\xbf\xd0\xb5\xd1\x80\xd0\xb0\xd1\x86\xd0\xb8\xd0\xbe\xd0\xbd\xd0\xbd\xd0"
              "\xb0\xd1\x8f \xd1\x81\xd0\xb8\xd1\x81\xd1\x82\xd0\xb5\xd0\xbc\xd0\xb0.iso",
     .folder = "",
     .size_bytes = 700 * MB},
    {.path = "/c.iso",
     .title = "\xce\x9b\xce\xb5\xce\xb9\xcf\x84\xce\xbf\xcf\x85\xcf\x81\xce\xb3\xce\xb9\xce\xba\xcf"
              "\x8c \xcf\x83\xcf\x8d\xcf\x83\xcf\x84\xce\xb7\xce\xbc\xce\xb1.iso",
     .folder = "",
     .size_bytes = 70 * MB},
    {.path = "/d.iso",
     .title = "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe3\x81\xae\xe3\x82\xa4\xe3\x83\xa1\xe3\x83\xbc"
              "\xe3\x82\xb8 2024.iso",
     .folder = "/\xe8\xbb\x9f\xe9\xab\x94",
     .size_bytes = 1700 * MB},
    {.path = "/e.iso",
     .title = "\xed\x95\x9c\xea\xb5\xad\xec\x96\xb4 \xeb\xb0\xb0\xed\x8f\xac\xed\x8c\x90.iso",
     .folder = "",
     .size_bytes = 17 * MB},
    {.path = "/f.iso",
     .title = "\xd9\x86\xd8\xb8\xd8\xa7\xd9\x85 "
              "\xd8\xa7\xd9\x84\xd8\xaa\xd8\xb4\xd8\xba\xd9\x8a\xd9\x84.iso",
     .folder = "",
     .size_bytes = 1 * MB},
    {.path = "/g.iso",
     .title = "cafe\xcc\x81 no\xcc\x88"
              "el Ze\xcc\x8c lo\xcc\xa7 (marks).iso",
     .folder = "",
     .size_bytes = 3 * MB},
    {.path = "/h.iso",
     .title = "\xf0\x9f\x98\x80 \xf0\x9f\x90\xa7 \xf0\x9f\x92\xbe rescue "
              "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb.iso",
     .folder = "",
     .size_bytes = 4 * MB},
    {.path = "/i.iso",
     .title = "\xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\xa9\xe0\xb8\xb2\xe0\xb9\x84\xe0\xb8\x97\xe0\xb8\xa2"
              " \xd7\xa2\xd7\x91\xd7\xa8\xd7\x99\xd7\xaa "
              "\xe0\xa4\xb9\xe0\xa4\xbf\xe0\xa4\xa8\xe0\xa5\x8d\xe0\xa4\xa6\xe0\xa5\x80.iso",
     .folder = "",
     .size_bytes = 4 * MB},
    {.path = "/j.iso",
     .title = "a name that is so long that it cannot be shown, with its version at the end of it "
              "all, amd64-20240501-netinst.iso",
     .folder = "/some/rather/deep/folder/with/a/long/name/of/its/own",
     .size_bytes = 4 * MB},
    {.path = "/k.iso",
     .title = "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
              "\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"
              "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2"
              "\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"
              "\xe6\xbc\xa2\xe5\xad\x97.iso",
     .folder = "",
     .size_bytes = 4 * MB},
};

static const struct model_detail details[] = {
    {.label = "Size", .value = "3.4 GB", .origin = ""},
    {.label = "Label", .value = "d-live 12.5.0 gn amd64", .origin = ""},
    {.label = "Boots on", .value = "BIOS, UEFI", .origin = ""},
    {.label = "RAM", .value = "4096 MB", .origin = "override \"*debian*\""},
    {.label = "CPUs", .value = "2", .origin = "default"},
    {.label = "Firmware", .value = "auto: UEFI", .origin = "default"},
    {.label = "Display", .value = "none", .origin = "control"},
    {.label = "After the guest", .value = "menu", .origin = "default"},
    {.label = "Warning",
     .value = "trace tier \"detailed\" writes about 40 MB a minute to the stick",
     .origin = "",
     .severity = MENU_WARNING,
     .is_long = true},
};

static const struct menu_line detail_lines[] = {
    {.kind = MODEL_ROW_PAIR,
     .title = "Path",
     .value = "/ISOs/linux/debian-live-12.5.0-amd64-gnome.iso"},
    {.kind = MODEL_ROW_PAIR, .title = "Size", .value = "3.4 GB", .note = "3,399,483,392 bytes"},
    {.kind = MODEL_ROW_PAIR, .title = "Boots on", .value = "BIOS, UEFI"},
    {.kind = MODEL_ROW_BLANK},
    {.kind = MODEL_ROW_HEADING, .title = "Settings in effect"},
    {.kind = MODEL_ROW_PAIR, .title = "RAM", .value = "4096 MB", .note = "override \"*debian*\""},
    {.kind = MODEL_ROW_PAIR, .title = "CPUs", .value = "2", .note = "default"},
    {.kind = MODEL_ROW_PAIR, .title = "Firmware", .value = "auto", .note = "default"},
    {.kind = MODEL_ROW_PAIR,
     .title = "QEMU arguments",
     .value = "-device, ich9-intel-hda, -device, hda-output,audiodev=snd0, -audiodev, "
              "driver=none,id=snd0",
     .note = "control"},
};

static const struct menu_line problem_lines[] = {
    {.kind = MODEL_ROW_TEXT,
     .severity = MENU_WARNING,
     .title = "hiperiso.json:14:22: control.timeout: 9999 is above the maximum 3600"},
    {.kind = MODEL_ROW_TEXT,
     .severity = MENU_WARNING,
     .title = "hiperiso.json:31:5: iso_overrides.\"*win*\".rams: no such setting; did you mean "
              "\"ram\"?"},
    {.kind = MODEL_ROW_TEXT,
     .severity = MENU_WARNING,
     .title = "iso_overrides/windows11.json:3:12: secure_boot: must be true or false, not a text"},
};

static const struct menu_line page_lines[] = {
    {.kind = MODEL_ROW_TEXT,
     .title = "/EFI/hiperiso/vmlinuz cannot be started: Security Violation. This firmware refuses "
              "programs without a signature that it knows: turn Secure Boot off in its setup, or "
              "enrol the kernel's key."},
};

static const struct model_detail sum_lines[] = {
    {.label = "Image",
     .value = "/ISOs/linux/debian-live-12.5.0-amd64-gnome.iso",
     .origin = "",
     .is_long = true},
    {.label = "Expected",
     .value = "5cf9ad60d3ae8f4b9ae2b5d2bf1ed9e5c6e4d3b2a1908f7e6d5c4b3a29181706",
     .origin = "SHA256SUMS",
     .is_long = true},
};

static const struct menu_choice choices[] = {
    {MENU_LOCAL_DISK, "Start from the local disk", "Debian (boot option 0003)", false},
    {MENU_RESTART, "Restart", "The machine starts anew", false},
    {MENU_POWER_OFF, "Power off", "", false},
    {MENU_FIRMWARE, "Firmware setup", "This firmware has no way into its setup from here", true},
    {MENU_LEAVE, "Leave", "Back to the firmware, which tries its next boot option", false},
};

static void make_form(struct menu *menu)
{
    static const char *const displays[] = {"none", "gtk", "vnc", NULL};
    static const struct {
        enum form_kind kind;
        const char *label, *value, *note;
    } rows[] = {
        {FORM_TYPED, "RAM", "4096", "MB, override \"*debian*\""},
        {FORM_TYPED, "CPUs", "2", "default"},
        {FORM_CYCLED, "Display", "gtk", "control"},
        {FORM_CYCLED, "VGA", "std", "default"},
        {FORM_CYCLED, "TPM", "false", "default"},
        {FORM_CYCLED, "Secure Boot", "false", "default"},
        {FORM_TYPED, "CPU flags", "", "default"},
        {FORM_TYPED, "QEMU arguments", "-device, virtio-rng-pci", "control"},
        {FORM_CYCLED, "Guest firmware", "auto", "default"},
        {FORM_CYCLED, "Machine", "q35", "default"},
        {FORM_CYCLED, "After the guest", "menu", "default"},
        {FORM_CYCLED, "Rescue shell", "false", "default"},
    };
    struct form form;
    assert_int_equal(form_init(&form, ARRAY_SIZE(rows)), STATUS_OK);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        form.fields[i].kind = rows[i].kind;
        form.fields[i].label = rows[i].label;
        form.fields[i].help = "Memory of the guest, 128 to 1048576 MB";
        form.fields[i].note = rows[i].note;
        form.fields[i].choices = displays;
        form.fields[i].original = rows[i].value;
    }
    assert_int_equal(form_begin(&form), STATUS_OK);
    form.preview = strdup(
        "console=tty0 console=ttyS0,115200 quiet loglevel=3 panic=30 usb-storage.delay_use=0 "
        "hiperiso_iso=/ISOs/linux/debian-live-12.5.0-amd64-gnome.iso "
        "hiperiso_data=PARTUUID=0d3a6d2e-5a53-4c1e-9f6e-3b8e0a7d42c1 hiperiso_guest_ram=4096 "
        "hiperiso_display=gtk");
    form.preview_len = strlen(form.preview);
    form.preview_max = 2047;
    menu_show_form(menu, "Debian 12 live, GNOME: settings for this start", form);
}

static void press(struct menu *menu, enum key_code code, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        menu_handle(menu, (struct key){.code = code});
}

static void type(struct menu *menu, const char *text)
{
    for (; *text != '\0'; text++)
        menu_handle(menu, (struct key){.code = KEY_CHAR, .character = (uint8_t)*text});
}

void look_screen_make(enum look_screen screen, struct menu *menu)
{
    bool is_scripts = screen == SCREEN_SCRIPTS;
    size_t count = is_scripts               ? ARRAY_SIZE(scripts)
                   : screen == SCREEN_EMPTY ? 0
                                            : ARRAY_SIZE(stick);

    menu->product = "hiperiso 0.1.0";
    menu->volume = "HIPERISO";
    menu->empty_help = "Copy disc or disk images to the partition HIPERISO, into any folder but "
                       "/hiperiso: .iso .img .raw .qcow2 .vhd .vhdx .vmdk\n"
                       "Then start this machine from the stick again, or press Ctrl-R.";
    assert_int_equal(menu_set_entries(menu, is_scripts ? scripts : stick, count), STATUS_OK);
    menu_select_path(menu, "/ISOs/linux/debian-live-12.5.0-amd64-gnome.iso");
    size_t wanted = menu_wanted_details(menu);
    if (wanted != MENU_NO_ENTRY)
        menu_set_details(menu, wanted, details, ARRAY_SIZE(details));
    switch (screen) {
    case SCREEN_LIST:
    case SCREEN_COUNT:
        menu_add_message(menu, MENU_GOOD, "grub-rescue.iso: guest powered off after 21 s");
        menu_add_message(menu, MENU_NOTE,
                         "Its record: /hiperiso/logs/20261121-093556-grub-rescue.iso");
        menu_add_message(menu, MENU_WARNING, "3 problems in the configuration (F2)");
        break;
    case SCREEN_COUNTDOWN:
        menu_start_countdown(menu, 0, 10);
        menu_tick(menu, 3000);
        break;
    case SCREEN_TREE:
        press(menu, KEY_F3, 1);
        break;
    case SCREEN_FILTER:
        type(menu, "linux 64");
        break;
    case SCREEN_NOTHING:
        type(menu, "zzz");
        break;
    case SCREEN_EMPTY:
    case SCREEN_SCRIPTS:
        break;
    case SCREEN_DETAILS:
        menu_show_text(menu, &(struct menu_text){.screen = MODEL_DETAILS,
                                                 .heading = "Debian 12 live, GNOME",
                                                 .lines = detail_lines,
                                                 .count = ARRAY_SIZE(detail_lines)});
        break;
    case SCREEN_HELP:
        press(menu, KEY_F1, 1);
        break;
    case SCREEN_PROBLEMS:
        menu_show_text(menu, &(struct menu_text){.screen = MODEL_PROBLEMS,
                                                 .severity = MENU_WARNING,
                                                 .heading = "Problems in the configuration",
                                                 .lines = problem_lines,
                                                 .count = ARRAY_SIZE(problem_lines)});
        break;
    case SCREEN_FORM:
        make_form(menu);
        break;
    case SCREEN_CHECKSUM:
        menu_sum_begin(menu, 3399483392, sum_lines, ARRAY_SIZE(sum_lines), 1000);
        menu_sum_progress(menu, 1234567890, 6400);
        break;
    case SCREEN_POWER:
        menu_show_power(menu, choices, ARRAY_SIZE(choices));
        break;
    case SCREEN_PAGE:
        menu_show_text(menu,
                       &(struct menu_text){.screen = MODEL_PAGE,
                                           .severity = MENU_ERROR,
                                           .heading = "Debian 12 live, GNOME was not started",
                                           .lines = page_lines,
                                           .count = ARRAY_SIZE(page_lines),
                                           .question = "Press any key to return to the menu"});
        break;
    }
}
