# SPDX-License-Identifier: BSD-2-Clause
"""display none and vnc as a person sees and uses them: the machine's own screen, and TigerVNC at another machine."""
import re
import string

import pytest

from harness import flow
from harness.stick import Sessions
from harness.vga import learn_linux_font
from harness.vnc import VncClient, free_port

CONTROL = {"timeout": -1, "default_ram": 512, "default_cpus": 1}
VNC = {**CONTROL, "default_display": "vnc", "vnc_listen": True}
ALPHABET = (string.ascii_letters + string.digits + "-.:/").translate({ord(c): None for c in "pr"})  # p and r end wait.img
LETTERS_BEHIND = {" MB  t": "r", "VNC 10.0.2.15 ": "p"}  # in the status line


@pytest.fixture
def client(results):
    """client(port, password) is a VNC viewer; it ends with the test."""
    clients = []

    def connect(port, password):
        clients.append(VncClient(results / f"client{len(clients)}", port, password))
        return clients[-1]

    yield connect
    for one in clients:
        one.close()


def learn(machine):
    """Has the guest echo ALPHABET on its serial console, which is on the machine's screen; the reader that knows its glyphs."""
    machine.serial.send(b"\r\n" + ALPHABET.encode() + b"\r\n")
    return machine.until("bios guest", lambda: learn_linux_font(machine.screenshot(), ALPHABET), "the alphabet on the machine's screen")


def read_screen(machine, reader, wanted):
    """Waits for WANTED, a regular expression, on the machine's text screen; the match."""
    def read():
        picture = machine.screenshot()
        for known, letter in LETTERS_BEHIND.items():  # each time: a picture may show a line that is half drawn
            reader.learn_behind(picture, known, letter)
        return re.search(wanted, "\n".join(row.rstrip() for row in reader.rows(picture, 0, 0)), re.MULTILINE)
    return machine.until("bios guest", read, f"/{wanted}/ on the machine's screen")


def test_display_none_is_the_serial_console_on_the_machines_screen_and_keyboard(start, shop, guest, product):
    machine = start(shop.make([guest("wait.img")], {"control": CONTROL}))
    flow.to_menu(machine)
    mark = flow.launch(machine, "wait.img")
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    reader = learn(machine)
    machine.type("same keys")
    machine.wait_text("bios guest", "same keys", mark)
    read_screen(machine, reader, r"^HIPERISO-TEST wait guest$")
    read_screen(machine, reader, r"^same keys$")
    read_screen(machine, reader, r"^ wait.img  512 MB  trace standard  \d+ events/s  \d+\.\d MB  00:\d\d:\d\d +Ctrl-Alt-Shift-Q ends the guest$")
    machine.press("ctrl-alt-shift-q")
    machine.wait_text("screen", "asked the guest to power off", mark)
    machine.press("ctrl-alt-shift-q")  # a boot sector does not listen to ACPI
    flow.back_at_menu(machine, mark)
    session = Sessions(product, machine.stick_image()).only()
    assert session.json()["end_reason"]["code"] == "user"
    assert "same keys" in session.text("serial.log")


def start_with_vnc(start, stick, **options):
    port = free_port()
    machine = start(stick, extra=["-nic", f"user,model=e1000e,hostfwd=tcp:127.0.0.1:{port}-:5900"], **options)
    flow.to_menu(machine)
    return machine, port


def lit(picture):
    """How many pixels are as light as text, left of where the viewer shows a hint of its own."""
    return sum(1 for pixel in picture.crop((0, 0, 180, picture.height)).getdata() if min(pixel) > 150)


def use_client(machine, person, mark):
    """Looks at input.img, types and points at it."""
    machine.until("monitor", person.enter, "the client's window")
    machine.until("monitor", lambda: lit(person.screenshot("guest.png")) > 300, "the guest's text in the client")
    empty = lit(person.screenshot("guest.png"))
    person.type("a")
    machine.wait_text("bios guest", r"K1E\s+K9E", mark)
    machine.until("bios guest", lambda: lit(person.screenshot("guest.png")) > empty + 50, "what the guest says of the key in the client")
    before = machine.serial.mark()
    person.move(10, -5)
    machine.wait_text("bios guest", r"M08\s+M0A\s+M05", before)  # PS/2 counts upwards
    person.click(3)
    machine.wait_text("bios guest", r"M0A\s+M00\s+M00\s+M08\s+M00\s+M00", before)
    person.screenshot("guest.png")
    person.press("Escape")


PASSWORD = r"VNC 10\.0\.2\.15 password (\w{8})  Ctrl-Alt-Shift-Q ends the guest$"


def test_display_vnc_shows_the_guest_to_a_real_client_and_takes_its_keys_and_pointer(start, shop, guest, product, client):
    machine, port = start_with_vnc(start, shop.make([guest("wait.img"), guest("input.img")], {"control": VNC}))
    mark = flow.launch(machine, "wait.img")
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    reader = learn(machine)
    passwords = [read_screen(machine, reader, PASSWORD).group(1)]
    stranger = client(port, "wrong")
    machine.until("monitor", lambda: "Authentication failed" in stranger.log(), "the refusal of a wrong password")
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)

    mark = flow.launch(machine, "input.img")
    machine.wait_text("bios guest", flow.guest_line("input") + r"\s+MFA", mark)
    passwords.append(read_screen(machine, reader, PASSWORD).group(1))
    assert passwords[0] != passwords[1]
    use_client(machine, client(port, passwords[1]), mark)
    flow.back_at_menu(machine, mark)

    serial = machine.serial.text()
    assert len(re.findall(r"VNC: 10\.0\.2\.15:5900, the password is on this machine's screen", serial)) == 2
    written = serial.replace(ALPHABET, "")
    for session in Sessions(product, machine.stick_image()).all():
        written += "".join(session.text(file) for file in flow.SESSION_FILES if file != "serial.log")
    assert not [password for password in passwords if password in written]


@pytest.mark.full
def test_without_a_screen_the_password_is_on_the_serial_line(start, shop, guest, client):
    machine, port = start_with_vnc(start, shop.make([guest("input.img")], {"control": VNC}), vga_device=None)
    mark = flow.launch(machine, "input.img")
    password = machine.wait_text("session", r"VNC: 10\.0\.2\.15:5900, password (\w{8})\n", mark).group(1)
    machine.wait_text("bios guest", flow.guest_line("input") + r"\s+MFA", mark)
    use_client(machine, client(port, password), mark)
    flow.back_at_menu(machine, mark)
