/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the keys that are meant for /init out of what is typed: Ctrl-] q ends the guest, Ctrl-]
 * Ctrl-] is Ctrl-] itself. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define ESCAPE_KEY 0x1D /* Ctrl-] */

struct escape {
    bool has_prefix; /* Ctrl-] came, the next key decides */
};

enum escape_command {
    ESCAPE_NONE,
    ESCAPE_QUIT,
    ESCAPE_HELP, /* Ctrl-] and any other key */
};

/* Filters LEN bytes in place; *RET_LEN are left for the guest. The last command in them, if any. */
enum escape_command escape_filter(struct escape *escape, char *bytes, size_t len, size_t *ret_len);
