# SPDX-License-Identifier: BSD-2-Clause
"""The menu: its keys on both keyboards, its list, its filter, its countdown; from a snapshot taken when it was ready."""
import re

import pytest

from harness import flow, ocr

COUNT = 60
ODD_NAMES = ["Ünïcödé Ελλάδα Кириллица.img", "日本語 live.img"]
CONFIG = {
    "control": {"timeout": -1, "default_image": "/images/disk-07.img"},
    "menu_alias": [{"iso": "/images/disk-03.img", "alias": "Third disk by another name"}],
    "menu_tip": [{"iso": "/images/disk-03.img", "tip": "A tip that belongs to the third disk"}],
}
TERMINALS = ["xterm", "vt220", "linux"]


@pytest.fixture(scope="session")
def stick(shop, guest):
    source = guest("poweroff.img")
    names = [f"/images/disk-{n:02}.img" for n in range(COUNT)] + [f"/{name}" for name in ODD_NAMES]
    return shop.make([], CONFIG, size="256M", options=[a for name in names for a in ("--add", f"{source}:{name}")])


@pytest.fixture
def menu(at_menu, stick):
    """A machine at the ready menu; the bar is on default_image."""
    return at_menu(stick, memory=512)


def expect(machine, path):
    machine.until("screen", lambda: flow.selected(machine) == path, f"{path} under the bar (it is on {flow.selected(machine)})")


def check_keys(machine, press):
    expect(machine, "/images/disk-07.img")
    press("down")
    expect(machine, "/images/disk-08.img")
    press("up", "up")
    expect(machine, "/images/disk-06.img")
    press("end")
    machine.until("screen", lambda: flow.selected(machine) not in ("/images/disk-06.img", None), "another entry")
    last = flow.selected(machine)
    press("home")
    machine.until("screen", lambda: flow.selected(machine) not in (last, None), "the first entry")
    first = flow.selected(machine)
    press("pgdn")
    machine.until("screen", lambda: flow.selected(machine) not in (first, None), "the next page")
    press("pgup")
    expect(machine, first)


def test_keys_of_the_ps2_keyboard(menu):
    check_keys(menu, menu.press)


@pytest.mark.parametrize("terminal", [pytest.param(t, marks=[] if t == "xterm" else pytest.mark.full) for t in TERMINALS])
def test_keys_of_a_serial_terminal(menu, terminal):
    check_keys(menu, lambda *names: menu.serial_keys(*names, terminal=terminal))


def test_typing_filters_and_escape_clears(menu):
    menu.serial.send(b"disk-1")
    menu.until("screen", lambda: flow.entries(menu) == [f"disk-{n}.img" for n in range(10, 20)], "ten entries")
    assert re.search(r"10 of 62", menu.serial.screen())
    menu.serial_keys("backspace")
    menu.until("screen", lambda: re.search(r"60 of 62", menu.serial.screen()), "the shorter filter")
    menu.serial.send(b"zzz")
    menu.wait_screen("screen", "No name holds these letters")
    menu.serial_keys("esc")  # a lone Esc takes two seconds on this firmware's serial line
    menu.wait_screen(("screen", "monitor"), "62 images")


def test_filter_typed_on_the_ps2_keyboard(menu):
    menu.type("disk-42")
    expect(menu, "/images/disk-42.img")
    menu.press("esc")
    menu.wait_screen("screen", "62 images")


def test_filter_takes_letters_outside_ascii_from_the_serial_line(menu):
    menu.serial.send("кирил".encode())
    expect(menu, "/" + ODD_NAMES[0])


def test_alias_and_tip_are_shown(menu):
    menu.serial.send(b"another name")
    expect(menu, "/images/disk-03.img")
    assert flow.entries(menu) == ["Third disk by another name"]
    assert "A tip that belongs to the third disk" in menu.serial.screen()


def test_screen_and_serial_line_show_the_same_text(menu):
    """What tesseract reads off the machine's screen are the entries and details that the serial line shows."""
    menu.serial_keys("down", "up")
    menu.until("screen", lambda: flow.selected(menu) == "/images/disk-07.img", "the bar")
    text = ocr.read(menu.screenshot())
    names = flow.entries(menu)
    assert len(names) >= 10
    missing = [name for name in names if not ocr.shows(text, name)]
    assert len(missing) <= 1, f"not on the screen: {missing}\n{text}"  # one misread letter is not the menu's fault
    assert ocr.shows(text, "hiperiso") and ocr.shows(text, "62 images")
    menu.serial.send(b"another name")
    expect(menu, "/images/disk-03.img")
    text = ocr.read(menu.screenshot())
    assert ocr.shows(text, "Third disk by another name") and ocr.shows(text, "A tip that belongs to the third disk")
    assert not ocr.shows(text, "disk-07.img")


def test_control_x_leaves_to_the_firmware(menu):
    mark = menu.serial.mark()
    menu.serial.send(b"\x18")
    menu.wait_text("firmware", r"BdsDxe|Boot Manager|UEFI Interactive Shell|Boot Maintenance", mark)


@pytest.mark.full
def test_countdown_is_stopped_by_any_key(start, shop, guest):
    machine = start(shop.make([guest("poweroff.img")], {"control": {"timeout": 30}}))
    flow.to_menu(machine)
    machine.wait_text("screen", flow.COUNTDOWN)
    machine.press("down")
    machine.until("screen", lambda: not re.search(flow.COUNTDOWN, machine.serial.screen()), "an end of the countdown")


@pytest.mark.full
def test_countdown_starts_the_default_image(start, shop, guest):
    config = {"control": {"timeout": 3, "default_image": "*.qcow2", "default_ram": 256, "on_exit": "poweroff"}}
    machine = start(shop.make([guest("hang.img"), guest("poweroff.qcow2")], config))
    machine.wait_text("menu", flow.COUNTDOWN)
    machine.wait_text(("host", "exit"), flow.HOST_READY)
    machine.wait_text(("session", "bios guest"), flow.guest_line("poweroff"))
    machine.wait_exit(("end", "exit"))
