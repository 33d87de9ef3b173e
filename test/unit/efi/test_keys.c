/* SPDX-License-Identifier: BSD-2-Clause */
/* The key decoder: what terminals and keyboards send, in pieces and with times, and the keys that
 * come out. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "efi/core/ui/keys.h"
#include "test/unit/config/unit.h"

#define F(n) (KEY_F1 + (n)-1)

/* Feeds TEXT as serial bytes, STEP_MS apart; Esc as the firmware gives it, as a scan code. */
static void feed_text(struct keys *keys, const char *text, uint64_t *now, unsigned step_ms)
{
    for (; *text != '\0'; text++) {
        struct raw_key raw = {.character = (uint8_t)*text};
        if (*text == '\033')
            raw = (struct raw_key){.scan = RAW_SCAN_ESC};
        keys_feed(keys, raw, *now);
        *now += step_ms;
    }
}

/* The keys that TEXT gives, as text: names in <>, characters as they are. */
static const char *decode(const char *text, unsigned step_ms)
{
    static char out[512];
    struct keys keys = {0};
    struct key key;
    uint64_t now = 1000;
    size_t len = 0;

    feed_text(&keys, text, &now, step_ms);
    now += KEYS_PIECE_TIMEOUT_MS;
    out[0] = '\0';
    while (keys_next(&keys, now, &key)) {
        if (key.code == KEY_CHAR && key.character < 0x80)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "%c", (int)key.character);
        else if (key.code == KEY_CHAR)
            len +=
                (size_t)snprintf(out + len, sizeof(out) - len, "<U+%04X>", (unsigned)key.character);
        else if (key.code == KEY_CTRL)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "<^%c>", (int)key.character);
        else if (key.code == KEY_SIZE)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "<%ux%u>",
                                    (unsigned)(key.character & 0xFFFF),
                                    (unsigned)(key.character >> 16));
        else if (key.code >= KEY_F1)
            len += (size_t)snprintf(out + len, sizeof(out) - len, "<F%d>",
                                    (int)(key.code - KEY_F1 + 1));
        else {
            static const char *const names[] = {
                [KEY_ENTER] = "Enter", [KEY_ESCAPE] = "Esc",   [KEY_BACKSPACE] = "BS",
                [KEY_TAB] = "Tab",     [KEY_UP] = "Up",        [KEY_DOWN] = "Down",
                [KEY_LEFT] = "Left",   [KEY_RIGHT] = "Right",  [KEY_HOME] = "Home",
                [KEY_END] = "End",     [KEY_PAGE_UP] = "PgUp", [KEY_PAGE_DOWN] = "PgDn",
                [KEY_INSERT] = "Ins",  [KEY_DELETE] = "Del",
            };
            len += (size_t)snprintf(out + len, sizeof(out) - len, "<%s>", names[key.code]);
        }
    }
    return out;
}

static void sequences_of_all_terminals_become_keys(void **state)
{
    static const struct {
        const char *text, *keys;
    } rows[] = {
        {"a", "a"},
        {"deb 12", "deb 12"},
        {"\r", "<Enter>"},
        {"\n", "<Enter>"},
        {"\r\n", "<Enter>"},
        {"\r\r", "<Enter><Enter>"},
        {"\n\n", "<Enter><Enter>"},
        {"\t", "<Tab>"},
        {"\b", "<BS>"},
        {"\x7f", "<BS>"},
        {"\x18\x12\x01\x1a", "<^x><^r><^a><^z>"},
        /* cursor keys: xterm, and in application mode */
        {"\033[A\033[B\033[C\033[D", "<Up><Down><Right><Left>"},
        {"\033OA\033OB\033OC\033OD", "<Up><Down><Right><Left>"},
        {"\033[H\033[F\033OH\033OF\033[K", "<Home><End><Home><End><End>"},
        /* editing keys: vt220, linux, xterm, rxvt */
        {"\033[1~\033[4~\033[7~\033[8~", "<Home><End><Home><End>"},
        {"\033[2~\033[3~\033[5~\033[6~\033[@", "<Ins><Del><PgUp><PgDn><Ins>"},
        /* function keys: xterm and vt100, rxvt, linux, PC-ANSI, vt220 */
        {"\033OP\033OQ\033OR\033OS", "<F1><F2><F3><F4>"},
        {"\033[11~\033[12~\033[13~\033[14~\033[15~", "<F1><F2><F3><F4><F5>"},
        {"\033[17~\033[18~\033[19~\033[20~\033[21~\033[23~\033[24~",
         "<F6><F7><F8><F9><F10><F11><F12>"},
        {"\033[[A\033[[B\033[[C\033[[D\033[[E", "<F1><F2><F3><F4><F5>"},
        {"\033[M\033[N\033[O\033[P\033[Q\033[V", "<F1><F2><F3><F4><F5><F10>"},
        /* modifiers are passed over */
        {"\033[50;132R\033[1;5R\033[24;80Rx", "<132x50><F3><80x24>x"},
        {"\033[1;5A\033[1;2P\033[15;5~\033[3;2~", "<Up><F1><F5><Del>"},
        {"\033OM", "<Enter>"},
        /* what nobody sends is swallowed whole */
        {"\033[99~x\033[?1;2cy\033[200~z", "xyz"},
        {"\033[[Zq", "q"},
        /* Esc by itself, and before something else */
        {"\033", "<Esc>"},
        {"\033\033", "<Esc><Esc>"},
        {"\033\033[A", "<Esc><Up>"},
        {"\033a", "<Esc>a"},
        {"\033\r", "<Esc><Enter>"},
        {"\033[", "<Esc>["},
        {"\033O", "<Esc>O"},
        {"\033[\033[A", "<Esc>[<Up>"},
        {"\033[\001", "<Esc>[<^a>"},
        /* UTF-8 */
        {"\xc3\xa9", "<U+00E9>"},
        {"\xe6\x97\xa5\xe6\x9c\xac", "<U+65E5><U+672C>"},
        {"\xf0\x9f\x98\x80", "<U+1F600>"},
        {"\xc3\xa9\033[A", "<U+00E9><Up>"},
        /* Latin-1 as a keyboard driver gives it, and damaged UTF-8 */
        {"\xe9", "<U+00E9>"},
        {"\xe9t\xe9", "<U+00E9>t<U+00E9>"},
        {"\xe6\x97\033[A", "<U+00E6><Up>"},
        {"\xc3\xc3\xa9", "<U+00C3><U+00E9>"},
        {"\xed\xa0\x80", "<U+00ED><U+00A0>"},
        {"\x9b", ""},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        for (unsigned step_ms = 0; step_ms < KEYS_PIECE_TIMEOUT_MS; step_ms += 7)
            assert_string_equal(decode(rows[i].text, step_ms), rows[i].keys);
    }
}

static void pieces_too_far_apart_are_keys_of_their_own(void **state)
{
    static const struct {
        const char *text, *keys;
    } rows[] = {
        {"\033[A", "<Esc>[A"},
        {"\xc3\xa9", "<U+00C3><U+00A9>"},
        {"\r\n", "<Enter><Enter>"},
        {"\033OP", "<Esc>OP"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        assert_string_equal(decode(rows[i].text, KEYS_PIECE_TIMEOUT_MS), rows[i].keys);
}

static void a_lone_escape_waits_fifty_milliseconds(void **state)
{
    struct keys keys = {0};
    struct key key;
    (void)state;
    assert_int_equal(keys_wait_ms(&keys, 5), -1);
    keys_feed(&keys, (struct raw_key){.scan = RAW_SCAN_ESC}, 100);
    assert_false(keys_next(&keys, 149, &key));
    assert_int_equal(keys_wait_ms(&keys, 130), 20);
    assert_int_equal(keys_wait_ms(&keys, 150), 0);
    assert_true(keys_next(&keys, 150, &key));
    assert_int_equal(key.code, KEY_ESCAPE);
    assert_int_equal(keys_wait_ms(&keys, 150), -1);
}

static void scan_codes_become_keys(void **state)
{
    static const struct {
        uint16_t scan;
        enum key_code code;
    } rows[] = {
        {RAW_SCAN_UP, KEY_UP},          {RAW_SCAN_DOWN, KEY_DOWN},     {RAW_SCAN_LEFT, KEY_LEFT},
        {RAW_SCAN_RIGHT, KEY_RIGHT},    {RAW_SCAN_HOME, KEY_HOME},     {RAW_SCAN_END, KEY_END},
        {RAW_SCAN_INSERT, KEY_INSERT},  {RAW_SCAN_DELETE, KEY_DELETE}, {RAW_SCAN_PGUP, KEY_PAGE_UP},
        {RAW_SCAN_PGDN, KEY_PAGE_DOWN}, {RAW_SCAN_F1, F(1)},           {RAW_SCAN_F1 + 9, F(10)},
        {RAW_SCAN_F12, F(12)},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct keys keys = {0};
        struct key key;
        keys_feed(&keys, (struct raw_key){.scan = rows[i].scan}, 1);
        assert_true(keys_next(&keys, 1, &key));
        assert_int_equal(key.code, rows[i].code);
    }
    struct keys keys = {0};
    struct key key;
    keys_feed(&keys, (struct raw_key){.scan = 0x105}, 1); /* a volume key */
    keys_feed(&keys, (struct raw_key){.scan = 0}, 1);
    assert_false(keys_next(&keys, 1000, &key));
}

static void control_comes_as_a_shift_state_from_keyboards(void **state)
{
    struct keys keys = {0};
    struct key key;
    (void)state;
    keys_feed(&keys, (struct raw_key){.character = 'X', .ctrl = true}, 1);
    keys_feed(&keys, (struct raw_key){.character = 'l', .ctrl = true}, 1);
    assert_true(keys_next(&keys, 1, &key));
    assert_int_equal(key.code, KEY_CTRL);
    assert_int_equal(key.character, 'x');
    assert_true(keys_next(&keys, 1, &key));
    assert_int_equal(key.character, 'l');
}

static void utf16_pairs_become_one_character(void **state)
{
    struct keys keys = {0};
    struct key key;
    (void)state;
    keys_feed(&keys, (struct raw_key){.character = 0xDE00}, 1); /* half of one */
    keys_feed(&keys, (struct raw_key){.character = 0xD83D}, 2);
    keys_feed(&keys, (struct raw_key){.character = 0xDE00}, 3);
    keys_feed(&keys, (struct raw_key){.character = 0x416}, 4);
    assert_true(keys_next(&keys, 4, &key));
    assert_int_equal(key.character, 0x1F600);
    assert_true(keys_next(&keys, 4, &key));
    assert_int_equal(key.character, 0x416);
    assert_false(keys_next(&keys, 4, &key));
}

static void a_flood_loses_keys_and_nothing_else(void **state)
{
    struct keys keys = {0};
    struct key key;
    unsigned count = 0;
    (void)state;
    for (unsigned i = 0; i < 1000; i++)
        keys_feed(&keys, (struct raw_key){.character = 'a'}, i);
    while (keys_next(&keys, 1000, &key))
        count++;
    assert_int_equal(count, KEYS_QUEUE_MAX);
    keys_feed(&keys, (struct raw_key){.scan = RAW_SCAN_ESC}, 2000);
    keys_feed(&keys, (struct raw_key){.character = '['}, 2000);
    for (unsigned i = 0; i < 100; i++)
        keys_feed(&keys, (struct raw_key){.character = '1'}, 2000);
    while (keys_next(&keys, 3000, &key))
        ;
    keys_feed(&keys, (struct raw_key){.character = 'z'}, 4000);
    assert_true(keys_next(&keys, 4000, &key));
    assert_int_equal(key.character, 'z');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sequences_of_all_terminals_become_keys),
        cmocka_unit_test(pieces_too_far_apart_are_keys_of_their_own),
        cmocka_unit_test(a_lone_escape_waits_fifty_milliseconds),
        cmocka_unit_test(scan_codes_become_keys),
        cmocka_unit_test(control_comes_as_a_shift_state_from_keyboards),
        cmocka_unit_test(utf16_pairs_become_one_character),
        cmocka_unit_test(a_flood_loses_keys_and_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
