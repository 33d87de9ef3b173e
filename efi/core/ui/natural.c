/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys for natural order: letters folded, numbers with their length in front. */
#include "efi/core/ui/natural.h"

#include <stdint.h>
#include <string.h>

#include "config/base/utf.h"

/* A number sorts by how many digits it has, then by them: the count goes first, as a byte above '0'
 * so that numbers keep the place of digits among other characters. */
#define COUNT_BASE '0'
#define COUNT_MAX  ('9' + 1 - '0')

static size_t digit_run(const char *text, size_t len)
{
    size_t run = 0;
    while (run < len && text[run] >= '0' && text[run] <= '9')
        run++;
    return run;
}

/* Writes the key, or only counts when OUT is NULL. */
static size_t write_key(const char *text, size_t len, char *out)
{
    size_t used = 0;
    while (len > 0) {
        size_t run = digit_run(text, len);
        if (run > 0) {
            size_t zeros = 0;
            while (zeros + 1 < run && text[zeros] == '0')
                zeros++;
            size_t digits = run - zeros;
            /* 9 digits or fewer: one count; more: further counts in unary, so that longer is
             * greater. */
            for (size_t left = digits; left > 0;) {
                size_t step = left < COUNT_MAX ? left : COUNT_MAX - 1;
                if (out != NULL)
                    out[used] = (char)(COUNT_BASE + step);
                used++;
                left -= step;
                if (left == 0 && step == COUNT_MAX - 1) {
                    if (out != NULL)
                        out[used] = COUNT_BASE;
                    used++;
                }
            }
            if (out != NULL)
                memcpy(out + used, text + zeros, digits);
            used += digits;
            text += run;
            len -= run;
            continue;
        }
        uint32_t character;
        char bytes[UTF8_MAX_BYTES];
        size_t taken = utf8_decode(text, len, &character);
        size_t encoded = utf8_encode(utf_fold(character), bytes);
        if (out != NULL)
            memcpy(out + used, bytes, encoded);
        used += encoded;
        text += taken;
        len -= taken;
    }
    return used;
}

char *natural_key(struct arena *arena, const char *text)
{
    size_t len = strlen(text);
    char *key = arena_alloc(arena, write_key(text, len, NULL) + 1);
    if (key != NULL)
        write_key(text, len, key);
    return key;
}
