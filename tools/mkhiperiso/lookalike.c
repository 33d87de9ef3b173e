/* SPDX-License-Identifier: BSD-2-Clause */
/* Canonical decomposition and ordering. Unicode Standard 14, 3.11 and 3.12. */
#include "tools/mkhiperiso/lookalike.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/base/utf.h"
#include "tools/mkhiperiso/exfat_upcase.h"

#define DEPTH_MAX 8 /* characters that one decomposes into; Unicode has at most 4 */

/* Hangul syllables are composed by arithmetic (3.12). */
#define HANGUL_S     0xAC00u
#define HANGUL_L     0x1100u
#define HANGUL_V     0x1161u
#define HANGUL_T     0x11A7u
#define HANGUL_V_NUM 21u
#define HANGUL_T_NUM 28u
#define HANGUL_S_NUM 11172u

struct codes {
    uint32_t *items;
    size_t count;
};

static int compare_codes(const void *key, const void *row)
{
    uint32_t a = *(const uint32_t *)key, b = *(const uint32_t *)row;

    return (a > b) - (a < b);
}

static uint8_t class_of(uint32_t code)
{
    const struct lookalike_class *found =
        bsearch(&code, lookalike_classes, lookalike_class_count, sizeof(*found), compare_codes);

    return found != NULL ? found->value : 0;
}

static void add_hangul(uint32_t code, struct codes *codes)
{
    uint32_t syllable = code - HANGUL_S, tail = syllable % HANGUL_T_NUM;

    codes->items[codes->count++] = HANGUL_L + syllable / (HANGUL_V_NUM * HANGUL_T_NUM);
    codes->items[codes->count++] =
        HANGUL_V + syllable % (HANGUL_V_NUM * HANGUL_T_NUM) / HANGUL_T_NUM;
    if (tail != 0)
        codes->items[codes->count++] = HANGUL_T + tail;
}

/* At most DEPTH_MAX codes. */
static void add_decomposed(uint32_t code, struct codes *codes)
{
    uint32_t behind[DEPTH_MAX];
    size_t count = 0;

    if (code >= HANGUL_S && code - HANGUL_S < HANGUL_S_NUM) {
        add_hangul(code, codes);
        return;
    }
    /* Only the first part of a decomposition may have one of its own. */
    while (count < DEPTH_MAX - 1) {
        const struct lookalike_decomposition *found =
            bsearch(&code, lookalike_decompositions, lookalike_decomposition_count, sizeof(*found),
                    compare_codes);
        if (found == NULL)
            break;
        if (found->second != 0)
            behind[count++] = found->second;
        code = found->first;
    }
    codes->items[codes->count++] = code;
    while (count > 0)
        codes->items[codes->count++] = behind[--count];
}

/* Marks behind a character, by their class; those of one class stay as they are (3.11, D109). */
static void order_marks(struct codes *codes)
{
    for (size_t i = 1; i < codes->count; i++) {
        uint32_t code = codes->items[i];
        uint8_t value = class_of(code);
        size_t k = i;
        for (; value != 0 && k > 0 && class_of(codes->items[k - 1]) > value; k--)
            codes->items[k] = codes->items[k - 1];
        codes->items[k] = code;
    }
}

static uint32_t upcase(uint32_t code)
{
    return code < 0x10000 ? exfat_upcase((uint16_t)code) : code;
}

enum status lookalike_key(const char *name, char **ret_key)
{
    size_t len = strlen(name);
    auto_free uint32_t *items = calloc(len + 1, DEPTH_MAX * sizeof(*items));
    struct codes codes = {.items = items};
    struct strbuf key = STRBUF_INIT;

    if (items == NULL)
        return STATUS_NO_MEMORY;
    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(name, len, &code);
        add_decomposed(code, &codes);
        name += used;
        len -= used;
    }
    order_marks(&codes);
    for (size_t i = 0; i < codes.count; i++) {
        char bytes[UTF8_MAX_BYTES];
        strbuf_append_bytes(&key, bytes, utf8_encode(upcase(codes.items[i]), bytes));
    }
    *ret_key = strbuf_take(&key);
    return *ret_key != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}
