/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of any bytes: each has its length (2 bytes, big endian) in front. */
#include <stdlib.h>
#include <string.h>

#include "config/base/bytes.h"
#include "trace/report/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct report report = {0};
    struct net net = {.report = &report, .hosts = {.arena = &report.arena, .max = NET_HOSTS_MAX}};
    int64_t t = 0;

    for (size_t at = 0; len - at >= 2;) {
        size_t size = get_be16(bytes + at);
        at += 2;
        if (size > len - at)
            size = len - at;
        /* A block of its own: what reads over its end is seen. */
        uint8_t *packet = malloc(size + 1);
        if (packet == NULL)
            abort();
        memcpy(packet, bytes + at, size);
        packet = realloc(packet, size > 0 ? size : 1);
        if (packet == NULL || net_packet(&net, t++, packet, size, size) != STATUS_OK)
            abort();
        free(packet);
        at += size;
    }
    if (net_finish(&net) != STATUS_OK)
        abort();
    for (size_t i = 0; i < report.packet_count; i++)
        if (report.packets[i].host != REPORT_NONE32 && report.packets[i].host >= report.host_count)
            abort();
    intern_clear(&net.hosts);
    struct build build;
    build_init(&build, &report);
    build_finish(&build);
    build_clear(&report);
    return 0;
}
