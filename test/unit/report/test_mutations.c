/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions with damaged files: test-report-mutations SESSION COUNT [SEED]. Whatever is in what
 * libraries read, the report opens, and the parts that were not damaged stand. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "trace/report/model.h"

#define FILE_BYTES_MAX ((size_t)16 << 20)

/* Files that libraries read, and the part that may suffer. */
static const struct {
    const char *name;
    enum report_panel_id panel;
} victims[] = {
    {"trace.cpu0.raw", REPORT_PANEL_KVM},
    {"trace.cpu1.raw", REPORT_PANEL_KVM},
    {"tracefs/events/header_page", REPORT_PANEL_KVM},
    {"tracefs/events/kvm/kvm_mmio/format", REPORT_PANEL_KVM},
    {"tracefs/events/kvm/kvm_pio/format", REPORT_PANEL_KVM},
    {"tracefs/events/sched/sched_note/format", REPORT_PANEL_KVM},
    {"network.pcap", REPORT_PANEL_NETWORK},
    {"session.json", REPORT_PANEL_SESSION},
    {"qmp.jsonl", REPORT_PANEL_QMP},
};

static uint64_t seed = 88172645463325252u;

/* xorshift64: the same mutations in every run. */
static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint8_t *read_file(const char *path, size_t *ret_len)
{
    FILE *stream = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_BYTES_MAX);

    if (stream == NULL || bytes == NULL) {
        if (stream != NULL)
            fclose(stream);
        free(bytes);
        return NULL;
    }
    *ret_len = fread(bytes, 1, FILE_BYTES_MAX, stream);
    fclose(stream);
    return bytes;
}

static void write_file(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *stream = fopen(path, "wb");

    if (stream == NULL || fwrite(bytes, 1, len, stream) != len || fclose(stream) != 0) {
        perror(path);
        exit(1);
    }
}

/* Changes some bytes: single ones, runs, numbers at the edges, the length. */
static size_t mutate(uint8_t *bytes, size_t len)
{
    static const uint8_t edges[] = {0x00, 0xff, 0x7f, 0x80, 0x01, '%', '[', ';', 30 | 1 << 5};

    for (uint64_t left = 1 + next_random() % 8; left > 0 && len > 0; left--) {
        size_t at = (size_t)(next_random() % len);
        size_t run = 1 + (size_t)(next_random() % 16);
        if (next_random() % 2 == 0)
            at = (size_t)(next_random() % (len < 64 ? len : 64)); /* heads matter most */
        if (run > len - at)
            run = len - at;
        switch (next_random() % 6) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << next_random() % 8);
            break;
        case 1:
            bytes[at] = (uint8_t)next_random();
            break;
        case 2:
            memset(bytes + at, edges[next_random() % sizeof(edges)], run);
            break;
        case 3:
            memmove(bytes + at, bytes + (size_t)(next_random() % (len - run + 1)), run);
            break;
        case 4:
            bytes[at] = edges[next_random() % sizeof(edges)];
            break;
        default:
            if (next_random() % 8 == 0)
                len = at;
            break;
        }
    }
    return len;
}

/* What the undamaged session has, for comparison. */
struct expected {
    uint64_t items[REPORT_PANELS];
};

static int check(const char *session, const struct expected *expected, size_t victim, size_t run)
{
    struct report *report;

    if (report_open(session, NULL, &report) < 0) {
        fprintf(stderr, "mutation %zu of %s: the session does not open\n", run,
                victims[victim].name);
        return -1;
    }
    int result = 0;
    for (unsigned i = 0; i < REPORT_PANELS; i++) {
        const struct report_panel *panel = &report->panels[i];
        if (i == victims[victim].panel || i == REPORT_PANEL_IMAGE)
            continue;
        if (panel->state != REPORT_READABLE || panel->items != expected->items[i]) {
            fprintf(stderr, "mutation %zu of %s: %s suffers: state %u, %llu items\n", run,
                    victims[victim].name, panel->name, panel->state,
                    (unsigned long long)panel->items);
            result = -1;
        }
    }
    report_close(report);
    return result;
}

static int run_all(const char *session, size_t count)
{
    struct expected expected;
    struct report *report;

    if (report_open(session, NULL, &report) < 0)
        return -1;
    for (unsigned i = 0; i < REPORT_PANELS; i++) {
        expected.items[i] = report->panels[i].items;
        if (i != REPORT_PANEL_IMAGE && report->panels[i].state != REPORT_READABLE) {
            fprintf(stderr, "%s: not readable to begin with: %s\n", report->panels[i].name,
                    report->panels[i].message);
            return -1;
        }
    }
    report_close(report);
    for (size_t run = 0; run < count; run++) {
        size_t victim = run % ARRAY_SIZE(victims), len;
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", session, victims[victim].name);
        auto_free uint8_t *good = read_file(path, &len);
        auto_free uint8_t *bad = read_file(path, &len);
        if (good == NULL || bad == NULL) {
            perror(path);
            return -1;
        }
        write_file(path, bad, mutate(bad, len));
        int result = check(session, &expected, victim, run);
        write_file(path, result < 0 ? bad : good, len);
        if (result < 0)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4 || strtoul(argv[2], NULL, 10) == 0) {
        fprintf(stderr, "usage: test-report-mutations SESSION COUNT [SEED]\n");
        return 2;
    }
    if (argc == 4)
        seed ^= strtoul(argv[3], NULL, 10) * 0x9e3779b97f4a7c15u;
    if (run_all(argv[1], strtoul(argv[2], NULL, 10)) < 0)
        return 1;
    printf("%s mutations, nothing else suffered\n", argv[2]);
    return 0;
}
