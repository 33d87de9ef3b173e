/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: a guest's serial output as lines of a page. What comes out is short UTF-8 without
 * control characters. */
#include <stdlib.h>
#include <string.h>

#include "config/base/utf.h"
#include "trace/report/html/html_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    auto_strbuf out = STRBUF_INIT;
    strbuf_append(&out, "before\n");
    size_t start = out.len;
    html_plain_line(&out, (const char *)bytes, len);
    if (strbuf_status(&out) != STATUS_OK || out.len > start + HTML_LINE_MAX + 2 * UTF8_MAX_BYTES ||
        memcmp(out.text, "before\n", start) != 0) {
        abort();
    }
    for (const char *at = out.text + start; *at;) {
        char again[UTF8_MAX_BYTES];
        const char *from = at;
        uint32_t code = utf8_next(&at);
        if (code != '\t' && utf_is_deceptive(code)) {
            abort();
        }
        if (utf8_encode(code, again) != (size_t)(at - from)) { /* a cut or wrong sequence */
            abort();
        }
    }
    return 0;
}
