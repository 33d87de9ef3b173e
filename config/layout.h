/* SPDX-License-Identifier: BSD-2-Clause */
/* Names and places on the stick that every part must agree on. */
#pragma once

#define HIPERISO_VERSION "0.1.0"

/* Partitions (GPT): p1 the data partition, p2 the ESP at the end of the disk. */
#define LAYOUT_DATA_LABEL        "HIPERISO"
#define LAYOUT_ESP_LABEL         "HISOEFI"
#define LAYOUT_DATA_START_BYTES  ((uint64_t)1 << 20)
#define LAYOUT_UNFINISHED_LABEL  "HISOEFI unfinished" /* the only ESP of an unfinished stick */
#define LAYOUT_ESP_DEFAULT_BYTES ((uint64_t)64 << 20)

/* On the ESP; '/'-separated, from its root. */
#define LAYOUT_ESP_LOADER       "/EFI/BOOT/BOOTX64.EFI"
#define LAYOUT_ESP_KERNEL       "/EFI/hiperiso/vmlinuz"
#define LAYOUT_ESP_INITRAMFS    "/EFI/hiperiso/initramfs.cpio"
#define LAYOUT_ESP_RUNTIME      "/EFI/hiperiso/runtime.squashfs"
#define LAYOUT_ESP_TRACE_DIR    "/EFI/hiperiso/trace"
#define LAYOUT_ESP_DRIVERS_DIR  "/EFI/hiperiso/drivers"
#define LAYOUT_ESP_FONT         "/EFI/hiperiso/fonts/DejaVuSans.ttf"
#define LAYOUT_ESP_FONT_BITMAPS "/EFI/hiperiso/fonts/unicode.pf2" /* what the former has not */
#define LAYOUT_ESP_MANIFEST     "/EFI/hiperiso/manifest.json"
#define LAYOUT_ESP_UNFINISHED   "/EFI/hiperiso/unfinished.txt" /* the stick is; says why */

/* On the data partition. */
#define LAYOUT_DATA_DIR           "/hiperiso"
#define LAYOUT_DATA_CONFIG        "/hiperiso/hiperiso.json"
#define LAYOUT_DATA_OVERRIDES_DIR "/hiperiso/iso_overrides"
#define LAYOUT_DATA_THEMES_DIR    "/hiperiso/themes"
#define LAYOUT_DATA_LOGS_DIR      "/hiperiso/logs"
#define LAYOUT_DATA_STATE_DIR     "/hiperiso/state"

/* EFI variables under our vendor GUID 6d1b3f0c-5a53-4c1e-9f6e-3b8e0a7d42c1. */
#define LAYOUT_VENDOR_GUID_TEXT "6d1b3f0c-5a53-4c1e-9f6e-3b8e0a7d42c1"
#define LAYOUT_VENDOR_GUID                                                                         \
    {                                                                                              \
        0x6d1b3f0c, 0x5a53, 0x4c1e,                                                                \
        {                                                                                          \
            0x9f, 0x6e, 0x3b, 0x8e, 0x0a, 0x7d, 0x42, 0xc1                                         \
        }                                                                                          \
    }
#define LAYOUT_VARIABLE_RETURNED "HiperisoReturned" /* config/returned.h; written by /init */
#define LAYOUT_VARIABLE_LAST     "HiperisoLast"     /* the last choice's path; the menu's own */
/* The most bytes of the firmware's pool that the menu held at once: 8 bytes, little-endian;
 * volatile, set when Linux starts. */
#define LAYOUT_VARIABLE_MENU_MEMORY "HiperisoMenuMemory"

/* What the loader puts before our own parameters. The last console= is /dev/console. */
#define LAYOUT_KERNEL_ARGUMENTS                                                                    \
    "console=tty0 console=ttyS0,115200 quiet loglevel=3 panic=30 usb-storage.delay_use=0"
#define LAYOUT_COMMAND_LINE_MAX 2047 /* bytes; COMMAND_LINE_SIZE - 1 of x86 Linux */
