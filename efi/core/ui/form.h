/* SPDX-License-Identifier: BSD-2-Clause */
/* A form as a state: fields that are typed into or gone through. What is allowed is not known here:
 * whoever made the form checks each change. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "config/base/status.h"
#include "config/base/strbuf.h"
#include "efi/core/ui/keys.h"

#define FORM_TEXT_MAX ((size_t)4096) /* bytes of one field */

enum form_kind {
    FORM_TYPED,  /* a text with a caret */
    FORM_CYCLED, /* one of `choices`: left, right, blank, or a choice's first letter */
    FORM_EITHER, /* one of `choices`, or a name that is typed */
};

struct form_field {
    enum form_kind kind;
    const char *label, *help, *note; /* borrowed; note: unit and origin, "" if none */
    const char *const *choices;      /* CYCLED and EITHER: NULL-terminated */
    const char *original;            /* the text before the form; borrowed */
    struct strbuf text;              /* as it stands */
    char *error;                     /* why `text` is not allowed, NULL: it is; owned */
};

struct form {
    struct form_field *fields; /* owned */
    size_t count;
    size_t selected;
    size_t caret; /* byte offset in the selected field's text */
    size_t page_rows;
    char *preview;                   /* what the start would hand over; owned, NULL: none */
    size_t preview_len, preview_max; /* its bytes, and how many are allowed */
};

enum form_action {
    FORM_NONE,
    FORM_DRAW,
    FORM_CHANGED, /* the selected field: to be checked, then drawn */
    FORM_ACCEPT,
    FORM_FORGET,
};

/* COUNT empty fields; STATUS_NO_MEMORY. The caller fills them in, then calls form_begin(). */
enum status form_init(struct form *ret_form, size_t count) must_check;

/* Every field's text becomes its original one; STATUS_NO_MEMORY. */
enum status form_begin(struct form *form) must_check;
void form_clear(struct form *form);

bool form_is_changed(const struct form_field *field);

/* The first field with an error, form->count if there is none. */
size_t form_find_wrong(const struct form *form);

enum form_action form_handle(struct form *form, struct key key);
