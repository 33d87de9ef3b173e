/* SPDX-License-Identifier: BSD-2-Clause */
/* The EFI variable by which /init tells the menu which image ended, and why. */
#include "config/returned.h"

#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/percent.h"
#include "config/base/text.h"
#include "config/base/utf.h"

#define HEADER       "hiperiso-returned 1\n"
#define KEY_COUNT    4
#define REASON_BYTES 256 /* kept free for the reason, however long the names are */

/* In the order of their weight: a path that is cut selects no entry; a code is one short word. */
static const char *const keys[KEY_COUNT] = {"code=", "iso=", "session=", "reason="};

/* Appends as many whole characters of TEXT, encoded, as fit BYTES. */
static void append_cut(struct strbuf *data, const char *text, size_t bytes)
{
    size_t len = strlen(text), end = data->len + bytes;

    while (len > 0) {
        char character[UTF8_MAX_BYTES + 1] = {0};
        uint32_t code;
        size_t used = utf8_decode(text, len, &code), before = data->len;

        memcpy(character, text, used);
        percent_encode(data, character);
        if (data->len > end) {
            data->len = before;
            data->text[before] = '\0';
            return;
        }
        text += used;
        len -= used;
    }
}

enum status returned_write(const struct returned *returned, struct strbuf *data)
{
    const char *const texts[KEY_COUNT] = {returned->code, returned->iso_path, returned->session,
                                          returned->reason};
    auto_strbuf text = STRBUF_INIT;
    size_t room = RETURNED_MAX_BYTES - strlen(HEADER);

    strbuf_append(&text, HEADER);
    for (size_t i = 0; i < KEY_COUNT; i++)
        room -= strlen(keys[i]) + 1;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        size_t kept_free = i + 1 < KEY_COUNT ? REASON_BYTES : 0;
        strbuf_append(&text, keys[i]);
        size_t before = text.len;
        if (texts[i] != NULL)
            append_cut(&text, texts[i], room - kept_free);
        room -= text.len - before;
        strbuf_append_char(&text, '\n');
    }
    if (strbuf_status(&text) != STATUS_OK)
        return strbuf_status(&text);
    strbuf_append_bytes(data, text.text, text.len);
    return strbuf_status(data);
}

bool returned_is_good(const struct returned *returned)
{
    static const char *const good[] = {"", "guest-poweroff", "user"};
    if (returned->code == NULL)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        if (strcmp(returned->code, good[i]) == 0)
            return true;
    return false;
}

void returned_clear(struct returned *returned)
{
    free(returned->iso_path);
    free(returned->reason);
    free(returned->session);
    free(returned->code);
    *returned = (struct returned){0};
}

enum status returned_read(const void *data, size_t len, struct returned *ret_returned)
{
    struct returned returned = {0};
    char **const texts[KEY_COUNT] = {&returned.code, &returned.iso_path, &returned.session,
                                     &returned.reason};
    const char *p = data, *end = p + len;
    enum status status = STATUS_INVALID;

    if (len > RETURNED_MAX_BYTES || len < strlen(HEADER) || memcmp(p, HEADER, strlen(HEADER)) != 0)
        return STATUS_INVALID;
    p += strlen(HEADER);
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if (newline == NULL)
            goto fail;
        for (size_t i = 0; i < KEY_COUNT; i++) {
            size_t key_len = strlen(keys[i]);
            if ((size_t)(newline - p) < key_len || memcmp(p, keys[i], key_len) != 0)
                continue;
            if (*texts[i] != NULL)
                goto fail;
            status = percent_decode(p + key_len, (size_t)(newline - p) - key_len, texts[i]);
            if (status != STATUS_OK)
                goto fail;
            status = STATUS_INVALID;
        }
        p = newline + 1; /* lines that a later version adds are passed over */
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        if (*texts[i] == NULL && (*texts[i] = text_copy("")) == NULL) {
            status = STATUS_NO_MEMORY;
            goto fail;
        }
    }
    *ret_returned = returned;
    return STATUS_OK;

fail:
    returned_clear(&returned);
    return status;
}
