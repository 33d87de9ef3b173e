# SPDX-License-Identifier: BSD-2-Clause
"""What is broken on the stick or in an image: each is named where it matters, nothing hangs, the menu comes back."""
import errno
import json
import re
import time

import pytest

from harness import flow
from harness.exfat import NO_FAT_CHAIN, Volume
from harness.machine import run_tool
from harness.stick import Sessions, esp_address, fsck_exfat, partitions

CONTROL = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}}
BAD_IMAGES = ["internal-error.img", "panic.img"]
HIPERISO_JSON = b'{\n  "control": {\n    "timeout": -1,\n    "default_ram" 512\n  }\n}\n'


@pytest.fixture(scope="session")
def stick(shop, guest):
    """One stick for the images that end badly by themselves."""
    half = ["--add", f"{guest('half.iso')}:/half.iso"]  # --iso refuses it
    return shop.make([guest(name) for name in BAD_IMAGES], {**CONTROL, "iso_overrides": {"internal-error.img": {"vga": "std"}}}, options=half)


def delete_config(image):
    """Renames /hiperiso on the data partition by damaging nothing else: its directory entry set becomes unused."""
    Volume(image, partitions(image)[0][0]).delete("/hiperiso")


def loop_a_folder(image):
    """The folder /deep gets a cluster chain that runs in a circle."""
    Volume(image, partitions(image)[0][0]).loop("/deep")


def remove_kernel(image):
    run_tool("mdel", "-i", esp_address(image), "::/EFI/hiperiso/vmlinuz")


def remove_runtime(image):
    run_tool("mdel", "-i", esp_address(image), "::/EFI/hiperiso/runtime.squashfs")


def damage_runtime(image):
    """Overwrites the first megabyte of runtime.squashfs on the ESP."""
    found = run_tool("mshowfat", "-i", esp_address(image), "::/EFI/hiperiso/runtime.squashfs").decode()
    cluster = int(re.search(r"<(\d+)", found).group(1))
    start = partitions(image)[1][0]
    with open(image, "r+b") as disk:
        disk.seek(start)
        boot = disk.read(512)
        bytes_per_sector, per_cluster = int.from_bytes(boot[11:13], "little"), boot[13]
        reserved, fats = int.from_bytes(boot[14:16], "little"), boot[16]
        fat_sectors = int.from_bytes(boot[22:24], "little") or int.from_bytes(boot[36:40], "little")
        root_sectors = int.from_bytes(boot[17:19], "little") * 32 // bytes_per_sector
        first = reserved + fats * fat_sectors + root_sectors
        offset = start + (first + (cluster - 2) * per_cluster) * bytes_per_sector
        disk.seek(offset)
        assert disk.read(4) == b"hsqs"
        disk.seek(offset)
        disk.write(b"\xa5" * (1 << 20))


def test_malformed_config_is_named_with_line_and_column(start, shop, guest):
    machine = start(shop.make([guest("poweroff.img")], HIPERISO_JSON, options=["--allow-problems"]))
    flow.to_menu(machine)
    assert re.search(r"hiperiso\.json:4:19: ", machine.serial.screen())
    assert flow.entries(machine) == ["poweroff.img"]
    machine.wait_text("screen", flow.COUNTDOWN)  # the default timeout is in effect
    machine.serial_keys("down")


@pytest.mark.full
def test_without_config_the_defaults_are_in_effect(start, shop, guest):
    machine = start(shop.make([guest("poweroff.img")], CONTROL, alter=delete_config))
    flow.to_menu(machine)
    assert "There is no /hiperiso/hiperiso.json on the stick" in machine.serial.screen()
    assert re.search(flow.COUNTDOWN, machine.serial.text())
    machine.serial_keys("down")
    assert flow.entries(machine) == ["poweroff.img"]


def test_empty_stick_says_how_to_fill_it(start, shop):
    machine = start(shop.make([], CONTROL))
    flow.to_menu(machine)
    screen = machine.serial.screen()
    assert re.search(flow.NO_IMAGE, screen) and "HIPERISO" in screen and ".iso" in screen
    machine.serial.send(b"\x12")  # Ctrl-R reads the stick again; a screen that stays the same is not sent again
    machine.serial.send(b"x")
    machine.wait_screen("menu", "Filter x")


@pytest.mark.full
def test_damaged_folder_is_named_and_the_rest_is_listed(start, shop, guest):
    image = guest("poweroff.img")
    stick = shop.make([image], CONTROL, options=["--add", f"{image}:/deep/inside.img"], alter=loop_a_folder)
    machine = start(stick)
    flow.to_menu(machine)
    assert "poweroff.img" in flow.entries(machine)
    assert re.search(r"deep.*(damaged|corrupt|cannot be read)", machine.serial.screen())


@pytest.mark.full
def test_half_an_iso_is_refused_or_ends_with_a_reason(at_menu, stick, product, results):
    machine = at_menu(stick)
    flow.select(machine, "half.iso")
    mark = machine.serial.mark()
    machine.serial_keys("enter")
    machine.wait_text(("host", "session", "grub"), f"{flow.GUEST_STARTED}|hiperiso: error", mark)
    if re.search(flow.GUEST_STARTED, machine.serial.text(mark)):
        machine.serial.send(flow.END_GUEST)
    flow.back_at_menu(machine, mark)
    image = machine.stick_image()
    session = Sessions(product, image).only()
    about = session.json()
    assert about["end_reason"]["text"]
    assert any("cut" in w or "short" in w or "larger" in w for w in about["warnings"]) or "half.iso" in about["end_reason"]["text"]
    code, output = fsck_exfat(image, results)
    assert code == 0, output


def test_missing_kernel_is_named_and_the_menu_goes_on(start, shop, guest):
    machine = start(shop.make([guest("poweroff.img")], CONTROL, alter=remove_kernel))
    mark = flow.to_menu(machine)
    machine.serial_keys("enter")
    machine.wait_text("menu", "was not started", mark)
    assert "/EFI/hiperiso/vmlinuz" in machine.serial.screen()
    machine.serial_keys("space")
    machine.wait_screen("screen", flow.MENU_READY)


@pytest.mark.full
@pytest.mark.parametrize("alter", [remove_runtime, damage_runtime])
def test_unusable_runtime_is_named(start, shop, guest, product, alter):
    machine = start(shop.make([guest("poweroff.img")], CONTROL, alter=alter))
    mark = flow.to_menu(machine)
    machine.serial_keys("enter")
    machine.wait_text(("host", "session"), r"hiperiso: error: .*runtime\.squashfs", mark)
    flow.back_at_menu(machine, mark)
    assert "runtime.squashfs" in machine.serial.screen()
    about = Sessions(product, machine.stick_image()).only().json()
    assert about["end_reason"]["code"] == "runtime-damaged"


def test_kvm_internal_error_ends_by_itself_with_the_reason(at_menu, stick, product):
    machine = at_menu(stick)
    mark = flow.launch(machine, "internal-error.img")
    flow.back_at_menu(machine, mark)
    assert "KVM internal error" in machine.serial.screen()
    session = Sessions(product, machine.stick_image()).only()
    assert session.json()["end_reason"]["code"] == "internal-error"
    assert "internal error" in session.text("qemu.log")


def test_guest_panic_ends_the_session_with_the_reason(at_menu, stick, product):
    machine = at_menu(stick)
    mark = flow.launch(machine, "panic.img")
    machine.wait_text("bios guest", flow.guest_line("panic"), mark)
    flow.back_at_menu(machine, mark)
    assert "panic.img: guest panicked after" in machine.serial.screen()
    session = Sessions(product, machine.stick_image()).only()
    assert session.json()["end_reason"]["code"] == "guest-panic"
    assert "GUEST_PANICKED" in session.text("qmp.jsonl")


def failing_disk(stick, path, sector, results):
    """QEMU's arguments for STICK on virtio, one SECTOR of whose file PATH cannot be read; and the overlay."""
    overlay = results / "failing.qcow2"
    run_tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", stick, "-F", "raw", overlay)
    volume = Volume(stick, partitions(stick)[0][0])
    _, _, _, first, _, flags = volume.find(path)
    assert flags & NO_FAT_CHAIN
    broken = {"event": "none", "iotype": "read", "errno": errno.EIO, "sector": volume.at(first) // 512 + sector}
    node = {"driver": "blkdebug", "node-name": "failing", "inject-error": [broken],
            "image": {"driver": "qcow2", "file": {"driver": "file", "filename": str(overlay)}}}
    return ["-blockdev", json.dumps(node), "-device", "virtio-blk-pci,drive=failing"], overlay


def test_stick_that_cannot_be_read_where_the_guest_reads_ends_with_the_reason(start, shop, guest, product, results):
    extra, overlay = failing_disk(shop.make([guest("far.img")], CONTROL), "/far.img", 1000, results)
    machine = start(extra=extra)
    machine.overlays.append(overlay)
    flow.to_menu(machine)
    mark = flow.launch(machine, "far.img")
    flow.back_at_menu(machine, mark)
    assert re.search(r"far\.img: I/O error", machine.serial.screen())
    session = Sessions(product, machine.stick_image()).only()
    end = session.json()["end_reason"]
    assert end["code"] == "io-error" and re.search(r"I/O error \(.*read: Input/output error\)", end["text"])
    assert flow.guest_line("far") in session.text("serial.log")
    assert re.search(r"I/O error, dev vda", session.text("host.log"))


@pytest.mark.full
def test_killed_qemu_ends_the_session_with_the_signal_named(start, shop, guest, product):
    """QEMU claims and fills more memory than its machine has: the host's kernel kills it."""
    extra = ["-object", "memory-backend-ram,id=flood,size=850M,prealloc=on"]
    machine = start(shop.make([guest("wait.img")], {"control": {**CONTROL["control"], "default_qemu_extra_args": extra}}), memory=1024)
    mark = flow.to_menu(machine)
    machine.serial_keys("enter")
    machine.wait_text(("host", "session", "end"), flow.BACK, mark)
    flow.back_at_menu(machine, mark)
    about = Sessions(product, machine.stick_image()).only().json()
    assert about["end_reason"]["code"] == "qemu-signal" and "SIGKILL" in about["end_reason"]["text"]
    assert "memory" in machine.serial.screen()


def test_a_stick_that_stands_still_does_not_hold_up_the_guest(at_menu, shop, guest, product):
    """Its writes wait for half a minute, as those of cheap flash do; keys and echo do not, and nothing of it is lost."""
    machine = at_menu(shop.make([guest("wait.img")], CONTROL))
    mark = flow.launch(machine, "wait.img")
    assert machine.qmp.hmp("block_set_io_throttle stick0 0 0 1 0 0 0") == ""  # one byte written a second
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    for text in (f"line{i}" for i in range(15)):
        machine.serial.send(text.encode() + b"\r")
        machine.wait_text("screen", text, mark)
        time.sleep(1)
    assert machine.qmp.hmp("block_set_io_throttle stick0 0 0 0 0 0 0") == ""
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)
    session = Sessions(product, machine.stick_image()).only()
    assert session.json()["end_reason"]["code"] == "guest-poweroff"
    assert re.findall(r"line\d+", session.text("serial.log")) == [f"line{i}" for i in range(15)]
