/* SPDX-License-Identifier: BSD-2-Clause */
/* QMP over a stream socket. */
#include "tools/mkhiperiso/qmp_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/base/cleanup.h"
#include "config/json_scan.h"
#include "tools/mkhiperiso/monotonic.h"

#define LINE_MAX_BYTES ((size_t)1 << 20)

void qmp_client_open(struct qmp_client *client, int fd)
{
    *client = (struct qmp_client){.fd = fd, .incoming = strbuf_with_max(LINE_MAX_BYTES)};
}

void qmp_client_close(struct qmp_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
    client->is_gone = true;
    strbuf_clear(&client->incoming);
}

static void copy_text(struct json_span span, const char *path, char *ret_text, size_t size)
{
    struct json_span value;
    auto_free char *text = NULL;

    if (json_scan_find(span, path, &value) == STATUS_OK &&
        json_scan_string(value, &text) == STATUS_OK)
        snprintf(ret_text, size, "%s", text);
}

static void take_event(struct qmp_client *client, struct json_span message, struct json_span name)
{
    struct json_span value;

    if (json_scan_equals(name, "SHUTDOWN")) {
        client->is_shut_down = true;
        copy_text(message, "data/reason", client->shutdown_reason, sizeof(client->shutdown_reason));
    } else if (json_scan_equals(name, "STOP") || json_scan_equals(name, "RESUME")) {
        return;
    } else if (json_scan_find(message, "data/status", &value) == STATUS_OK &&
               json_scan_equals(value, "internal-error")) {
        client->has_internal_error = true;
    }
}

static void take_line(struct qmp_client *client, const char *line, size_t len)
{
    struct json_span message = {line, len}, value;

    if (json_scan_find(message, "event", &value) == STATUS_OK) {
        take_event(client, message, value);
    } else if (json_scan_find(message, "error", &value) == STATUS_OK) {
        client->has_answer = client->is_refused = true;
        copy_text(message, "error/desc", client->refusal, sizeof(client->refusal));
    } else if (json_scan_find(message, "return", &value) == STATUS_OK) {
        client->has_answer = true;
        if (json_scan_find(message, "return/status", &value) == STATUS_OK &&
            json_scan_equals(value, "internal-error"))
            client->has_internal_error = true;
    }
}

void qmp_client_take(struct qmp_client *client, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            strbuf_append_char(&client->incoming, bytes[i]);
            continue;
        }
        if (strbuf_status(&client->incoming) == STATUS_OK && client->incoming.len > 0)
            take_line(client, strbuf_text(&client->incoming), client->incoming.len);
        strbuf_reset(&client->incoming);
    }
}

void qmp_client_listen(struct qmp_client *client)
{
    char bytes[4096];

    while (client->fd >= 0 && !client->is_gone) {
        ssize_t len = recv(client->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
        if (len > 0) {
            qmp_client_take(client, bytes, (size_t)len);
        } else if (len == 0 || (errno != EINTR && errno != EAGAIN)) {
            client->is_gone = true;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

bool qmp_client_command(struct qmp_client *client, const char *command, int timeout_ms)
{
    int64_t end_ms = monotonic_ms() + timeout_ms;
    auto_strbuf line = STRBUF_INIT;

    client->has_answer = client->is_refused = false;
    snprintf(client->refusal, sizeof(client->refusal), "no answer");
    strbuf_printf(&line, "%s\n", command);
    if (client->fd < 0 || client->is_gone || strbuf_status(&line) != STATUS_OK ||
        send(client->fd, strbuf_text(&line), line.len, MSG_NOSIGNAL) != (ssize_t)line.len)
        return false;
    while (!client->has_answer && !client->is_gone) {
        struct pollfd watched = {.fd = client->fd, .events = POLLIN};
        int64_t left_ms = end_ms - monotonic_ms();
        if (left_ms <= 0)
            return false;
        if (poll(&watched, 1, (int)left_ms) > 0)
            qmp_client_listen(client);
    }
    return client->has_answer && !client->is_refused;
}
