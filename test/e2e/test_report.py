# SPDX-License-Identifier: BSD-2-Clause
"""hiperiso-report on what a real start recorded, read straight off the stick: exact counts with the devices' names."""
import csv
import json
import pathlib
import random
import re
import subprocess
import tempfile

import pytest

from harness import flow
from harness.direct import direct_kernel
from harness.machine import run_tool
from harness.stick import Sessions
# The fixtures of the tiers' tests: the guest that touches its machine an exact number of times.
from test_trace import CD_BLOCKS, COUNTS, FIRST, LAST, boot, copy_session, kernel_events, stick  # noqa: F401  # pylint: disable=unused-import

CD_SECTOR = 2048


def report(product, *argv):
    """What hiperiso-report prints."""
    done = subprocess.run([str(product.build / "trace/report/hiperiso-report"), *map(str, argv)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def events(product, session):
    """All events as dictionaries."""
    return list(csv.DictReader(report(product, "export", session, "--csv").decode().splitlines()))


def between_marks(rows):
    """The events between the guest's two marks."""
    marks = [n for n, row in enumerate(rows) if row["kind"] == "pio" and row["rw"] == "write" and int(row["address"], 16) == 0x80
             and int(row["value"], 16) in (FIRST, LAST)]
    assert len(marks) == 2
    return rows[marks[0] + 1:marks[1]]


def count(rows, **wanted):
    return sum(all(row[key] == value for key, value in wanted.items()) for row in rows)


def test_exact_counts_with_devices_names(boot, stick, product, results):  # noqa: F811
    machine = boot(stick, "count.iso", "full")
    machine.wait_exit(("host", "session", "bios guest", "bios guest", "end", "exit"))
    image = machine.stick_image()
    session = Sessions(product, image).only()
    listed = json.loads(report(product, "ls", image, "--json"))
    assert [item["name"] for item in listed] == [session.name] and listed[0]["end"] == "guest-poweroff"

    rows = events(product, image)
    seen = between_marks(rows)
    assert count(seen, kind="mmio", device="hpet", register="main counter", rw="read") == COUNTS["hpet"]
    assert count(seen, kind="pio", device="port80", rw="write") == COUNTS["port 0x80"]
    assert count(seen, kind="pci", device="mch", rw="read", address="0x0") == COUNTS["pci"]
    assert [int(row["address"], 16) // CD_SECTOR for row in seen if row["kind"] == "disk"] == CD_BLOCKS

    shown = json.loads(report(product, "show", f"{image}:{session.name}", "--json"))
    states = {part["name"]: (part["state"], part["message"]) for part in shown["parts"]}
    for name in ("session.json", "trace.log", "trace.cpuN.raw", "serial.log", "firmware.log", "qmp.jsonl", "image"):
        assert states[name] == ("readable", ""), states
    assert [phase["name"] for phase in shown["phases"]][:2] == ["firmware", "boot loader"]

    # trace-cmd prints the same events from what we export as from the raw files.
    folder = copy_session(session, results)
    lines = kernel_events(folder)
    report(product, "export", image, "--trace-dat", "-o", results / "ours.dat")
    ours = subprocess.run(["trace-cmd", "report", results / "ours.dat"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.decode().splitlines()
    assert [line for line in ours if re.search(r": kvm_\w+: ", line)] == lines and len(lines) > 1000
    assert sum(row["event"].startswith("kvm_") for row in rows) == len(lines)
    assert json.loads(report(product, "diff", image, image, "--json")) == []


READ_FILES = {"first.bin": 3 << 20, "optional.bin": 1 << 20, "last.bin": 3 << 20}
GRUB_READS = """\
for name in first optional last; do
    if [ -f /$name.bin ]; then hashsum --hash crc32 /$name.bin; fi
done
halt
"""


def make_reading_iso(target, names):
    """A CD whose GRUB reads the files NAMES and switches off."""
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        (tree / "boot/grub").mkdir(parents=True)
        (tree / "boot/grub/grub.cfg").write_text(GRUB_READS)
        for name in names:
            (tree / name).write_bytes(random.Random(name).randbytes(READ_FILES[name]))
        run_tool("grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/boot/grub", "-o", tree / "bios.img", "biosdisk", "iso9660", "normal", "test",
                 "hashsum", "gcry_crc", "halt")
        run_tool("xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "READS", "-b", "bios.img", "-no-emul-boot", "-boot-load-size", "4",
                 "-boot-info-table", "-o", target, tree)


def record_reading(start, product, shop, results, name, names, bytes_a_second):
    """Starts a CD with the files NAMES from a stick that gives BYTES_A_SECOND (0: all it can); the stick's image."""
    folder = results / name
    folder.mkdir()
    make_reading_iso(folder / "reads.iso", names)
    disk = shop.make([folder / "reads.iso"], {"control": {"timeout": -1}})
    kernel = direct_kernel(product, disk, "/reads.iso", "hiperiso_guest_ram=512 hiperiso_guest_cpus=1 hiperiso_trace_level=full")
    machine = start([(disk, "virtio")], firmware=None, kernel=kernel)
    machine.wait_text(("host", "session", "bios guest"), "Booting from DVD/CD")
    if bytes_a_second:
        assert machine.qmp.hmp(f"block_set_io_throttle stick0 0 {bytes_a_second} 0 0 0 0") == ""
    machine.wait_exit(("bios guest", "grub", "grub", "end", "exit"))
    return machine.stick_image()


@pytest.mark.full
def test_diff_names_the_slower_disk_and_the_missing_file_first(start, product, shop, results):
    ordinary = record_reading(start, product, shop, results, "ordinary", READ_FILES, 0)
    other = record_reading(start, product, shop, results, "other", ["first.bin", "last.bin"], 200_000)
    assert json.loads(report(product, "diff", ordinary, ordinary, "--json")) == []
    found = json.loads(report(product, "diff", ordinary, other, "--json"))
    (results / "diff.txt").write_bytes(report(product, "diff", ordinary, other))
    first = {(finding["change"], finding["category"], finding["subject"]) for finding in found[:3]}
    assert first == {("slower", "phase", "boot loader"), ("slower", "disk", "cdrom: time of a sequential request"),
                     ("gone", "file", "/optional.bin")}, found[:5]
    report(product, "diff", "--html", ordinary, other, "-o", results / "diff.html")
