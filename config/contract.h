/* SPDX-License-Identifier: BSD-2-Clause */
/* Contract 1, the kernel command line: the loader writes it, /init reads it, both with this code.
 * config/INTERFACES.md */
#pragma once

#include "config/base/strbuf.h"
#include "config/problem.h"
#include "config/settings.h"

#define CONTRACT_PARTUUID_CHARS 36
#define CONTRACT_PARAMETERS_MAX 24 /* the kernel panics above 32 unknown parameters */

#define CONTRACT_PLACE "kernel command line" /* the "file" of contract_read()'s problems */

/* What one start needs to know. */
struct boot_request {
    char *iso_path; /* hiperiso_iso=, "/ISOs/x.iso" on the data partition; owned; NULL: none */
    char data_partuuid[CONTRACT_PARTUUID_CHARS + 1]; /* hiperiso_data=PARTUUID=..., lower case */
    char esp_partuuid[CONTRACT_PARTUUID_CHARS +
                      1];     /* hiperiso_esp=PARTUUID=..., lower case; "" = on the same disk */
    struct settings settings; /* origins travel in hiperiso_from= */
};

void boot_request_init(struct boot_request *request);
void boot_request_clear(struct boot_request *request);

/* Appends the whole kernel command line: LAYOUT_KERNEL_ARGUMENTS and our parameters, always in the
 * same order. An empty path or PARTUUID is left out. STATUS_TOO_LARGE above
 * LAYOUT_COMMAND_LINE_MAX; *RET_LEN (may be NULL) is set then, too, and says how long it would be.
 * LINE is unchanged on failure, except that it may be out of memory. */
enum status contract_write(const struct boot_request *request, struct strbuf *line, size_t *ret_len)
    must_check;

/* Reads a kernel command line (/proc/cmdline). Parameters that are not ours are passed over; an
 * unknown hiperiso_ one is a problem and passed over; a malformed one is a problem that names it
 * and STATUS_INVALID is returned in the end, with everything else read; such problems come first. A
 * parameter that stands twice counts as it stood last. What is missing stays empty (iso_path NULL).
 * A setting that hiperiso_from= does not explain was set by hand: ORIGIN_MENU. The caller clears
 * RET_REQUEST in both cases; after STATUS_NO_MEMORY it is empty. */
enum status contract_read(const char *line, struct problem_list *problems,
                          struct boot_request *ret_request) must_check;
