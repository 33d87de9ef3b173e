/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums that rotate right by one bit before each byte. */
#include "efi/core/fs/exfat_sum.h"

static uint32_t add32(uint32_t sum, uint8_t byte)
{
    return (sum << 31 | sum >> 1) + byte;
}

static uint16_t add16(uint16_t sum, uint8_t byte)
{
    return (uint16_t)((uint16_t)(sum << 15 | sum >> 1) + byte);
}

uint32_t exfat_sum_table(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = add32(sum, bytes[i]);
    return sum;
}

uint32_t exfat_sum_boot(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++)
        if (i != 106 && i != 107 && i != 112)
            sum = add32(sum, bytes[i]);
    return sum;
}

uint16_t exfat_sum_set(const uint8_t *bytes, size_t len)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < len; i++)
        if (i != 2 && i != 3)
            sum = add16(sum, bytes[i]);
    return sum;
}

uint16_t exfat_sum_name(uint16_t hash, uint16_t upcased_unit)
{
    return add16(add16(hash, (uint8_t)upcased_unit), (uint8_t)(upcased_unit >> 8));
}
