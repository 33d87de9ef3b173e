/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of session folders. */
#include "config/session_name.h"

#include <stdint.h>
#include <string.h>

#include "config/base/utf.h"

#define NAME_UNITS_MAX 255

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    return base[0] != '\0' ? base : "none";
}

void session_name_append(const char *image_path, size_t max_units, struct strbuf *b)
{
    const char *name = base_name(image_path);
    size_t len = strlen(name), units = 0, start = b->len;
    while (len > 0) {
        uint32_t code;
        size_t used = utf8_decode(name, len, &code);
        size_t cost = code > 0xFFFF ? 2 : 1;
        if (units + cost > max_units)
            break;
        char encoded[UTF8_MAX_BYTES];
        if (code < 0x20 || code == 0x7F ||
            (code < 0x80 && strchr("\"*/:<>?\\|", (int)code) != NULL))
            code = '_';
        strbuf_append_bytes(b, encoded, utf8_encode(code, encoded));
        units += cost;
        name += used;
        len -= used;
    }
    /* Windows and the Linux driver drop dots and spaces at the end: two names would be one. */
    if (b->text != NULL && b->len > start &&
        (b->text[b->len - 1] == '.' || b->text[b->len - 1] == ' '))
        b->text[b->len - 1] = '_';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool session_name_is_like(const char *folder, const char *image_path)
{
    auto_strbuf name = STRBUF_INIT;
    for (int i = 0; i < SESSION_NAME_STAMP; i++) {
        bool is_dash = i == 8 || i == SESSION_NAME_STAMP - 1;
        if (is_dash ? folder[i] != '-' : !is_digit(folder[i]))
            return false;
    }
    session_name_append(image_path, NAME_UNITS_MAX - SESSION_NAME_STAMP, &name);
    if (strbuf_status(&name) != STATUS_OK ||
        strncmp(folder + SESSION_NAME_STAMP, strbuf_text(&name), name.len) != 0)
        return false;
    const char *rest = folder + SESSION_NAME_STAMP + name.len; /* "-2": one more of that second */
    if (*rest == '\0')
        return true;
    if (*rest++ != '-' || *rest == '\0')
        return false;
    while (is_digit(*rest))
        rest++;
    return *rest == '\0';
}
