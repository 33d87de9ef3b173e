/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two halves of the RFB client share: rfb.c takes, rfb_out.c sends. */
#pragma once

#include "initramfs/viewer/rfb.h"

/* RFC 6143 7.7, 7.8 and the community's list of pseudo-encodings. */
#define ENCODING_RAW           0
#define ENCODING_DESKTOP_SIZE  (-223)
#define ENCODING_CURSOR        (-239)
#define ENCODING_POINTER_MODE  (-257)
#define ENCODING_RAW_KEYS      (-258)
#define ENCODING_LEDS          (-261)
#define ENCODING_EXTENDED_SIZE (-308)
#define ENCODING_ALPHA_CURSOR  (-314)

/* Queues LEN bytes; false when there is no room. */
bool rfb_send_bytes(struct rfb *rfb, const void *bytes, size_t len);

/* The pixel format that pictures lie in here, and the encodings that rfb.c takes. */
void rfb_send_setup(struct rfb *rfb);
