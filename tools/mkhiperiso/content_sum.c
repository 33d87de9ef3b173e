/* SPDX-License-Identifier: BSD-2-Clause */
/* Four lanes of multiply and rotate over 32 bytes at once: as fast as memory. SHA-256 takes longer
 * than a fast disk. */
#include "tools/mkhiperiso/content_sum.h"

#include <string.h>

#include "config/base/bytes.h"

#define LANES        4
#define STRIPE_BYTES ((size_t)8 * LANES)

/* Odd numbers without a pattern: the fractional parts of the roots of 2, 3, 5, 7. */
static const uint64_t factors[LANES] = {0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B,
                                        0xA54FF53A5F1D36F1};

static uint64_t rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

/* Every bit of VALUE reaches every bit of the result. */
static uint64_t mix(uint64_t value)
{
    value ^= value >> 32;
    value *= factors[1];
    value ^= value >> 29;
    value *= factors[3];
    return value ^ value >> 32;
}

static void add_stripe(uint64_t lanes[LANES], const uint8_t *stripe)
{
    for (unsigned i = 0; i < LANES; i++)
        lanes[i] =
            rotate(lanes[i] + get_le64(stripe + (size_t)8 * i) * factors[0], 31) * factors[2];
}

void content_sum(const uint8_t *bytes, size_t len, uint8_t ret_sum[CONTENT_SUM_BYTES])
{
    uint64_t lanes[LANES] = {factors[0], factors[1], factors[2], factors[3]}, low = len,
             high = ~low;
    uint8_t last[STRIPE_BYTES] = {0};
    size_t done = 0;

    for (; len - done >= STRIPE_BYTES; done += STRIPE_BYTES)
        add_stripe(lanes, bytes + done);
    memcpy(last, bytes + done, len - done);
    add_stripe(lanes, last);
    for (unsigned i = 0; i < LANES; i++) {
        low = mix(low + lanes[i]) * factors[0];
        high = mix(high ^ rotate(lanes[i], 17)) + low;
    }
    put_le64(ret_sum, mix(low));
    put_le64(ret_sum + 8, mix(high));
}
