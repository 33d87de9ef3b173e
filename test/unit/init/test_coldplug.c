/* SPDX-License-Identifier: BSD-2-Clause */
/* Which devices of a made-up sysfs get a driver. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/strbuf.h"
#include "initramfs/coldplug.h"
#include "initramfs/hosted.h"
#include "test/unit/init/unit.h"

static char root[] = "/tmp/test-coldplug-XXXXXX";

static void write_file(const char *device, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", root, device);
    assert_int_equal(hosted_make_folders(path, 0755), 0);
    snprintf(path, sizeof(path), "%s/%s/%s", root, device, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static bool has(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], text) == 0)
            return true;
    return false;
}

static void coldplug_takes_screens_input_and_what_they_hang_on(void **state)
{
    (void)state;
    struct text_list aliases = {0};
    write_file("pci/devices/0000:00:02.0", "class", "0x030000\n");
    write_file("pci/devices/0000:00:02.0", "modalias", "pci:card\n");
    write_file("pci/devices/0000:00:15.0", "class", "0x118000\n");
    write_file("pci/devices/0000:00:15.0", "modalias", "pci:i2c-controller\n");
    write_file("pci/devices/0000:00:1f.2", "class", "0x010601\n");
    write_file("pci/devices/0000:00:1f.2", "modalias", "pci:disks\n");
    write_file("hid/devices/0003:0627:0001.0001", "modalias", "hid:tablet\n");
    write_file("hid/devices/0003:0627:0001.0002", "modalias", "hid:tablet\n"); /* the same again */
    write_file("serio/devices/serio1", "modalias", "serio:mouse\n");
    write_file("serio/devices/serio2", "modalias", "\n");
    write_file("acpi/devices/nothing", "path", "\n");
    write_file("scsi/devices/0:0:0:0", "modalias", "scsi:disk\n");
    assert_int_equal(coldplug_aliases(root, &aliases), STATUS_OK);
    assert_int_equal(aliases.count, 4);
    assert_true(has(&aliases, "pci:card"));
    assert_true(has(&aliases, "pci:i2c-controller"));
    assert_true(has(&aliases, "hid:tablet"));
    assert_true(has(&aliases, "serio:mouse"));
    text_list_clear(&aliases);
}

static void network_wants_other_cards_than_a_screen(void **state)
{
    (void)state;
    struct text_list aliases = {0};
    write_file("pci/devices/0000:00:02.0", "class", "0x030000\n");
    write_file("pci/devices/0000:00:02.0", "modalias", "pci:card\n");
    write_file("pci/devices/0000:00:03.0", "class", "0x020000\n");
    write_file("pci/devices/0000:00:03.0", "modalias", "pci:ethernet\n");
    write_file("usb/devices/1-1:1.0", "modalias", "usb:ethernet\n");
    write_file("hid/devices/0003:0001", "modalias", "hid:tablet\n");
    assert_int_equal(coldplug_network_aliases(root, &aliases), STATUS_OK);
    assert_int_equal(aliases.count, 2);
    assert_true(has(&aliases, "pci:ethernet"));
    assert_true(has(&aliases, "usb:ethernet"));
    text_list_clear(&aliases);
}

static void coldplug_has_a_bound(void **state)
{
    (void)state;
    struct text_list aliases = {0};
    for (int i = 0; i < COLDPLUG_NAMES_MAX + 20; i++) {
        char device[64], alias[64];
        snprintf(device, sizeof(device), "acpi/devices/DEV%04d:00", i);
        snprintf(alias, sizeof(alias), "acpi:DEV%04d:\n", i);
        write_file(device, "modalias", alias);
    }
    assert_int_equal(coldplug_aliases(root, &aliases), STATUS_OK);
    assert_int_equal(aliases.count, COLDPLUG_NAMES_MAX);
    text_list_clear(&aliases);
}

static void coldplug_without_sysfs_finds_nothing(void **state)
{
    (void)state;
    struct text_list aliases = {0};
    assert_int_equal(coldplug_aliases("/nonexistent", &aliases), STATUS_OK);
    assert_int_equal(aliases.count, 0);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    return remove(path);
}

static int make_root(void **state)
{
    (void)state;
    return mkdtemp(root) != NULL ? 0 : -1;
}

static int remove_root(void **state)
{
    (void)state;
    return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(coldplug_takes_screens_input_and_what_they_hang_on),
        cmocka_unit_test(network_wants_other_cards_than_a_screen),
        cmocka_unit_test(coldplug_has_a_bound),
        cmocka_unit_test(coldplug_without_sysfs_finds_nothing),
    };
    return cmocka_run_group_tests(tests, make_root, remove_root);
}
