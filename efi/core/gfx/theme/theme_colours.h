/* SPDX-License-Identifier: BSD-2-Clause */
/* The colour keywords that a GRUB theme may use. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 0xFFRRGGBB of NAME, lower case ("darkslateblue"). SVG 1.1, 4.4 "Recognized color keyword names".
 */
bool theme_colour_by_name(const char *name, uint32_t *ret_colour);
