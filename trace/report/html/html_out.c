/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the page's data: blocks of gzip in base64, each in a script element of its own. */
#include "trace/report/html/html_out.h"

#include <errno.h>
#include <string.h>

/* Level 5: the columns are small numbers; 9 takes three times as long for two percent. */
#define COMPRESSION_LEVEL 5
/* zlib.h: 15 bits of window, and 16 more ask for gzip's header instead of zlib's. */
#define WINDOW_BITS_GZIP (15 + 16)

void html_out_begin(struct html_out *out, FILE *stream)
{
    memset(out, 0, sizeof(*out));
    out->stream = stream;
}

static void fail(struct html_out *out, int error)
{
    if (!out->error) {
        out->error = error;
    }
}

int html_out_end(struct html_out *out)
{
    if (out->is_block_open) {
        deflateEnd(&out->deflate);
        out->is_block_open = false;
    }
    return out->error;
}

void html_out_bytes(struct html_out *out, const void *bytes, size_t len)
{
    if (out->error || len == 0) {
        return;
    }
    errno = 0;
    if (fwrite(bytes, 1, len, out->stream) != len) {
        fail(out, errno ? -errno : -EIO);
    }
}

void html_out_text(struct html_out *out, const char *text)
{
    html_out_bytes(out, text, strlen(text));
}

void html_out_escaped(struct html_out *out, const char *text)
{
    auto_strbuf printable = STRBUF_INIT;
    strbuf_append_printable(&printable, text);
    for (const char *c = strbuf_text(&printable); *c; c++) {
        switch (*c) {
        case '&':
            html_out_text(out, "&amp;");
            break;
        case '<':
            html_out_text(out, "&lt;");
            break;
        case '>':
            html_out_text(out, "&gt;");
            break;
        case '"':
            html_out_text(out, "&quot;");
            break;
        case '\'':
            html_out_text(out, "&#39;");
            break;
        default:
            html_out_bytes(out, c, 1);
        }
    }
}

void html_out_base64(struct html_out *out, const void *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *in = bytes;
    char text[4096];
    size_t used = 0;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t word = (uint32_t)in[i] << 16;
        word |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        word |= left > 2 ? in[i + 2] : 0;
        text[used++] = digits[word >> 18];
        text[used++] = digits[word >> 12 & 63];
        text[used++] = left > 1 ? digits[word >> 6 & 63] : '=';
        text[used++] = left > 2 ? digits[word & 63] : '=';
        if (used == sizeof(text)) {
            html_out_bytes(out, text, used);
            used = 0;
        }
    }
    html_out_bytes(out, text, used);
}

/* Writes the whole threes of what is compressed, or all of it. */
static void drain(struct html_out *out, bool is_last)
{
    size_t len = is_last ? out->gzip_len : out->gzip_len - out->gzip_len % 3;
    html_out_base64(out, out->gzip, len);
    memmove(out->gzip, out->gzip + len, out->gzip_len - len);
    out->gzip_len -= len;
}

static void compress_raw(struct html_out *out, int flush)
{
    int result;
    out->deflate.next_in = out->raw;
    out->deflate.avail_in = (unsigned)out->raw_len;
    do {
        out->deflate.next_out = out->gzip + out->gzip_len;
        out->deflate.avail_out = (unsigned)(sizeof(out->gzip) - out->gzip_len);
        result = deflate(&out->deflate, flush);
        out->gzip_len = sizeof(out->gzip) - out->deflate.avail_out;
        drain(out, false);
    } while (!out->error && (flush == Z_FINISH ? result == Z_OK || result == Z_BUF_ERROR
                                               : out->deflate.avail_in > 0));
    out->raw_len = 0;
}

void html_block_begin(struct html_out *out, const char *name)
{
    if (out->error) {
        return;
    }
    memset(&out->deflate, 0, sizeof(out->deflate));
    int result = deflateInit2(&out->deflate, COMPRESSION_LEVEL, Z_DEFLATED, WINDOW_BITS_GZIP, 8,
                              Z_DEFAULT_STRATEGY);
    if (result != Z_OK) {
        fail(out, -ENOMEM);
        return;
    }
    out->is_block_open = true;
    out->raw_len = 0;
    out->gzip_len = 0;
    html_out_text(out, "<script type=\"text/plain\" id=\"block-");
    html_out_text(out, name);
    html_out_text(out, "\">");
}

void html_block_bytes(struct html_out *out, const void *bytes, size_t len)
{
    const uint8_t *in = bytes;
    while (len > 0 && !out->error) {
        size_t part = sizeof(out->raw) - out->raw_len;
        part = part < len ? part : len;
        memcpy(out->raw + out->raw_len, in, part);
        out->raw_len += part;
        in += part;
        len -= part;
        if (out->raw_len == sizeof(out->raw)) {
            compress_raw(out, Z_NO_FLUSH);
        }
    }
}

void html_block_end(struct html_out *out)
{
    if (out->error) {
        return;
    }
    compress_raw(out, Z_FINISH);
    drain(out, true);
    deflateEnd(&out->deflate);
    out->is_block_open = false;
    html_out_text(out, "</script>\n");
}

void html_block_varint(struct html_out *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t len = 0;
    while (value > 127) {
        bytes[len++] = (uint8_t)(value | 128);
        value >>= 7;
    }
    bytes[len++] = (uint8_t)value;
    if (sizeof(out->raw) - out->raw_len > sizeof(bytes)) {
        memcpy(out->raw + out->raw_len, bytes, sizeof(bytes));
        out->raw_len += len;
    } else {
        html_block_bytes(out, bytes, len);
    }
}

void html_block_zigzag(struct html_out *out, int64_t value)
{
    html_block_varint(out, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

void html_block_json(struct html_out *out, struct strbuf *json)
{
    enum status status = strbuf_status(json);
    if (status != STATUS_OK) {
        fail(out, status == STATUS_NO_MEMORY ? -ENOMEM : -EFBIG);
    }
    html_block_bytes(out, strbuf_text(json), json->len);
    strbuf_reset(json);
}
