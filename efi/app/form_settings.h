/* SPDX-License-Identifier: BSD-2-Clause */
/* The form over the settings of one start: fields from the table of settings, checked by its own
 * parser. */
#pragma once

#include "config/base/arena.h"
#include "efi/app/stick.h"
#include "efi/core/ui/form.h"

/* Zeroed: there is no form. */
struct form_settings {
    struct stick *stick;
    const char *path;
    struct settings original, settings; /* in effect without the form, and as it stands */
    enum setting_id ids[SETTING_COUNT]; /* of each field */
};

/* A form over every setting that means something for the start of the image at PATH (borrowed).
 * Texts lie in ARENA. Fails like stick_resolve(), with its MESSAGE. */
enum status form_settings_begin(struct stick *stick, const char *path, struct arena *arena,
                                struct form_settings *ret_settings, struct form *ret_form,
                                struct strbuf *message) must_check;
void form_settings_clear(struct form_settings *settings);

/* Takes over the text of FIELD, or says in its error why not; makes the preview anew. Fails with
 * STATUS_NO_MEMORY only. */
enum status form_settings_check(struct form_settings *settings, struct form *form, size_t field)
    must_check;
