/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of RFB (RFC 6143) as QEMU speaks it, over buffers: bytes in, picture and events
 * out. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/status.h"
#include "config/base/damage.h"
#include "initramfs/viewer/picture.h"

#define RFB_OUT_MAX    8192
#define RFB_HEADER_MAX 256

/* Bits of a pointer event. RFC 6143, 7.5.5; QEMU knows these five. */
enum {
    RFB_BUTTON_LEFT = 1 << 0,
    RFB_BUTTON_MIDDLE = 1 << 1,
    RFB_BUTTON_RIGHT = 1 << 2,
    RFB_BUTTON_WHEEL_UP = 1 << 3,
    RFB_BUTTON_WHEEL_DOWN = 1 << 4,
};

/* Bits of the keyboard's lights. Pseudo-encoding -261. */
enum { RFB_LED_SCROLL = 1 << 0, RFB_LED_NUM = 1 << 1, RFB_LED_CAPS = 1 << 2 };

/* Zero in a relative pointer event. Pseudo-encoding -257. */
#define RFB_RELATIVE_ZERO 0x7fff

/* What has changed since the caller last cleared it: a set of bits. */
enum {
    RFB_CHANGED_SIZE = 1 << 0, /* the picture is another one; all of it is damaged */
    RFB_CHANGED_CURSOR = 1 << 1,
    RFB_CHANGED_LEDS = 1 << 2,
    RFB_CHANGED_POINTER = 1 << 3, /* absolute <-> relative */
};

struct rfb {
    /* What the caller looks at. */
    struct picture picture;
    struct cursor cursor;
    struct damage damage; /* of the picture; the caller clears it */
    unsigned changed;
    unsigned leds;
    bool is_absolute;  /* how the guest wants pointer events */
    bool has_raw_keys; /* the server takes key codes */
    bool is_ready;     /* the handshake is over */
    const char *error; /* one line, when rfb_take() failed */
    uint8_t out[RFB_OUT_MAX];
    size_t out_len; /* bytes for the server */

    /* The state machine. */
    int state;
    size_t need;                    /* bytes that STATE waits for */
    uint8_t header[RFB_HEADER_MAX]; /* what has come of them */
    size_t have;
    unsigned server_width, server_height; /* may exceed the picture's */
    unsigned rects_left;
    struct rect rect;            /* the one being received */
    uint64_t bulk_off, bulk_len; /* of pixels, or of bytes to skip */
    uint8_t mask[CURSOR_SIDE_MAX / 8 * CURSOR_SIDE_MAX];
    int32_t cursor_encoding;
    unsigned new_width, new_height;
};

enum rfb_event {
    RFB_MORE,   /* everything is taken */
    RFB_UPDATE, /* an update is complete: draw, then rfb_request() */
};

void rfb_init(struct rfb *rfb);
void rfb_clear(struct rfb *rfb);

/* Takes bytes of the server until an update is complete or all LEN are taken. STATUS_CORRUPT,
 * STATUS_UNSUPPORTED or STATUS_NO_MEMORY with a line in RFB's error: the connection is of no more
 * use. */
enum status rfb_take(struct rfb *rfb, const uint8_t *bytes, size_t len, size_t *ret_taken,
                     enum rfb_event *ret_event) must_check;

/* Each queues a message; false when there is no room (the server does not read). */
bool rfb_request(struct rfb *rfb, bool is_incremental);
bool rfb_key(struct rfb *rfb, unsigned key_number, bool is_down);
bool rfb_pointer(struct rfb *rfb, unsigned buttons, unsigned x, unsigned y);

/* The first LEN bytes of OUT have been sent. */
void rfb_sent(struct rfb *rfb, size_t len);
