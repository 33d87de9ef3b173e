/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the aliases that sysfs shows. */
#include "initramfs/coldplug.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/hosted.h"

#define ALIAS_BYTES_MAX ((size_t)4096)

/* Base classes of PCI devices (PCI Code and ID Assignment): display controllers, and signal
 * processing, which is what the I2C controllers of laptops say they are. */
#define PCI_NETWORK 0x02
#define PCI_DISPLAY 0x03
#define PCI_SIGNAL  0x11
#define PCI_NONE    0x100

struct watched {
    const char *bus;
    unsigned classes[2]; /* of a PCI bus: only these */
    bool is_pci;
};

static const struct watched screen_buses[] = {
    {"pci", {PCI_DISPLAY, PCI_SIGNAL}, true},
    {"acpi", {0}, false},
    {"hid", {0}, false},
    {"i2c", {0}, false},
    {"platform", {0}, false},
    {"serio", {0}, false},
    {"virtio", {0}, false},
};

static const struct watched network_buses[] = {
    {"pci", {PCI_NETWORK, PCI_NONE}, true},
    {"usb", {0}, false},
    {"virtio", {0}, false},
    {"vmbus", {0}, false},
};

static bool is_wanted_pci(const char *device, const unsigned classes[2])
{
    char path[320];
    auto_strbuf text = strbuf_with_max(64);
    snprintf(path, sizeof(path), "%s/class", device);
    if (hosted_read_file(path, &text) < 0)
        return false;
    unsigned long base = strtoul(strbuf_text(&text), NULL, 16) >> 16;
    return base == classes[0] || base == classes[1];
}

static enum status add_alias(const char *device, struct text_list *aliases)
{
    char path[320];
    auto_strbuf text = strbuf_with_max(ALIAS_BYTES_MAX);
    snprintf(path, sizeof(path), "%s/modalias", device);
    if (hosted_read_file(path, &text) < 0)
        return STATUS_OK;
    while (text.len > 0 && text.text[text.len - 1] == '\n')
        text.text[--text.len] = '\0';
    for (size_t i = 0; i < aliases->count; i++)
        if (strcmp(aliases->items[i], strbuf_text(&text)) == 0)
            return STATUS_OK;
    return text.len > 0 ? text_list_add(aliases, strbuf_text(&text)) : STATUS_OK;
}

static enum status add_bus(const char *buses, const struct watched *watched,
                           struct text_list *aliases)
{
    char folder_path[256];
    enum status status = STATUS_OK;
    snprintf(folder_path, sizeof(folder_path), "%s/%s/devices", buses, watched->bus);
    DIR *folder = opendir(folder_path);
    if (folder == NULL)
        return STATUS_OK;
    for (struct dirent *entry; status == STATUS_OK && (entry = readdir(folder)) != NULL;) {
        char device[300];
        int len = snprintf(device, sizeof(device), "%s/%s", folder_path, entry->d_name);
        if (entry->d_name[0] == '.' || len >= (int)sizeof(device))
            continue;
        if (aliases->count >= COLDPLUG_NAMES_MAX)
            break;
        if (!watched->is_pci || is_wanted_pci(device, watched->classes))
            status = add_alias(device, aliases);
    }
    closedir(folder);
    return status;
}

static enum status add_buses(const char *buses, const struct watched *watched, size_t count,
                             struct text_list *aliases)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = add_bus(buses, &watched[i], aliases);
    return status;
}

enum status coldplug_aliases(const char *buses, struct text_list *aliases)
{
    return add_buses(buses, screen_buses, ARRAY_SIZE(screen_buses), aliases);
}

enum status coldplug_network_aliases(const char *buses, struct text_list *aliases)
{
    return add_buses(buses, network_buses, ARRAY_SIZE(network_buses), aliases);
}
