# SPDX-License-Identifier: BSD-2-Clause
"""What /init watches for while a guest runs: the user's wish to end it, a full stick, a host without memory, a failure that opens
the rescue shell."""
import datetime
import json

import pytest

from harness import flow
from harness.exfat import Volume
from harness.stick import Sessions, partitions

CONTROL = {"timeout": -1, "default_ram": 256, "default_cpus": 1}
ROOM = 18 * 32768  # what a start takes of a nearly full stick, for the session and for what the guest writes


def only_session(product, machine):
    return Sessions(product, machine.stick_image()).only()


def qmp_events(session):
    """[(host's time, event)] of the session's qmp.jsonl."""
    records = [json.loads(line) for line in session.text("qmp.jsonl").splitlines()]
    return [(datetime.datetime.fromisoformat(r["host_time"].replace("Z", "+00:00")), r["qmp"]) for r in records if "event" in r["qmp"]]


def seconds_from_button_to_end(session):
    """(seconds from ACPI's power button to the end of the virtual machine, why it ended)."""
    events = qmp_events(session)
    asked = next(when for when, e in events if e["event"] == "POWERDOWN")
    ended, event = next((when, e) for when, e in events if e["event"] == "SHUTDOWN")
    return (ended - asked).total_seconds(), event["data"]["reason"]


@pytest.mark.full
def test_guest_that_obeys_the_power_button_ends_by_itself(start, shop, guest, product):
    machine = start(shop.make([guest("button.img")], {"control": CONTROL}))
    flow.to_menu(machine)
    mark = flow.launch(machine, "button.img")
    machine.wait_text("bios guest", flow.guest_line("button"), mark)
    machine.serial.send(flow.END_GUEST)
    flow.back_at_menu(machine, mark)
    session = only_session(product, machine)
    seconds, reason = seconds_from_button_to_end(session)
    assert seconds < 10 and reason == "guest-shutdown"
    assert session.json()["end_reason"]["code"] == "user"


@pytest.mark.full
def test_guest_that_takes_no_notice_is_ended_after_30_seconds(start, shop, guest, product):
    machine = start(shop.make([guest("hang.img")], {"control": CONTROL}))
    flow.to_menu(machine)
    mark = flow.launch(machine, "hang.img")
    machine.wait_text("bios guest", flow.guest_line("hang"), mark)
    machine.press("ctrl-alt-shift-q")  # once
    machine.wait_text("stick not found", flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    session = only_session(product, machine)
    seconds, reason = seconds_from_button_to_end(session)
    assert 29 < seconds < 45 and reason == "host-qmp-quit"
    assert session.json()["end_reason"]["code"] == "user"


def nearly_fill(image):
    """Leaves ROOM on the data partition."""
    Volume(image, partitions(image)[0][0]).fill(ROOM)


@pytest.mark.full
def test_full_stick_marks_the_session_and_the_guest_goes_on(start, shop, guest, product):
    machine = start(shop.make([guest("flood.img")], {"control": CONTROL}, alter=nearly_fill))
    flow.to_menu(machine)
    mark = flow.launch(machine, "flood.img")
    told = machine.wait_text("live", "(firmware.log is not recorded any further: the data partition is full; the guest goes on)|flood is over", mark)
    assert told.group(1), "there was room for all"
    machine.wait_text("live", "flood is over", mark)
    flow.back_at_menu(machine, mark)
    assert "the data partition is full" in " ".join(machine.serial.screen().split())
    session = only_session(product, machine)
    about = session.json()
    assert about["end"] and about["end_reason"]["code"] == "guest-poweroff"
    assert about["end_reason"]["text"].endswith("the data partition is full, the record is incomplete")
    assert "firmware.log is not whole: the data partition was full" in about["warnings"]
    assert len(session.read("firmware.log")) > 30_000
    stopped = {r["name"]: r["stopped"]["reason"] for r in about["trace"]["recorders"] if r["stopped"]}
    assert stopped == {"qemu": "limit", "serial": "full"}


@pytest.mark.full
def test_guest_that_uses_up_the_hosts_memory_is_ended_and_the_menu_says_why(start, shop, guest, product):
    """Memtest writes all of a memory that is larger than what the host can give."""
    control = {**CONTROL, "default_firmware": "bios", "default_qemu_extra_args": ["-m", "1200M"]}
    machine = start(shop.make([guest("memtest.iso")], {"control": control}), memory=1280)
    flow.to_menu(machine)
    mark = flow.launch(machine, "memtest.iso")
    machine.wait_text("live", r"the host has only \d+ MB of memory left: give the guest less RAM", mark)
    machine.wait_text("live", flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    assert "the host ran out of memory" in " ".join(machine.serial.screen().split())
    about = only_session(product, machine).json()
    assert about["end_reason"]["code"] == "qemu-signal"
    assert about["end_reason"]["text"].startswith("the host ran out of memory, QEMU was killed by signal 9 (SIGKILL) (give the guest less RAM)")
    assert "the host was short of memory" in about["warnings"]


def test_failed_guest_opens_a_shell_for_keyboard_and_serial_line(start, shop, guest, product):
    machine = start(shop.make([guest("internal-error.img")], {"control": {**CONTROL, "default_vga": "std", "interactive": True}}))
    flow.to_menu(machine)
    mark = flow.launch(machine, "internal-error.img")
    machine.wait_text("bios guest", r"reason +KVM internal error", mark)
    folder = machine.wait_text("screen", r"session +(/\S+)", mark).group(1)
    machine.wait_text("screen", "/ # $", mark)
    machine.type(f"ls {folder}")  # on the machine's own keyboard
    machine.press("enter")
    machine.wait_text("screen", "session.json", mark)
    machine.wait_text("screen", "/ # $", mark)
    machine.screenshot("rescue.png")
    machine.serial.send(b"cat /run/qemu-command\r")
    machine.wait_text("screen", r"'?/usr/bin/qemu-system-x86_64'? '?-nodefaults", mark)
    machine.type("exit")
    machine.press("enter")
    flow.back_at_menu(machine, mark)
    assert only_session(product, machine).json()["end_reason"]["code"] == "internal-error"
