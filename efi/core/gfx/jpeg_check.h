/* SPDX-License-Identifier: BSD-2-Clause */
/* What stb_image (2.27) does not check in a JPEG file before it writes by it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Does every Huffman table that a decoder could meet in BYTES have at most 255 codes? True for what
 * is no JPEG file. A file with a table beyond that is damaged. ITU T.81, B.2.4.2. */
bool jpeg_has_sane_tables(const uint8_t *bytes, size_t len);
