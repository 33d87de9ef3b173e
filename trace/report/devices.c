/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses to devices, in the order of time. */
#include "trace/report/devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "trace/report/registers.h"

#define CACHE_SLOTS 1024u /* a power of two */

enum machine {
    ANY = 3,
    Q35 = 1,
    PC = 2,
};

/* QEMU 7.2: hw/i386/pc.c, pc_q35.c, pc_piix.c, hw/isa/lpc_ich9.c, include/hw/i386/pc.h. */
static const struct {
    const char *device;
    enum machine machine;
    enum report_space space;
    uint64_t base, bytes;
} fixed[] = {
    {"vga", ANY, REPORT_SPACE_MEMORY, 0xa0000, 0x20000},
    {"pcie-ecam", Q35, REPORT_SPACE_MEMORY, 0xb0000000, 0x10000000},
    {"ioapic", ANY, REPORT_SPACE_MEMORY, 0xfec00000, 0x1000},
    {"hpet", ANY, REPORT_SPACE_MEMORY, 0xfed00000, 0x400},
    {"rcrb", Q35, REPORT_SPACE_MEMORY, 0xfed1c000, 0x4000},
    {"tpm", ANY, REPORT_SPACE_MEMORY, 0xfed40000, 0x5000},
    {"lapic", ANY, REPORT_SPACE_MEMORY, 0xfee00000, 0x100000},
    {"flash", ANY, REPORT_SPACE_MEMORY, 0xff800000, 0x800000},
    {"dma", ANY, REPORT_SPACE_IO, 0x00, 0x10},
    {"dma", ANY, REPORT_SPACE_IO, 0x81, 0x0f},
    {"dma", ANY, REPORT_SPACE_IO, 0xc0, 0x20},
    {"pic", ANY, REPORT_SPACE_IO, 0x20, 2},
    {"pic", ANY, REPORT_SPACE_IO, 0xa0, 2},
    {"pic", ANY, REPORT_SPACE_IO, 0x4d0, 2},
    {"pit", ANY, REPORT_SPACE_IO, 0x40, 4},
    {"pit", ANY, REPORT_SPACE_IO, 0x61, 1},
    {"i8042", ANY, REPORT_SPACE_IO, 0x60, 1},
    {"i8042", ANY, REPORT_SPACE_IO, 0x64, 1},
    {"rtc", ANY, REPORT_SPACE_IO, 0x70, 8},
    {"kvmvapic", ANY, REPORT_SPACE_IO, 0x7e, 2},
    {"port80", ANY, REPORT_SPACE_IO, 0x80, 1},
    {"port92", ANY, REPORT_SPACE_IO, 0x92, 1},
    {"apm", ANY, REPORT_SPACE_IO, 0xb2, 2},
    {"ide", PC, REPORT_SPACE_IO, 0x170, 8},
    {"ide", PC, REPORT_SPACE_IO, 0x1f0, 8},
    {"ide", PC, REPORT_SPACE_IO, 0x376, 1},
    {"ide", PC, REPORT_SPACE_IO, 0x3f6, 1},
    {"vga", ANY, REPORT_SPACE_IO, 0x1ce, 3},
    {"vga", ANY, REPORT_SPACE_IO, 0x3b0, 0x30},
    {"serial2", ANY, REPORT_SPACE_IO, 0x2f8, 8},
    {"parallel", ANY, REPORT_SPACE_IO, 0x378, 8},
    {"floppy", ANY, REPORT_SPACE_IO, 0x3f1, 5},
    {"serial", ANY, REPORT_SPACE_IO, 0x3f8, 8},
    {"debugcon", ANY, REPORT_SPACE_IO, 0x402, 1},
    {"pvpanic", ANY, REPORT_SPACE_IO, 0x505, 1},
    {"fw_cfg", ANY, REPORT_SPACE_IO, 0x510, 12},
    {"acpi-pm", Q35, REPORT_SPACE_IO, 0x600, 0x80},
    {"acpi-pm", PC, REPORT_SPACE_IO, 0x600, 0x40},
    {"smbus", ANY, REPORT_SPACE_IO, 0x700, 0x40},
    {"acpi-hotplug", ANY, REPORT_SPACE_IO, 0xcc0, 0x18},
    {"acpi-hotplug", ANY, REPORT_SPACE_IO, 0xcd8, 12},
    {"acpi-hotplug", ANY, REPORT_SPACE_IO, 0xae00, 0x20},
    {"acpi-hotplug", ANY, REPORT_SPACE_IO, 0xaf00, 0x20},
    {"pci-config", ANY, REPORT_SPACE_IO, 0xcf8, 8},
    {"reset", ANY, REPORT_SPACE_IO, 0xcf9, 1},
    {"vmport", ANY, REPORT_SPACE_IO, 0x5658, 1},
};

static const struct {
    const char *device, *title;
} titles[] = {
    {"acpi-hotplug", "ACPI hotplug"},
    {"acpi-pm", "ACPI power management"},
    {"ahci", "SATA controller"},
    {"ich9-ahci", "SATA controller"},
    {"apm", "APM (system management)"},
    {"bochs-display", "Graphics"},
    {"debugcon", "Firmware's debug console"},
    {"dma", "DMA controller"},
    {"e1000", "Network card (Intel 82540EM)"},
    {"e1000e", "Network card (Intel 82574L)"},
    {"flash", "Firmware flash"},
    {"floppy", "Floppy controller"},
    {"fw_cfg", "QEMU's firmware configuration"},
    {"hpet", "High precision event timer"},
    {"i440FX", "Host bridge"},
    {"i8042", "Keyboard controller"},
    {"ich9-lpc", "ISA bridge"},
    {"ICH9 LPC", "ISA bridge"},
    {"ICH9-LPC", "ISA bridge"},
    {"ICH9-SMB", "SMBus controller"},
    {"ide", "IDE controller"},
    {"ioapic", "I/O APIC"},
    {"kvmvapic", "KVM APIC helper"},
    {"lapic", "Local APIC"},
    {"mch", "Host bridge"},
    {"nec-usb-xhci", "USB controller"},
    {"nvme", "NVMe controller"},
    {"parallel", "Parallel port"},
    {"pci-config", "PCI configuration ports"},
    {"pcie-ecam", "PCI configuration space (memory)"},
    {"pic", "Interrupt controller (8259A)"},
    {"pit", "Interval timer (8254)"},
    {"port80", "POST code port"},
    {"port92", "System control port"},
    {"pvpanic", "Guest panic notifier"},
    {"qemu-xhci", "USB controller"},
    {"rcrb", "Chipset configuration registers"},
    {"reset", "Reset control"},
    {"rtc", "Real-time clock"},
    {"serial", "Serial port"},
    {"serial2", "Second serial port"},
    {"smbus", "SMBus"},
    {"tpm", "Trusted platform module"},
    {"vga", "VGA"},
    {"VGA", "Graphics (VGA)"},
    {"virtio-vga", "Graphics (virtio)"},
    {"vmport", "VMware backdoor"},
    {"xhci", "USB controller"},
};

void devices_add_fixed(struct build *build, const char *machine)
{
    const enum machine wanted = strcmp(machine, "pc") == 0 ? PC : Q35;

    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        if ((fixed[i].machine & wanted) != 0)
            build_region_add(build, build_device(build, fixed[i].device, strlen(fixed[i].device)),
                             fixed[i].space, -1, fixed[i].base, fixed[i].bytes, 0);
}

struct cached {
    uint64_t address;
    uint32_t generation;
    uint16_t device;
    uint8_t kind;
};

struct lookup {
    struct report *report;
    uint32_t *active; /* regions in effect, the smallest first: it lies in front */
    size_t active_count;
    int64_t next_t; /* when that changes */
    uint32_t generation;
    struct cached cache[CACHE_SLOTS];
};

static int by_size(const void *a, const void *b, void *context)
{
    const struct report_region *regions = context;
    const uint32_t *left = a, *right = b;

    if (regions[*left].bytes != regions[*right].bytes)
        return regions[*left].bytes < regions[*right].bytes ? -1 : 1;
    return *left > *right ? -1 : *left < *right; /* the later one */
}

static bool is_active(const struct report_region *region, int64_t t)
{
    /* What is fixed was there before the first event, whose time may lie before QEMU's start. */
    return (region->bar < 0 || region->from_t <= t) &&
           (region->until_t == REPORT_NEVER || t < region->until_t);
}

static void activate(struct lookup *lookup, int64_t t)
{
    struct report *r = lookup->report;

    lookup->active_count = 0;
    lookup->next_t = INT64_MAX;
    lookup->generation++;
    for (size_t i = 0; i < r->region_count; i++) {
        const struct report_region *region = &r->regions[i];
        if (is_active(region, t))
            lookup->active[lookup->active_count++] = (uint32_t)i;
        if (region->bar >= 0 && region->from_t > t && region->from_t < lookup->next_t)
            lookup->next_t = region->from_t;
        if (region->until_t != REPORT_NEVER && region->until_t > t &&
            region->until_t < lookup->next_t)
            lookup->next_t = region->until_t;
    }
    qsort_r(lookup->active, lookup->active_count, sizeof(*lookup->active), by_size, r->regions);
}

static uint16_t find_device(struct lookup *lookup, uint8_t kind, uint64_t address)
{
    const struct report_region *regions = lookup->report->regions;
    const uint8_t space = kind == REPORT_PIO ? REPORT_SPACE_IO : REPORT_SPACE_MEMORY;
    uint64_t hash = (address ^ (uint64_t)kind << 40) * 0x9e3779b97f4a7c15u;
    struct cached *slot = &lookup->cache[hash >> 54];

    if (slot->generation == lookup->generation && slot->address == address && slot->kind == kind)
        return slot->device;
    uint16_t device = REPORT_NONE16;
    for (size_t i = 0; i < lookup->active_count && device == REPORT_NONE16; i++) {
        const struct report_region *region = &regions[lookup->active[i]];
        if (region->space == space && address >= region->base &&
            address - region->base < region->bytes)
            device = region->device;
    }
    *slot = (struct cached){address, lookup->generation, device, kind};
    return device;
}

static void count(struct report_device *device, uint8_t kind, uint8_t rw, int64_t t)
{
    device->reads += rw == REPORT_READ;
    device->writes += rw == REPORT_WRITE;
    device->mmio += kind == REPORT_MMIO;
    device->pio += kind == REPORT_PIO;
    device->config += kind == REPORT_PCI;
    if (device->first_t == REPORT_NEVER)
        device->first_t = t;
    device->last_t = t;
}

static void set_titles(struct report *r)
{
    for (size_t i = 0; i < r->device_count; i++) {
        struct report_device *device = &r->devices[i];
        for (size_t k = 0; k < ARRAY_SIZE(titles); k++) {
            size_t len = strlen(titles[k].device);
            if (strncmp(device->name, titles[k].device, len) == 0 &&
                (device->name[len] == '\0' || (device->is_pci && device->name[len] == ' ')))
                device->title = titles[k].title;
        }
        if (*device->title == '\0' && device->is_pci)
            device->title = build_format(r, "PCI device %02x:%02x.%x", device->bus, device->slot,
                                         device->function);
        else if (*device->title == '\0')
            device->title = device->name;
    }
}

enum status devices_resolve(struct build *build, const struct intern *region_names)
{
    struct report *r = build->report;
    struct report_events *e = &r->events;
    auto_free struct lookup *lookup = calloc(1, sizeof(*lookup));
    auto_free uint32_t *active = malloc((r->region_count + 1) * sizeof(*active));
    const uint32_t read = intern_find(&build->names, "memory_region_ops_read", 22);
    const uint32_t write = intern_find(&build->names, "memory_region_ops_write", 23);

    if (lookup == NULL || active == NULL)
        return STATUS_NO_MEMORY;
    lookup->report = r;
    lookup->active = active;
    lookup->next_t = INT64_MIN;
    for (size_t i = 0; i < e->count; i++) {
        if (e->kind[i] > REPORT_PCI)
            continue;
        if (e->kind[i] != REPORT_PCI) {
            if (e->t[i] >= lookup->next_t)
                activate(lookup, e->t[i]);
            uint16_t device = find_device(lookup, e->kind[i], e->address[i]);
            bool has_name =
                (e->name[i] == read || e->name[i] == write) && e->device[i] < region_names->count;
            if (device == REPORT_NONE16 && has_name) {
                const char *name = region_names->texts[e->device[i]];
                device = build_device(build, name, strlen(name));
            }
            e->device[i] = device;
        }
        if (e->device[i] < r->device_count)
            count(&r->devices[e->device[i]], e->kind[i], e->rw[i], e->t[i]);
    }
    set_titles(r);
    return build->failed;
}

/* The region of DEVICE that holds ADDRESS at T. */
static const struct report_region *find_region(const struct report *r, uint8_t space,
                                               uint16_t device, uint64_t address, int64_t t)
{
    const struct report_region *found = NULL;

    for (size_t i = 0; i < r->region_count; i++) {
        const struct report_region *region = &r->regions[i];
        if (region->device == device && region->space == space && is_active(region, t) &&
            address >= region->base && address - region->base < region->bytes)
            found = region;
    }
    return found;
}

void report_register(const struct report *report, uint8_t kind, uint16_t device, uint64_t address,
                     int64_t t, char ret_text[REPORT_REGISTER_BYTES])
{
    const char *name = NULL;

    ret_text[0] = '\0';
    if (kind == REPORT_PCI) {
        name = register_pci_name(address);
        snprintf(ret_text, REPORT_REGISTER_BYTES, "%s", name != NULL ? name : "");
        return;
    }
    if (device >= report->device_count || (kind != REPORT_MMIO && kind != REPORT_PIO))
        return;
    const bool is_io = kind == REPORT_PIO;
    const struct report_region *region =
        find_region(report, is_io ? REPORT_SPACE_IO : REPORT_SPACE_MEMORY, device, address, t);
    if (region == NULL)
        return;
    uint64_t off = address - region->base;
    const char *owner = report->devices[device].name;
    if (region->bar < 0) {
        name = register_name(owner, is_io, is_io ? address : off);
        if (name != NULL)
            snprintf(ret_text, REPORT_REGISTER_BYTES, "%s", name);
        else
            snprintf(ret_text, REPORT_REGISTER_BYTES, "+0x%llx", (unsigned long long)off);
        return;
    }
    /* AHCI's registers lie in BAR 5 (AHCI 1.3.1, 2.1.11). */
    if (region->bar == 5 && !is_io && strstr(owner, "ahci") != NULL)
        name = register_name("ahci", false, off);
    if (name != NULL && off >= 0x100)
        snprintf(ret_text, REPORT_REGISTER_BYTES, "port %u %s", (unsigned)((off - 0x100) / 0x80),
                 name);
    else if (name != NULL)
        snprintf(ret_text, REPORT_REGISTER_BYTES, "%s", name);
    else if (region->bar == 6)
        snprintf(ret_text, REPORT_REGISTER_BYTES, "ROM+0x%llx", (unsigned long long)off);
    else
        snprintf(ret_text, REPORT_REGISTER_BYTES, "BAR%d+0x%llx", region->bar,
                 (unsigned long long)off);
}

const char *report_device_name(const struct report *report, uint16_t device)
{
    return device < report->device_count ? report->devices[device].name : "";
}
