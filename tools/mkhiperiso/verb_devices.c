/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso devices: which disks there are, what is on them, which could become a stick. */
#include "tools/mkhiperiso/verbs.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/layout.h"
#include "tools/mkhiperiso/contents.h"
#include "tools/mkhiperiso/guard.h"
#include "tools/mkhiperiso/mark.h"
#include "tools/mkhiperiso/partition.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

enum { OPT_ALL, OPT_JSON };

static const struct option_info options_of_devices[] = {
    [OPT_ALL] = {"all", 'a', OPTION_FLAG, NULL, "disks that are no sticks, too"},
    [OPT_JSON] = {"json", 0, OPTION_FLAG, NULL, "a JSON array, of all disks"},
};

/* What is on DISK in a few words: "hiperiso stick", "unfinished hiperiso stick (install)". */
static void describe(const struct disk *disk, char ret_text[64])
{
    auto_target target = TARGET_CLOSED;
    struct contents contents;
    struct mark mark;
    struct gpt gpt;

    snprintf(ret_text, 64, "not readable");
    if (target_open_quietly(&target, disk->path) != STATUS_OK)
        return;
    enum status status = gpt_read(&target.device, &gpt);
    snprintf(ret_text, 64, "unknown or empty");
    if (status == STATUS_OK) {
        bool is_stick = false;
        for (uint32_t i = 0; i < gpt.count; i++)
            is_stick |= strcmp(gpt.partitions[i].name, LAYOUT_DATA_LABEL) == 0;
        snprintf(ret_text, 64, is_stick ? "hiperiso stick" : "%u partition%s", gpt.count,
                 gpt.count == 1 ? "" : "s");
        status = mark_read(&target.device, &mark);
        /* Also when it was cut while the table itself was written. */
        if (mark_is_in_table(&gpt) ||
            (status == STATUS_OK && partition_check_backup(&target.device, &gpt) != STATUS_OK)) {
            snprintf(ret_text, 64, "unfinished hiperiso stick (%s)",
                     mark_operation_name(status == STATUS_OK ? mark.operation : MARK_INSTALL));
        }
        gpt_clear(&gpt);
    } else if (contents_probe(&target.device, &contents) == STATUS_OK && contents.kind != NULL) {
        snprintf(ret_text, 64, "%s", contents.kind);
    }
}

/* Why it is not eligible, "" if it is. Without root nothing can be opened, and nobody is sure. */
static void find_reason(const struct disk *disk, char ret_reason[GUARD_REASON_BYTES])
{
    const struct guard_options options = {0};

    guard_reason(disk, &options, ret_reason);
}

static void append_text(struct strbuf *line, const char *key, const char *text)
{
    strbuf_printf(line, ", \"%s\": ", key);
    strbuf_append_json(line, text);
}

static int print_json(const struct disk *disks, size_t count)
{
    auto_strbuf line = STRBUF_INIT;

    puts("[");
    for (size_t i = 0; i < count; i++) {
        const struct disk *disk = &disks[i];
        char contents[64], reason[GUARD_REASON_BYTES];
        describe(disk, contents);
        find_reason(disk, reason);
        strbuf_reset(&line);
        strbuf_append(&line, "  {\"path\": ");
        strbuf_append_json(&line, disk->path);
        append_text(&line, "model", disk->model);
        append_text(&line, "serial", disk->serial);
        append_text(&line, "bus", disk->bus);
        strbuf_printf(&line,
                      ", \"size_bytes\": %" PRIu64 ", \"sector_bytes\": %" PRIu32
                      ", \"removable\": %s, \"read_only\": %s",
                      disk->size_bytes, disk->sector_bytes, disk->is_removable ? "true" : "false",
                      disk->is_read_only ? "true" : "false");
        append_text(&line, "contents", contents);
        strbuf_printf(&line, ", \"eligible\": %s", reason[0] == '\0' ? "true" : "false");
        append_text(&line, "reason", reason);
        strbuf_printf(&line, "}%s", i + 1 < count ? "," : "");
        if (strbuf_status(&line) != STATUS_OK)
            return fail("out of memory");
        puts(strbuf_text(&line));
    }
    puts("]");
    return 0;
}

static void print_disk(const struct disk *disk)
{
    char contents[64], reason[GUARD_REASON_BYTES], size[SIZE_TEXT_BYTES];

    describe(disk, contents);
    find_reason(disk, reason);
    size_text(disk->size_bytes, size);
    printf("%-14s %10s  %-7s ", disk->path, size, disk->bus);
    print_printable(disk->model[0] != '\0' ? disk->model : "no model", "");
    if (disk->serial[0] != '\0') {
        printf(", serial ");
        print_printable(disk->serial, "");
    }
    printf("; %s\n", contents);
    if (reason[0] != '\0') {
        printf("    not eligible: ");
        print_printable(reason, "\n");
    }
}

static int run_devices(const struct options *options)
{
    auto_free struct disk *disks = NULL;
    size_t count = 0, shown = 0;
    bool is_all = options->values[OPT_ALL].is_given;

    if (disk_list(&disks, &count) < 0)
        return EXIT_CODE_FAILED;
    if (options->values[OPT_JSON].is_given)
        return print_json(disks, count) == 0 ? EXIT_CODE_OK : EXIT_CODE_FAILED;
    for (size_t i = 0; i < count; i++) {
        if (!is_all && !disk_is_stick_like(&disks[i]))
            continue;
        print_disk(&disks[i]);
        shown++;
    }
    if (shown == 0)
        printf("No stick is plugged in; --all shows other disks, too (%zu).\n", count);
    return EXIT_CODE_OK;
}

const struct verb verb_devices = {
    .name = "devices",
    .operands = "",
    .summary = "list disks that could be a stick",
    .description =
        "Lists removable, USB and SD disks: size, model, serial number, what is on them,\n"
        "and what stands against making a stick of them. As root it sees more.",
    .options = options_of_devices,
    .option_count = ARRAY_SIZE(options_of_devices),
    .run = run_devices,
};
