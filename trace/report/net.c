/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets to hosts, names and requests. RFC 791, 8200, 768, 9293, 1035, 9112. */
#include "trace/report/net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "trace/report/array.h"

#define DNS_NAME_MAX   255u
#define DNS_JUMPS_MAX  32u
#define DNS_ANSWERS    64u
#define HTTP_TEXT_MAX  512u
#define EXTENSIONS_MAX 8u

/* What is known of a packet while its layers are taken off. */
struct packet {
    int64_t t;
    size_t len;
    bool from_guest;
    char source[INET6_ADDRSTRLEN], target[INET6_ADDRSTRLEN];
    uint16_t source_port, target_port;
    const uint8_t *data; /* of the layer at hand */
    size_t data_len;
};

static uint32_t host_of(struct net *net, const char *address)
{
    struct report *r = net->report;
    uint32_t number = intern_add(&net->hosts, address, strlen(address));

    if (number == INTERN_NONE || number < r->host_count)
        return number == INTERN_NONE ? REPORT_NONE32 : number;
    const struct report_host host = {
        .address = net->hosts.texts[number],
        .name = "",
        .first_t = REPORT_NEVER,
        .last_t = REPORT_NEVER,
    };
    return array_add(r->hosts, r->host_count, host) ? number : REPORT_NONE32;
}

/* The key of a conversation between guest and host. */
static uint64_t key_of(const char *host, uint16_t guest_port, uint16_t host_port, uint16_t id)
{
    uint64_t hash = 14695981039346656037u;

    for (; *host != '\0'; host++)
        hash = (hash ^ (uint8_t)*host) * 1099511628211u;
    hash = (hash ^ guest_port) * 1099511628211u;
    hash = (hash ^ host_port) * 1099511628211u;
    return (hash ^ id) * 1099511628211u;
}

static struct net_open *slot_of(struct net_open *table, uint64_t key)
{
    return &table[key >> 56];
}

/* The name at *AT of a DNS message of LEN bytes; *AT moves behind it. RFC 1035, 4.1.4. */
static bool dns_name(const uint8_t *message, size_t len, size_t *at,
                     char ret_name[DNS_NAME_MAX + 1])
{
    size_t from = *at, used = 0;
    bool has_jumped = false;

    for (unsigned jumps = 0; from < len;) {
        size_t label = message[from];
        if (label == 0) {
            if (!has_jumped)
                *at = from + 1;
            ret_name[used] = '\0';
            return true;
        }
        if ((label & 0xc0) == 0xc0) {
            if (from + 1 >= len || ++jumps > DNS_JUMPS_MAX)
                return false;
            if (!has_jumped)
                *at = from + 2;
            has_jumped = true;
            from = (label & 0x3f) << 8 | message[from + 1];
            continue;
        }
        if ((label & 0xc0) != 0 || label > len - from - 1 || used + label + 1 > DNS_NAME_MAX)
            return false;
        if (used > 0)
            ret_name[used++] = '.';
        for (size_t i = 0; i < label; i++) {
            uint8_t c = message[from + 1 + i];
            ret_name[used++] = c > 0x20 && c < 0x7f ? (char)c : '?';
        }
        from += 1 + label;
    }
    return false;
}

static const char *dns_type(unsigned type)
{
    static const struct {
        unsigned type;
        const char *name;
    } types[] = {{1, "A"},   {2, "NS"},   {5, "CNAME"}, {6, "SOA"},  {12, "PTR"},
                 {15, "MX"}, {16, "TXT"}, {28, "AAAA"}, {33, "SRV"}, {65, "HTTPS"}};

    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (types[i].type == type)
            return types[i].name;
    return "other";
}

static void dns_ask(struct net *net, const struct packet *p, size_t at)
{
    struct report *r = net->report;
    char name[DNS_NAME_MAX + 1];
    const uint16_t id = get_be16(p->data);

    if (r->dns_count >= NET_NAMES_MAX || !dns_name(p->data, p->data_len, &at, name) ||
        p->data_len - at < 4)
        return;
    const struct report_dns dns = {
        .t = p->t,
        .name = build_copy(r, name),
        .answer = "",
        .type = dns_type(get_be16(p->data + at)),
        .answer_t = REPORT_NEVER,
    };
    if (!array_add(r->dns, r->dns_count, dns))
        return;
    uint64_t key = key_of(p->target, p->source_port, p->target_port, id);
    *slot_of(net->dns, key) = (struct net_open){key, (uint32_t)r->dns_count};
}

/* Appends the address of an answer to LIST, and names the host. */
static void dns_take_address(struct net *net, const uint8_t *data, size_t len, const char *name,
                             char *list, size_t size)
{
    char text[INET6_ADDRSTRLEN];
    size_t used = strlen(list);

    if (inet_ntop(len == 4 ? AF_INET : AF_INET6, data, text, sizeof(text)) == NULL)
        return;
    snprintf(list + used, size - used, "%s%s", used > 0 ? ", " : "", text);
    uint32_t host = host_of(net, text);
    if (host != REPORT_NONE32 && *net->report->hosts[host].name == '\0')
        net->report->hosts[host].name = build_copy(net->report, name);
}

static void dns_answer(struct net *net, const struct packet *p, size_t at)
{
    struct report *r = net->report;
    const uint64_t key = key_of(p->source, p->target_port, p->source_port, get_be16(p->data));
    struct net_open *open = slot_of(net->dns, key);
    char name[DNS_NAME_MAX + 1], list[512] = "";

    if (open->index == 0 || open->key != key || open->index > r->dns_count)
        return;
    struct report_dns *dns = &r->dns[open->index - 1];
    open->index = 0;
    dns->answer_t = p->t;
    unsigned code = p->data[3] & 15, count = get_be16(p->data + 6);
    if (!dns_name(p->data, p->data_len, &at, name) || p->data_len - at < 4)
        return;
    at += 4;
    for (unsigned i = 0; i < count && i < DNS_ANSWERS; i++) {
        if (!dns_name(p->data, p->data_len, &at, name) || p->data_len - at < 10)
            break;
        unsigned type = get_be16(p->data + at), len = get_be16(p->data + at + 8);
        at += 10;
        if (len > p->data_len - at)
            break;
        if ((type == 1 && len == 4) || (type == 28 && len == 16))
            dns_take_address(net, p->data + at, len, dns->name, list, sizeof(list));
        at += len;
    }
    if (code == 3)
        dns->answer = "NXDOMAIN";
    else if (code != 0)
        dns->answer = build_format(r, "error %u", code);
    else
        dns->answer = *list != '\0' ? build_copy(r, list) : "no address";
}

static void take_dns(struct net *net, const struct packet *p)
{
    if (p->data_len < 12 || get_be16(p->data + 4) != 1)
        return;
    bool is_answer = (p->data[2] & 0x80) != 0;
    if (!is_answer && p->target_port == 53)
        dns_ask(net, p, 12);
    else if (is_answer && p->source_port == 53)
        dns_answer(net, p, 12);
}

/* A printable copy of TEXT up to the first of STOPS or LEN. */
static const char *copy_until(struct report *r, const char *text, size_t len, const char *stops)
{
    char copy[HTTP_TEXT_MAX];
    size_t used = 0;

    for (; used < len && used < sizeof(copy) - 1 && text[used] != '\0' &&
           strchr(stops, text[used]) == NULL;
         used++)
        copy[used] = (uint8_t)text[used] < 0x20 || text[used] == 0x7f ? '?' : text[used];
    copy[used] = '\0';
    return build_copy(r, copy);
}

static void http_ask(struct net *net, const struct packet *p, const char *method)
{
    struct report *r = net->report;
    const char *text = (const char *)p->data;
    size_t method_len = strlen(method);

    if (r->http_count >= NET_NAMES_MAX)
        return;
    const char *host = memmem(text, p->data_len, "\r\nHost:", 7);
    struct report_http http = {
        .t = p->t,
        .method = method,
        .host = p->target,
        .answer_t = REPORT_NEVER,
    };
    http.path = copy_until(r, text + method_len + 1, p->data_len - method_len - 1, " \r\n");
    if (host != NULL) {
        host += 7;
        while (host < text + p->data_len && *host == ' ')
            host++;
        http.host = copy_until(r, host, (size_t)(text + p->data_len - host), "\r\n");
    } else {
        http.host = build_copy(r, p->target);
    }
    if (!array_add(r->http, r->http_count, http))
        return;
    uint64_t key = key_of(p->target, p->source_port, p->target_port, 0);
    *slot_of(net->http, key) = (struct net_open){key, (uint32_t)r->http_count};
}

static void take_http(struct net *net, const struct packet *p)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"};
    struct report *r = net->report;

    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        size_t len = strlen(methods[i]);
        if (p->data_len > len + 1 && memcmp(p->data, methods[i], len) == 0 && p->data[len] == ' ' &&
            memmem(p->data, p->data_len, " HTTP/1.", 8) != NULL) {
            http_ask(net, p, methods[i]);
            return;
        }
    }
    if (p->data_len < 12 || memcmp(p->data, "HTTP/1.", 7) != 0)
        return;
    const uint64_t key = key_of(p->source, p->target_port, p->source_port, 0);
    struct net_open *open = slot_of(net->http, key);
    if (open->index == 0 || open->key != key || open->index > r->http_count)
        return;
    for (unsigned i = 9; i < 12; i++)
        if (p->data[i] < '0' || p->data[i] > '9')
            return;
    struct report_http *http = &r->http[open->index - 1];
    http->code = (unsigned)(p->data[9] - '0') * 100 + (unsigned)(p->data[10] - '0') * 10 +
                 (unsigned)(p->data[11] - '0');
    http->answer_t = p->t;
    open->index = 0;
}

static void take_transport(struct net *net, struct packet *p, uint8_t protocol)
{
    if (protocol == 17 && p->data_len >= 8) {
        p->source_port = get_be16(p->data);
        p->target_port = get_be16(p->data + 2);
        p->data += 8;
        p->data_len -= 8;
        take_dns(net, p);
    } else if (protocol == 6 && p->data_len >= 20) {
        size_t head = (size_t)(p->data[12] >> 4) * 4;
        if (head < 20 || head > p->data_len)
            return;
        p->source_port = get_be16(p->data);
        p->target_port = get_be16(p->data + 2);
        p->data += head;
        p->data_len -= head;
        take_http(net, p);
    }
}

/* Takes the IPv4 header off; the protocol, 0 if there is nothing to go on with. */
static uint8_t take_ip4(struct packet *p)
{
    if (p->data_len < 20 || p->data[0] >> 4 != 4)
        return 0;
    size_t head = (size_t)(p->data[0] & 15) * 4, total = get_be16(p->data + 2);
    inet_ntop(AF_INET, p->data + 12, p->source, sizeof(p->source));
    inet_ntop(AF_INET, p->data + 16, p->target, sizeof(p->target));
    if (head < 20 || head > p->data_len || (get_be16(p->data + 6) & 0x1fff) != 0)
        return 0; /* a later fragment */
    uint8_t protocol = p->data[9];
    if (total >= head && total < p->data_len)
        p->data_len = total; /* padding of short frames */
    p->data += head;
    p->data_len -= head;
    return protocol;
}

static uint8_t take_ip6(struct packet *p)
{
    if (p->data_len < 40 || p->data[0] >> 4 != 6)
        return 0;
    uint8_t protocol = p->data[6];
    inet_ntop(AF_INET6, p->data + 8, p->source, sizeof(p->source));
    inet_ntop(AF_INET6, p->data + 24, p->target, sizeof(p->target));
    p->data += 40;
    p->data_len -= 40;
    for (unsigned i = 0; i < EXTENSIONS_MAX; i++) {
        if (protocol != 0 && protocol != 43 && protocol != 60)
            return protocol;
        if (p->data_len < 8)
            return 0;
        size_t len = ((size_t)p->data[1] + 1) * 8;
        if (len > p->data_len)
            return 0;
        protocol = p->data[0];
        p->data += len;
        p->data_len -= len;
    }
    return 0;
}

/* QEMU's user network answers from 52:55:0a:00:02:02 and the like (slirp/src/slirp.c). */
static bool is_from_guest(const uint8_t *frame)
{
    return frame[6] != 0x52 || frame[7] != 0x55;
}

static bool is_group(const uint8_t *frame)
{
    return (frame[0] & 1) != 0;
}

static void count_host(struct net *net, const struct packet *p, struct report_packet *packet,
                       bool is_to_group)
{
    if (is_to_group && p->from_guest)
        return;
    uint32_t number = host_of(net, p->from_guest ? p->target : p->source);
    if (number == REPORT_NONE32)
        return;
    struct report_host *host = &net->report->hosts[number];
    packet->host = number;
    host->packets++;
    if (p->from_guest)
        host->bytes_to += p->len;
    else
        host->bytes_from += p->len;
    if (host->first_t == REPORT_NEVER)
        host->first_t = p->t;
    host->last_t = p->t;
}

enum status net_packet(struct net *net, int64_t t, const uint8_t *bytes, size_t captured,
                       size_t len)
{
    struct report *r = net->report;
    struct report_packet packet = {.t = t, .bytes = (uint32_t)len, .host = REPORT_NONE32};
    struct packet p = {.t = t, .len = len};
    uint8_t protocol = 0;

    net->total++;
    if (r->packet_count >= NET_PACKETS_MAX)
        return STATUS_OK;
    if (captured >= 14) {
        size_t head = get_be16(bytes + 12) == 0x8100 && captured >= 18 ? 18 : 14;
        unsigned type = get_be16(bytes + head - 2);
        p.from_guest = packet.from_guest = is_from_guest(bytes);
        p.data = bytes + head;
        p.data_len = captured - head;
        if (type == 0x0800)
            protocol = take_ip4(&p);
        else if (type == 0x86dd)
            protocol = take_ip6(&p);
        if (*p.source != '\0')
            count_host(net, &p, &packet, is_group(bytes));
        if (protocol != 0)
            take_transport(net, &p, protocol);
    }
    return array_add(r->packets, r->packet_count, packet) ? STATUS_OK : STATUS_NO_MEMORY;
}

static int by_bytes(const void *a, const void *b, void *context)
{
    const struct report_host *hosts = context;
    const struct report_host *left = &hosts[*(const uint32_t *)a];
    const struct report_host *right = &hosts[*(const uint32_t *)b];
    uint64_t left_bytes = left->bytes_from + left->bytes_to;
    uint64_t right_bytes = right->bytes_from + right->bytes_to;

    if (left_bytes != right_bytes)
        return left_bytes > right_bytes ? -1 : 1;
    return strcmp(left->address, right->address);
}

enum status net_finish(struct net *net)
{
    struct report *r = net->report;
    auto_free uint32_t *order = malloc((r->host_count + 1) * sizeof(*order));
    auto_free uint32_t *place = malloc((r->host_count + 1) * sizeof(*place));
    struct report_host *sorted = malloc((r->host_count + 1) * sizeof(*sorted));

    if (order == NULL || place == NULL || sorted == NULL) {
        free(sorted);
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < r->host_count; i++)
        order[i] = i;
    qsort_r(order, r->host_count, sizeof(*order), by_bytes, r->hosts);
    for (uint32_t i = 0; i < r->host_count; i++) {
        sorted[i] = r->hosts[order[i]];
        place[order[i]] = i;
    }
    for (size_t i = 0; i < r->packet_count; i++)
        if (r->packets[i].host != REPORT_NONE32)
            r->packets[i].host = place[r->packets[i].host];
    free(r->hosts);
    r->hosts = sorted;
    return STATUS_OK;
}
