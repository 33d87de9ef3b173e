# SPDX-License-Identifier: BSD-2-Clause
"""A stick that is pulled while the host starts: /init names what is missing, or finds it when it comes back in time."""
import pytest

from harness import flow
from harness.stick import Sessions, fsck_exfat

CONTROL = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}}
WAIT_SECONDS = 20  # of /init
NOT_YET = r"hiperiso: the stick is not there yet"


@pytest.fixture(scope="session")
def stick(shop, guest):
    return shop.make([guest("poweroff.img")], CONTROL)


def is_gone(machine):
    machine.qmp.poll()
    return any(event["event"] == "DEVICE_DELETED" for _, event in machine.qmp.events)


def start_and_pull(machine):
    """Starts the image and pulls the stick when /init says its first word: it has looked at no disk yet."""
    flow.select(machine, "poweroff.img")
    mark = machine.serial.mark()
    machine.serial_keys("enter")
    machine.wait_text("host", flow.HOST_READY, mark)
    machine.qmp.command("device_del", id="disk0")
    machine.until("monitor", lambda: is_gone(machine), "an end of the stick")
    return mark


def plug_again(machine):
    """Into the port that it was in: the firmware starts from there next time."""
    machine.qmp.command("blockdev-add", driver="qcow2", node_name="again",
                        file={"driver": "file", "filename": machine.overlays[0].name})
    machine.qmp.command("device_add", driver="usb-storage", id="again", drive="again", bus="xhci0.0", port="1", removable=True)


def test_a_stick_that_stays_away_is_named_with_what_was_seen(start, stick, guest, product):
    machine = start([(stick, "usb"), (guest("wait.img"), "virtio")])
    flow.to_menu(machine)
    mark = start_and_pull(machine)
    machine.wait_text(("session", "stick not found"),
                      rf"hiperiso: error: the data partition \(PARTUUID [0-9a-f-]{{36}}\) did not appear within {WAIT_SECONDS} s; "
                      r"plug the stick into another port\. Seen: vda \([^)]*no GPT\)", mark)
    plug_again(machine)
    waited = machine.serial.time_of("did not appear within") - machine.serial.time_of(flow.HOST_READY)
    assert WAIT_SECONDS <= waited
    flow.back_at_menu(machine, mark)
    assert f"did not appear within {WAIT_SECONDS} s" in " ".join(machine.serial.screen().split())
    assert not Sessions(product, machine.stick_image()).all()


@pytest.mark.full
def test_a_stick_that_comes_back_in_time_is_found(start, stick, product, results):
    machine = start([(stick, "usb")])
    flow.to_menu(machine)
    mark = start_and_pull(machine)
    machine.wait_text(("session", "stick not found"), NOT_YET, mark)
    plug_again(machine)
    machine.wait_text("session", flow.GUEST_STARTED, mark)
    machine.wait_text("bios guest", flow.guest_line("poweroff"), mark)
    flow.back_at_menu(machine, mark)
    image = machine.stick_image()
    assert Sessions(product, image).only().json()["end_reason"]["code"] == "guest-poweroff"
    code, output = fsck_exfat(image, results)
    assert code == 0, output
