/* SPDX-License-Identifier: BSD-2-Clause */
/* Three digits that count. */
#include "trace/report/text.h"

#include <stdio.h>
#include <string.h>

#include "tools/mkhiperiso/size.h"
#include "trace/report/model.h"

const char *text_time(int64_t ns, char ret_text[TEXT_NUMBER_BYTES])
{
    const char *sign = ns < 0 ? "-" : "";
    double s = (double)(ns < 0 ? -ns : ns) / 1e9;

    if (ns == REPORT_NEVER)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "-");
    else if (s >= 120)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "%s%llu min %02llu s", sign,
                 (unsigned long long)s / 60, (unsigned long long)s % 60);
    else if (s >= 10)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "%s%.1f s", sign, s);
    else if (s >= 0.1)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "%s%.3f s", sign, s);
    else if (s >= 0.001)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "%s%.1f ms", sign, s * 1e3);
    else if (ns != 0)
        snprintf(ret_text, TEXT_NUMBER_BYTES, "%s%.0f us", sign, s * 1e6);
    else
        snprintf(ret_text, TEXT_NUMBER_BYTES, "0 s");
    return ret_text;
}

const char *text_count(uint64_t count, char ret_text[TEXT_NUMBER_BYTES])
{
    char plain[TEXT_NUMBER_BYTES];
    int len = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)count), used = 0;

    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            ret_text[used++] = ',';
        ret_text[used++] = plain[i];
    }
    ret_text[used] = '\0';
    return ret_text;
}

const char *text_bytes(uint64_t bytes, char ret_text[TEXT_NUMBER_BYTES])
{
    char size[SIZE_TEXT_BYTES];

    size_text(bytes, size);
    snprintf(ret_text, TEXT_NUMBER_BYTES, "%s", size);
    return ret_text;
}
