/* SPDX-License-Identifier: BSD-2-Clause */
/* A fast sum of contents: tells different contents and bad media apart, not forgers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CONTENT_SUM_BYTES 16

/* The sum of LEN bytes. */
void content_sum(const uint8_t *bytes, size_t len, uint8_t ret_sum[CONTENT_SUM_BYTES]);
