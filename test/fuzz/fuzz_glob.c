/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: shell patterns. The input's first line is the pattern, the rest the text. */
#include <stdlib.h>
#include <string.h>

#include "config/base/glob.h"
#include "config/base/strbuf.h"
#include "config/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

/* TEXT with each character that means something escaped matches TEXT alone. */
static void check_escaped(const char *text)
{
    struct strbuf pattern = STRBUF_INIT;

    for (const char *p = text; *p != '\0'; p++) {
        if (strchr("*?[\\", *p) != NULL)
            strbuf_append_char(&pattern, '\\');
        strbuf_append_char(&pattern, *p);
    }
    if (glob_check(strbuf_text(&pattern)) != NULL || !glob_match(strbuf_text(&pattern), text))
        abort();
    strbuf_append_char(&pattern, '?');
    if (glob_match(strbuf_text(&pattern), text))
        abort();
    strbuf_clear(&pattern);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > 4096)
        return 0;
    const uint8_t *newline = memchr(bytes, '\n', len);
    size_t pattern_len = newline != NULL ? (size_t)(newline - bytes) : len;
    size_t text_off = newline != NULL ? pattern_len + 1 : len;
    char *pattern = text_copy_part((const char *)bytes, pattern_len);
    char *text = text_copy_part((const char *)bytes + text_off, len - text_off);

    if (pattern != NULL && text != NULL) {
        bool matches = glob_match(pattern, text);
        /* What matches still does with a '*' on both sides. */
        struct strbuf wider = STRBUF_INIT;
        strbuf_printf(&wider, "*%s", pattern);
        if (glob_check(pattern) == NULL) {
            strbuf_append_char(&wider, '*');
            if (matches && !glob_match(strbuf_text(&wider), text))
                abort();
        }
        strbuf_clear(&wider);
        if (text_find_invalid_utf8(text, strlen(text)) == strlen(text))
            check_escaped(text);
    }
    free(pattern);
    free(text);
    return 0;
}
