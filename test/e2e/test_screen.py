# SPDX-License-Identifier: BSD-2-Clause
"""display gtk: the guest's screen on the machine's monitor, the machine's keys in the guest, on each kind of screen."""
import re
import time

import pytest

from harness import flow
from harness.stick import Sessions

CONTROL = {"timeout": -1, "default_ram": 512, "default_cpus": 1, "default_display": "gtk"}
# Card of the outer machine -> what the viewer draws on.
SCREENS = {
    "VGA": "bochs-drm (/dev/dri/card0)",
    "virtio-gpu-pci": "virtio_gpu (/dev/dri/card0)",
    "ramfb": "EFI VGA (/dev/fb0)",  # the firmware draws on it, Linux has no driver for it
}


@pytest.fixture(scope="session")
def stick(shop, guest):
    return shop.make([guest("grub-rescue.iso"), guest("input.img")], {"control": CONTROL})


def has_frame(picture):
    """The upper line of the frame that GRUB draws around its menu: a row that is mostly light grey. No line of text is."""
    width, height = picture.size
    pixels = picture.load()
    for y in range(0, height, 2):
        grey = sum(1 for x in range(0, width, 4) if all(150 < c < 190 for c in pixels[x, y]))
        if grey > width / 4 * 0.5:
            return True
    return False


def to_guest(machine):
    flow.to_menu(machine)
    mark = flow.launch(machine, "grub-rescue.iso")
    machine.until("grub", lambda: has_frame(machine.screenshot("guest.png")), "GRUB's menu on the screen")
    return mark


def only_session(product, machine):
    return Sessions(product, machine.stick_image()).only()


@pytest.mark.parametrize("card", ["VGA", pytest.param("virtio-gpu-pci", marks=pytest.mark.full),
                                  pytest.param("ramfb", marks=pytest.mark.full)])
def test_guest_is_seen_and_takes_keys(start, stick, product, card):
    machine = start(stick, vga_device=card)
    mark = to_guest(machine)
    machine.press("c")
    machine.until("grub", lambda: not has_frame(machine.screenshot("prompt.png")), "GRUB's prompt on the screen")
    machine.type("halt")
    machine.press("enter")
    flow.back_at_menu(machine, mark)
    session = only_session(product, machine)
    about = session.json()
    assert about["end_reason"]["code"] == "guest-poweroff"
    assert "unix:/run/screen/vnc" in about["qemu_argv"]
    assert re.search(rf"screen {re.escape(SCREENS[card])} \d+x\d+, 32 bits", session.text("host.log"))


def test_chord_ends_the_guest(start, stick, product):
    machine = start(stick)
    mark = to_guest(machine)
    machine.press("ctrl-alt-shift-q")
    machine.wait_text("screen", "asked the guest to power off", mark)
    machine.press("ctrl-alt-shift-q")  # GRUB does not listen to ACPI
    flow.back_at_menu(machine, mark)
    assert only_session(product, machine).json()["end_reason"]["code"] == "user"


def move(machine, dx, dy):
    """Moves the machine's mouse."""
    axes = [{"type": "rel", "data": {"axis": axis, "value": value}} for axis, value in (("x", dx), ("y", dy))]
    machine.qmp.command("input-send-event", events=axes)


def click(machine, button):
    for down in (True, False):
        machine.qmp.command("input-send-event", events=[{"type": "btn", "data": {"button": button, "down": down}}])


def test_keys_and_mouse_reach_a_guest_that_reads_the_controller(start, stick):
    machine = start(stick, extra=["-device", "qemu-xhci", "-device", "usb-mouse"])
    flow.to_menu(machine)
    mark = flow.launch(machine, "input.img")
    machine.wait_text("bios guest", flow.guest_line("input") + r"\s+MFA", mark)  # the mouse has taken its command
    machine.press("a")
    machine.wait_text("bios guest", r"K1E\s+K9E", mark)
    machine.press("ctrl-right")  # a key behind E0; the right one of two that are held
    machine.wait_text("bios guest", r"K1D\s+KE0\s+K4D\s+KE0\s+KCD\s+K9D", mark)
    move(machine, 10, 5)  # PS/2 counts upwards
    machine.wait_text("bios guest", r"M28\s+M0A\s+MFB", mark)
    click(machine, "right")
    machine.wait_text("bios guest", r"M0A\s+M00\s+M00\s+M08\s+M00\s+M00", mark)
    machine.press("esc")
    flow.back_at_menu(machine, mark)


@pytest.mark.full
def test_guest_with_a_virtio_card_is_seen(start, shop, guest):
    machine = start(shop.make([guest("grub-rescue.iso")], {"control": {**CONTROL, "default_vga": "virtio"}}))
    mark = to_guest(machine)
    machine.press("c")
    machine.type("halt")
    machine.press("enter")
    flow.back_at_menu(machine, mark)


@pytest.mark.full
def test_machine_without_a_screen_runs_the_guest_all_the_same(start, stick, product):
    machine = start(stick, vga_device=None)
    flow.to_menu(machine)
    mark = flow.launch(machine, "grub-rescue.iso")
    machine.wait_text("screen", "the guest's screen is not shown: viewer: no screen: .*; the guest goes on", mark)
    machine.serial.send(flow.END_GUEST)
    time.sleep(1)
    machine.serial.send(flow.END_GUEST)  # in case that the guest ran already: it does not listen to ACPI
    flow.back_at_menu(machine, mark)
    assert only_session(product, machine).json()["end_reason"]["code"] == "user"
