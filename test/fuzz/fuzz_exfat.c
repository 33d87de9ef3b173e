/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: opens an exFAT volume, walks it, looks each name up, reads the files. */
#include <stdlib.h>
#include <string.h>

#include "efi/core/fs/exfat.h"
#include "test/fuzz/sparse.h"

#define FOLDERS_MAX 32
#define ENTRIES_MAX 200
#define READ_BYTES  4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void read_file(struct exfat *fs, const struct exfat_node *node)
{
    const uint64_t offsets[] = {0, node->size_bytes / 2, node->size_bytes - 1, node->size_bytes, 1};
    struct exfat_position position = {0}, extent_position = {0};
    uint64_t off = 0, device_off, run;
    uint8_t buffer[READ_BYTES];
    size_t got;

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        if (exfat_read(fs, node, &position, offsets[i], sizeof(buffer), buffer, &got) ==
                STATUS_OK &&
            got > sizeof(buffer))
            abort();
    }
    for (unsigned i = 0; i < 100; i++) {
        if (exfat_extent(fs, node, &extent_position, off, &device_off, &run) != STATUS_OK)
            break;
        if (run == 0 || run > node->size_bytes - off)
            abort();
        off += run;
    }
}

static void check_entry(struct exfat *fs, const struct exfat_node *folder,
                        const struct exfat_entry *entry)
{
    struct exfat_entry found;

    if (entry->name_len == 0 || entry->name_len > EXFAT_NAME_UNITS_MAX ||
        strlen(entry->name) > EXFAT_NAME_BYTES_MAX || strchr(entry->name, '/') != NULL)
        abort();
    if (entry->node.valid_bytes > entry->node.size_bytes)
        abort();
    if (exfat_lookup_name(fs, folder, entry->name_units, entry->name_len, &found) == STATUS_OK &&
        found.name_len != entry->name_len)
        abort();
    read_file(fs, &entry->node);
}

static void walk(struct exfat *fs)
{
    struct exfat_node folders[FOLDERS_MAX] = {exfat_root(fs)};
    size_t count = 1;
    unsigned entries = 0;

    for (size_t i = 0; i < count; i++) {
        struct exfat_dir dir;
        struct exfat_entry entry;
        exfat_dir_open(fs, &folders[i], &dir);
        while (entries++ < ENTRIES_MAX) {
            enum status status = exfat_dir_next(&dir, &entry);
            if (status == STATUS_END)
                break;
            if (status != STATUS_OK)
                continue;
            check_entry(fs, &folders[i], &entry);
            if ((entry.node.attributes & EXFAT_ATTR_DIRECTORY) != 0 && count < FOLDERS_MAX)
                folders[count++] = entry.node;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct sparse sparse;
    struct exfat_node node;
    struct exfat *fs;
    uint64_t free_bytes;

    if (!sparse_init(&sparse, bytes, len, 512))
        return 0;
    if (exfat_open(&sparse.device, &fs) == STATUS_OK) {
        if (strlen(exfat_label(fs)) > 33)
            abort();
        if (exfat_free_bytes(fs, &free_bytes) == STATUS_OK && free_bytes > exfat_volume_bytes(fs))
            abort();
        if (exfat_lookup(fs, "/hiperiso/hiperiso.json", &node) == STATUS_OK)
            read_file(fs, &node);
        walk(fs);
        exfat_close(fs);
    }
    sparse_clear(&sparse);
    return 0;
}
