/* SPDX-License-Identifier: BSD-2-Clause */
/* RFB: messages to the server. */
#include <string.h>

#include "config/base/cleanup.h"
#include "initramfs/viewer/rfb_private.h"

/* Raw alone for the picture: over a UNIX socket QEMU spends as much on hextile, more on tight and
 * ZRLE (scrolling text, 0.50, 0.46, 0.65 and 0.78 s of CPU in 12 s), and the viewer has nothing to
 * decode. The order of the cursors is that of preference. */
static const int32_t encodings[] = {
    ENCODING_RAW,      ENCODING_ALPHA_CURSOR, ENCODING_CURSOR,        ENCODING_POINTER_MODE,
    ENCODING_RAW_KEYS, ENCODING_LEDS,         ENCODING_EXTENDED_SIZE, ENCODING_DESKTOP_SIZE,
};

enum client_message {
    CLIENT_SET_PIXEL_FORMAT = 0,
    CLIENT_SET_ENCODINGS = 2,
    CLIENT_UPDATE_REQUEST = 3,
    CLIENT_POINTER = 5,
    CLIENT_QEMU = 255,
};

static void put_be16(uint8_t *p, unsigned v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, v >> 16);
    put_be16(p + 2, v & 0xffff);
}

bool rfb_send_bytes(struct rfb *rfb, const void *bytes, size_t len)
{
    if (len > sizeof(rfb->out) - rfb->out_len)
        return false;
    memcpy(rfb->out + rfb->out_len, bytes, len);
    rfb->out_len += len;
    return true;
}

static void send_format(struct rfb *rfb)
{
    static const uint8_t message[20] = {
        CLIENT_SET_PIXEL_FORMAT, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0,
    };
    rfb_send_bytes(rfb, message, sizeof(message));
}

static void send_encodings(struct rfb *rfb)
{
    uint8_t message[4 + 4 * ARRAY_SIZE(encodings)] = {CLIENT_SET_ENCODINGS};
    put_be16(message + 2, ARRAY_SIZE(encodings));
    for (size_t i = 0; i < ARRAY_SIZE(encodings); i++)
        put_be32(message + 4 + 4 * i, (uint32_t)encodings[i]);
    rfb_send_bytes(rfb, message, sizeof(message));
}

void rfb_send_setup(struct rfb *rfb)
{
    send_format(rfb);
    send_encodings(rfb);
}

bool rfb_request(struct rfb *rfb, bool is_incremental)
{
    uint8_t message[10] = {CLIENT_UPDATE_REQUEST, is_incremental};
    put_be16(message + 6, rfb->server_width);
    put_be16(message + 8, rfb->server_height);
    return rfb_send_bytes(rfb, message, sizeof(message));
}

bool rfb_key(struct rfb *rfb, unsigned key_number, bool is_down)
{
    uint8_t message[12] = {CLIENT_QEMU, 0};
    put_be16(message + 2, is_down);
    put_be32(message + 8, key_number);
    return rfb_send_bytes(rfb, message, sizeof(message));
}

bool rfb_pointer(struct rfb *rfb, unsigned buttons, unsigned x, unsigned y)
{
    uint8_t message[6] = {CLIENT_POINTER, (uint8_t)buttons};
    put_be16(message + 2, x);
    put_be16(message + 4, y);
    return rfb_send_bytes(rfb, message, sizeof(message));
}

void rfb_sent(struct rfb *rfb, size_t len)
{
    rfb->out_len -= len;
    memmove(rfb->out, rfb->out + len, rfb->out_len);
}
