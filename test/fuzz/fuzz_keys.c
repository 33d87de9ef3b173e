/* SPDX-License-Identifier: BSD-2-Clause */
/* The key decoder with keystrokes and times out of the input: every key is one, and none stays
 * behind. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/bytes.h"
#include "efi/core/ui/keys.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct key key)
{
    assert(key.code > KEY_NONE && key.code <= KEY_F12);
    if (key.code == KEY_CHAR)
        assert(key.character >= 0x20 && key.character <= 0x10FFFF && key.character != 0x7F);
    if (key.code == KEY_CTRL)
        assert(key.character >= 'a' && key.character <= 'z');
}

/* Four bytes a keystroke: what it is, the milliseconds since the last one, 16 bits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keys keys = {0};
    struct key key;
    uint64_t now = 0;

    for (; size >= 4; data += 4, size -= 4) {
        struct raw_key raw = {.ctrl = (data[0] & 2) != 0};
        if ((data[0] & 1) != 0)
            raw.scan = get_le16(data + 2);
        else if ((data[0] & 4) != 0)
            raw.character = get_le16(data + 2);
        else
            raw.character = data[2];
        now += data[1];
        keys_feed(&keys, raw, now);
        assert(keys_wait_ms(&keys, now) <= KEYS_PIECE_TIMEOUT_MS);
        while ((data[0] & 8) != 0 && keys_next(&keys, now, &key))
            check(key);
    }
    now += KEYS_PIECE_TIMEOUT_MS;
    while (keys_next(&keys, now, &key))
        check(key);
    assert(keys_wait_ms(&keys, now) == -1);
    return 0;
}
