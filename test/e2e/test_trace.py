# SPDX-License-Identifier: BSD-2-Clause
"""What the tiers record: a guest that touches its machine an exact number of times, counted by tools that nobody here wrote."""
import json
import random
import re
import shutil
import subprocess
import time

import pytest

from harness import flow
from harness.direct import direct_kernel
from harness.machine import CPU, CPU_WITHOUT_KVM, run_tool
from harness.stick import Sessions, extract, fsck_exfat, partitions
from test_watch import nearly_fill

COUNTS = {"hpet": 1000, "port 0x80": 500, "pci": 200, "cd": 64}
CD_BLOCKS = [20 + 2 * n for n in range(COUNTS["cd"])]
HPET_COUNTER = "0xfed000f0"
ECHOES = b"abcdefghijklmnoqstuvwxyz"  # p and r are words to the waiting guest
ECHOES_LOST = 12                      # a tenth of a second each
FIRST, LAST = 0xAA, 0xBB  # what the guest writes to port 0x80 before and after


@pytest.fixture(scope="session")
def stick(shop, guest):
    """The guest that counts, and others; nothing is set but on the kernel's command line."""
    return shop.make([guest(name) for name in ("count.iso", "wait.img", "poweroff.img", "linux.iso")], {"control": {"timeout": -1}})


@pytest.fixture
def boot(start, product, results):
    """boot(stick, image, tier, ...) starts the host's Linux without firmware and menu."""
    def begin(disk, image, tier, *, parameters="", settings="", ram=512, **options):
        kernel = direct_kernel(product, disk, f"/{image}", f"hiperiso_guest_ram={ram} hiperiso_guest_cpus=1 "
                               f"hiperiso_trace_level={tier} {parameters}", settings=settings)
        return start([(disk, "virtio")], firmware=None, kernel=kernel, **options)

    return begin


def copy_session(session, folder):
    """The session's folder as files."""
    target = folder / session.name
    shutil.rmtree(target, ignore_errors=True)
    for line in session.product.tool("ls", "-r", session.image, f"/hiperiso/logs/{session.name}").stdout.decode().splitlines():
        path = line.split(f"{session.name}/")[-1]
        if path.endswith("/"):
            continue
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(session.read(path))
    return target


def kernel_events(folder):
    """The host kernel's events as trace-cmd prints them, oldest first; [] without any."""
    raw = sorted(folder.glob("trace.cpu*.raw"), key=lambda path: int(re.sub(r"\D", "", path.name)))
    if not raw:
        return []
    run_tool("trace-cmd", "restore", "-c", "-k", "/dev/null", "-t", folder / "tracefs", "-o", folder / "head.dat")
    run_tool("trace-cmd", "restore", "-i", folder / "head.dat", "-o", folder / "trace.dat", *raw)
    done = subprocess.run(["trace-cmd", "report", folder / "trace.dat"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [line for line in done.stdout.decode().splitlines() if re.search(r": kvm_\w+: ", line)]


def between(lines, first, last):
    """The lines between the one with FIRST and the one with LAST, or all."""
    marks = [n for n, line in enumerate(lines) if first in line or last in line]
    assert len(marks) in (0, 2), [lines[n] for n in marks]
    return lines[marks[0] + 1:marks[1]] if marks else lines


def counted_by_kernel(lines):
    """What the host's kernel saw of the guest's accesses."""
    lines = between(lines, f"pio_write at 0x80 size 1 count 1 val 0x{FIRST:x}", f"pio_write at 0x80 size 1 count 1 val 0x{LAST:x}")
    return {"hpet": sum(f" mmio read len 4 gpa {HPET_COUNTER} " in line for line in lines),
            "port 0x80": sum(" pio_write at 0x80 " in line for line in lines),
            "pci ports": sum(" pio_read at 0xcfc " in line for line in lines)}


def counted_by_qemu(lines):
    """What QEMU saw."""
    lines = between(lines, f"memory_region_ops_write cpu 0 mr 0x0 addr 0x80 value 0x{FIRST:x} ", f"addr 0x80 value 0x{LAST:x} ")
    return {"hpet": sum(f"addr {HPET_COUNTER} " in line and "name 'hpet'" in line for line in lines),
            "port 0x80": sum("memory_region_ops_write" in line and " addr 0x80 " in line for line in lines),
            "pci": sum(":pci_cfg_read mch 00:00.0 @0x0 -> 0x29c08086" in line for line in lines),
            "cd": [int(n) for n in re.findall(r":ide_atapi_cmd_read IDEState: \S+; read dma: LBA=(\d+) nb_sectors=1$", "\n".join(lines),
                                              re.MULTILINE)]}


def marked(lines):
    """QEMU's lines between the guest's two marks, which only tiers with ports hold."""
    pattern = re.compile(r"mr \S+ (addr 0x80 value 0x(?:aa|bb) )")
    return [pattern.sub(r"mr 0x0 \1", line) for line in lines]


def run_counting_guest(boot, disk, product, results, tier, is_kvm):
    """Starts it; returns (session, description, QEMU's lines, the kernel's lines)."""
    machine = boot(disk, "count.iso", tier, cpu=CPU if is_kvm else CPU_WITHOUT_KVM)
    machine.wait_exit(("host", "session", "bios guest", "bios guest", "end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    folder = copy_session(session, results)
    about = session.json()
    assert about["accelerator"] == ("kvm" if is_kvm else "tcg")
    assert about["end_reason"]["code"] == "guest-poweroff"
    log = folder / "trace.log"
    return session, about, marked(log.read_text().splitlines()) if log.exists() else [], kernel_events(folder)


def recorder(about, name):
    return next((r for r in about["trace"]["recorders"] if r["name"] == name), None)


def check_books(about, qemu, kernel):
    """The session's own numbers are those of the files, and nothing was lost."""
    assert not about["trace"]["problems"]
    assert all(r["stopped"] is None for r in about["trace"]["recorders"]), about["trace"]
    for name, lines in (("qemu", qemu), ("kvm", kernel)):
        assert (recorder(about, name) or {"events": 0})["events"] == len(lines)
    if kernel:
        assert set(recorder(about, "kvm")["lost"].values()) == {0}


def test_full_tier_counts_exactly_with_kvm(boot, stick, product, results):
    session, about, qemu, kernel = run_counting_guest(boot, stick, product, results, "full", True)
    check_books(about, qemu, kernel)
    assert counted_by_kernel(kernel) == {"hpet": COUNTS["hpet"], "port 0x80": COUNTS["port 0x80"], "pci ports": COUNTS["pci"]}
    seen = counted_by_qemu(qemu)
    # The firmware's own accesses are in QEMU's trace, too: it read the CD before the guest did.
    assert seen["cd"][-COUNTS["cd"]:] == CD_BLOCKS
    check_one_clock(session, about, qemu, kernel)


def check_one_clock(session, about, qemu, kernel):
    """Three recorders name one moment: the guest's reads of the CD, and the line before them on the serial console."""
    clock = about["clock"]
    real_to_t = clock["start"]["real_ns"] - (clock["start"]["mono_before_ns"] + clock["start"]["mono_after_ns"]) // 2
    first_read = next(line for line in qemu if f"LBA={CD_BLOCKS[0]} " in line)
    read_t = int(float(re.search(r"@(\d+\.\d+):", first_read).group(1)) * 1e9) - real_to_t - clock["qemu_start_mono_ns"]
    times = [float(re.search(r" (\d+\.\d+): kvm_pio: +pio_(?:read|write) at 0xcf[8c] ", line).group(1)) for line in kernel
             if " pio_read at 0xcfc " in line]
    pci_t = int(times[-1] * 1e9) - clock["qemu_start_mono_ns"]
    assert 0 < read_t - pci_t < 1e9, "the reads of the CD follow those of the PCI configuration"
    rows = [tuple(map(int, row.split())) for row in session.text("serial.idx").splitlines()]
    text = session.read("serial.log")
    assert [off for off, _ in rows] == [0] + [m.end() for m in re.finditer(rb"\n", text) if m.end() < len(text)]
    assert [t for _, t in rows] == sorted(t for _, t in rows)
    line_t = next(t for off, t in rows if text[off:].startswith(b"HIPERISO-TEST count guest"))
    assert 0 < pci_t - line_t < 5e9
    for line in session.text("qmp.jsonl").splitlines():
        assert json.loads(line)["t"] >= 0


def test_full_tier_counts_exactly_without_kvm(boot, stick, product, results):
    _, about, qemu, kernel = run_counting_guest(boot, stick, product, results, "full", False)
    check_books(about, qemu, kernel)
    assert not kernel and counted_by_qemu(qemu) == {**COUNTS, "cd": CD_BLOCKS}


@pytest.mark.full
@pytest.mark.parametrize("is_kvm", [True, False], ids=["kvm", "tcg"])
def test_detailed_tier_has_all_but_memory(boot, stick, product, results, is_kvm):
    _, about, qemu, kernel = run_counting_guest(boot, stick, product, results, "detailed", is_kvm)
    check_books(about, qemu, kernel)
    seen = counted_by_qemu(qemu)
    assert seen["cd"][-COUNTS["cd"]:] == CD_BLOCKS
    if is_kvm:
        assert counted_by_kernel(kernel) == {"hpet": 0, "port 0x80": COUNTS["port 0x80"], "pci ports": COUNTS["pci"]}
        assert not any("kvm_mmio" in line for line in kernel)
    else:
        assert seen == {**COUNTS, "hpet": 0, "cd": CD_BLOCKS}


@pytest.mark.full
@pytest.mark.parametrize("is_kvm", [True, False], ids=["kvm", "tcg"])
def test_standard_tier_has_the_reads_of_the_cd_and_none_has_nothing(boot, stick, product, results, is_kvm):
    _, about, qemu, kernel = run_counting_guest(boot, stick, product, results, "standard", is_kvm)
    check_books(about, qemu, kernel)
    seen = counted_by_qemu(qemu)
    assert seen.pop("cd")[-COUNTS["cd"]:] == CD_BLOCKS and set(seen.values()) == {0} and not kernel
    session, about, qemu, kernel = run_counting_guest(boot, stick, product, results, "none", is_kvm)
    assert not qemu and not kernel and "trace.log" not in session.files
    assert "HIPERISO-TEST count guest" in session.text("serial.log")
    assert {r["name"] for r in about["trace"]["recorders"]} == {"serial", "qmp"}


@pytest.mark.full
def test_own_list_with_mistakes_is_a_tier_of_its_name(boot, shop, guest, product, results):
    payload = results / "payload"
    shutil.copytree(product.payload, payload)
    own = payload / "EFI/hiperiso/trace/mine.events"
    own.write_text("# mine\ninclude trace-standard.events\nno_such_event\nsched:no_such\nide_atapi_cmd_*\n")
    disk = shop.make([guest("count.iso")], {"control": {"timeout": -1}}, payload=payload)
    _, about, qemu, _ = run_counting_guest(boot, disk, product, results, "mine", True)
    assert about["trace"]["files"] == ["mine.events", "trace-standard.events"]
    assert about["trace"]["problems"] == ["mine.events:4: the host's kernel has no tracepoint sched:no_such",
                                          "mine.events:3: QEMU has no event no_such_event"]
    assert any(":ide_atapi_cmd_packet " in line for line in qemu)


@pytest.mark.full
def test_packets_are_counted_as_tshark_counts_them(boot, stick, product, results):
    machine = boot(stick, "linux.iso", "standard", parameters="hiperiso_net_dump=1", network=True)
    machine.wait_text(("host", "session", "linux"), flow.guest_line("linux"))
    machine.serial.send(b"poweroff -f\r")
    machine.wait_exit(("linux", "end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    folder = copy_session(session, results)
    packets = run_tool("tshark", "-r", folder / "network.pcap", "-T", "fields", "-e", "frame.number").decode().split()
    numbers = [p for p in packets if p.isdigit()]
    assert len(numbers) == recorder(session.json(), "network")["events"] > 2


@pytest.mark.full
def test_window_opens_at_a_text_and_closes_after_seconds(boot, stick, product, results):
    machine = boot(stick, "wait.img", "full", settings=",trace_from:hello,trace_until:600s")
    machine.wait_text(("host", "session", "bios guest"), flow.guest_line("wait"))
    machine.serial.send(b"hello")
    machine.wait_text("bios guest", "trace: the window is open")
    machine.serial.send(b"xxxxp")
    machine.wait_exit(("bios guest", "end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    about, folder = session.json(), copy_session(session, results)
    window = about["trace"]["window"]
    kernel = kernel_events(folder)
    assert window["opened_t"] > 0 and window["closed_t"] is None
    start = (about["clock"]["qemu_start_mono_ns"] + window["opened_t"]) / 1e9
    times = [float(re.search(r" (\d+\.\d+): kvm_", line).group(1)) for line in kernel]
    assert times and min(times) > start - 0.001
    assert any("pio_write at 0x3f8 size 1 count 1 val 0x78" in line for line in kernel)  # the guest's echo of x
    assert not any("pio_write at 0x402" in line for line in kernel)                      # the firmware's texts


@pytest.mark.full
def test_pictures_are_kept_when_the_screen_changes(boot, stick, product, results):
    machine = boot(stick, "wait.img", "standard", parameters="hiperiso_vga=std")
    machine.wait_text(("host", "session", "bios guest"), flow.guest_line("wait"))
    machine.serial.send(b"p")
    machine.wait_exit(("bios guest", "end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    folder = copy_session(session, results)
    pictures = sorted(path.name for path in (folder / "screen").iterdir())
    assert pictures and all(re.fullmatch(r"\d{10}\.png", name) for name in pictures)
    assert len({(folder / "screen" / name).read_bytes() for name in pictures}) == len(pictures)
    assert recorder(session.json(), "screen")["events"] == len(pictures)


POLLING_READS = 1000  # of the serial port's state, which the waiting guest reads without a pause


def echo_until_cut(machine, seconds):
    """Sends the waiting guest a letter each tenth of a second, cuts the power after SECONDS; how many of its echoes were seen."""
    mark = machine.serial.mark()
    sent = 0
    for n in range(int(seconds * 10)):
        machine.serial.send(bytes([ECHOES[n % len(ECHOES)]]))
        sent += 1
        machine.until("monitor", lambda: len(machine.serial.text(mark)) >= sent, "an echo")  # noqa: B023
        time.sleep(0.1)
    machine.power_cut()
    return machine.serial.text(mark).lstrip()  # the end of the line before


def repaired(image, folder):
    """Repairs the data partition in place with fsck.exfat -p; the exit code."""
    part = folder / "data.raw"
    extract(image, 0, part)
    done = subprocess.run(["fsck.exfat", "-p", part], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    with open(image, "r+b") as disk, open(part, "rb") as source:
        disk.seek(partitions(image)[0][0])
        shutil.copyfileobj(source, disk)
    part.unlink()
    return done.returncode


def check_cut_session(product, image, folder, seen):
    """At most the last second is missing: ten echoes, one more for the time that a sync takes."""
    session = Sessions(product, image).only()
    text = session.text("serial.log").split("wait guest")[-1].strip()
    assert seen.startswith(text) and len(seen) - len(text) <= ECHOES_LOST, (seen, text)
    about = session.json()
    assert about["end"] is None and about["trace"]["tier"] == "full"
    kernel = kernel_events(copy_session(session, folder))
    echoed = [int(m.group(1), 16) for line in kernel if (m := re.search(r"pio_write at 0x3f8 size 1 count 1 val 0x([0-9a-f]+)", line))]
    echoed = bytes(echoed).decode("latin-1").split("wait guest")[-1].strip()
    assert seen.startswith(echoed) and len(seen) - len(echoed) <= ECHOES_LOST, (seen, echoed)
    assert sum(" pio_read at 0x3fd " in line for line in kernel) > POLLING_READS


@pytest.mark.full
@pytest.mark.parametrize("number", range(12))
def test_power_cut_loses_at_most_the_last_second(boot, start, stick, product, results, number):
    seconds = random.Random(number).uniform(1.5, 8)
    machine = boot(stick, "wait.img", "full")
    machine.wait_text(("host", "session", "bios guest"), flow.guest_line("wait"))
    seen = echo_until_cut(machine, seconds)
    image = machine.stick_image()
    assert repaired(image, results) in (0, 1)  # nothing to do, or repaired
    check_cut_session(product, image, results, seen)
    assert product.cat(image, "/wait.img") == product.cat(stick, "/wait.img")
    if number == 0:
        again = boot(image, "wait.img", "full")
        again.wait_text(("host", "session", "bios guest"), flow.guest_line("wait"))
        again.serial.send(b"p")
        again.wait_exit(("end", "exit"))
        assert len(Sessions(product, again.stick_image()).all()) == 2


@pytest.mark.full
def test_a_recorder_that_reaches_its_share_stops_and_the_guest_goes_on(boot, stick, product, results):
    machine = boot(stick, "wait.img", "full", settings=",log_max_mb:2")
    machine.wait_text(("host", "session", "bios guest"), flow.guest_line("wait"))
    machine.wait_text("linux", "the recorder kvm has stopped: its share of the session's size is used up")
    machine.serial.send(b"goes onp")
    machine.wait_exit(("bios guest", "end", "exit"))
    image = machine.stick_image()
    session = Sessions(product, image).only()
    about = session.json()
    kvm = recorder(about, "kvm")
    assert about["end_reason"]["code"] == "guest-poweroff" and kvm["stopped"]["reason"] == "limit" and kvm["stopped"]["t"] > 0
    assert kvm["bytes"] <= kvm["limit_bytes"] and "goes on" in session.text("serial.log")
    assert sum(r["bytes"] for r in about["trace"]["recorders"]) <= 2 << 20
    code, output = fsck_exfat(image, results)
    assert code == 0, output


@pytest.mark.full
def test_stick_that_is_full_to_the_last_byte_at_the_full_tier(boot, shop, guest, product):
    disk = shop.make([guest("flood.img")], {"control": {"timeout": -1}}, alter=nearly_fill)
    machine = boot(disk, "flood.img", "full")
    machine.wait_text(("host", "session", "live"), "flood is over")
    machine.wait_exit(("end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    about = session.json()
    assert about["end_reason"]["code"] == "guest-poweroff"
    assert about["end_reason"]["text"].endswith("the data partition is full, the record is incomplete")
    stopped = {r["name"]: r["stopped"]["reason"] for r in about["trace"]["recorders"] if r["stopped"]}
    assert stopped == {"kvm": "limit", "qemu": "limit", "serial": "full"}


@pytest.mark.full
def test_old_sessions_go_and_marked_ones_stay(boot, stick, product):
    disk, names = stick, []
    for _ in range(3):
        machine = boot(disk, "poweroff.img", "none", settings=",log_keep:2")
        machine.wait_exit(("host", "session", "bios guest", "end", "exit"))
        machine.close()
        disk = machine.stick_image()
        names.append({session.name for session in Sessions(product, disk).all()})
    assert [len(found) for found in names] == [1, 2, 2]
    assert min(names[1]) not in names[2]
