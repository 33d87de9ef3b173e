# SPDX-License-Identifier: BSD-2-Clause
"""The product's course as the tests walk it: firmware, menu, host Linux, guest, back at the menu; and the texts that mark it."""
import re

MENU_READY = r"Enter start"                       # the footer: drawn last
COUNTDOWN = r"Starting in (\d+) s"
NO_IMAGE = r"There is no image on this stick yet"
HOST_READY = r"hiperiso: version \S+ on Linux"    # /init's first line
GUEST_STARTED = r"Ctrl-\] q ends the guest"
BACK = r"hiperiso: back to the menu"
END_GUEST = b"\x1dq"                              # Ctrl-] q

SESSION_FILES = ["session.json", "serial.log", "firmware.log", "qmp.jsonl", "qemu.log", "host.log"]


def guest_line(name):
    """What the boot sector NAME prints."""
    return f"HIPERISO-TEST {name} guest"


def to_menu(machine, since=0, steps="menu"):
    """Waits for the ready menu on the serial line; returns the position behind it."""
    machine.wait_text(steps, MENU_READY, since)
    return machine.serial.mark()


def wait_back(machine, since=0):
    """After a guest: /init's last line. Returns a position before anything of the next menu."""
    machine.wait_text("end", BACK, since)
    return machine.serial.mark()


def back_at_menu(machine, since):
    """After a guest: /init's last line, the reset, the menu again. Returns the text between."""
    mark = wait_back(machine, since)
    to_menu(machine, mark, ("exit", "menu"))
    return machine.serial.text(mark)


def check_waiting(machine, since):
    """The menu shown after SINCE takes a letter into its filter, ran no countdown and started nothing."""
    machine.serial.send(b"x")
    machine.wait_screen(("screen", "monitor"), "Filter x")
    machine.serial_keys("backspace")
    machine.until("screen", lambda: selected(machine), "the list again")
    text = machine.serial.text(since)
    assert not re.search(COUNTDOWN, text) and not re.search(HOST_READY, text), text


def entries(machine):
    """Titles in the list as the serial terminal shows it, top to bottom."""
    found = []
    for line in machine.serial.lines()[1:-6]:
        match = re.match(r"^ {2,}(\S.*?)(?: {2,}.*)? +\d+(?:\.\d)? (?:B|[kMGT]B) *[│█|#]?$", line.rstrip())
        if match:
            found.append(match.group(1).strip())
    return found


def selected(machine):
    """The path in the details pane: of the entry under the bar."""
    line = machine.serial.lines()[-5]
    match = re.match(r"^ {2}(/.*?)(?: {2,}\S+ \S+)? *$", line)
    return match.group(1) if match else None


def select(machine, name, keys="serial"):
    """Moves the bar to the image whose file name is NAME by typing it into the filter."""
    if keys == "serial":
        machine.serial.send(name.encode())
    else:
        machine.type(name)
    machine.until("screen", lambda: (selected(machine) or "").endswith("/" + name), f"{name} under the bar")


def launch(machine, name, keys="serial"):
    """Picks NAME and starts it; waits until QEMU runs. Returns the position behind Enter."""
    select(machine, name, keys)
    mark = machine.serial.mark()
    if keys == "serial":
        machine.serial_keys("enter")
    else:
        machine.press("enter")
    machine.wait_text("host", HOST_READY, mark)
    machine.wait_text("session", GUEST_STARTED, mark)
    return mark
