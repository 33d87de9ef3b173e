/* SPDX-License-Identifier: BSD-2-Clause */
/* Probes media whose capacity may be false. */
#include "tools/mkhiperiso/capacity.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "tools/mkhiperiso/report.h"
#include "tools/mkhiperiso/size.h"

#define MIB          ((uint64_t)1 << 20)
#define BLOCK_BYTES  ((size_t)4096)
#define BLOCK_ALIGN  4096u
#define FIRST_BYTES  (8 * MIB)
#define SHIFT_BYTES  (4 * MIB) /* a block that comes back at the disk's start misses the table */
#define PROBES_MAX   128
#define PER_DOUBLING 2 /* at a power of two and half-way to the next */

/* Every block is another one: a random beginning, then its place over and over. */
static void fill(uint8_t *block, uint64_t tag, uint64_t off)
{
    for (size_t i = 0; i < BLOCK_BYTES; i += 16) {
        put_le64(block + i, tag);
        put_le64(block + i + 8, off ^ i);
    }
}

static size_t choose_places(uint64_t size_bytes, uint64_t ret_offs[PROBES_MAX])
{
    uint64_t end = size_bytes / MIB * MIB - MIB - BLOCK_BYTES;
    size_t count = 0;

    ret_offs[count++] = SHIFT_BYTES; /* where all powers of two come back to */
    for (uint64_t base = FIRST_BYTES; base + SHIFT_BYTES < end && count + PER_DOUBLING < PROBES_MAX;
         base *= 2)
        for (uint64_t part = 0; part < PER_DOUBLING; part++)
            if (base + base / PER_DOUBLING * part + SHIFT_BYTES < end)
                ret_offs[count++] = base + base / PER_DOUBLING * part + SHIFT_BYTES;
    ret_offs[count++] = end / BLOCK_BYTES * BLOCK_BYTES;
    return count;
}

/* LEAST_BYTES: what it holds at most. */
static int say_false(const struct target *target, uint64_t least_bytes)
{
    char claimed[SIZE_TEXT_BYTES], held[SIZE_TEXT_BYTES];

    size_text(target->device.size_bytes, claimed);
    size_text(least_bytes, held);
    return fail("%s: claims %s but holds no more than %s: its capacity is false; do not use it",
                target->path, claimed, held);
}

/* What a check has found out. */
struct finding {
    uint64_t period_bytes; /* blocks come back after a multiple of the capacity; 0: none did */
    uint64_t kept_bytes;   /* the first block that was not kept lies here; UINT64_MAX: none */
};

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* FOUND is at OFF, where something else was written: a block that belongs to another place came
 * round the end, any other one was never kept. */
static void note(struct finding *finding, uint8_t *scratch, const uint8_t *found, uint64_t tag,
                 uint64_t off)
{
    uint64_t other = get_le64(found + 8);

    fill(scratch, tag, other);
    if (memcmp(scratch, found, BLOCK_BYTES) == 0)
        finding->period_bytes =
            common_divisor(finding->period_bytes, other > off ? other - off : off - other);
    else if (off < finding->kept_bytes)
        finding->kept_bytes = off;
}

int capacity_check(const struct target *target)
{
    auto_free uint8_t *block = aligned_alloc(BLOCK_ALIGN, BLOCK_BYTES);
    auto_free uint8_t *found = aligned_alloc(BLOCK_ALIGN, BLOCK_BYTES);
    struct finding finding = {.kept_bytes = UINT64_MAX};
    uint64_t offs[PROBES_MAX], tag;
    enum status status = STATUS_OK;

    if (block == NULL || found == NULL)
        return fail("out of memory");
    if (target->device.size_bytes < 4 * FIRST_BYTES)
        return 0;
    if (getrandom(&tag, sizeof(tag), 0) != sizeof(tag))
        return fail("no random numbers are to be had");
    size_t count = choose_places(target->device.size_bytes, offs);
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        fill(block, tag, offs[i]);
        status = blockdev_write(&target->device, offs[i], BLOCK_BYTES, block);
    }
    if (status == STATUS_OK && target_sync(target) < 0)
        return -1;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        fill(block, tag, offs[i]);
        status = blockdev_read(&target->device, offs[i], BLOCK_BYTES, found);
        if (status == STATUS_OK && memcmp(block, found, BLOCK_BYTES) != 0)
            note(&finding, block, found, tag, offs[i]);
    }
    if (finding.period_bytes > 0 && finding.period_bytes < finding.kept_bytes)
        return say_false(target, finding.period_bytes);
    if (finding.kept_bytes < UINT64_MAX)
        return say_false(target, finding.kept_bytes);
    if (status != STATUS_OK)
        return fail("%s: cannot be written all over: %s; it is bad, or its capacity is false",
                    target->path, status_text(status));
    return 0;
}
