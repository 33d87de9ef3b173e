/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes that an RFB server sends, made piece by piece. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct server {
    uint8_t bytes[1 << 20];
    size_t len;
};

void server_u8(struct server *s, unsigned v);
void server_u16(struct server *s, unsigned v);
void server_u32(struct server *s, uint32_t v);
void server_bytes(struct server *s, const void *bytes, size_t len);

/* Version, security, and a screen of this size. */
void server_hello(struct server *s, unsigned width, unsigned height);

/* The header of an update, and of a rectangle in it. */
void server_update(struct server *s, unsigned rects);
void server_rect(struct server *s, unsigned x, unsigned y, unsigned width, unsigned height,
                 int32_t encoding);

/* A raw rectangle whose pixel at column i, row k is FIRST + k * width + i. */
void server_raw(struct server *s, unsigned x, unsigned y, unsigned width, unsigned height,
                uint32_t first);
