/* SPDX-License-Identifier: BSD-2-Clause */
/* The page around the data; assemble.py makes it of page/ and d3's modules. */
#pragma once

#include <stddef.h>

extern const unsigned char html_template_head[]; /* up to the title */
extern const size_t html_template_head_len;
extern const unsigned char html_template_body[]; /* from behind the title to the data */
extern const size_t html_template_body_len;
extern const unsigned char html_template_tail[]; /* behind the data */
extern const size_t html_template_tail_len;
