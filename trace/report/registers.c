/* SPDX-License-Identifier: BSD-2-Clause */
/* Tables of registers, each with its source. */
#include "trace/report/registers.h"

#include <stddef.h>
#include <string.h>

#include "config/base/cleanup.h"

struct named {
    const char *device;
    uint32_t off, bytes; /* BYTES from OFF on */
    const char *name;
};

static const struct named memory_registers[] = {
    /* IA-PC HPET 1.0a, 2.3 */
    {"hpet", 0x000, 8, "capabilities"},
    {"hpet", 0x010, 8, "configuration"},
    {"hpet", 0x020, 8, "interrupt status"},
    {"hpet", 0x0f0, 8, "main counter"},
    {"hpet", 0x100, 8, "timer 0 configuration"},
    {"hpet", 0x108, 8, "timer 0 comparator"},
    {"hpet", 0x110, 8, "timer 0 FSB route"},
    {"hpet", 0x120, 8, "timer 1 configuration"},
    {"hpet", 0x128, 8, "timer 1 comparator"},
    {"hpet", 0x130, 8, "timer 1 FSB route"},
    {"hpet", 0x140, 8, "timer 2 configuration"},
    {"hpet", 0x148, 8, "timer 2 comparator"},
    {"hpet", 0x150, 8, "timer 2 FSB route"},
    /* Intel SDM 3A, table 11-1 */
    {"lapic", 0x020, 4, "ID"},
    {"lapic", 0x030, 4, "version"},
    {"lapic", 0x080, 4, "task priority"},
    {"lapic", 0x090, 4, "arbitration priority"},
    {"lapic", 0x0a0, 4, "processor priority"},
    {"lapic", 0x0b0, 4, "end of interrupt"},
    {"lapic", 0x0c0, 4, "remote read"},
    {"lapic", 0x0d0, 4, "logical destination"},
    {"lapic", 0x0e0, 4, "destination format"},
    {"lapic", 0x0f0, 4, "spurious vector"},
    {"lapic", 0x100, 128, "in service"},
    {"lapic", 0x180, 128, "trigger mode"},
    {"lapic", 0x200, 128, "interrupt request"},
    {"lapic", 0x280, 4, "error status"},
    {"lapic", 0x2f0, 4, "LVT CMCI"},
    {"lapic", 0x300, 4, "interrupt command low"},
    {"lapic", 0x310, 4, "interrupt command high"},
    {"lapic", 0x320, 4, "LVT timer"},
    {"lapic", 0x330, 4, "LVT thermal sensor"},
    {"lapic", 0x340, 4, "LVT performance"},
    {"lapic", 0x350, 4, "LVT LINT0"},
    {"lapic", 0x360, 4, "LVT LINT1"},
    {"lapic", 0x370, 4, "LVT error"},
    {"lapic", 0x380, 4, "timer initial count"},
    {"lapic", 0x390, 4, "timer current count"},
    {"lapic", 0x3e0, 4, "timer divide"},
    /* Intel 82093AA, 3.1 */
    {"ioapic", 0x00, 4, "register select"},
    {"ioapic", 0x10, 4, "window"},
    {"ioapic", 0x40, 4, "end of interrupt"},
    /* TCG PC Client TPM profile 1.05, 6.5.2; each locality has 4 KiB */
    {"tpm", 0x000, 1, "access"},
    {"tpm", 0x008, 4, "interrupt enable"},
    {"tpm", 0x00c, 1, "interrupt vector"},
    {"tpm", 0x010, 4, "interrupt status"},
    {"tpm", 0x014, 4, "interface capability"},
    {"tpm", 0x018, 4, "status"},
    {"tpm", 0x024, 4, "data FIFO"},
    {"tpm", 0x030, 4, "interface ID"},
    {"tpm", 0x080, 64, "data FIFO (extended)"},
    {"tpm", 0xf00, 4, "vendor and device ID"},
    {"tpm", 0xf04, 1, "revision"},
    /* AHCI 1.3.1, 3.1 */
    {"ahci", 0x00, 4, "host capabilities"},
    {"ahci", 0x04, 4, "global host control"},
    {"ahci", 0x08, 4, "interrupt status"},
    {"ahci", 0x0c, 4, "ports implemented"},
    {"ahci", 0x10, 4, "version"},
    {"ahci", 0x24, 4, "capabilities extended"},
};

/* AHCI 1.3.1, 3.3: of each port, 0x80 apart from 0x100 on */
static const struct named ahci_port_registers[] = {
    {"", 0x00, 8, "command list base"},  {"", 0x08, 8, "FIS base"},
    {"", 0x10, 4, "interrupt status"},   {"", 0x14, 4, "interrupt enable"},
    {"", 0x18, 4, "command and status"}, {"", 0x20, 4, "task file data"},
    {"", 0x24, 4, "signature"},          {"", 0x28, 4, "SATA status"},
    {"", 0x2c, 4, "SATA control"},       {"", 0x30, 4, "SATA error"},
    {"", 0x34, 4, "SATA active"},        {"", 0x38, 4, "command issue"},
};

static const struct named port_registers[] = {
    /* QEMU docs/specs/fw_cfg.txt */
    {"fw_cfg", 0x510, 1, "selector"},
    {"fw_cfg", 0x511, 1, "data"},
    {"fw_cfg", 0x514, 4, "DMA address high"},
    {"fw_cfg", 0x518, 4, "DMA address low"},
    /* PCI 3.0, 3.2.2.3.2 */
    {"pci-config", 0xcf8, 4, "configuration address"},
    {"pci-config", 0xcfc, 4, "configuration data"},
    {"reset", 0xcf9, 1, "reset control"},
    /* 8259A, 8254, MC146818, 8042 at their places in a PC */
    {"pic", 0x20, 1, "master command"},
    {"pic", 0x21, 1, "master data"},
    {"pic", 0xa0, 1, "slave command"},
    {"pic", 0xa1, 1, "slave data"},
    {"pic", 0x4d0, 2, "edge or level"},
    {"pit", 0x40, 1, "counter 0"},
    {"pit", 0x41, 1, "counter 1"},
    {"pit", 0x42, 1, "counter 2"},
    {"pit", 0x43, 1, "control"},
    {"pit", 0x61, 1, "speaker and counter 2 gate"},
    {"rtc", 0x70, 1, "index"},
    {"rtc", 0x71, 1, "data"},
    {"i8042", 0x60, 1, "data"},
    {"i8042", 0x64, 1, "command and status"},
    {"port80", 0x80, 1, "POST code"},
    {"port92", 0x92, 1, "system control A"},
    {"apm", 0xb2, 1, "control (SMI)"},
    {"apm", 0xb3, 1, "status"},
    {"debugcon", 0x402, 1, "character"},
    {"pvpanic", 0x505, 1, "event"},
    /* 16550 */
    {"serial", 0x3f8, 1, "data"},
    {"serial", 0x3f9, 1, "interrupt enable"},
    {"serial", 0x3fa, 1, "interrupt identification"},
    {"serial", 0x3fb, 1, "line control"},
    {"serial", 0x3fc, 1, "modem control"},
    {"serial", 0x3fd, 1, "line status"},
    {"serial", 0x3fe, 1, "modem status"},
    {"serial", 0x3ff, 1, "scratch"},
    /* VGA */
    {"vga", 0x3c0, 2, "attribute controller"},
    {"vga", 0x3c4, 2, "sequencer"},
    {"vga", 0x3c6, 4, "palette"},
    {"vga", 0x3ce, 2, "graphics controller"},
    {"vga", 0x3d4, 2, "CRT controller"},
    {"vga", 0x3da, 1, "input status"},
    {"vga", 0x1ce, 3, "Bochs display"},
    /* ACPI 6.4, 4.8.3; the block lies at 0x600 on q35 */
    {"acpi-pm", 0x600, 2, "PM1 status"},
    {"acpi-pm", 0x602, 2, "PM1 enable"},
    {"acpi-pm", 0x604, 2, "PM1 control"},
    {"acpi-pm", 0x608, 4, "PM timer"},
    {"acpi-pm", 0x620, 16, "general purpose events"},
    {"acpi-pm", 0x630, 8, "SMI"},
    {"acpi-pm", 0x660, 32, "TCO watchdog"},
};

static const struct named pci_registers[] = {
    {"", 0x00, 4, "vendor and device ID"},
    {"", 0x04, 2, "command"},
    {"", 0x06, 2, "status"},
    {"", 0x08, 4, "class and revision"},
    {"", 0x0c, 2, "cache line and latency"},
    {"", 0x0e, 1, "header type"},
    {"", 0x0f, 1, "BIST"},
    {"", 0x10, 4, "BAR 0"},
    {"", 0x14, 4, "BAR 1"},
    {"", 0x18, 4, "BAR 2"},
    {"", 0x1c, 4, "BAR 3"},
    {"", 0x20, 4, "BAR 4"},
    {"", 0x24, 4, "BAR 5"},
    {"", 0x2c, 4, "subsystem ID"},
    {"", 0x30, 4, "expansion ROM"},
    {"", 0x34, 1, "capabilities"},
    {"", 0x3c, 1, "interrupt line"},
    {"", 0x3d, 1, "interrupt pin"},
    {"", 0x40, 0xc0, "device specific"},
    {"", 0x100, 0xf00, "extended capabilities"},
};

static const char *find(const struct named *table, size_t count, const char *device, uint64_t off)
{
    for (size_t i = 0; i < count; i++)
        if (off >= table[i].off && off - table[i].off < table[i].bytes &&
            strcmp(table[i].device, device) == 0)
            return table[i].name;
    return NULL;
}

const char *register_name(const char *device, bool is_io, uint64_t off)
{
    if (is_io)
        return find(port_registers, ARRAY_SIZE(port_registers), device, off);
    if (strcmp(device, "tpm") == 0)
        off &= 0xfff;
    if (strcmp(device, "ahci") == 0 && off >= 0x100 && off < 0x1100)
        return find(ahci_port_registers, ARRAY_SIZE(ahci_port_registers), "", off & 0x7f);
    return find(memory_registers, ARRAY_SIZE(memory_registers), device, off);
}

const char *register_pci_name(uint64_t off)
{
    return find(pci_registers, ARRAY_SIZE(pci_registers), "", off);
}
