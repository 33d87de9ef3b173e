# SPDX-License-Identifier: BSD-2-Clause
"""Makes sessions as the recorder writes them, of any size and with known contents: for tests, fuzzers and benches.

As a program: session_maker.py FOLDER [EVENTS]"""
import json
import pathlib
import random
import struct
import sys
import zlib

START_REAL_NS = 1_700_000_000_000_000_000
QEMU_START_MONO_NS = 5_000_000_000
PAGE_BYTES = 4096

HEADER_PAGE = """\
\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;
\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;
\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;
\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;
"""
HEADER_EVENT = """\
# compressed entry header
\ttype_len    :    5 bits
\ttime_delta  :   27 bits
\tarray       :   32 bits

\tpadding     : type == 29
\ttime_extend : type == 30
\ttime_stamp : type == 31
\tdata max type_len  == 28
"""
COMMON = (("unsigned short", "common_type", 0, 2, 0), ("unsigned char", "common_flags", 2, 1, 0),
          ("unsigned char", "common_preempt_count", 3, 1, 0), ("int", "common_pid", 4, 4, 1))
# system, event: number, fields behind the common ones (type, name, bytes), how it is printed
EVENTS = {
    ("kvm", "kvm_mmio"): (900, (("u32", "type", 4), ("u32", "len", 4), ("u64", "gpa", 8), ("u64", "val", 8)),
                          '"mmio %u len %u gpa 0x%llx val 0x%llx", REC->type, REC->len, REC->gpa, REC->val'),
    ("kvm", "kvm_pio"): (901, tuple(("unsigned int", name, 4) for name in ("rw", "port", "size", "count", "val")),
                         '"pio_%u at 0x%x size %d count %d val 0x%x", REC->rw, REC->port, REC->size, REC->count, REC->val'),
    ("kvm", "kvm_exit"): (902, (("unsigned int", "exit_reason", 4), ("u32", "isa", 4), ("unsigned long", "guest_rip", 8),
                                ("unsigned int", "vcpu_id", 4), ("unsigned int", "spare", 4)),
                          '"vcpu %u reason %u rip 0x%lx", REC->vcpu_id, REC->exit_reason, REC->guest_rip'),
    ("kvm", "kvm_entry"): (903, (("unsigned int", "vcpu_id", 4), ("unsigned int", "spare", 4), ("unsigned long", "rip", 8)),
                           '"vcpu %u, rip 0x%lx", REC->vcpu_id, REC->rip'),
    ("sched", "sched_note"): (904, (("unsigned int", "state", 4), ("unsigned int", "spare", 4)), '"state %u", REC->state'),
    ("ftrace", "print"): (5, (("unsigned long", "ip", 8), ("char", "buf", 0)), '"%ps: %s", (void *)REC->ip, REC->buf'),
    ("ftrace", "function"): (1, (("unsigned long", "ip", 8), ("unsigned long", "parent_ip", 8)),
                             '" %ps <-- %ps", (void *)REC->ip, (void *)REC->parent_ip'),
}


def format_text(name, number, fields, shown):
    """A tracefs format file."""
    lines = [f"name: {name}", f"ID: {number}", "format:"]
    lines += [f"\tfield:{kind} {field};\toffset:{off};\tsize:{size};\tsigned:{signed};" for kind, field, off, size, signed in COMMON]
    lines.append("")
    off = 8
    for kind, field, size in fields:
        spelled = f"{field}[]" if size == 0 else field
        lines.append(f"\tfield:{kind} {spelled};\toffset:{off};\tsize:{size};\tsigned:0;")
        off += size
    return "\n".join(lines) + f"\n\nprint fmt: {shown}\n"


def write_tracefs(folder):
    for (system, name), (number, fields, shown) in EVENTS.items():
        place = folder / "tracefs/events" / system / name
        place.mkdir(parents=True, exist_ok=True)
        (place / "format").write_text(format_text(name, number, fields, shown))
    (folder / "tracefs/events/header_page").write_text(HEADER_PAGE)
    (folder / "tracefs/events/header_event").write_text(HEADER_EVENT)
    (folder / "tracefs/saved_cmdlines").write_text("201 qemu-system-x86\n202 qemu-system-x86\n")
    (folder / "tracefs/printk_formats").write_text("")


class Pages:
    """Events to pages of the kernel's ring buffer (kernel/trace/ring_buffer.c)."""

    def __init__(self, path):
        self.stream = open(path, "wb")
        self.parts, self.used, self.start, self.last = [], 0, None, 0

    def add(self, mono_ns, data):
        words = len(data) // 4
        delta = 0 if self.start is None else mono_ns - self.last
        extend = delta >= 1 << 27
        if self.start is None or self.used + 4 + len(data) + (8 if extend else 0) > PAGE_BYTES - 16:
            self.flush()
            self.start, delta, extend = mono_ns, 0, False
        if extend:
            self.parts.append(struct.pack("<II", 30 | (delta & 0x7FFFFFF) << 5, delta >> 27))
            self.used += 8
            delta = 0
        self.parts.append(struct.pack("<I", words | delta << 5))
        self.parts.append(data)
        self.used += 4 + len(data)
        self.last = mono_ns

    def flush(self):
        if self.start is not None:
            page = struct.pack("<QQ", self.start, self.used) + b"".join(self.parts)
            self.stream.write(page.ljust(PAGE_BYTES, b"\0"))
        self.parts, self.used, self.start = [], 0, None

    def close(self):
        self.flush()
        self.stream.close()


def common(number, pid):
    return struct.pack("<HBBi", number, 0, 0, pid)


def mmio(pid, kind, size, address, value):
    return common(900, pid) + struct.pack("<IIQQ", kind, size, address, value)


def pio(pid, is_write, port, size, value):
    return common(901, pid) + struct.pack("<IIIII", is_write, port, size, 1, value)


def vm_exit(pid, vcpu, reason):
    return common(902, pid) + struct.pack("<IIQII", reason, 2, 0x1000, vcpu, 0)


def vm_entry(pid, vcpu):
    return common(903, pid) + struct.pack("<IIQ", vcpu, 0, 0x1000)


PLACES = (0xFED000F0, 0xFEE000B0, 0xFEE00380, 0xFEE00320, 0xFEC00010, 0xFEB80008, 0xFEB80100, 0xFEB800D0)
PORTS = (0x60, 0x64, 0x70, 0x71, 0x3F8, 0x3FD, 0x608, 0xCF8, 0xCFC, 0x511)


def write_kernel(folder, count, seed=1):
    """COUNT events on two CPUs, as many exits as entries; returns the number of each event's name."""
    rng = random.Random(seed)
    cpus = [Pages(folder / f"trace.cpu{n}.raw") for n in range(2)]
    counts = {}
    t = QEMU_START_MONO_NS
    pick = rng.random
    for i in range(count):
        vcpu = i // 64 % 2
        pid = 201 + vcpu
        t += 300 + int(pick() * 4000) + (2_000_000_000 if i == count // 2 else 0)
        step = i % 8
        # A polling loop of reads of one register in the middle.
        is_loop = count // 3 <= i < count // 3 + min(4000, count // 4)
        if step == 0:
            name, data = "kvm_exit", vm_exit(pid, vcpu, (0x400, 0x7B, 0x7C, 0x78)[i // 8 % 4])
        elif step == 7:
            name, data = "kvm_entry", vm_entry(pid, vcpu)
        elif step == 5 and not is_loop:
            name, data = "kvm_pio", pio(pid, i & 1, PORTS[i // 8 % len(PORTS)], 1, i & 0xFF)
        else:
            place = PLACES[0] if is_loop else PLACES[int(pick() * len(PLACES))]
            name, data = "kvm_mmio", mmio(pid, 1 if is_loop else 1 + (i & 1), 4, place, i & 0xFFFFFFFF)
        counts[name] = counts.get(name, 0) + 1
        cpus[vcpu].add(t, data)
    cpus[0].add(t + 1000, common(904, 1) + struct.pack("<II", 7, 0))
    counts["sched_note"] = 1
    for cpu in cpus:
        cpu.close()
    return counts


def real_seconds(t):
    real = START_REAL_NS + t
    return f"{real // 1_000_000_000}.{real // 1000 % 1_000_000:06d}"


def trace_lines(reads=((16, 1), (32, 4))):
    """Lines of trace.log: a machine's start, and READS of the CD-ROM drive as (LBA, count)."""
    lines = ["bdrv_open_common bs 0x5000 filename \"/data/test.iso\" flags 0x0 format_name \"raw\"",
             "blk_root_attach child 0x1 blk 0x4000 bs 0x5000", "vm_state_notify running 1 reason 9 (running)",
             "pci_update_mappings_add e1000e 00:01.0 0,0xfeb80000+0x20000",
             "pci_update_mappings_add e1000e 00:01.0 2,0xc040+0x20",
             "pci_cfg_read mch 00:00.0 @0x0 -> 0x29c08086", "pci_cfg_write e1000e 00:01.0 @0x4 <- 0x7"]
    lines += [f"ide_atapi_cmd_read IDEState: 0x7000; read dma: LBA={lba} nb_sectors={count}" for lba, count in reads]
    lines.append("pci_update_mappings_del e1000e 00:01.0 2,0xc040+0x20")
    return [f"201@{real_seconds((i + 1) * 1_000_000)}:{line} " for i, line in enumerate(lines)]


def frame(source, target, payload, protocol=17, ports=(40000, 53)):
    """An Ethernet frame with IPv4 and UDP or TCP."""
    is_guest = source.startswith("10.0.2.15")
    macs = (b"\x52\x55\x0a\x00\x02\x02", b"\x52\x54\x00\x12\x34\x56")
    if protocol == 17:
        body = struct.pack(">HHHH", *ports, 8 + len(payload), 0) + payload
    else:
        body = struct.pack(">HHIIBBHHH", *ports, 1, 1, 5 << 4, 0x18, 8192, 0, 0) + payload
    numbers = [bytes(int(n) for n in a.split(".")) for a in (source, target)]
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 1, 0, 64, protocol, 0) + numbers[0] + numbers[1]
    ends = (macs[0], macs[1]) if is_guest else (macs[1], macs[0])
    return ends[0] + ends[1] + b"\x08\x00" + ip + body


def dns_name(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def packets():
    question = dns_name("deb.example.org") + struct.pack(">HH", 1, 1)
    ask = struct.pack(">HHHHHH", 7, 0x100, 1, 0, 0, 0) + question
    answer = struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + question + struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + bytes(
        (192, 0, 2, 7))
    missing = struct.pack(">HHHHHH", 8, 0x100, 1, 0, 0, 0) + dns_name("no.example.org") + struct.pack(">HH", 28, 1)
    refusal = struct.pack(">HHHHHH", 8, 0x8183, 1, 0, 0, 0) + dns_name("no.example.org") + struct.pack(">HH", 28, 1)
    get = b"GET /pool/a.deb HTTP/1.1\r\nHost: deb.example.org\r\n\r\n"
    found = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    guest, dns, web = "10.0.2.15", "10.0.2.3", "192.0.2.7"
    return [frame(guest, dns, ask), frame(dns, guest, answer, ports=(53, 40000)), frame(guest, dns, missing),
            frame(dns, guest, refusal, ports=(53, 40000)), frame(guest, web, get, 6, (41000, 80)),
            frame(web, guest, found, 6, (80, 41000))]


def write_pcap(path, frames):
    with open(path, "wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65536, 1))
        for i, data in enumerate(frames):
            real = START_REAL_NS + 2_000_000_000 + i * 5_000_000
            stream.write(struct.pack("<IIII", real // 1_000_000_000, real // 1000 % 1_000_000, len(data), len(data)) + data)


def png():
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")


SERIAL = (b"SeaBIOS (version 1.16)\r\n", b"Booting from DVD/CD...\r\n", b"\x1b[2J\x1b[1;1HWelcome to GRUB!\r\n",
          b"[    0.000000] Linux version 6.1.0\r\n", b"[    1.500000] Run /init as init process\r\n", b"\r\nhost login: ")


def write_serial(folder, step_ns=400_000_000):
    off, index = 0, []
    for i, line in enumerate(SERIAL):
        index.append(f"{off} {(i + 1) * step_ns}\n")
        off += len(line)
    (folder / "serial.log").write_bytes(b"".join(SERIAL))
    (folder / "serial.idx").write_text("".join(index))
    (folder / "firmware.log").write_text("SeaBIOS\nfound virtio\n")
    (folder / "firmware.idx").write_text("0 1000000\n8 2000000\n")


def session_json(image_bytes, path="/test.iso"):
    instant = {"mono_before_ns": QEMU_START_MONO_NS - 100, "real_ns": START_REAL_NS, "mono_after_ns": QEMU_START_MONO_NS + 100}
    return {
        "hiperiso_session": 1,
        "image": {"path": path, "bytes": image_bytes, "kind": "iso", "bios": True, "uefi": False, "label": "TEST"},
        "start": "2023-11-14T22:13:20.000Z", "end": "2023-11-14T22:13:50.000Z", "duration_ms": 30000,
        "end_reason": {"code": "guest-poweroff", "text": "guest powered off after 30 s"},
        "accelerator": "kvm", "firmware": "bios", "resets": 0, "warnings": [],
        "versions": {"hiperiso": "0.1.0", "kernel": "6.1.0", "qemu": "7.2.0"},
        "settings": {"ram": {"value": 512, "unit": "MB", "origin": "default", "in_effect": True},
                     "machine": {"value": "q35", "origin": "default", "in_effect": True}},
        "qemu_argv": ["qemu-system-x86_64", "-m", "512M"],
        "clock": {"start": instant, "end": None, "qemu_start_mono_ns": QEMU_START_MONO_NS},
        "trace": {"tier": "full", "files": ["trace-full.events"], "problems": [], "window": None,
                  "recorders": [{"name": "kvm", "bytes": 1, "limit_bytes": 2, "stopped": None, "events": 3,
                                 "lost": {"overrun": 0, "dropped": 0, "commit_overrun": 0}}]},
    }


def make_session(folder, events=1000, reads=((16, 1), (32, 4)), image_bytes=0, path="/test.iso", lines=None):
    """A whole session; returns the number of kernel events by name."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    write_tracefs(folder)
    counts = write_kernel(folder, events)
    (folder / "trace.log").write_text("\n".join(lines if lines is not None else trace_lines(reads)) + "\n")
    write_serial(folder)
    write_pcap(folder / "network.pcap", packets())
    (folder / "screen").mkdir(exist_ok=True)
    for ms in (1000, 2500):
        (folder / "screen" / f"{ms:010d}.png").write_bytes(png())
    (folder / "qmp.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (
        {"host_time": "2023-11-14T22:13:20.500Z", "t": 500000000, "qmp": {"return": {}, "id": "x"}},
        {"host_time": "2023-11-14T22:13:21.000Z", "t": 1000000000, "qmp": {"event": "RESUME", "timestamp": {"seconds": 1}}},
        {"host_time": "2023-11-14T22:13:49.000Z", "t": 29000000000, "qmp": {"event": "SHUTDOWN", "data": {"guest": True}}})))
    (folder / "session.json").write_text(json.dumps(session_json(image_bytes, path), indent=1))
    return counts


if __name__ == "__main__":
    print(json.dumps(make_session(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1000)))
