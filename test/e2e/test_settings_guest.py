# SPDX-License-Identifier: BSD-2-Clause
"""Every key of hiperiso.json has its row here: what it is set to, in which start of a real guest, and what is seen there."""
import contextlib
import json
import re
import socket
import struct
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any, Callable

import pytest

from harness import flow, waits
from harness.machine import CPU_WITHOUT_KVM, run_tool
from harness.stick import ROOT, Sessions
from harness.vnc import free_port

LINUX = flow.guest_line("linux")
QEMU_STD_VGA, VIRTIO_VGA, TABLETS_BUS = "0x1234 0x1111", "0x1af4 0x1050", "0x1b36 0x000d"
GREY = 0x60
OUTER_RAM_MB = 3072

# --- the guest's TPM: TPM 2.0 library specification, part 3 ----------------------------------------------------------

TPM_READ_CLOCK = struct.pack(">HII", 0x8001, 10, 0x181).hex()
TPM_SUCCESS = 0


def tpm_starts(machine):
    """How often the guest's TPM has been started since it was made (resetCount of TPM2_ReadClock, kept in its state)."""
    mark = machine.serial.mark()
    machine.serial.send(f"echo ANSWER $(tpm {TPM_READ_CLOCK}) END\r".encode())
    answer = bytes.fromhex(machine.wait_text("linux", r"ANSWER ([0-9a-f]+) END", mark).group(1))
    _, size, code, _, _, starts, _, _ = struct.unpack(">HIIQQIIB", answer)
    assert (size, code) == (len(answer), TPM_SUCCESS), answer
    return starts


# --- what a start shows ----------------------------------------------------------------------------------------------

class Seen:
    """All that a start left: the guest's report, the session, and what the test itself noted on the way."""

    def __init__(self, session, notes):
        self.session, self.notes = session, notes
        self.about = session.json()
        self.host_log = session.text("host.log")
        self.facts = {}
        for name, value in re.findall(r"^FACT (\S+) *(.*?)\r*$", session.text("serial.log"), re.MULTILINE):
            self.facts.setdefault(name, []).append(value)

    def fact(self, name):
        """The one value that the guest reported as NAME."""
        assert len(self.facts.get(name, ())) == 1, f"{name}: {self.facts}"
        return self.facts[name][0]

    def has_card(self, ids):
        return any(device.endswith(ids) for device in self.facts["pci"])

    def memory_is(self, megabytes):
        """A kernel keeps some of it for itself."""
        return megabytes - 130 < int(self.fact("mem")) / 1024 <= megabytes

    def recorder(self, name):
        """What the session says about one of its recorders."""
        return next(r for r in self.about["trace"]["recorders"] if r["name"] == name)

    def firmware_log(self):
        return self.session.text("firmware.log")


def dhcp_packets(seen, folder):
    """What tcpdump reads in the session's network.pcap of the guest's DHCP."""
    file = folder / f"{seen.session.name}.pcap"
    file.write_bytes(seen.session.read("network.pcap"))
    return run_tool("tcpdump", "-n", "-v", "-r", file, "udp port 67 or udp port 68").decode("utf-8", "replace")


def has_dhcp(seen):
    text = seen.notes["dhcp"]
    return all(re.search(rf"DHCP-Message \(53\), length 1: {kind}", text) for kind in ("Discover", "Offer", "Request", "ACK"))


# --- the table -------------------------------------------------------------------------------------------------------

@dataclass
class Row:
    """KEY ("control.default_ram") is VALUE in the start named START, where ASK of what was Seen is true."""
    start: str
    key: str
    value: Any
    ask: Callable[[Seen], Any]


ROWS = [
    # "plain": from `control`, by the countdown, a BIOS guest; the machine then powers off.
    Row("plain", "control.timeout", 4, lambda s: max(s.notes["countdown"]) == 4 and s.notes["started by itself"]),
    Row("plain", "control.default_image", "/ISOs/b/linux.iso", lambda s: s.about["image"]["path"] == "/ISOs/b/linux.iso"),
    Row("plain", "control.search_root", "/ISOs", lambda s: s.notes["menu"] and "aside.img" not in s.notes["menu"]),
    Row("plain", "control.max_depth", 2, lambda s: "deep.img" not in s.notes["menu"] and len(s.notes["menu"]) == 3),
    Row("plain", "control.default_ram", 400, lambda s: s.memory_is(400)),
    Row("plain", "control.default_cpus", 1, lambda s: s.fact("cpus") == "1"),
    Row("plain", "control.default_trace_level", "detailed",
        lambda s: s.about["trace"]["files"][0] == "trace-detailed.events" and s.recorder("kvm")["events"] > 0),
    Row("plain", "control.default_trace_from", "FACT", lambda s: s.about["trace"]["window"]["opened_t"] > 0),
    Row("plain", "control.default_trace_until", "3600s", lambda s: s.about["trace"]["window"]["closed_t"] is None),
    Row("plain", "control.log_max_mb", 100,
        lambda s: 98 << 20 < sum(r["limit_bytes"] for r in s.about["trace"]["recorders"]) <= 100 << 20),
    Row("plain", "control.log_keep", 1, lambda s: s.notes["sessions"] == 1),
    Row("plain", "control.default_vga", "std", lambda s: s.has_card(QEMU_STD_VGA) and s.fact("screen").startswith("bochs-drm")),
    Row("plain", "control.net_dump", True, has_dhcp),
    Row("plain", "control.default_tpm", True, lambda s: s.fact("tpm").split() == ["2", "tpm_tis"]),
    Row("plain", "control.default_cpu_features", ["rdrand", "kvm-hint-dedicated"],
        lambda s: "rdrand" in s.fact("flags").split() and "REALTIME hints" in s.fact("spinlocks")),
    Row("plain", "control.default_qemu_extra_args", ["-smbios", "type=1,serial=from control"],
        lambda s: s.fact("serial_number") == "from control"),
    Row("plain", "control.default_firmware", "bios", lambda s: s.fact("firmware") == "bios" and s.fact("bios") == "SeaBIOS"),
    Row("plain", "override.machine", "q35", lambda s: "Q35" in s.fact("machine")),
    Row("plain", "control.on_exit", "poweroff", lambda s: s.notes["after the guest"] == "poweroff"),
    # The theme belongs to the menu; one that is missing is a problem that stops nothing.
    Row("plain", "theme.file", "/hiperiso/themes/none/theme.txt", lambda s: re.search(r"\b1 problem\b", s.notes["screen"])),
    Row("plain", "theme.look", "light", lambda s: min(s.notes["menu's picture"].getpixel((2, 2))) > 200),
    Row("plain", "theme.gfxmode", "1024x768", lambda s: s.notes["menu's picture"].size == (1024, 768)),
    Row("plain", "theme.gfxpayload", "text", lambda s: s.notes["host's picture"].size != (1024, 768)),
    # "old": an image on the same stick without an override. By itself: reading by words from an IDE drive takes minutes here.
    Row("old", "control.default_machine", "pc", lambda s: "i440FX" in s.fact("machine")),
    # "other": another image of the same name on the same stick, from its override; then the menu again.
    Row("other", "override.ram", 600, lambda s: s.memory_is(600)),
    Row("other", "override.cpus", 2, lambda s: s.fact("cpus") == "2"),
    Row("other", "override.trace_level", "full", lambda s: s.about["trace"]["files"][0] == "trace-full.events"),
    Row("other", "override.trace_from", "1s", lambda s: s.about["trace"]["window"]["opened_t"] >= 1e9),
    Row("other", "override.trace_until", "FACT",
        lambda s: s.about["trace"]["window"]["closed_t"] > s.about["trace"]["window"]["opened_t"]),
    Row("other", "override.vga", "virtio", lambda s: s.has_card(VIRTIO_VGA) and s.fact("screen").startswith("virtio_gpu")),
    Row("other", "override.net_dump", False, lambda s: "network.pcap" not in s.session.files),
    Row("other", "override.cpu_features", ["adx"],
        lambda s: "adx" in s.fact("flags").split() and "REALTIME hints" not in s.fact("spinlocks")),
    Row("other", "override.qemu_extra_args", ["-smbios", "type=1,serial=own"], lambda s: s.fact("serial_number") == "own"),
    Row("other", "override.on_exit", "menu", lambda s: s.notes["after the guest"] == "menu"),
    # "secure": UEFI (the image can), Secure Boot and the guest's screen on the monitor.
    Row("secure", "control.default_secure_boot", True, lambda s: s.fact("secure_boot")[-2:] == "01" and s.fact("firmware") == "uefi"),
    Row("secure", "control.default_display", "gtk", lambda s: s.notes["monitor"] == (GREY, GREY, GREY) and s.has_card(TABLETS_BUS)),
    # "open": the same image by BIOS, its screen for VNC clients, behind a password.
    Row("open", "override.secure_boot", False, lambda s: s.about["settings"]["secure_boot"]["value"] is False and not s.fact("secure_boot")),
    Row("open", "override.firmware", "bios", lambda s: s.fact("firmware") == "bios"),
    Row("open", "override.tpm", False, lambda s: s.fact("tpm") == ""),
    Row("open", "override.display", "vnc", lambda s: s.notes["monitor"] != (GREY, GREY, GREY) and s.has_card(TABLETS_BUS)),
    Row("open", "control.vnc_listen", True, lambda s: s.notes["rfb"] == (b"RFB 003.008\n", b"\x01\x02")),  # the one way in: VNC authentication
    # "emulated": a machine without KVM, on which two more images do not start.
    Row("emulated", "override.fallback_no_kvm", True, lambda s: s.about["accelerator"] == "tcg" and s.notes["guest"]),
    Row("emulated", "control.fallback_no_kvm", False, lambda s: "fallback_no_kvm is off" in s.notes["refused"]["shell"]),
    Row("emulated", "control.interactive", True, lambda s: "HAS SHELL 42" in s.notes["refused"]["shell"]),
    Row("emulated", "override.interactive", False, lambda s: "fallback_no_kvm is off" in s.notes["refused"]["menu"]
        and "this is a shell" not in s.notes["refused"]["menu"]),
]


def settings_of(*starts, level):
    """What the rows of STARTS ask for at a level of the configuration."""
    return {row.key.split(".")[1]: row.value for row in ROWS if row.start in starts and row.key.startswith(level + ".")}


def check(name, seen):
    """Every row of a start; all that fail are named."""
    failed = [f"{row.key} = {json.dumps(row.value)}" for row in ROWS if row.start == name and not row.ask(seen)]
    assert not failed, f"{name}: without the effect: {failed}\n{seen.facts}\n{seen.notes}\n{json.dumps(seen.about, indent=1)}"


def test_the_table_has_every_key_once():
    schema = json.loads((ROOT / "config/hiperiso.schema.json").read_text())
    control, theme = (set(schema["properties"][name]["properties"]) for name in ("control", "theme"))
    override = set(schema["$defs"]["override"]["properties"])
    known = {f"control.{key}" for key in control} | {f"theme.{key}" for key in theme} | {f"override.{key}" for key in override}
    known -= {"override.use", "override.$schema"}  # no settings; test_explain.py starts images with a template
    assert Counter(row.key for row in ROWS) == Counter(known)
    assert len({row.start for row in ROWS}) <= 6


# --- the starts ------------------------------------------------------------------------------------------------------

def pick(machine, path):
    """Moves the bar to PATH, one of several images of one name."""
    flow.select(machine, path.rsplit("/", 1)[1])
    for _ in range(8):
        if flow.selected(machine) == path:
            return
        machine.serial_keys("down")
        time.sleep(0.3)
    raise AssertionError(f"no {path} in the list\n{machine.tail()}")


def run_linux(machine, path, steps="linux"):
    """Starts the Linux guest PATH from the menu and waits for its report. Returns the position behind Enter."""
    pick(machine, path)
    mark = machine.serial.mark()
    machine.serial_keys("enter")
    machine.wait_text(("host", "session"), flow.GUEST_STARTED, mark)
    machine.wait_text(steps, LINUX, mark)
    return mark


def sessions_of(product, machine):
    return Sessions(product, machine.stick_image()).all()


@pytest.fixture(scope="session")
def plain_stick(shop, guest):
    """Three copies of one image, and two others that the menu is not to find."""
    config = {"control": settings_of("plain", "old", level="control"), "theme": settings_of("plain", level="theme"),
              "iso_overrides": {"/ISOs/a/*": {"machine": "q35", **settings_of("other", level="override")},
                                "/ISOs/b/*": settings_of("plain", level="override")}}
    files = [("linux.iso", "/ISOs/a/linux.iso"), ("linux.iso", "/ISOs/b/linux.iso"), ("linux.iso", "/ISOs/c/old.iso"),
             ("hang.img", "/ISOs/b/deep/deep.img"), ("hang.img", "/aside.img")]
    return shop.make([], config, options=["--force"] + [o for name, path in files for o in ("--add", f"{guest(name)}:{path}")])


def test_settings_of_control_and_a_tpm_that_keeps_its_state(start, plain_stick, product, results):
    """Two starts of one image by the countdown. The machine powers off after each, and its TPM has counted both."""
    disk, counts = plain_stick, []
    for _ in range(2):
        machine = start([(disk, "virtio")], network=True)
        flow.to_menu(machine)
        notes = {"menu": flow.entries(machine), "screen": machine.serial.screen(), "menu's picture": machine.screenshot("menu.png")}
        machine.wait_text(("monitor", "host"), flow.HOST_READY)  # nobody has pressed a key
        notes["host's picture"] = machine.screenshot("host.png")
        notes["started by itself"] = True
        notes["countdown"] = [int(seconds) for seconds in re.findall(flow.COUNTDOWN, machine.serial.text())]
        machine.wait_text(("session", "linux"), LINUX)
        counts.append(tpm_starts(machine))
        machine.serial.send(b"poweroff -f\r")
        machine.wait_exit(("linux", "end", "exit"))
        notes["after the guest"] = "poweroff"
        machine.close()
        disk = machine.overlays[0]
    assert counts[1] == counts[0] + 1
    sessions = sessions_of(product, machine)
    notes["sessions"] = len(sessions)
    for session in sessions:
        seen = Seen(session, notes)
        seen.notes["dhcp"] = dhcp_packets(seen, results)
        check("plain", seen)
        assert seen.about["host_network"] == "eth0 10.0.2.15/24"


@pytest.mark.full
def test_settings_of_an_override_and_a_tpm_for_each_of_two_images_of_one_name(start, plain_stick, product):
    machine = start(plain_stick)
    flow.to_menu(machine)
    mark = run_linux(machine, "/ISOs/a/linux.iso")
    first = tpm_starts(machine)
    machine.serial.send(b"poweroff -f\r")
    flow.back_at_menu(machine, mark)
    run_linux(machine, "/ISOs/b/linux.iso")
    assert tpm_starts(machine) == first  # the first start of another TPM
    machine.serial.send(b"poweroff -f\r")
    machine.wait_exit(("linux", "end", "exit"))
    by_image = {session.json()["image"]["path"]: session for session in sessions_of(product, machine)}
    check("other", Seen(by_image["/ISOs/a/linux.iso"], {"after the guest": "menu"}))


@pytest.mark.full
def test_image_without_an_override_has_the_machine_of_control(start, plain_stick, product):
    machine = start(plain_stick)
    flow.to_menu(machine)
    run_linux(machine, "/ISOs/c/old.iso", ("linux", "live"))
    machine.serial.send(b"poweroff -f\r")
    machine.wait_exit(("linux", "end", "exit"))
    session, = sessions_of(product, machine)
    check("old", Seen(session, {}))


@pytest.fixture(scope="session")
def secure_stick(shop, guest):
    """A signed image twice, once from `control`, once from its override, and one that nobody has signed."""
    config = {"control": {"timeout": -1, "default_ram": 512, "default_cpus": 1, "default_tpm": True,
                          **settings_of("secure", "open", level="control")},
              "iso_overrides": {"open.iso": settings_of("open", level="override"), "unsigned.iso": {"display": "none"}}}
    files = [("linux.iso", "/signed.iso"), ("linux.iso", "/open.iso"), ("uefi.iso", "/unsigned.iso")]
    return shop.make([], config, options=[o for name, path in files for o in ("--add", f"{guest(name)}:{path}")])


def colour_of_the_monitor(machine):
    """The most frequent colour of the outer machine's screen."""
    return Counter(machine.screenshot("monitor.png").getdata()).most_common(1)[0][0]


def paint(machine):
    """The guest fills its screen with grey."""
    mark = machine.serial.mark()
    machine.serial.send(f"echo 0 >/sys/class/vtconsole/vtcon1/bind; tr '\\0' '\\{GREY:o}' </dev/zero >/dev/fb0; echo PAINTED\r".encode())
    machine.wait_text("screen", "PAINTED", mark)


@pytest.mark.full
def test_signed_guest_reads_secure_boot_and_shows_its_screen(at_menu, secure_stick, product):
    machine = at_menu(secure_stick)
    mark = run_linux(machine, "/signed.iso")
    paint(machine)
    machine.until("screen", lambda: colour_of_the_monitor(machine) == (GREY,) * 3, "the guest's grey on the monitor")
    machine.serial.send(b"poweroff -f\r")
    flow.back_at_menu(machine, mark)
    session, = sessions_of(product, machine)
    seen = Seen(session, {"monitor": (GREY,) * 3})
    check("secure", seen)
    assert seen.fact("tpm").split() == ["2", "tpm_crb"]
    assert seen.about["settings"]["firmware"] == {"value": "auto", "used": "uefi", "origin": "default", "in_effect": True}


@pytest.mark.full
def test_unsigned_loader_is_refused(at_menu, secure_stick, product):
    machine = at_menu(secure_stick)
    mark = flow.launch(machine, "unsigned.iso")
    machine.wait_text("uefi guest", "Access Denied", mark)
    machine.serial.send(flow.END_GUEST)
    machine.wait_text("end", "asked the guest to power off", mark)
    machine.serial.send(flow.END_GUEST)
    flow.back_at_menu(machine, mark)
    session, = sessions_of(product, machine)
    assert flow.guest_line("uefi") not in session.text("serial.log")
    assert session.json()["end_reason"]["code"] == "user"


@pytest.mark.full
def test_override_opens_the_guest_and_serves_it_to_vnc_clients_with_a_password(at_menu, secure_stick, product):
    port = free_port()
    machine = at_menu(secure_stick, extra=["-nic", f"user,model=e1000e,hostfwd=tcp:127.0.0.1:{port}-10.0.2.15:5900"])
    mark = run_linux(machine, "/open.iso")
    paint(machine)
    with contextlib.closing(socket.create_connection(("127.0.0.1", port))) as client:
        client.settimeout(20)
        version = client.recv(12)
        client.sendall(version)
        notes = {"rfb": (version, client.recv(16)), "monitor": colour_of_the_monitor(machine)}
    machine.serial.send(b"poweroff -f\r")
    flow.back_at_menu(machine, mark)
    session, = sessions_of(product, machine)
    check("open", Seen(session, notes))


@pytest.mark.full
def test_machine_without_kvm_starts_only_what_may_be_emulated(at_menu, shop, guest, product):
    config = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1, **settings_of("emulated", level="control")},
              "iso_overrides": {"emulated.img": {"fallback_no_kvm": True}, "menu.img": {"interactive": False}}}
    assert config["iso_overrides"]["emulated.img"] | config["iso_overrides"]["menu.img"] == settings_of("emulated", level="override")
    names = ("emulated.img", "menu.img", "shell.img")
    stick = shop.make([], config, options=[o for name in names for o in ("--add", f"{guest('poweroff.img')}:/{name}")])
    machine = at_menu(stick, cpu=CPU_WITHOUT_KVM)
    refused = {}
    for name in ("shell.img", "menu.img"):
        flow.select(machine, name)
        mark = machine.serial.mark()
        machine.serial_keys("enter")
        if name == "shell.img":
            machine.wait_text(("host", "session"), "/ # $", mark)
            machine.serial.send(b"echo HAS SHELL $((6 * 7))\r")
            machine.wait_text("screen", "HAS SHELL 42", mark)
            machine.serial.send(b"exit\r")
        refused[name.split(".")[0]] = flow.back_at_menu(machine, mark) + machine.serial.text(mark)
    mark = flow.launch(machine, "emulated.img")
    machine.wait_text(("bios guest", "grub"), flow.guest_line("poweroff"), mark)
    flow.back_at_menu(machine, mark)
    by_image = {session.json()["image"]["path"]: session for session in sessions_of(product, machine)}
    assert {path: s.json()["end_reason"]["code"] for path, s in by_image.items()} == {
        "/shell.img": "settings-impossible", "/menu.img": "settings-impossible", "/emulated.img": "guest-poweroff"}
    check("emulated", Seen(by_image["/emulated.img"], {"refused": refused, "guest": True}))


REFUSED = {
    "flags.img": ({"cpu_features": ["vmx", "rdrand", "avx3", "avx512f"]},
                  "cpu_features: vmx is svm on this machine's processor (AMD); avx3 is no CPU flag of QEMU, did you mean avx?; "
                  "this machine's processor (or its KVM) has no avx512f"),
    "arguments.img": ({"qemu_extra_args": ["-foo", "bar"]}, "-foo: invalid option"),
}


@pytest.mark.full
def test_what_qemu_does_not_take_is_named_in_the_menu(at_menu, shop, guest, product):
    config = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1},
              "iso_overrides": {name: override for name, (override, _) in REFUSED.items()}}
    machine = at_menu(shop.make([], config, options=[o for name in REFUSED for o in ("--add", f"{guest('poweroff.img')}:/{name}")]))
    for name, (_, words) in REFUSED.items():
        flow.select(machine, name)
        mark = machine.serial.mark()
        machine.serial_keys("enter")
        machine.wait_text(("host", "session", "end"), flow.BACK, mark)
        flow.back_at_menu(machine, mark)
        assert words in " ".join(machine.serial.screen().split()), machine.serial.screen()
    codes = {session.json()["image"]["path"]: session.json()["end_reason"] for session in sessions_of(product, machine)}
    assert codes["/flags.img"] == {"code": "settings-impossible", "text": REFUSED["flags.img"][1]}
    assert codes["/arguments.img"]["code"] == "qemu-exit" and REFUSED["arguments.img"][1] in codes["/arguments.img"]["text"]


# --- the host's network ----------------------------------------------------------------------------------------------

NETWORKS = {
    "with a DHCP server": ["-nic", "user,model=e1000e,id=lan"],
    "without a DHCP server": ["-netdev", "hubport,id=lan,hubid=0", "-device", "e1000e,netdev=lan"],  # a link, and nobody there
    "without a link": ["-netdev", "hubport,id=lan,hubid=0", "-device", "e1000e,netdev=lan,id=card"],
    "without a card": [],
}
NETWORK_SECONDS = 5


def moment(host_log, pattern):
    """Seconds since midnight at which /init's first line that matches PATTERN was written."""
    found = re.search(rf"^\S+T(\d\d):(\d\d):(\d\d\.\d+)Z init: .*(?:{pattern})", host_log, re.MULTILINE)
    assert found, f"no {pattern}\n{host_log}"
    return int(found.group(1)) * 3600 + int(found.group(2)) * 60 + float(found.group(3))


def set_link(machine, state):
    """Pulls ("off") the cable of the machine's card or plugs it in ("on")."""
    answer = machine.qmp.hmp(f"set_link lan {state}")
    assert not answer.strip(), answer


@pytest.fixture(scope="session")
def network_stick(shop, guest):
    return shop.make([guest("wait.img")], {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}})


@pytest.mark.full
def test_start_waits_for_no_network(at_menu, network_stick, product):
    """From the mounted runtime, when the network is started, to the running guest, and from its end to the restart."""
    until_guest, until_reset, addresses = {}, {}, {}
    for name, card in NETWORKS.items():
        machine = at_menu(network_stick, extra=card)
        if name == "without a link":
            set_link(machine, "off")
        mark = flow.launch(machine, "wait.img")
        machine.wait_text("bios guest", flow.guest_line("wait"), mark)
        machine.serial.send(b"p")
        machine.wait_text("end", "guest powered off after", mark)
        ended = time.monotonic()
        machine.wait_reset("end")
        until_reset[name] = time.monotonic() - ended
        session, = sessions_of(product, machine)
        log = session.text("host.log")
        until_guest[name] = moment(log, "ends the guest") - moment(log, "boot partition")
        addresses[name] = session.json()["host_network"]
        machine.close()
    print(f"until the guest {until_guest}, until the restart {until_reset}, {addresses}")
    assert addresses == {name: "eth0 10.0.2.15/24" if name == "with a DHCP server" else None for name in NETWORKS}
    for measured in (until_guest, until_reset):
        for name in NETWORKS:
            assert measured[name] - measured["without a card"] < NETWORK_SECONDS * waits.scale() * waits.crowd(), (name, measured)


@pytest.mark.full
def test_cable_is_pulled_while_the_guest_runs(at_menu, network_stick, product):
    # Linux hears nothing of a link that changes on QEMU 7.2's e1000e.
    machine = at_menu(network_stick, extra=["-nic", "user,model=virtio-net-pci,id=lan"])
    mark = flow.launch(machine, "wait.img")
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    time.sleep(3 * waits.crowd())  # the host looks once a second
    for number, state in enumerate(("off", "on")):
        set_link(machine, state)
        time.sleep(4 * waits.crowd())
        machine.serial.send(f"alive {number}".encode())
        machine.wait_text("screen", f"alive {number}", mark)
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)
    session, = sessions_of(product, machine)
    assert session.json()["end_reason"]["code"] == "guest-poweroff"
    told = re.findall(r"network: (eth0: (?:no )?link|address .*)", session.text("host.log"))
    assert told[-5:] == ["eth0: link", "address eth0 10.0.2.15/24", "eth0: no link", "eth0: link", "address eth0 10.0.2.15/24"]
