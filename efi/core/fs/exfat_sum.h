/* SPDX-License-Identifier: BSD-2-Clause */
/* The checksums of exFAT, for those who read and those who write it. Section numbers are those of
 * the specification, revision 1.00. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* 7.2.2: of the up-case table as it is stored. */
uint32_t exfat_sum_table(const uint8_t *bytes, size_t len);

/* 3.4: of the boot region's sectors before the one that holds the sum. VolumeFlags and PercentInUse
 * change while the volume is in use and do not count. */
uint32_t exfat_sum_boot(const uint8_t *bytes, size_t len);

/* 6.3.3: of a whole entry set; the two bytes of the sum itself do not count. */
uint16_t exfat_sum_set(const uint8_t *bytes, size_t len);

/* 7.6.4: the hash of a name, one up-cased UTF-16 unit after the other; HASH starts as 0. */
uint16_t exfat_sum_name(uint16_t hash, uint16_t upcased_unit);
