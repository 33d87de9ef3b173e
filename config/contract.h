/* SPDX-License-Identifier: BSD-2-Clause */
/* Contract 1, the kernel command line: the loader writes it, /init reads it, both with this code. config/INTERFACES.md */
#pragma once

#include "config/base/strbuf.h"
#include "config/problem.h"
#include "config/settings.h"

#define CONTRACT_PARTUUID_CHARS 36
#define CONTRACT_PARAMETERS_MAX 24 /* the kernel panics above 32 unknown parameters */

/* What one start needs to know. */
struct boot_request {
    char *iso_path;                                      /* hiperiso_iso=, "/ISOs/x.iso" on the data partition; owned */
    char data_partuuid[CONTRACT_PARTUUID_CHARS + 1];     /* hiperiso_data=PARTUUID=..., lower case */
    char esp_partuuid[CONTRACT_PARTUUID_CHARS + 1];      /* hiperiso_esp=PARTUUID=..., lower case; "" = on the same disk */
    struct settings settings;                            /* origins travel in hiperiso_from= */
};

void boot_request_init(struct boot_request *request);
void boot_request_clear(struct boot_request *request);

/* Appends the whole kernel command line: LAYOUT_KERNEL_ARGUMENTS and our parameters. STATUS_TOO_LARGE above
 * LAYOUT_COMMAND_LINE_MAX; *RET_LEN (may be NULL) then says how long it would be. */
enum status contract_write(const struct boot_request *request, struct strbuf *line, size_t *ret_len) must_check;

/* Reads a kernel command line (/proc/cmdline). Parameters that are not ours are passed over; an unknown hiperiso_ one is a
 * problem and passed over; a malformed one is a problem that names it and STATUS_INVALID is returned in the end, with
 * everything else read. The caller clears RET_REQUEST in both cases. */
enum status contract_read(const char *line, struct problem_list *problems,
                          struct boot_request *ret_request) must_check;

/* Percent-encodes what a parameter's value may not hold: space, quotes, comma, colon, percent, backslash, control characters. */
void contract_encode(struct strbuf *b, const char *text);

/* A new text with %XX decoded; STATUS_INVALID on a bad escape or %00. */
enum status contract_decode(const char *text, size_t len, char **ret_text) must_check;
