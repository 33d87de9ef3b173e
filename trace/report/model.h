/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of one recorded session: what the readers fill in and every view (text, HTML, diff,
 * exports) draws from. Read-only once report_open() has returned. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/base/arena.h"
#include "config/base/status.h"

/* Every time is in nanoseconds since QEMU's start; REPORT_NEVER where it is not known. */
#define REPORT_NEVER INT64_MIN

#define REPORT_NONE16 UINT16_MAX
#define REPORT_NONE32 UINT32_MAX

/* ---- Events: columns of equal length, sorted by time. 32 bytes an event. ---- */

enum report_kind {
    REPORT_MMIO,     /* address: guest-physical; value: what was read or written */
    REPORT_PIO,      /* address: port; value */
    REPORT_PCI,      /* PCI configuration space; address: offset in it; value */
    REPORT_EXIT,     /* address: index in exits; value: ns until the guest ran again, 0 unknown */
    REPORT_ENTRY,    /* the guest runs again; address: its instruction pointer */
    REPORT_DISK,     /* a request begins; address: byte offset; value: index in requests */
    REPORT_DISK_END, /* it ends; the same */
    REPORT_QMP,      /* value: offset in texts of the event's name and data (JSON) */
    REPORT_OTHER,    /* any other trace event; value: offset in texts of its arguments */
    REPORT_KINDS,
};

enum report_rw {
    REPORT_READ = 0,
    REPORT_WRITE = 1,
    REPORT_NEITHER = 2,
};

struct report_events {
    size_t count;
    int64_t *t;        /* not decreasing */
    uint64_t *address; /* see enum report_kind */
    uint64_t *value;
    uint16_t *device; /* index in devices, REPORT_NONE16 */
    uint16_t *name;   /* index in names: the trace event's own name */
    uint8_t *cpu;     /* virtual CPU or host CPU, as the recorder had it; 255 unknown */
    uint8_t *kind;    /* enum report_kind */
    uint8_t *size;    /* bytes of one access, 0 none */
    uint8_t *rw;      /* enum report_rw */
};

/* ---- Devices ---- */

enum report_space {
    REPORT_SPACE_MEMORY,
    REPORT_SPACE_IO,
};

struct report_device {
    const char *name;  /* unique, for filters: "hpet", "ahci", "e1000e", "pci 00:1f.2" */
    const char *title; /* for people: "High precision event timer" */
    bool is_pci;
    uint8_t bus, slot, function; /* is_pci */
    uint64_t reads, writes;      /* events of MMIO, PIO, PCI */
    uint64_t mmio, pio, config;  /* the same by kind */
    int64_t first_t, last_t;     /* REPORT_NEVER: not touched */
};

/* Where a device answered, from FROM_T until UNTIL_T (REPORT_NEVER: to the end). BARs change over
 * time; what is fixed on q35 and pc is there from the start. */
struct report_region {
    uint16_t device;
    uint8_t space; /* enum report_space */
    int8_t bar;    /* -1: fixed */
    uint64_t base, bytes;
    int64_t from_t, until_t;
};

/* ---- Disk ---- */

struct report_drive {
    const char *name; /* "cdrom", "disk", as filters call it */
    const char *file; /* what QEMU opened, as it names it; "" unknown */
    uint64_t reads, writes, bytes_read, bytes_written;
    bool is_image; /* the image the session is about: its files are known */
};

struct report_request {
    int64_t t, end_t; /* end_t: REPORT_NEVER when its end was not recorded */
    uint64_t off, bytes;
    uint16_t drive;
    bool is_write;
    bool is_sequential; /* begins where the one before on this drive ended */
    uint32_t file;      /* index in files of the first byte, REPORT_NONE32 */
};

/* A file of the image, or another named part of it ("El Torito image", "partition 2", "directory
 * /boot", "volume descriptors"). */
struct report_file {
    const char *path; /* "/live/vmlinuz"; parts that are no files stand in angle brackets */
    uint64_t off;     /* first byte in the image */
    uint64_t bytes;   /* its size */
    uint64_t reads;   /* requests that touched it */
    uint64_t bytes_read;
    int64_t first_t, last_t; /* REPORT_NEVER: not read */
    uint32_t order;          /* 0 = the first that was read; REPORT_NONE32: not read */
};

/* One request's share of one file, in the order of time: "which files, in which order, how often".
 */
struct report_file_read {
    int64_t t;
    uint32_t file, request;
    uint64_t off; /* in the file */
    uint64_t bytes;
};

/* ---- Exits, hottest addresses, polling loops ---- */

struct report_exit {
    const char *reason; /* "NPF", "EPT_MISCONFIG", ... */
    uint64_t count, total_ns, max_ns;
};

struct report_hot {
    uint8_t kind; /* REPORT_MMIO, REPORT_PIO, REPORT_PCI */
    uint8_t rw;
    uint16_t device;
    uint64_t address;
    uint64_t count;
    const char *reg; /* "HPET main counter", "" unknown */
};

struct report_poll {
    int64_t t, end_t;
    uint64_t address, count; /* COUNT reads of ADDRESS with nothing else between them on that CPU */
    uint16_t device;
    uint8_t kind, cpu;
    const char *reg;
};

/* ---- Timeline ---- */

enum report_phase_id {
    REPORT_PHASE_FIRMWARE,
    REPORT_PHASE_LOADER,
    REPORT_PHASE_KERNEL,
    REPORT_PHASE_USER,
    REPORT_PHASE_LOGIN,
    REPORT_PHASES,
};

struct report_phase {
    uint8_t id;
    const char *name; /* "firmware", "boot loader", "kernel", "user space", "login" */
    int64_t t, end_t; /* end_t: the begin of the next, or the session's end */
    const char *how;  /* what it was recognised by: "serial text: Linux version 6.1.0" */
};

/* A moment with a name; what diff lines two sessions up by. */
struct report_milestone {
    int64_t t;
    const char *name; /* stable between sessions: "kernel begins", "first read of /live/vmlinuz" */
};

/* Nothing happened between T and END_T. */
struct report_gap {
    int64_t t, end_t;
    const char *waiting; /* for what: "a disk request of 65536 bytes", "a key", "not known" */
};

/* ---- Texts ---- */

struct report_line {
    int64_t t;    /* REPORT_NEVER without an index */
    uint64_t off; /* in the log's bytes */
    uint32_t len; /* with its line end */
};

struct report_log {
    const char *bytes; /* raw, as the guest wrote it: escape sequences and all; NULL: none */
    size_t len;
    struct report_line *lines;
    size_t line_count;
};

/* ---- Network ---- */

struct report_host {
    const char *address; /* "10.0.2.2", "fe80::2" */
    const char *name;    /* by DNS, "" unknown */
    uint64_t packets, bytes_from, bytes_to;
    int64_t first_t, last_t;
};

struct report_dns {
    int64_t t;
    const char *name;
    const char *answer; /* "1.2.3.4, 1.2.3.5", "NXDOMAIN", "" no answer seen */
    const char *type;   /* "A", "AAAA", ... */
    int64_t answer_t;   /* REPORT_NEVER: none */
};

struct report_http {
    int64_t t;
    const char *method, *host, *path;
    unsigned code;    /* 0: no answer seen */
    int64_t answer_t; /* REPORT_NEVER: none */
};

struct report_packet {
    int64_t t;
    uint32_t bytes;
    uint32_t host; /* index in hosts: the other side; REPORT_NONE32 (ARP, broadcasts) */
    bool from_guest;
};

/* ---- Filmstrip ---- */

struct report_picture {
    int64_t t;
    const char *name; /* "screen/0000012000.png": report_read() reads it */
    uint64_t bytes;
};

/* ---- What the session says of itself ---- */

struct report_setting {
    const char *key, *value, *origin;
};

struct report_recorder {
    const char *name; /* "qemu", "kvm", "serial", ... */
    uint64_t bytes, limit_bytes, events;
    uint64_t overrun, dropped, commit_overrun;    /* lost */
    int64_t stopped_t;                            /* REPORT_NEVER: ran to the end */
    const char *stopped_reason, *stopped_message; /* "" */
};

struct report_session {
    const char *name; /* of the folder */
    const char *image_path, *image_label, *image_kind;
    uint64_t image_bytes;
    const char *start, *end;         /* ISO 8601, "" while it runs or when it was cut off */
    int64_t start_real_ns;           /* CLOCK_REALTIME of time 0, 0 unknown */
    int64_t duration_ns;             /* REPORT_NEVER unknown */
    const char *end_code, *end_text; /* "" unknown */
    const char *accelerator, *firmware, *machine;
    const char *version_hiperiso, *version_kernel, *version_qemu;
    const char *tier; /* "full"; "" not known */
    uint64_t resets;
    uint64_t ram_mb, cpus; /* 0 unknown */
    struct report_setting *settings;
    size_t setting_count;
    const char **warnings;
    size_t warning_count;
    const char **problems; /* of the event lists */
    size_t problem_count;
    const char **argv;
    size_t argv_count;
    struct report_recorder *recorders;
    size_t recorder_count;
    const char *window_from, *window_until; /* "" no window */
    int64_t window_opened_t, window_closed_t;
};

/* How well each part could be read. */
enum report_panel_id {
    REPORT_PANEL_SESSION,
    REPORT_PANEL_TRACE, /* trace.log */
    REPORT_PANEL_KVM,   /* trace.cpuN.raw */
    REPORT_PANEL_SERIAL,
    REPORT_PANEL_FIRMWARE,
    REPORT_PANEL_QMP,
    REPORT_PANEL_NETWORK,
    REPORT_PANEL_SCREEN,
    REPORT_PANEL_IMAGE, /* the image's own file list */
    REPORT_PANELS,
};

enum report_panel_state {
    REPORT_ABSENT, /* was not recorded */
    REPORT_READABLE,
    REPORT_PARTLY,     /* damaged or cut somewhere: message says where */
    REPORT_UNREADABLE, /* message says why */
};

struct report_panel {
    const char *name; /* "trace.log" */
    uint8_t state;
    const char *message;            /* "" */
    uint64_t bytes, items, skipped; /* of the input; what was made of it; what could not be read */
};

struct report_source;

struct report {
    struct report_session session;
    struct report_panel panels[REPORT_PANELS];
    int64_t end_t; /* of the last thing that happened; >= 0 */

    struct report_events events;
    const char **names; /* of trace events: "kvm_mmio", "blk_co_preadv" */
    size_t name_count;
    const char *texts; /* NUL-terminated texts one behind the other; offset 0 is "" */
    size_t text_bytes;

    struct report_device *devices;
    size_t device_count;
    struct report_region *regions;
    size_t region_count;

    struct report_drive *drives;
    size_t drive_count;
    struct report_request *requests; /* by time */
    size_t request_count;
    struct report_file *files; /* by path */
    size_t file_count;
    struct report_file_read *file_reads; /* by time */
    size_t file_read_count;

    struct report_exit *exits; /* the costliest first */
    size_t exit_count;
    struct report_hot *hot; /* the hottest first, at most REPORT_HOT_MAX */
    size_t hot_count;
    struct report_poll *polls; /* by time */
    size_t poll_count;

    struct report_phase *phases; /* by time, without holes */
    size_t phase_count;
    struct report_milestone *milestones; /* by time */
    size_t milestone_count;
    struct report_gap *gaps; /* by time */
    size_t gap_count;

    struct report_log serial, firmware;

    struct report_host *hosts; /* the most bytes first */
    size_t host_count;
    struct report_dns *dns;
    size_t dns_count;
    struct report_http *http;
    size_t http_count;
    struct report_packet *packets; /* by time */
    size_t packet_count;

    struct report_picture *pictures; /* by time */
    size_t picture_count;

    /* Private to the readers. */
    struct arena arena;
    struct report_source *source;
};

#define REPORT_HOT_MAX 1000

struct report_open_options {
    const char *image; /* the image's file on this machine; NULL: looked for around the session */
};

/* Opens the session at PATH: a folder with session.json, or "IMG:/hiperiso/logs/NAME" or "IMG:NAME"
 * on a stick or its image. Reports what is wrong on stderr; returns 0, or -1 when there is no such
 * session. A part that cannot be read is no failure: its panel says so. The caller frees with
 * report_close(). */
int report_open(const char *path, const struct report_open_options *options,
                struct report **ret_report) must_check;
void report_close(struct report *report);

/* A file of the session ("screen/0000012000.png") as a new block of *RET_LEN bytes, at most MAX. */
enum status report_read(const struct report *report, const char *name, size_t max,
                        uint8_t **ret_bytes, size_t *ret_len) must_check;

/* The register (or block of registers) of DEVICE at ADDRESS for an event of KIND at time T:
 * "main counter", "BAR0+0x118", "selector"; "" if nothing is known. In RET_TEXT. */
#define REPORT_REGISTER_BYTES 48
void report_register(const struct report *report, uint8_t kind, uint16_t device, uint64_t address,
                     int64_t t, char ret_text[REPORT_REGISTER_BYTES]);

/* "mmio", "pio", "pci", "exit", "entry", "disk", "disk end", "qmp", "trace". */
const char *report_kind_name(uint8_t kind);

/* The device's name, "" for REPORT_NONE16. */
const char *report_device_name(const struct report *report, uint16_t device);
