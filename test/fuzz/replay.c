/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a fuzz target over files and folders, and over random but repeatable mutations of them: what
 * the ordinary build does with a corpus where there is no libFuzzer. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/base/cleanup.h"

#define INPUT_MAX_BYTES ((size_t)16 << 20)
#define MUTATIONS_MAX   1000000ul
#define EXIT_SKIPPED    77

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static uint64_t random_state;
static unsigned long mutations;
static unsigned long inputs_run, runs;

/* xorshift64*: the same sequence on every machine. */
static uint64_t random_next(void)
{
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return random_state * 0x2545f4914f6cdd1dull;
}

static void mutate(uint8_t *bytes, size_t *len)
{
    static const uint8_t edges[] = {0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};

    for (uint64_t steps = 1 + random_next() % 4; steps > 0 && *len > 0; steps--) {
        size_t at = (size_t)(random_next() % *len);
        switch (random_next() % 5) {
        case 0:
            bytes[at] ^= (uint8_t)(1u << random_next() % 8);
            break;
        case 1:
            bytes[at] = edges[random_next() % sizeof(edges)];
            break;
        case 2:
            bytes[at] = (uint8_t)random_next();
            break;
        case 3: { /* one piece over another */
            size_t from = (size_t)(random_next() % *len);
            size_t count = (size_t)(random_next() % 16);
            if (count <= *len - at && count <= *len - from)
                memmove(bytes + at, bytes + from, count);
            break;
        }
        default:
            if (random_next() % 8 == 0)
                *len = at;
            break;
        }
    }
}

/* Each run gets a block of exactly its size, so that a sanitizer sees a read behind it. */
static int run_once(const uint8_t *bytes, size_t len)
{
    auto_free uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        fprintf(stderr, "replay: out of memory\n");
        return 1;
    }
    if (len > 0)
        memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    runs++;
    return 0;
}

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    auto_free uint8_t *bytes = malloc(INPUT_MAX_BYTES + 1);
    size_t len = bytes != NULL ? fread(bytes, 1, INPUT_MAX_BYTES + 1, file) : 0;
    int failed = bytes == NULL || ferror(file) != 0 || len > INPUT_MAX_BYTES;
    fclose(file);
    if (failed) {
        fprintf(stderr, "replay: %s: cannot be read, or is above %zu bytes\n", path,
                INPUT_MAX_BYTES);
        return 1;
    }

    auto_free uint8_t *mutated = malloc(len > 0 ? len : 1);
    if (mutated == NULL || run_once(bytes, len) != 0)
        return 1;
    random_state = 0x9e3779b97f4a7c15ull ^ len;
    for (unsigned long i = 0; i < mutations && len > 0; i++) {
        size_t mutated_len = len;
        memcpy(mutated, bytes, len);
        mutate(mutated, &mutated_len);
        if (run_once(mutated, mutated_len) != 0)
            return 1;
    }
    inputs_run++;
    return 0;
}

static int run_folder(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    int failed = 0;

    if (count < 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return 1;
    }
    for (int i = 0; i < count; i++) {
        char name[4096];
        struct stat info;
        int len = snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
        if (len > 0 && (size_t)len < sizeof(name) && stat(name, &info) == 0 &&
            S_ISREG(info.st_mode))
            failed |= run_file(name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

static int usage(const char *program)
{
    fprintf(stderr, "usage: %s [--mutations N] FILE|FOLDER...\n", program);
    return 2;
}

int main(int argc, char **argv)
{
    int failed = 0, first = 1;

    if (argc > 2 && strcmp(argv[1], "--mutations") == 0) {
        char *end;
        mutations = strtoul(argv[2], &end, 10);
        if (*end != '\0' || mutations > MUTATIONS_MAX)
            return usage(argv[0]);
        first = 3;
    }
    for (int i = first; i < argc; i++) {
        struct stat info;
        if (argv[i][0] == '-')
            return usage(argv[0]);
        if (stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode))
            failed |= run_folder(argv[i]);
        else
            failed |= run_file(argv[i]);
    }
    printf("%lu inputs, %lu runs\n", inputs_run, runs);
    if (failed)
        return 1;
    return inputs_run > 0 ? 0 : EXIT_SKIPPED;
}
