/* SPDX-License-Identifier: BSD-2-Clause */
/* libpcap reads the file in a child, which hands the packets on. */
#include "trace/report/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "config/base/bytes.h"
#include "config/base/cleanup.h"
#include "trace/report/confined.h"
#include "trace/report/net.h"

#define CAPTURE_FILE "network.pcap"
#define MEMORY_BYTES ((size_t)64 << 20)
#define PACKET_MAX   2048u /* bytes of each that are looked at */
#define HEAD_BYTES   16u

struct capturing {
    struct build *build;
    const struct report_source *source;
    struct net net;
    bool is_out_of_memory;
};

/* A position in a file of the session, for stdio. */
struct cookie {
    struct place_file file;
    uint64_t off;
};

static ssize_t cookie_read(void *context, char *bytes, size_t len)
{
    struct cookie *cookie = context;
    size_t got;

    if (place_file_read(&cookie->file, cookie->off, len, bytes, &got) != STATUS_OK)
        return -1;
    cookie->off += got;
    return (ssize_t)got;
}

static void work(void *context, struct confined_out *out)
{
    struct capturing *capturing = context;
    struct cookie cookie = {.file = PLACE_FILE_CLOSED};
    char why[PCAP_ERRBUF_SIZE];
    uint8_t message[HEAD_BYTES + PACKET_MAX];
    struct pcap_pkthdr *head;
    const u_char *bytes;
    int got;

    if (source_open_file(capturing->source, CAPTURE_FILE, &cookie.file) != STATUS_OK)
        confined_fail(out, "it cannot be opened");
    FILE *stream = fopencookie(&cookie, "r", (cookie_io_functions_t){.read = cookie_read});
    if (stream == NULL)
        confined_fail(out, "its reader has no memory");
    pcap_t *pcap =
        pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, why);
    if (pcap == NULL)
        confined_fail(out, why);
    if (pcap_datalink(pcap) != DLT_EN10MB)
        confined_fail(out, "its packets are no Ethernet frames");
    while ((got = pcap_next_ex(pcap, &head, &bytes)) == 1) {
        size_t len = head->caplen < PACKET_MAX ? head->caplen : PACKET_MAX;
        put_le64(message, (uint64_t)head->ts.tv_sec * 1000000000u + (uint64_t)head->ts.tv_usec);
        put_le32(message + 8, head->len);
        put_le32(message + 12, (uint32_t)len);
        memcpy(message + HEAD_BYTES, bytes, len);
        confined_send(out, message, HEAD_BYTES + len);
    }
    if (got == PCAP_ERROR)
        confined_fail(out, pcap_geterr(pcap));
    pcap_close(pcap);
}

static bool take_message(void *context, const uint8_t *message, size_t len)
{
    struct capturing *capturing = context;
    struct build *build = capturing->build;

    if (len < HEAD_BYTES || get_le32(message + 12) != len - HEAD_BYTES)
        return false;
    int64_t real_ns = (int64_t)(get_le64(message) & INT64_MAX);
    if (build->clock.first_real_ns == 0)
        build->clock.first_real_ns = real_ns;
    enum status status = net_packet(&capturing->net, build_real_to_t(&build->clock, real_ns),
                                    message + HEAD_BYTES, len - HEAD_BYTES, get_le32(message + 8));
    capturing->is_out_of_memory = status != STATUS_OK;
    return status == STATUS_OK;
}

enum status capture_read(struct build *build, const struct report_source *source)
{
    struct report *r = build->report;
    struct report_panel *panel = &r->panels[REPORT_PANEL_NETWORK];
    auto_place_file file = PLACE_FILE_CLOSED;
    char why[300] = "";
    struct capturing capturing = {
        .build = build,
        .source = source,
        .net = {.report = r, .hosts = {.arena = &r->arena, .max = NET_HOSTS_MAX}},
    };

    if (source_open_file(source, CAPTURE_FILE, &file) != STATUS_OK)
        return STATUS_OK;
    panel->bytes = file.bytes;
    const struct confined_job job = {
        .work = work,
        .take = take_message,
        .context = &capturing,
        .memory_bytes = MEMORY_BYTES,
        .seconds = 20 + (unsigned)(file.bytes >> 22),
    };
    enum status status = confined_run(&job, why, sizeof(why));
    panel->items = capturing.net.total;
    if (status == STATUS_OK)
        panel->state = REPORT_READABLE;
    else
        build_panel(r, REPORT_PANEL_NETWORK,
                    capturing.net.total > 0 ? REPORT_PARTLY : REPORT_UNREADABLE, "%s", why);
    status = capturing.is_out_of_memory ? STATUS_NO_MEMORY : net_finish(&capturing.net);
    intern_clear(&capturing.net.hosts);
    return status;
}
