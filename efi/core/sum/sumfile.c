/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of checksum files. */
#include "efi/core/sum/sumfile.h"

#include <string.h>
#include <strings.h>

#define TAG "SHA256 ("

static bool is_hex(const char *text, size_t len)
{
    if (len < SHA256_HEX_CHARS)
        return false;
    for (size_t i = 0; i < SHA256_HEX_CHARS; i++) {
        char c = text[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

static void copy_hex(const char *text, char ret_hex[SHA256_HEX_CHARS + 1])
{
    for (size_t i = 0; i < SHA256_HEX_CHARS; i++)
        ret_hex[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] + 0x20) : text[i];
    ret_hex[SHA256_HEX_CHARS] = '\0';
}

/* Is [TEXT, TEXT + LEN) NAME, or a path that ends in it? */
static bool is_name(const char *text, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    if (len < name_len || strncasecmp(text + len - name_len, name, name_len) != 0)
        return false;
    return len == name_len || text[len - name_len - 1] == '/';
}

static const char *find_in_line(const char *line, size_t len, const char *name, bool may_be_bare)
{
    size_t tag = sizeof(TAG) - 1;

    while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    if (len > tag && memcmp(line, TAG, tag) == 0) {
        const char *hex = len > SHA256_HEX_CHARS ? line + len - SHA256_HEX_CHARS : line;
        size_t before = (size_t)(hex - line);
        if (before < tag + 4 || memcmp(hex - 4, ") = ", 4) != 0 || !is_hex(hex, SHA256_HEX_CHARS) ||
            !is_name(line + tag, before - 4 - tag, name))
            return NULL;
        return hex;
    }
    if (len > 0 && line[0] == '\\') { /* sha256sum marks names with escapes so */
        line++;
        len--;
    }
    if (!is_hex(line, len))
        return NULL;
    if (len == SHA256_HEX_CHARS)
        return may_be_bare ? line : NULL;
    size_t at = SHA256_HEX_CHARS;
    if (line[at] != ' ' && line[at] != '\t')
        return NULL;
    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    if (at < len && line[at] == '*')
        at++;
    return is_name(line + at, len - at, name) ? line : NULL;
}

bool sumfile_find(const char *text, size_t len, const char *name, bool may_be_bare,
                  char ret_hex[SHA256_HEX_CHARS + 1])
{
    while (len > 0) {
        const char *newline = memchr(text, '\n', len);
        size_t line_len = newline != NULL ? (size_t)(newline - text) : len;
        const char *hex = find_in_line(text, line_len, name, may_be_bare);
        if (hex != NULL) {
            copy_hex(hex, ret_hex);
            return true;
        }
        size_t step = newline != NULL ? line_len + 1 : line_len;
        text += step;
        len -= step;
    }
    return false;
}
