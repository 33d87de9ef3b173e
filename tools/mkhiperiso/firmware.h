/* SPDX-License-Identifier: BSD-2-Clause */
/* OVMF on this machine, and the variables of one run. */
#pragma once

#define FIRMWARE_PATH_BYTES 64

struct firmware {
    const char *code;                    /* read-only part */
    const char *vars_template;           /* fresh variables */
    char vars_path[FIRMWARE_PATH_BYTES]; /* a copy that lives as long as this process */
    int vars_fd;
};

/* Finds OVMF and makes a private copy of its variables. Reports errors, returns 0 or -1. */
int firmware_open(struct firmware *ret_firmware);
void firmware_close(struct firmware *firmware);

/* Makes PATH from the template if there is no such file. Reports errors, returns 0 or -1. */
int firmware_make_vars(const struct firmware *firmware, const char *path);
