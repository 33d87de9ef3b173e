# SPDX-License-Identifier: BSD-2-Clause
"""hiperiso-report on what a real start recorded, read straight off the stick: exact counts with the devices' names."""
import csv
import json
import re
import subprocess

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
