/* SPDX-License-Identifier: BSD-2-Clause */
/* NBD over a stream socket. */
#include "tools/mkhiperiso/nbd.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GREETING_MAGIC     0x4e42444d41474943ull /* "NBDMAGIC" */
#define OPTION_MAGIC       0x49484156454f5054ull /* "IHAVEOPT" */
#define REQUEST_MAGIC      0x25609513u
#define SIMPLE_REPLY_MAGIC 0x67446698u
#define FLAG_FIXED         1u /* of the handshake: newstyle, fixed */
#define FLAG_NO_ZEROES     2u
#define OPTION_EXPORT_NAME 1u
#define COMMAND_READ       0u
#define COMMAND_WRITE      1u
#define COMMAND_DISCONNECT 2u
#define REQUEST_BYTES      28
#define REPLY_BYTES        16
#define TRANSFER_MAX       ((size_t)1 << 20)
#define NAME_MAX_BYTES     255
#define BLOCK_BYTES        512u

static uint64_t get_be(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void put_be(uint8_t *bytes, uint64_t value, unsigned count)
{
    for (unsigned i = count; i > 0; i--, value >>= 8)
        bytes[i - 1] = (uint8_t)value;
}

static enum status await(const struct nbd *nbd, short events)
{
    struct pollfd watched = {.fd = nbd->fd, .events = events};
    int ready;

    do
        ready = poll(&watched, 1, nbd->timeout_ms);
    while (ready < 0 && errno == EINTR);
    return ready == 1 ? STATUS_OK : STATUS_IO;
}

static enum status send_all(const struct nbd *nbd, const void *bytes, size_t len)
{
    const uint8_t *next = bytes;

    while (len > 0) {
        if (await(nbd, POLLOUT) != STATUS_OK)
            return STATUS_IO;
        ssize_t part = send(nbd->fd, next, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (part < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (part <= 0)
            return STATUS_IO;
        next += part;
        len -= (size_t)part;
    }
    return STATUS_OK;
}

static enum status receive_all(const struct nbd *nbd, void *ret_bytes, size_t len)
{
    uint8_t *next = ret_bytes;

    while (len > 0) {
        if (await(nbd, POLLIN) != STATUS_OK)
            return STATUS_IO;
        ssize_t part = recv(nbd->fd, next, len, MSG_DONTWAIT);
        if (part < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (part <= 0)
            return STATUS_IO;
        next += part;
        len -= (size_t)part;
    }
    return STATUS_OK;
}

/* Sends a request and takes its answer's head; a write's BYTES go with it. */
static enum status request(struct nbd *nbd, uint32_t command, uint64_t off, size_t len,
                           const void *bytes)
{
    uint8_t head[REQUEST_BYTES], reply[REPLY_BYTES];
    uint64_t handle = ++nbd->requests;

    put_be(head, REQUEST_MAGIC, 4);
    put_be(head + 4, command, 4); /* 16 bits of flags, 16 of the command */
    put_be(head + 8, handle, 8);
    put_be(head + 16, off, 8);
    put_be(head + 24, len, 4);
    enum status status = send_all(nbd, head, sizeof(head));
    if (status == STATUS_OK && bytes != NULL)
        status = send_all(nbd, bytes, len);
    if (status == STATUS_OK)
        status = receive_all(nbd, reply, sizeof(reply));
    if (status != STATUS_OK)
        return status;
    if (get_be(reply, 4) != SIMPLE_REPLY_MAGIC || get_be(reply + 8, 8) != handle)
        return STATUS_CORRUPT;
    return get_be(reply + 4, 4) == 0 ? STATUS_OK : STATUS_IO;
}

static enum status read_at(void *context, uint64_t off, size_t len, void *ret_bytes)
{
    uint8_t *bytes = ret_bytes;

    while (len > 0) {
        size_t part = len < TRANSFER_MAX ? len : TRANSFER_MAX;
        enum status status = request(context, COMMAND_READ, off, part, NULL);
        if (status == STATUS_OK)
            status = receive_all(context, bytes, part);
        if (status != STATUS_OK)
            return status;
        bytes += part;
        off += part;
        len -= part;
    }
    return STATUS_OK;
}

static enum status write_at(void *context, uint64_t off, size_t len, const void *bytes)
{
    const uint8_t *next = bytes;

    while (len > 0) {
        size_t part = len < TRANSFER_MAX ? len : TRANSFER_MAX;
        enum status status = request(context, COMMAND_WRITE, off, part, next);
        if (status != STATUS_OK)
            return status;
        next += part;
        off += part;
        len -= part;
    }
    return STATUS_OK;
}

static enum status shake_hands(struct nbd *nbd, const char *export)
{
    uint8_t greeting[18], option[4 + 16 + NAME_MAX_BYTES], answer[10];
    size_t name_len = strlen(export);

    enum status status = receive_all(nbd, greeting, sizeof(greeting));
    if (status != STATUS_OK)
        return status;
    uint64_t flags = get_be(greeting + 16, 2);
    if (get_be(greeting, 8) != GREETING_MAGIC || get_be(greeting + 8, 8) != OPTION_MAGIC ||
        (flags & (FLAG_FIXED | FLAG_NO_ZEROES)) != (FLAG_FIXED | FLAG_NO_ZEROES))
        return STATUS_CORRUPT;
    put_be(option, FLAG_FIXED | FLAG_NO_ZEROES, 4);
    put_be(option + 4, OPTION_MAGIC, 8);
    put_be(option + 12, OPTION_EXPORT_NAME, 4);
    put_be(option + 16, name_len, 4);
    memcpy(option + 20, export, name_len);
    status = send_all(nbd, option, 20 + name_len);
    if (status == STATUS_OK && receive_all(nbd, answer, sizeof(answer)) != STATUS_OK)
        status = STATUS_NOT_FOUND; /* it hangs up on a name that it does not know */
    if (status != STATUS_OK)
        return status;
    nbd->device = (struct blockdev){
        .read = read_at,
        .write = write_at,
        .context = nbd,
        .size_bytes = get_be(answer, 8),
        .block_bytes = BLOCK_BYTES,
    };
    return STATUS_OK;
}

enum status nbd_open(struct nbd *nbd, int fd, const char *export, int timeout_ms)
{
    *nbd = (struct nbd){.fd = fd, .timeout_ms = timeout_ms};
    enum status status =
        strlen(export) <= NAME_MAX_BYTES ? shake_hands(nbd, export) : STATUS_INVALID;
    if (status != STATUS_OK)
        nbd_close(nbd);
    return status;
}

void nbd_close(struct nbd *nbd)
{
    uint8_t head[REQUEST_BYTES] = {0};

    if (nbd->fd < 0)
        return;
    put_be(head, REQUEST_MAGIC, 4);
    put_be(head + 4, COMMAND_DISCONNECT, 4);
    (void)!send(nbd->fd, head, sizeof(head), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(nbd->fd);
    nbd->fd = -1;
}
