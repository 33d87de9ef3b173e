/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds QEMU's command line for a stick. */
#include "tools/mkhiperiso/machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"

/* How the disk "stick" is attached: up to two devices. bootindex lets OVMF try nothing else first.
 */
static const struct {
    const char *name;
    const char *devices[2];
} buses[] = {
    {"usb", {"qemu-xhci,id=xhci", "usb-storage,bus=xhci.0,drive=stick,removable=on,bootindex=0"}},
    {"ehci", {"usb-ehci,id=ehci", "usb-storage,bus=ehci.0,drive=stick,removable=on,bootindex=0"}},
    {"virtio", {"virtio-blk-pci,drive=stick,bootindex=0"}},
    {"scsi", {"virtio-scsi-pci,id=scsi", "scsi-hd,bus=scsi.0,drive=stick,bootindex=0"}},
    {"ahci", {"ide-hd,drive=stick,bootindex=0"}},
    {"nvme", {"nvme,serial=hiperiso,drive=stick,bootindex=0"}},
};

const char *const machine_buses[] = {"usb", "ehci", "virtio", "scsi", "ahci", "nvme", NULL};

static void add_pair(struct arg_list *args, const char *option, const char *value)
{
    arg_list_add(args, option);
    arg_list_add(args, value);
}

/* "file=PATH" with the commas of PATH doubled, as QEMU's option parser wants them; a new text. */
static char *file_option(const char *path)
{
    size_t commas = 0;

    for (const char *c = path; *c != '\0'; c++)
        commas += *c == ',';
    char *option = malloc(sizeof("file=") + strlen(path) + commas);
    if (option == NULL)
        return NULL;
    char *out = stpcpy(option, "file=");
    for (const char *c = path; *c != '\0'; c++) {
        *out++ = *c;
        if (*c == ',')
            *out++ = ',';
    }
    *out = '\0';
    return option;
}

static void add_drive(struct arg_list *args, const char *options, const char *path)
{
    auto_free char *file = file_option(path);

    if (file == NULL) {
        args->has_failed = true;
        return;
    }
    arg_list_add(args, "-drive");
    arg_list_printf(args, "%s,%s", options, file);
}

static void add_stick(struct arg_list *args, const struct machine *machine)
{
    if (machine->overlay != NULL)
        add_drive(args,
                  "if=none,id=stick,node-name=" MACHINE_NODE ",format=qcow2,cache=unsafe,"
                  "discard=unmap",
                  machine->overlay);
    else
        add_drive(args,
                  machine->is_snapshot ? "if=none,id=stick,format=raw,snapshot=on"
                                       : "if=none,id=stick,format=raw",
                  machine->image);
    for (size_t i = 0; i < ARRAY_SIZE(buses); i++) {
        if (strcmp(buses[i].name, machine->bus) != 0)
            continue;
        for (size_t k = 0; k < ARRAY_SIZE(buses[i].devices); k++) {
            const char *device = buses[i].devices[k];
            if (device == NULL)
                continue;
            bool is_disk = strstr(device, "drive=stick") != NULL;
            arg_list_add(args, "-device");
            arg_list_printf(args, "%s%s", device,
                            is_disk && machine->overlay != NULL ? ",share-rw=on" : "");
        }
    }
}

void machine_arguments(const struct machine *machine, struct arg_list *args)
{
    arg_list_add(args, MACHINE_QEMU);
    add_pair(args, "-name", "hiperiso");
    arg_list_add(args, "-nodefaults");
    add_pair(args, "-machine", "q35");
    add_pair(args, "-accel", machine->accel);
    add_pair(args, "-cpu", machine->cpu);
    arg_list_add(args, "-m");
    arg_list_printf(args, "%llu", (unsigned long long)machine->memory_mb);
    arg_list_add(args, "-smp");
    arg_list_printf(args, "%llu", (unsigned long long)machine->cpus);
    add_drive(args, "if=pflash,unit=0,format=raw,readonly=on", machine->code);
    add_drive(args, "if=pflash,unit=1,format=raw", machine->vars);
    if (machine->image != NULL)
        add_stick(args, machine);
    add_pair(args, "-vga", "std");
    add_pair(args, "-display", machine->display);
    add_pair(args, "-serial", machine->serial);
    if (machine->qmp != NULL) {
        auto_free char *path = file_option(machine->qmp);
        arg_list_add(args, "-qmp");
        arg_list_printf(args, "unix:%s,server=on,wait=off",
                        path != NULL ? path + strlen("file=") : "");
        args->has_failed |= path == NULL;
    }
    for (size_t i = 0; machine->extra != NULL && machine->extra[i] != NULL; i++)
        arg_list_add(args, machine->extra[i]);
}
