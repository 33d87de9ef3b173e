# SPDX-License-Identifier: BSD-2-Clause
"""The guest's colours on the machine's monitor, on each kind of screen and at each depth that the viewer draws with."""
import re
import time

import pytest

from harness import flow
from harness.direct import direct_kernel
from harness.stick import Sessions

CONTROL = {"timeout": -1, "default_ram": 256, "default_cpus": 1, "default_display": "gtk", "on_exit": "poweroff"}
# Backgrounds 0 to 7 of VGA text, as colours.img shows them from left to right: 42 and 21 of 63, as QEMU widens them.
COLOURS = [(0, 0, 0), (0, 0, 168), (0, 168, 0), (0, 168, 168), (168, 0, 0), (168, 0, 168), (168, 87, 0), (168, 168, 168)]
SCREENS = {  # card -> what the viewer tells of it, with OVMF
    "VGA": r"bochs-drm \(/dev/dri/card0\) \d+x\d+, 32 bits",
    "virtio-gpu-pci": r"virtio_gpu \(/dev/dri/card0\) \d+x\d+, 32 bits",
    "ramfb": r"EFI VGA \(/dev/fb0\) \d+x\d+, 32 bits",
}
pytestmark = pytest.mark.full
LOST = {15: 8, 16: 8, 24: 0, 32: 0}  # bits a pixel -> what a colour of eight bits loses at most


@pytest.fixture(scope="session")
def stick(shop, guest):
    return shop.make([guest("colours.img")], {"control": CONTROL})


def bars(picture):
    """The colours in the middles of eight bars that fill the picture's width where its borders end."""
    row = [picture.getpixel((x, picture.height // 2)) for x in range(picture.width)]
    lit = [x for x, pixel in enumerate(row) if max(pixel) > 40]
    if not lit:
        return []
    right = lit[-1] + 1
    left = picture.width - right  # the first bar is as black as the border: the view is in the middle
    width = right - left
    return [row[left + width * (2 * i + 1) // 16] for i in range(8)]


def is_right(picture, tolerance):
    """All eight colours, each in its place."""
    seen = bars(picture)
    return bool(seen) and all(abs(a - b) <= tolerance for pixel, wanted in zip(seen, COLOURS) for a, b in zip(pixel, wanted))


def finish(machine, product, since, shown):
    """Ends the guest by the chord: keys come through, too; the session names the screen SHOWN."""
    machine.press("ctrl-alt-shift-q")
    machine.wait_text("screen", "asked the guest to power off", since)
    machine.press("ctrl-alt-shift-q")  # a boot sector does not listen to ACPI
    machine.wait_exit(("end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    assert session.json()["end_reason"]["code"] == "user"
    assert re.search(rf"screen {shown}\n", session.text("host.log"))


@pytest.mark.parametrize("card", SCREENS)
def test_colours_on_the_screen_that_the_firmware_left(start, stick, product, card):
    machine = start(stick, vga_device=card)
    flow.to_menu(machine)
    mark = flow.launch(machine, "colours.img")
    machine.wait_text("bios guest", flow.guest_line("colours"), mark)
    machine.until("grub", lambda: is_right(machine.screenshot("colours.png"), 0), "eight bars of colour")
    finish(machine, product, mark, SCREENS[card])


@pytest.mark.parametrize("bits", LOST)
def test_colours_on_a_vesa_frame_buffer(start, stick, product, results, bits):
    parameters = "hiperiso_guest_ram=256 hiperiso_guest_cpus=1 hiperiso_display=gtk"
    kernel = direct_kernel(product, stick, "/colours.img", parameters, bits)
    machine = start(stick, firmware=None, kernel=kernel)
    machine.wait_text(("host", "session"), flow.GUEST_STARTED)
    # Asked for a picture while a nested guest is busy, the outer QEMU 7.2 may wait for its processor for ever.
    machine.wait_text("bios guest", flow.guest_line("colours"))
    time.sleep(2)
    machine.until("grub", lambda: is_right(machine.screenshot("colours.png"), LOST[bits]), "eight bars of colour")
    stored = 16 if bits == 15 else bits
    finish(machine, product, 0, rf"VESA VGA \(/dev/fb0\) 800x600, {stored} bits")
