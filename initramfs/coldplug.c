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
#define PCI_DISPLAY 0x03
#define PCI_SIGNAL  0x11

static const struct {
    const char *bus;
    bool is_pci;
} watched[] = {
    {"pci", true},  {"acpi", false},  {"hid", false},
    {"i2c", false}, {"serio", false}, {"virtio", false},
};

static bool is_wanted_pci(const char *device)
{
    char path[320];
    auto_strbuf text = strbuf_with_max(64);
    snprintf(path, sizeof(path), "%s/class", device);
    if (hosted_read_file(path, &text) < 0)
        return false;
    unsigned long base = strtoul(strbuf_text(&text), NULL, 16) >> 16;
    return base == PCI_DISPLAY || base == PCI_SIGNAL;
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

static enum status add_bus(const char *buses, const char *bus, bool is_pci,
                           struct text_list *aliases)
{
    char folder_path[256];
    enum status status = STATUS_OK;
    snprintf(folder_path, sizeof(folder_path), "%s/%s/devices", buses, bus);
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
        if (!is_pci || is_wanted_pci(device))
            status = add_alias(device, aliases);
    }
    closedir(folder);
    return status;
}

enum status coldplug_aliases(const char *buses, struct text_list *aliases)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < ARRAY_SIZE(watched) && status == STATUS_OK; i++)
        status = add_bus(buses, watched[i].bus, watched[i].is_pci, aliases);
    return status;
}
