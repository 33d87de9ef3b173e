/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns what the firmware delivers as keystrokes, in pieces and in many dialects, into keys. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEYS_PIECE_TIMEOUT_MS 50 /* the pieces of one key arrive within this time */
#define KEYS_PENDING_MAX      24
#define KEYS_QUEUE_MAX        32

enum key_code {
    KEY_NONE,
    KEY_CHAR, /* `character`: a Unicode scalar value that can be shown */
    KEY_CTRL, /* `character`: 'a'..'z' */
    KEY_ENTER,
    KEY_ESCAPE,
    KEY_BACKSPACE,
    KEY_TAB,
    KEY_UP,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_INSERT,
    KEY_DELETE,
    KEY_F1,
    KEY_F2,
    KEY_F3,
    KEY_F4,
    KEY_F5,
    KEY_F6,
    KEY_F7,
    KEY_F8,
    KEY_F9,
    KEY_F10,
    KEY_F11,
    KEY_F12,
    KEY_SIZE, /* no key but a terminal's answer: `character` holds rows << 16 | columns */
};

struct key {
    enum key_code code;
    uint32_t character;
};

/* One keystroke of EFI_SIMPLE_TEXT_INPUT(_EX). UEFI 2.10, 12.3, table 12.1. */
struct raw_key {
    uint16_t scan;      /* EFI scan code, 0 if none */
    uint16_t character; /* UTF-16, or one byte of a serial line */
    bool ctrl;          /* shift state, where the firmware tells */
};

#define RAW_SCAN_UP     0x01
#define RAW_SCAN_DOWN   0x02
#define RAW_SCAN_RIGHT  0x03
#define RAW_SCAN_LEFT   0x04
#define RAW_SCAN_HOME   0x05
#define RAW_SCAN_END    0x06
#define RAW_SCAN_INSERT 0x07
#define RAW_SCAN_DELETE 0x08
#define RAW_SCAN_PGUP   0x09
#define RAW_SCAN_PGDN   0x0A
#define RAW_SCAN_F1     0x0B
#define RAW_SCAN_F12    0x16
#define RAW_SCAN_ESC    0x17

/* Zeroed: ready. */
struct keys {
    uint16_t pending[KEYS_PENDING_MAX]; /* pieces of a key not yet complete */
    size_t pending_count;
    uint64_t last_piece_ms;
    uint16_t high_surrogate;
    bool after_cr; /* a line feed that follows at once belongs to it */
    struct key queue[KEYS_QUEUE_MAX];
    size_t queue_start, queue_count;
};

/* Takes one keystroke that arrived at NOW_MS (monotonic). */
void keys_feed(struct keys *keys, struct raw_key raw, uint64_t now_ms);

/* The next complete key. Pieces that nothing followed in time become keys of their own. */
bool keys_next(struct keys *keys, uint64_t now_ms, struct key *ret_key);

/* Milliseconds until pending pieces become keys; -1 when there are none. */
int keys_wait_ms(const struct keys *keys, uint64_t now_ms);
