/* SPDX-License-Identifier: BSD-2-Clause */
/* What each key does to a form. */
#include "efi/core/ui/form.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/width.h"

enum status form_init(struct form *ret_form, size_t count)
{
    struct form form = {.count = count};

    form.fields = calloc(count + 1, sizeof(*form.fields));
    if (form.fields == NULL)
        return STATUS_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        form.fields[i].text = strbuf_with_max(FORM_TEXT_MAX);
        form.fields[i].original = "";
        form.fields[i].note = "";
    }
    *ret_form = form;
    return STATUS_OK;
}

void form_clear(struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        strbuf_clear(&form->fields[i].text);
        free(form->fields[i].error);
    }
    free(form->fields);
    free(form->preview);
    *form = (struct form){0};
}

static enum status set_text(struct form_field *field, const char *text)
{
    strbuf_reset(&field->text);
    strbuf_append(&field->text, text);
    return strbuf_status(&field->text);
}

static void caret_to_end(struct form *form)
{
    form->caret = form->selected < form->count ? form->fields[form->selected].text.len : 0;
}

enum status form_begin(struct form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        enum status status = set_text(&form->fields[i], form->fields[i].original);
        if (status != STATUS_OK)
            return status;
    }
    caret_to_end(form);
    return STATUS_OK;
}

bool form_is_changed(const struct form_field *field)
{
    return strcmp(strbuf_text(&field->text), field->original) != 0;
}

size_t form_find_wrong(const struct form *form)
{
    size_t field = 0;
    while (field < form->count && form->fields[field].error == NULL)
        field++;
    return field;
}

/* ---- between the fields ---- */

static enum form_action select_field(struct form *form, size_t field)
{
    if (field >= form->count)
        field = form->count - 1;
    form->selected = field;
    caret_to_end(form);
    return FORM_DRAW;
}

static enum form_action accept(struct form *form)
{
    size_t wrong = form_find_wrong(form);
    return wrong < form->count ? select_field(form, wrong) : FORM_ACCEPT;
}

/* ---- going through choices ---- */

static size_t choice_count(const struct form_field *field)
{
    size_t count = 0;
    while (field->choices[count] != NULL)
        count++;
    return count;
}

/* The choice that the field holds; the number of choices if it holds a typed name. */
static size_t choice_of(const struct form_field *field)
{
    size_t choice = 0;
    while (field->choices[choice] != NULL &&
           strcmp(field->choices[choice], strbuf_text(&field->text)) != 0)
        choice++;
    return choice;
}

static enum form_action choose(struct form *form, struct form_field *field, size_t choice)
{
    if (set_text(field, field->choices[choice]) != STATUS_OK)
        return FORM_DRAW; /* what could not be kept is to be seen */
    caret_to_end(form);
    return FORM_CHANGED;
}

static enum form_action cycle(struct form *form, struct form_field *field, bool is_back)
{
    size_t count = choice_count(field), choice = choice_of(field);
    if (choice == count)
        return choose(form, field, is_back ? count - 1 : 0);
    return choose(form, field, (choice + (is_back ? count - 1 : 1)) % count);
}

/* The next choice that starts with CHARACTER. */
static enum form_action cycle_to(struct form *form, struct form_field *field, uint32_t character)
{
    size_t count = choice_count(field), choice = choice_of(field);
    for (size_t step = 1; step <= count; step++) {
        size_t next = (choice + step) % count;
        if ((uint8_t)field->choices[next][0] == utf_fold(character))
            return choose(form, field, next);
    }
    return FORM_NONE;
}

/* ---- typing ---- */

static bool is_continuation(char byte)
{
    return ((uint8_t)byte & 0xC0) == 0x80;
}

static size_t before(const char *text, size_t off)
{
    if (off > 0)
        off--;
    while (off > 0 && is_continuation(text[off]))
        off--;
    return off;
}

static size_t behind(const char *text, size_t off)
{
    if (text[off] != '\0')
        off++;
    while (is_continuation(text[off]))
        off++;
    return off;
}

static enum form_action move_caret(struct form *form, size_t caret)
{
    if (caret == form->caret)
        return FORM_NONE;
    form->caret = caret;
    return FORM_DRAW;
}

/* Puts LEN bytes in the place of those from START to the caret. */
static enum form_action replace(struct form *form, struct form_field *field, size_t start,
                                const char *bytes, size_t len)
{
    auto_strbuf text = strbuf_with_max(FORM_TEXT_MAX);

    strbuf_append_bytes(&text, strbuf_text(&field->text), start);
    strbuf_append_bytes(&text, bytes, len);
    strbuf_append(&text, strbuf_text(&field->text) + form->caret);
    if (strbuf_status(&text) != STATUS_OK || set_text(field, strbuf_text(&text)) != STATUS_OK)
        return FORM_NONE;
    form->caret = start + len;
    return FORM_CHANGED;
}

static enum form_action type_character(struct form *form, struct form_field *field,
                                       uint32_t character)
{
    char bytes[UTF8_MAX_BYTES];

    if (!width_is_shown(character))
        return FORM_NONE;
    return replace(form, field, form->caret, bytes, utf8_encode(character, bytes));
}

static enum form_action erase(struct form *form, struct form_field *field)
{
    if (field->kind == FORM_CYCLED || form->caret == 0)
        return FORM_NONE;
    return replace(form, field, before(strbuf_text(&field->text), form->caret), "", 0);
}

static enum form_action restore(struct form *form, struct form_field *field)
{
    if (!form_is_changed(field) || set_text(field, field->original) != STATUS_OK)
        return FORM_NONE;
    caret_to_end(form);
    return FORM_CHANGED;
}

static enum form_action control_key(struct form *form, struct form_field *field, uint32_t letter)
{
    switch (letter) {
    case 'u':
        form->caret = field->text.len;
        return field->kind == FORM_CYCLED ? FORM_NONE : replace(form, field, 0, "", 0);
    case 'r':
        return restore(form, field);
    case 'e':
    case 'x':
        return FORM_FORGET;
    default:
        return FORM_NONE;
    }
}

static enum form_action character_key(struct form *form, struct form_field *field,
                                      uint32_t character)
{
    if (field->kind == FORM_TYPED || (field->kind == FORM_EITHER && character != ' '))
        return type_character(form, field, character);
    return character == ' ' ? cycle(form, field, false) : cycle_to(form, field, character);
}

enum form_action form_handle(struct form *form, struct key key)
{
    if (form->count == 0)
        return key.code == KEY_ESCAPE ? FORM_FORGET : FORM_NONE;
    struct form_field *field = &form->fields[form->selected];
    const char *text = strbuf_text(&field->text);
    size_t page = form->page_rows > 1 ? form->page_rows - 1 : 1;
    bool is_typed = field->kind == FORM_TYPED;

    switch (key.code) {
    case KEY_UP:
        return select_field(form, form->selected > 0 ? form->selected - 1 : form->count - 1);
    case KEY_DOWN:
    case KEY_TAB:
        return select_field(form, form->selected + 1 < form->count ? form->selected + 1 : 0);
    case KEY_PAGE_UP:
        return select_field(form, form->selected > page ? form->selected - page : 0);
    case KEY_PAGE_DOWN:
        return select_field(form, form->selected + page);
    case KEY_LEFT:
        return is_typed ? move_caret(form, before(text, form->caret)) : cycle(form, field, true);
    case KEY_RIGHT:
        return is_typed ? move_caret(form, behind(text, form->caret)) : cycle(form, field, false);
    case KEY_HOME:
        return is_typed ? move_caret(form, 0) : FORM_NONE;
    case KEY_END:
        return is_typed ? move_caret(form, field->text.len) : FORM_NONE;
    case KEY_BACKSPACE:
    case KEY_DELETE: /* a serial line's 0x7F comes as Delete from EDK II */
        return erase(form, field);
    case KEY_CHAR:
        return character_key(form, field, key.character);
    case KEY_CTRL:
        return control_key(form, field, key.character);
    case KEY_F5:
        return restore(form, field);
    case KEY_F4:
    case KEY_ESCAPE:
        return FORM_FORGET;
    case KEY_ENTER:
        return accept(form);
    default:
        return FORM_NONE;
    }
}
