/* SPDX-License-Identifier: BSD-2-Clause */
/* The escape key of the guest's console. */
#include "initramfs/escape.h"

enum escape_command escape_filter(struct escape *escape, char *bytes, size_t len, size_t *ret_len)
{
    enum escape_command command = ESCAPE_NONE;
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        char key = bytes[i];
        if (!escape->has_prefix) {
            if (key == ESCAPE_KEY)
                escape->has_prefix = true;
            else
                bytes[kept++] = key;
            continue;
        }
        escape->has_prefix = false;
        if (key == ESCAPE_KEY)
            bytes[kept++] = key;
        else if (key == 'q' || key == 'Q')
            command = ESCAPE_QUIT;
        else
            command = ESCAPE_HELP;
    }
    *ret_len = kept;
    return command;
}
