/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration of the stick and what was remembered from earlier starts. */
#pragma once

#include "config/config.h"
#include "config/returned.h"
#include "efi/app/platform.h"

struct stick {
    const struct platform *platform;
    struct platform_stick ids;
    struct config *config;        /* never NULL after stick_load() */
    struct problem_list problems; /* of hiperiso.json and its templates */
    bool has_no_config;           /* there is no hiperiso.json: defaults */
    bool has_returned;            /* an image ended and /init told us about it */
    struct returned returned;
    char *last_path; /* the last choice, "" if none; owned */
};

/* Reads hiperiso.json and the variables; what is wrong with them ends up in `problems`. Fails with
 * STATUS_NO_MEMORY only. */
enum status stick_load(const struct platform *platform, const struct platform_stick *ids,
                       struct stick *ret_stick) must_check;
void stick_clear(struct stick *stick);

/* Remembers PATH as the last choice; writes the variable only when it changes. */
void stick_remember(struct stick *stick, const char *path);

/* The settings in effect for the image at PATH. On failure a text for people in MESSAGE:
 * STATUS_INVALID (its template), STATUS_NO_MEMORY. */
enum status stick_resolve(const struct stick *stick, const char *path,
                          struct settings *ret_settings, struct strbuf *message) must_check;

/* Appends the kernel command line that starts the image at PATH with SETTINGS to LINE.
 * STATUS_TOO_LARGE: it would have *RET_LEN bytes. */
enum status stick_write_line(const struct stick *stick, const char *path,
                             const struct settings *settings, struct strbuf *line, size_t *ret_len)
    must_check;

/* The same, with a text for people in MESSAGE on failure. SETTINGS NULL: those in effect. */
enum status stick_compose(const struct stick *stick, const char *path,
                          const struct settings *settings, struct strbuf *line,
                          struct strbuf *message) must_check;

/* Starts the host Linux for the image at PATH. Returns only on failure, with the reason in MESSAGE.
 */
void stick_start(struct stick *stick, const char *path, const char *line, struct strbuf *message);
