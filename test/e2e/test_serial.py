# SPDX-License-Identifier: BSD-2-Clause
"""The menu over a serial line alone, on a machine without a screen: every function, by function key and by Ctrl letter, as three
terminals send them; what tmux makes of the bytes; ways out of the menu."""
import hashlib
import re
import shutil
import subprocess
import time

import pytest

from harness import flow
from harness.machine import Machine, Snapshot
from harness.terminal import COLUMNS, ROWS

CONFIG = {"control": {"timeout": -1, "default_image": "/images/a.img"}, "iso_overrides": {"a*": {"ram": 777}}}
# What shows that a function was reached, for each function key and its twin.
FUNCTIONS = [
    ("f1", "ctrl-g", r"Keys and hints"),
    ("f2", "ctrl-p", r"The configuration has no problem"),
    ("f4", "ctrl-e", r"Settings for one start of a\.img"),
    ("f6", "ctrl-k", r"SHA-256 of the image"),
    ("f7", "ctrl-d", r"Settings in effect"),
    ("f10", "ctrl-o", r"Power and other ways on"),
]
TERMINALS = ["xterm", "linux", "vt220"]


@pytest.fixture(scope="session")
def serial_ready(shop, guest, shared):
    """A machine without a screen that waits in the menu, saved once for all tests of this file."""
    source = guest("poweroff.img")
    stick = shop.make([], CONFIG, size="256M",
                      options=[a for name in ("a", "b", "deep/er/c") for a in ("--add", f"{source}:/images/{name}.img")])
    folder = shared / "serial-snapshot"
    with shop.lock("serial-snapshot"):
        if not folder.exists():
            machine = Machine(shared / "serial-machine", stick, memory=512, vga_device=None)
            try:
                flow.to_menu(machine)
                machine.until("screen", lambda: "RAM 777 MB" in machine.serial.screen(), "the details of the entry under the bar")
                machine.snapshot(folder)
            finally:
                machine.close()
            shutil.rmtree(machine.folder)
    return stick, Snapshot(folder)


@pytest.fixture
def line(start, serial_ready):
    """A machine without a screen at the ready menu."""
    stick, snapshot = serial_ready
    return start(stick, memory=512, vga_device=None, snapshot=snapshot)


def at_menu(machine):
    machine.wait_screen("screen", flow.MENU_READY)


def reach_everything(machine, column, terminal):
    """Goes to every screen and back by the keys in COLUMN of FUNCTIONS."""
    for row in FUNCTIONS:
        machine.serial_keys(row[column], terminal=terminal)
        machine.wait_screen("screen", row[2])
        machine.serial_keys(row[column], terminal=terminal)  # the same key leads back
        at_menu(machine)
    tree, ascii_only, rescan = (("f3", "f9", "f5"), ("ctrl-t", "ctrl-n", "ctrl-r"))[column]
    machine.serial_keys(tree, terminal=terminal)
    machine.wait_screen("screen", r"^  ▾ images +3 images")
    machine.serial_keys(ascii_only, terminal=terminal)
    machine.wait_screen("screen", r"^  - images +3 images")
    assert machine.serial.screen().isascii()
    machine.serial_keys(ascii_only, tree, terminal=terminal)
    machine.until("screen", lambda: flow.entries(machine) == ["a.img", "b.img", "c.img"], "the list")
    machine.serial.send(b"c.im")
    machine.wait_screen("screen", r"1 of 3")
    machine.serial_keys(rescan, terminal=terminal)
    machine.wait_screen("menu", r"3 images")  # the letters are gone


@pytest.mark.parametrize("terminal", [pytest.param(t, marks=[] if t == "xterm" else pytest.mark.full) for t in TERMINALS])
def test_every_function_by_function_key(line, terminal):
    reach_everything(line, 0, terminal)


def test_every_function_by_ctrl_letter(line):
    reach_everything(line, 1, "xterm")


def test_details_tree_and_form_work(line, product):
    assert re.search(r"^  Boots on BIOS  RAM 777 MB", line.serial.screen(), re.MULTILINE)
    line.serial_keys("ctrl-t", "end")
    line.until("screen", lambda: flow.selected(line) == "/images/b.img", "the last image of the tree")
    line.serial_keys("home", "right", "right")
    line.wait_screen("screen", r"^    ▾ deep|^    ▸ deep")
    line.serial_keys("ctrl-t")
    line.until("screen", lambda: len(flow.entries(line)) == 3, "the list")
    line.serial.send(b"b.img")
    line.until("screen", lambda: flow.selected(line) == "/images/b.img", "b.img")
    line.serial_keys("ctrl-e", "ctrl-u")
    line.serial.send(b"12")
    line.wait_screen("screen", r"12 is below the minimum 128")
    line.serial.send(b"8")
    line.wait_screen("screen", r"hiperiso_guest_ram=128")
    mark = line.serial.mark()
    line.serial_keys("enter")
    line.wait_text("host", flow.HOST_READY, mark)
    line.wait_text("session", r"b\.img: .*128 MB", mark)


def test_the_checksum_is_that_of_sha256sum(line, guest):
    line.serial_keys("f6")
    expected = hashlib.sha256(guest("poweroff.img").read_bytes()).hexdigest()
    line.until("screen", lambda: expected in re.sub(r"\s", "", line.serial.screen()), "the SHA-256")
    assert "nothing to compare it with" in line.serial.screen()


def test_a_key_repaints_a_handful_of_bytes(line):
    """What one step of the bar sends, while nothing else is due."""
    time.sleep(1)
    before = len(line.serial.raw)
    line.serial_keys("down")
    line.until("screen", lambda: flow.selected(line) == "/images/b.img", "b.img")
    step = len(line.serial.raw) - before
    assert step < 250, f"{step} bytes for one step"


def test_a_terminal_that_tells_its_size_is_filled(line):
    assert b"\x1b[6n" in line.serial.raw  # it was asked
    line.serial.send(b"\x1b[40;120R")
    line.until("screen", lambda: b"\x1b[40;1H" in line.serial.raw, "the keys in the 40th row")


def tmux(folder, *argv):
    return subprocess.run(["tmux", "-u", "-S", folder / "tmux", *argv], stdout=subprocess.PIPE, check=True, timeout=60).stdout.decode()


def shown_by_tmux(raw, folder):
    """The screen that tmux makes of the bytes RAW at 80x24."""
    file = folder / "raw"
    file.write_bytes(raw)
    tmux(folder, "-f", "/dev/null", "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), f"stty raw -echo; cat {file}; sleep 600")
    try:
        tmux(folder, "set", "-g", "status", "off")
        tmux(folder, "resize-window", "-x", str(COLUMNS), "-y", str(ROWS))
        old = None
        for _ in range(100):
            new = tmux(folder, "capture-pane", "-p")
            if new == old and flow.MENU_READY in new:
                break
            old = new
            time.sleep(0.2)
        return new.splitlines()
    finally:
        tmux(folder, "kill-server")


@pytest.mark.skipif(not shutil.which("tmux"), reason="tmux is not installed")
def test_tmux_shows_what_the_menu_meant(line, results):
    line.serial_keys("down", "f1", "f1", "f3", "f3")
    line.until("screen", lambda: flow.selected(line) == "/images/b.img", "b.img")
    line.wait_screen("screen", r"Boots on")
    ours = [row.rstrip() for row in line.serial.lines()]
    assert [row.rstrip() for row in shown_by_tmux(line.serial.raw, results)] == ours


def choose(machine, downs):
    machine.serial_keys("ctrl-o")
    machine.wait_screen("screen", r"Power and other ways on")
    machine.serial_keys(*["down"] * downs, "enter")


def test_restart_and_power_off(line):
    mark = line.serial.mark()
    choose(line, 0)
    line.wait_reset("screen")
    flow.to_menu(line, mark, ("exit", "menu"))
    choose(line, 1)
    line.wait_exit()


@pytest.mark.full
def test_firmware_setup(line):
    mark = line.serial.mark()
    choose(line, 2)
    line.wait_text(("exit", "firmware"), r"Boot Maintenance Manager|Select Language", mark)


@pytest.mark.full
def test_a_local_disk_is_started(start, shop, guest):
    stick = shop.make([guest("poweroff.img")], {"control": {"timeout": -1}})
    machine = start([(stick, "virtio"), (guest("uefi.img"), "virtio")], memory=512, vga_device=None)
    flow.to_menu(machine)
    mark = machine.serial.mark()
    choose(machine, 3)
    machine.wait_text("screen", r"HIPERISO-TEST uefi guest", mark)
    machine.wait_exit()


@pytest.mark.full
def test_without_a_local_disk_the_menu_says_so(line):
    line.serial_keys("f10")
    line.wait_screen("screen", r"Start from a local disk +no other disk has an EFI loader")
