/* SPDX-License-Identifier: BSD-2-Clause */
/* The key decoder: escape sequences of xterm, vt220, linux, rxvt and PC-ANSI, UTF-8 in bytes,
 * control characters. */
#include "efi/core/ui/keys.h"

#include "config/base/cleanup.h"
#include "config/base/utf.h"

#define ESC 0x1B

enum progress { PIECES_INCOMPLETE, PIECES_COMPLETE, PIECES_FOREIGN };

static void push(struct keys *keys, enum key_code code, uint32_t character)
{
    if (code == KEY_NONE || keys->queue_count == KEYS_QUEUE_MAX)
        return;
    size_t slot = (keys->queue_start + keys->queue_count++) % KEYS_QUEUE_MAX;
    keys->queue[slot] = (struct key){.code = code, .character = character};
}

static void push_character(struct keys *keys, uint32_t c)
{
    switch (c) {
    case 0x08:
    case 0x7F:
        push(keys, KEY_BACKSPACE, 0);
        return;
    case '\t':
        push(keys, KEY_TAB, 0);
        return;
    case '\r':
    case '\n':
        push(keys, KEY_ENTER, 0);
        return;
    case ESC:
        push(keys, KEY_ESCAPE, 0);
        return;
    default:
        break;
    }
    if (c >= 1 && c <= 26)
        push(keys, KEY_CTRL, 'a' + c - 1);
    else if (c >= 0x20 && !(c >= 0x80 && c < 0xA0))
        push(keys, KEY_CHAR, c);
}

static enum key_code key_of_scan(uint16_t scan)
{
    static const uint8_t codes[] = {
        [RAW_SCAN_UP] = KEY_UP,         [RAW_SCAN_DOWN] = KEY_DOWN,
        [RAW_SCAN_RIGHT] = KEY_RIGHT,   [RAW_SCAN_LEFT] = KEY_LEFT,
        [RAW_SCAN_HOME] = KEY_HOME,     [RAW_SCAN_END] = KEY_END,
        [RAW_SCAN_INSERT] = KEY_INSERT, [RAW_SCAN_DELETE] = KEY_DELETE,
        [RAW_SCAN_PGUP] = KEY_PAGE_UP,  [RAW_SCAN_PGDN] = KEY_PAGE_DOWN,
    };
    if (scan >= RAW_SCAN_F1 && scan <= RAW_SCAN_F12)
        return KEY_F1 + (scan - RAW_SCAN_F1);
    return scan < ARRAY_SIZE(codes) ? (enum key_code)codes[scan] : KEY_NONE;
}

/* ESC [ NUMBER ~ : vt220, xterm, linux, rxvt. The gaps (16, 22) are the terminals' own. */
static enum key_code key_of_tilde(unsigned number)
{
    static const uint8_t codes[] = {
        [1] = KEY_HOME,    [2] = KEY_INSERT,    [3] = KEY_DELETE,   [4] = KEY_END,
        [5] = KEY_PAGE_UP, [6] = KEY_PAGE_DOWN, [7] = KEY_HOME,     [8] = KEY_END,
        [11] = KEY_F1,     [12] = KEY_F1 + 1,   [13] = KEY_F1 + 2,  [14] = KEY_F1 + 3,
        [15] = KEY_F1 + 4, [17] = KEY_F1 + 5,   [18] = KEY_F1 + 6,  [19] = KEY_F1 + 7,
        [20] = KEY_F1 + 8, [21] = KEY_F1 + 9,   [23] = KEY_F1 + 10, [24] = KEY_F1 + 11,
    };
    return number < ARRAY_SIZE(codes) ? (enum key_code)codes[number] : KEY_NONE;
}

/* ESC [ LETTER and ESC O LETTER that all dialects share. */
static enum key_code key_of_letter(uint16_t letter)
{
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
    case 'K':
        return KEY_END;
    default:
        return KEY_NONE;
    }
}

static bool is_final(uint16_t c)
{
    return c >= 0x40 && c <= 0x7E;
}

/* ESC [ ROWS ; COLUMNS R: where the cursor is (ECMA-48, 8.3.14), asked for after moving it as far
 * as it goes. ESC [ 1 ; N R is xterm's F3 with Ctrl and the like: no terminal has one row. */
static enum key_code key_of_report(const unsigned numbers[2], uint32_t *ret_character)
{
    if (numbers[0] < 2 || numbers[1] < 2)
        return KEY_NONE;
    *ret_character = (uint32_t)numbers[0] << 16 | numbers[1];
    return KEY_SIZE;
}

/* ESC [ ...: a control sequence (ECMA-48, 5.4), with two dialects of no parameters. */
static enum progress decode_csi(const uint16_t *pieces, size_t count, enum key_code *ret_code,
                                uint32_t *ret_character)
{
    unsigned numbers[2] = {0}, at = 0;
    bool has_parameters = false;

    if (count == 2)
        return PIECES_INCOMPLETE;
    if (pieces[2] == '[') { /* Linux console: ESC [ [ A is F1 */
        if (count == 3)
            return PIECES_INCOMPLETE;
        *ret_code = pieces[3] >= 'A' && pieces[3] <= 'E' ? KEY_F1 + (pieces[3] - 'A') : KEY_NONE;
        return PIECES_COMPLETE;
    }
    for (size_t i = 2; i < count; i++) {
        uint16_t c = pieces[i];
        if (c >= '0' && c <= '9') {
            has_parameters = true;
            if (at < ARRAY_SIZE(numbers) && numbers[at] < 1000)
                numbers[at] = numbers[at] * 10 + (c - '0');
        } else if (c == ';') {
            at++;
        } else if (c == '~') {
            *ret_code = key_of_tilde(numbers[0]);
            return PIECES_COMPLETE;
        } else if (is_final(c)) {
            *ret_code = c == 'R' ? key_of_report(numbers, ret_character) : key_of_letter(c);
            if (*ret_code != KEY_NONE)
                return PIECES_COMPLETE;
            if (has_parameters && c >= 'P' && c <= 'S') /* xterm: ESC [ 1 ; 5 P is Ctrl-F1 */
                *ret_code = KEY_F1 + (c - 'P');
            else if (!has_parameters && c >= 'M' && c <= 'X') /* PC-ANSI */
                *ret_code = KEY_F1 + (c - 'M');
            else if (c == '@')
                *ret_code = KEY_INSERT;
            return PIECES_COMPLETE;
        } else if (c < 0x20 || c > 0x7E) {
            return PIECES_FOREIGN;
        }
    }
    return PIECES_INCOMPLETE;
}

/* ESC O LETTER: application cursor keys and PF1 to PF4 (vt100), keypad Enter. */
static enum progress decode_ss3(const uint16_t *pieces, size_t count, enum key_code *ret_code)
{
    if (count == 2)
        return PIECES_INCOMPLETE;
    uint16_t c = pieces[2];
    if (!is_final(c))
        return PIECES_FOREIGN;
    if (c >= 'P' && c <= 'S')
        *ret_code = KEY_F1 + (c - 'P');
    else if (c == 'M')
        *ret_code = KEY_ENTER;
    else
        *ret_code = key_of_letter(c);
    return PIECES_COMPLETE;
}

/* A character in UTF-8 bytes: the length that its first byte promises, 0 if it promises none. */
static size_t utf8_length(uint16_t lead)
{
    if (lead >= 0xC2 && lead < 0xE0)
        return 2;
    if (lead >= 0xE0 && lead < 0xF0)
        return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

/* Empties the pending pieces: each is a character of its own. */
static void flush(struct keys *keys)
{
    for (size_t i = 0; i < keys->pending_count; i++)
        push_character(keys, keys->pending[i]);
    keys->pending_count = 0;
}

static bool starts_sequence(uint16_t piece)
{
    return piece == ESC || utf8_length(piece) > 0;
}

/* The last piece does not belong to those before it: they are characters, it starts anew. */
static void restart_at_last(struct keys *keys)
{
    uint16_t last = keys->pending[--keys->pending_count];
    flush(keys);
    if (starts_sequence(last))
        keys->pending[keys->pending_count++] = last;
    else
        push_character(keys, last);
}

static void settle_utf8(struct keys *keys)
{
    size_t needed = utf8_length(keys->pending[0]);
    uint16_t last = keys->pending[keys->pending_count - 1];
    char bytes[UTF8_MAX_BYTES];
    uint32_t character;

    if (keys->pending_count > 1 && (last < 0x80 || last > 0xBF)) {
        restart_at_last(keys);
        return;
    }
    if (keys->pending_count < needed)
        return;
    for (size_t i = 0; i < needed; i++)
        bytes[i] = (char)keys->pending[i];
    if (utf8_decode(bytes, needed, &character) != needed) {
        flush(keys);
        return;
    }
    keys->pending_count = 0;
    push_character(keys, character);
}

static void settle_escape(struct keys *keys)
{
    enum key_code code = KEY_NONE;
    enum progress progress = PIECES_INCOMPLETE;
    uint32_t character = 0;

    if (keys->pending_count < 2)
        return;
    if (keys->pending[1] == '[')
        progress = decode_csi(keys->pending, keys->pending_count, &code, &character);
    else if (keys->pending[1] == 'O')
        progress = decode_ss3(keys->pending, keys->pending_count, &code);
    else
        progress = PIECES_FOREIGN;
    if (progress == PIECES_COMPLETE) {
        keys->pending_count = 0;
        push(keys, code, character);
    } else if (progress == PIECES_FOREIGN) {
        restart_at_last(keys);
    } else if (keys->pending_count == KEYS_PENDING_MAX) {
        keys->pending_count = 0; /* no terminal sends so long a key */
    }
}

static void take_piece(struct keys *keys, uint16_t piece, uint64_t now_ms)
{
    keys->last_piece_ms = now_ms;
    if (keys->pending_count > 0 || starts_sequence(piece)) {
        keys->pending[keys->pending_count++] = piece;
        if (keys->pending[0] == ESC)
            settle_escape(keys);
        else
            settle_utf8(keys);
        return;
    }
    push_character(keys, piece);
}

/* A UTF-16 unit outside ASCII and Latin-1 never comes from a serial line. */
static void take_wide(struct keys *keys, uint16_t unit)
{
    flush(keys);
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        keys->high_surrogate = unit;
        return;
    }
    if (unit >= 0xDC00 && unit <= 0xDFFF) {
        uint32_t high = keys->high_surrogate;
        keys->high_surrogate = 0;
        if (high != 0)
            push_character(keys, 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00u));
        return;
    }
    push_character(keys, unit);
}

void keys_feed(struct keys *keys, struct raw_key raw, uint64_t now_ms)
{
    bool at_once = now_ms - keys->last_piece_ms < KEYS_PIECE_TIMEOUT_MS;
    uint16_t c = raw.character;

    if (!at_once)
        flush(keys);
    if (c == '\n' && keys->after_cr && at_once) {
        keys->after_cr = false;
        return;
    }
    keys->after_cr = c == '\r';
    if (raw.scan == RAW_SCAN_ESC) {
        take_piece(keys, ESC, now_ms);
    } else if (raw.scan != 0) {
        flush(keys);
        push(keys, key_of_scan(raw.scan), 0);
    } else if (raw.ctrl && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
        flush(keys);
        push(keys, KEY_CTRL, c | 0x20u);
    } else if (c > 0xFF) {
        take_wide(keys, c);
    } else if (c != 0) {
        take_piece(keys, c, now_ms);
    }
    keys->last_piece_ms = now_ms;
}

bool keys_next(struct keys *keys, uint64_t now_ms, struct key *ret_key)
{
    if (keys->queue_count == 0 && keys_wait_ms(keys, now_ms) == 0)
        flush(keys);
    if (keys->queue_count == 0)
        return false;
    *ret_key = keys->queue[keys->queue_start];
    keys->queue_start = (keys->queue_start + 1) % KEYS_QUEUE_MAX;
    keys->queue_count--;
    return true;
}

int keys_wait_ms(const struct keys *keys, uint64_t now_ms)
{
    if (keys->pending_count == 0)
        return -1;
    uint64_t passed = now_ms - keys->last_piece_ms;
    return passed >= KEYS_PIECE_TIMEOUT_MS ? 0 : (int)(KEYS_PIECE_TIMEOUT_MS - passed);
}
