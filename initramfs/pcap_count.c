/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of a pcap file. draft-ietf-opsawg-pcap: 24 bytes of file header; before each packet 16
 * bytes, the third word being its length in the file. */
#include "initramfs/pcap_count.h"

#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/base/bytes.h"

#define FILE_HEADER   24
#define PACKET_HEADER 16
#define PACKET_MAX    262144u
#define WINDOW_BYTES  16384 /* read at once: many small packets */

void pcap_count_update(struct pcap_count *count, int fd)
{
    uint8_t window[WINDOW_BYTES];
    uint64_t window_off = 0, window_len = 0;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return;
    count->file_bytes = (uint64_t)st.st_size;
    if (count->off == 0)
        count->off = FILE_HEADER;
    while (count->off + PACKET_HEADER <= count->file_bytes) {
        bool is_inside =
            count->off >= window_off && count->off + PACKET_HEADER <= window_off + window_len;
        if (!is_inside) {
            ssize_t got = pread(fd, window, sizeof(window), (off_t)count->off);
            if (got < PACKET_HEADER)
                return;
            window_off = count->off;
            window_len = (uint64_t)got;
        }
        uint32_t len = get_le32(window + (count->off - window_off) + 8);
        if (len > PACKET_MAX || len > count->file_bytes - count->off - PACKET_HEADER)
            return; /* not whole yet */
        count->off += PACKET_HEADER + len;
        count->packets++;
    }
}
