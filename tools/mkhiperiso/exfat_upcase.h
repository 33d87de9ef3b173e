/* SPDX-License-Identifier: BSD-2-Clause */
/* The recommended up-case table of exFAT, from rules. exFAT specification 7.2.5. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define EXFAT_UPCASE_UNITS        65536u
#define EXFAT_UPCASE_STORED_BYTES 5836u
#define EXFAT_UPCASE_CHECKSUM     0xE619D30Du /* of the stored form, as 7.2.5.1 states it */

/* The upper case of one UTF-16 unit; units without one (surrogates too) are returned unchanged. */
uint16_t exfat_upcase(uint16_t unit);

/* Writes the compressed form that volumes store, EXFAT_UPCASE_STORED_BYTES bytes. */
void exfat_upcase_store(uint8_t ret_bytes[EXFAT_UPCASE_STORED_BYTES]);
