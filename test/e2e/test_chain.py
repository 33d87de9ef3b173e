# SPDX-License-Identifier: BSD-2-Clause
"""Firmware -> menu -> host Linux -> QEMU/KVM -> a real image -> back at the menu, and the record that this leaves."""
import json
import re

import pytest

from harness import flow
from harness.machine import CPU_WITHOUT_KVM
from harness.stick import Sessions, fsck_exfat
from harness.terminal import ESCAPES

CONTROL = {"control": {"timeout": -1, "default_ram": 512, "default_cpus": 1}}
LIVE = {"ram": 1024, "cpus": 2}
KINDS = ["poweroff.qcow2", "poweroff.vmdk", "poweroff.vhdx", "poweroff.vhd", "poweroff.iso", "uefi.img"]
IMAGES = ["wait.img", "poweroff.img", "write.img", "grub-rescue.iso", "ipxe.iso", "debian-live.iso", "uefi.iso", *KINDS]


@pytest.fixture(scope="session")
def stick(shop, guest):
    """One stick for them all."""
    return shop.make([guest(name) for name in IMAGES], {**CONTROL, "iso_overrides": {"debian-live.iso": {**LIVE, "firmware": "bios"}}})


def check_session(product, image, folder, *, name, code, firmware, accelerator="kvm"):
    """What must hold for the record of any guest; returns the session and its description."""
    session = Sessions(product, image).only()
    assert re.fullmatch(r"\d{8}-\d{6}-" + re.escape(name), session.name)
    assert set(flow.SESSION_FILES) <= set(session.files)
    about = session.json()
    assert about["image"]["path"] == "/" + name
    assert about["end_reason"]["code"] == code
    assert about["firmware"] == firmware
    assert about["accelerator"] == accelerator
    argv = about["qemu_argv"]
    assert f"accel={accelerator}" in " ".join(argv) or argv[argv.index("-accel") + 1].startswith(accelerator)
    if accelerator == "kvm":
        assert about["kvm"]["enabled"] and about["kvm"]["exits"] > 0
    for line in session.text("qmp.jsonl").splitlines():
        record = json.loads(line)
        assert record["host_time"] and record["qmp"]
    code, output = fsck_exfat(image, folder)
    assert code == 0, output
    return session, about


def guest_text(machine, mark):
    """What the outer serial line showed between QEMU's start and the guest's end, without escapes."""
    text = machine.serial.text(mark)
    return re.split(flow.GUEST_STARTED, text, 1)[1].split("\nhiperiso: ")[0].strip()


def test_bios_guest_takes_keys_powers_off_and_leaves_its_record(start, stick, product, results):
    machine = start(stick)
    flow.to_menu(machine)
    mark = flow.launch(machine, "wait.img")
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    machine.serial.send(b"hello guest\r")
    machine.wait_text("bios guest", "hello guest", mark)
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)
    assert re.search(r"wait\.img: guest powered off after", machine.serial.screen())
    assert flow.selected(machine) == "/wait.img"
    image = machine.stick_image()
    session, about = check_session(product, image, results, name="wait.img", code="guest-poweroff", firmware="bios")
    recorded = ESCAPES.sub("", session.text("serial.log")).replace("\r", "").strip()
    assert "hello guest" in recorded
    assert recorded == guest_text(machine, mark)
    assert "SeaBIOS" in session.text("firmware.log")
    assert about["settings"]["ram"] == {"value": 512, "used": 512, "unit": "MB", "origin": "control", "in_effect": True}


def test_uefi_guest_is_started_with_uefi_firmware(at_menu, stick, product, results):
    machine = at_menu(stick)
    mark = flow.launch(machine, "uefi.iso", keys="ps2")
    machine.wait_text("uefi guest", flow.guest_line("uefi"), mark)
    flow.back_at_menu(machine, mark)
    check_session(product, machine.stick_image(), results, name="uefi.iso", code="guest-poweroff", firmware="uefi")


def test_grub_rescue_iso_shows_its_menu_and_obeys(at_menu, stick, product, results):
    machine = at_menu(stick)
    mark = flow.launch(machine, "grub-rescue.iso")
    machine.wait_text("grub", "GNU GRUB", mark)
    machine.serial.send(b"c")
    machine.wait_text("grub", "grub>", mark)
    machine.serial.send(b"halt\r")
    flow.back_at_menu(machine, mark)
    check_session(product, machine.stick_image(), results, name="grub-rescue.iso", code="guest-poweroff", firmware="bios")


def test_ipxe_iso_starts_in_uefi_and_the_user_ends_it(at_menu, stick, product, results):
    machine = at_menu(stick)
    mark = flow.launch(machine, "ipxe.iso")
    machine.wait_text(("uefi guest", "grub"), "iPXE initialising", mark)
    machine.serial.send(flow.END_GUEST)
    machine.wait_text("end", "asked the guest to power off", mark)
    machine.serial.send(flow.END_GUEST)  # firmware takes no notice of the power button: now at once
    flow.back_at_menu(machine, mark)
    check_session(product, machine.stick_image(), results, name="ipxe.iso", code="user", firmware="uefi")


def live_system(machine, product, results, firmware):
    mark = flow.launch(machine, "debian-live.iso")
    machine.wait_text("live", r"HIPERISO-TEST live system login: \d", mark)
    machine.serial.send(b"grep -c hypervisor /proc/cpuinfo; systemctl poweroff\r")
    machine.wait_text(("live", "end"), flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    return check_session(product, machine.stick_image(), results, name="debian-live.iso", code="guest-poweroff", firmware=firmware)


def test_debian_live_iso_reaches_its_shell_with_bios(at_menu, stick, product, results):
    live_system(at_menu(stick), product, results, "bios")


@pytest.mark.full
def test_a_panic_of_a_linux_guest_ends_its_session(at_menu, stick, product, results):
    machine = at_menu(stick)
    mark = flow.launch(machine, "debian-live.iso")
    machine.wait_text("live", r"HIPERISO-TEST live system login: \d", mark)
    machine.serial.send(b"echo c > /proc/sysrq-trigger\r")
    machine.wait_text(("live", "end"), flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    assert "debian-live.iso: guest panicked after" in machine.serial.screen()
    session, _ = check_session(product, machine.stick_image(), results, name="debian-live.iso", code="guest-panic", firmware="bios")
    assert "Kernel panic - not syncing: sysrq triggered crash" in session.text("serial.log")


@pytest.mark.full
def test_debian_live_iso_reaches_its_shell_with_uefi(start, shop, guest, product, results):
    machine = start(shop.make([guest("debian-live.iso")], {**CONTROL, "iso_overrides": {"debian-live.iso": LIVE}}))
    flow.to_menu(machine)
    live_system(machine, product, results, "uefi")


def test_without_kvm_the_guest_runs_emulated_with_a_notice(start, stick, product, results):
    machine = start(stick, cpu=CPU_WITHOUT_KVM)
    flow.to_menu(machine)
    mark = flow.launch(machine, "poweroff.img")
    assert re.search(r"no KVM: \S", machine.serial.text(mark))
    machine.wait_text(("bios guest", "grub"), flow.guest_line("poweroff"), mark)
    flow.back_at_menu(machine, mark)
    _, about = check_session(product, machine.stick_image(), results, name="poweroff.img", code="guest-poweroff", firmware="bios",
                             accelerator="tcg")
    assert about["kvm"]["enabled"] is False and about["kvm"]["reason"]


@pytest.mark.full
def test_without_kvm_and_without_fallback_nothing_is_started(start, shop, guest, product):
    stick = shop.make([guest("poweroff.img")], {"control": {**CONTROL["control"], "fallback_no_kvm": False}})
    machine = start(stick, cpu=CPU_WITHOUT_KVM)
    mark = flow.to_menu(machine)
    machine.serial_keys("enter")
    machine.wait_text(("host", "session"), "hiperiso: error: .*KVM", mark)
    flow.back_at_menu(machine, mark)
    assert "KVM" in machine.serial.screen()
    assert Sessions(product, machine.stick_image()).only().json()["end_reason"]["code"] == "settings-impossible"


@pytest.mark.full
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_image_starts(at_menu, stick, product, results, name):
    firmware = "uefi" if name.startswith("uefi") else "bios"
    machine = at_menu(stick)
    mark = flow.launch(machine, name)
    machine.wait_text("uefi guest" if firmware == "uefi" else "bios guest", flow.guest_line(name.split(".")[0]), mark)
    flow.back_at_menu(machine, mark)
    check_session(product, machine.stick_image(), results, name=name, code="guest-poweroff", firmware=firmware)


@pytest.mark.full
def test_uefi_variables_are_kept_for_each_path(start, shop, guest, product):
    """Two images of one name, each counting its starts in a variable of its firmware."""
    aliases = {"/one/uefi.img": "first of two", "/two/uefi.img": "second of two"}
    config = {**CONTROL, "menu_alias": [{"iso": path, "alias": alias} for path, alias in aliases.items()]}
    stick = shop.make([], config, options=[a for path in aliases for a in ("--add", f"{guest('uefi.img')}:{path}")])
    machine = start(stick)
    flow.to_menu(machine)
    for path, starts in (("/one/uefi.img", 1), ("/two/uefi.img", 1), ("/one/uefi.img", 2)):
        machine.serial.send(aliases[path].encode())
        machine.until("screen", lambda p=path: flow.selected(machine) == p, f"{path} under the bar")
        mark = machine.serial.mark()
        machine.serial_keys("enter")
        machine.wait_text(("host", "session", "uefi guest"), f"uefi variables: start {starts}", mark)
        flow.back_at_menu(machine, mark)
    assert len(product.ls(machine.stick_image(), "/hiperiso/state")) == len(aliases)


def test_what_a_disk_image_writes_is_gone_after_the_session(at_menu, stick, product, guest):
    machine = at_menu(stick)
    for _ in range(2):
        mark = flow.launch(machine, "write.img")
        machine.wait_text("bios guest", "sector 2 is fresh\nwrite read back", mark)
        flow.back_at_menu(machine, mark)
    image = machine.stick_image()
    assert product.cat(image, "/write.img") == guest("write.img").read_bytes()
    assert len(Sessions(product, image).all()) == 2
    assert not [line for line in product.ls(image, "/hiperiso/state") if "overlay" in line]


def test_timeout_zero_starts_exactly_once_then_shows_the_reason(start, shop, guest, product):
    stick = shop.make([guest("poweroff.img")], {"control": {**CONTROL["control"], "timeout": 0}})
    machine = start(stick)
    machine.wait_text(("menu", "host"), flow.HOST_READY)
    machine.wait_text(("session", "bios guest"), flow.guest_line("poweroff"))
    mark = flow.wait_back(machine)
    flow.to_menu(machine, mark, ("exit", "menu"))
    assert "guest powered off after" in machine.serial.screen()
    flow.check_waiting(machine, mark)
    assert machine.resets() == 1
    assert len(Sessions(product, machine.stick_image()).all()) == 1


@pytest.mark.full
def test_on_exit_poweroff_ends_the_machine(start, shop, guest):
    machine = start(shop.make([guest("poweroff.img")], {"control": {**CONTROL["control"], "on_exit": "poweroff"}}))
    flow.to_menu(machine)
    flow.launch(machine, "poweroff.img")
    machine.wait_exit(("bios guest", "end", "exit"))


@pytest.mark.full
def test_guest_that_resets_for_ever_is_ended(start, shop, guest, product):
    machine = start(shop.make([guest("reset.img")], CONTROL))
    flow.to_menu(machine)
    mark = flow.launch(machine, "reset.img")
    machine.wait_text(("uefi guest", "end"), flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    about = Sessions(product, machine.stick_image()).only().json()
    assert about["end_reason"]["code"] == "reset-loop" and about["resets"] >= 3
