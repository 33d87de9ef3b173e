/* SPDX-License-Identifier: BSD-2-Clause */
/* An RFB server's side of the line. */
#include "test/unit/viewer/server.h"

#include <assert.h>
#include <string.h>

void server_bytes(struct server *s, const void *bytes, size_t len)
{
    assert(len <= sizeof(s->bytes) - s->len);
    memcpy(s->bytes + s->len, bytes, len);
    s->len += len;
}

void server_u8(struct server *s, unsigned v)
{
    uint8_t byte = (uint8_t)v;
    server_bytes(s, &byte, 1);
}

void server_u16(struct server *s, unsigned v)
{
    server_u8(s, v >> 8);
    server_u8(s, v);
}

void server_u32(struct server *s, uint32_t v)
{
    server_u16(s, v >> 16);
    server_u16(s, v & 0xffff);
}

void server_hello(struct server *s, unsigned width, unsigned height)
{
    s->len = 0;
    server_bytes(s, "RFB 003.008\n", 12);
    server_u8(s, 1);
    server_u8(s, 1); /* None */
    server_u32(s, 0);
    server_u16(s, width);
    server_u16(s, height);
    for (int i = 0; i < 16; i++) /* the server's own pixel format is of no interest */
        server_u8(s, 0);
    server_u32(s, 4);
    server_bytes(s, "QEMU", 4);
}

void server_update(struct server *s, unsigned rects)
{
    server_u8(s, 0);
    server_u8(s, 0);
    server_u16(s, rects);
}

void server_rect(struct server *s, unsigned x, unsigned y, unsigned width, unsigned height,
                 int32_t encoding)
{
    server_u16(s, x);
    server_u16(s, y);
    server_u16(s, width);
    server_u16(s, height);
    server_u32(s, (uint32_t)encoding);
}

void server_raw(struct server *s, unsigned x, unsigned y, unsigned width, unsigned height,
                uint32_t first)
{
    server_rect(s, x, y, width, height, 0);
    for (unsigned i = 0; i < width * height; i++) {
        uint32_t pixel = first + i; /* little-endian on the line, as was asked for */
        uint8_t bytes[4] = {(uint8_t)pixel, (uint8_t)(pixel >> 8), (uint8_t)(pixel >> 16), 0};
        server_bytes(s, bytes, 4);
    }
}
