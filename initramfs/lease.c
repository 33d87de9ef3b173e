/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and applies a DHCP lease. busybox, networking/udhcp/dhcpc.c names the variables. */
#include "initramfs/lease.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "initramfs/hosted.h"

#define RESOLV_CONF     "/run/resolv.conf"
#define RESOLV_CONF_NEW RESOLV_CONF ".new"

/* The first blank-separated address at *TEXT, which moves behind it. False at the end or when it is
 * none. */
static bool next_address(const char **text, uint32_t *ret_address)
{
    char word[INET_ADDRSTRLEN];
    struct in_addr address;
    const char *start = *text + strspn(*text, " ");
    size_t len = strcspn(start, " ");
    *text = start + len;
    if (len == 0 || len >= sizeof(word))
        return false;
    memcpy(word, start, len);
    word[len] = '\0';
    if (inet_pton(AF_INET, word, &address) != 1 || address.s_addr == 0)
        return false;
    *ret_address = address.s_addr;
    return true;
}

/* "24" or "255.255.255.0". */
static bool read_mask(const char *text, uint32_t *ret_mask)
{
    char *end;
    unsigned long bits = strtoul(text, &end, 10);
    if (*text != '\0' && *end == '\0' && bits >= 1 && bits <= 32) {
        *ret_mask = htonl(bits == 32 ? UINT32_MAX : ~(UINT32_MAX >> bits));
        return true;
    }
    return next_address(&text, ret_mask);
}

static const char *text_of(const char *(*get)(const char *name), const char *name)
{
    const char *text = get(name);
    return text != NULL ? text : "";
}

enum status lease_read(const char *(*get)(const char *name), struct lease *ret_lease)
{
    struct lease lease = {0};
    const char *interface = text_of(get, "interface");
    const char *address = text_of(get, "ip");
    const char *mask = text_of(get, "mask");
    if (*mask == '\0')
        mask = text_of(get, "subnet");
    if (*interface == '\0' || strlen(interface) >= sizeof(lease.interface) ||
        !next_address(&address, &lease.address) || !read_mask(mask, &lease.mask))
        return STATUS_INVALID;
    snprintf(lease.interface, sizeof(lease.interface), "%s", interface);
    const char *routers = text_of(get, "router");
    if (!next_address(&routers, &lease.router))
        lease.router = 0;
    for (const char *dns = text_of(get, "dns");
         *dns != '\0' && lease.server_count < LEASE_SERVERS_MAX;)
        if (next_address(&dns, &lease.servers[lease.server_count]))
            lease.server_count++;
    *ret_lease = lease;
    return STATUS_OK;
}

static void add_address(struct strbuf *b, uint32_t address)
{
    char text[INET_ADDRSTRLEN];
    const struct in_addr in = {address};
    strbuf_append(b, inet_ntop(AF_INET, &in, text, sizeof(text)) != NULL ? text : "?");
}

void lease_resolv_conf(const struct lease *lease, struct strbuf *b)
{
    for (unsigned i = 0; i < lease->server_count; i++) {
        strbuf_append(b, "nameserver ");
        add_address(b, lease->servers[i]);
        strbuf_append_char(b, '\n');
    }
}

void lease_text(const struct lease *lease, struct strbuf *b)
{
    strbuf_printf(b, "%s ", lease->interface);
    add_address(b, lease->address);
    strbuf_printf(b, "/%d", __builtin_popcount(lease->mask));
}

/* ---- applied ---- */

static void put_address(struct sockaddr *to, uint32_t address)
{
    const struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr = {address}};
    memcpy(to, &in, sizeof(in));
}

static int set_address(int fd, const char *interface, unsigned long request, uint32_t address)
{
    struct ifreq ifreq = {0};
    snprintf(ifreq.ifr_name, sizeof(ifreq.ifr_name), "%s", interface);
    put_address(&ifreq.ifr_addr, address);
    return ioctl(fd, (int)request, &ifreq) < 0 ? -errno : 0;
}

/* A route that exists is another interface's: it stays. */
static int add_default_route(int fd, const struct lease *lease)
{
    char interface[16];
    struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};
    memcpy(interface, lease->interface, sizeof(interface));
    route.rt_dev = interface;
    put_address(&route.rt_dst, 0);
    put_address(&route.rt_genmask, 0);
    put_address(&route.rt_gateway, lease->router);
    return ioctl(fd, SIOCADDRT, &route) < 0 && errno != EEXIST ? -errno : 0;
}

static int write_resolv_conf(const struct lease *lease)
{
    auto_strbuf text = STRBUF_INIT;
    lease_resolv_conf(lease, &text);
    if (strbuf_status(&text) != STATUS_OK)
        return -ENOMEM;
    auto_close fd = open(RESOLV_CONF_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    int r = hosted_write_all(fd, strbuf_text(&text), text.len);
    if (r == 0 && rename(RESOLV_CONF_NEW, RESOLV_CONF) < 0)
        r = -errno;
    return r;
}

static int apply(const struct lease *lease)
{
    auto_close fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int r = set_address(fd, lease->interface, SIOCSIFADDR, lease->address);
    if (r == 0)
        r = set_address(fd, lease->interface, SIOCSIFNETMASK, lease->mask);
    if (r == 0 && lease->router != 0)
        r = add_default_route(fd, lease);
    if (r == 0 && lease->server_count > 0)
        r = write_resolv_conf(lease);
    return r;
}

static void deconfigure(const char *interface)
{
    auto_close fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        (void)!set_address(fd, interface, SIOCSIFADDR, 0);
}

static const char *from_environment(const char *name)
{
    return getenv(name);
}

int lease_main(const char *action)
{
    struct lease lease;
    auto_strbuf text = STRBUF_INIT;
    if (strcmp(action, "deconfig") == 0) {
        deconfigure(text_of(from_environment, "interface"));
        return 0;
    }
    if (strcmp(action, "bound") != 0 && strcmp(action, "renew") != 0)
        return 0;
    if (lease_read(from_environment, &lease) != STATUS_OK) {
        dprintf(LEASE_REPORT_FD, "a DHCP server gave no address that can be used\n");
        return 1;
    }
    lease_text(&lease, &text);
    int r = apply(&lease);
    if (r < 0)
        dprintf(LEASE_REPORT_FD, "%s could not be set: %s\n", strbuf_text(&text), strerror(-r));
    else if (strcmp(action, "bound") == 0)
        dprintf(LEASE_REPORT_FD, "address %s\n", strbuf_text(&text));
    return r < 0 ? 1 : 0;
}
