# SPDX-License-Identifier: BSD-2-Clause
"""mkhiperiso as root against real kinds of disks, in one machine with the distribution's kernel: what is refused, what is written, what
is left when it is ended half-way; and that the firmware starts what was written."""
import hashlib
import json
import pathlib

import pytest

from harness import flow
from harness.lab import Lab, make_lab
from harness.machine import run_tool
from harness.stick import fsck_exfat

MIB = 1 << 20
GIB = 1 << 30


@pytest.fixture(scope="session")
def lab(product, shared, guest, shop):
    """Kernel, initramfs and data of the machine."""
    with shop.lock("lab"):
        return make_lab(product, shared, [guest("poweroff.iso"), guest("wait.img"), guest("grub-rescue.iso")])


def disk(folder, name, size):
    """A sparse file for a disk."""
    path = folder / f"{name}.raw"
    with open(path, "wb") as out:
        out.truncate(size)
    return path


def drive(path, name, device):
    """QEMU's arguments for the disk in PATH."""
    return ["-drive", f"if=none,id={name},format=raw,file={path},cache=unsafe,discard=unmap,detect-zeroes=unmap", "-device", device.format(name)]


USB = ["-device", "qemu-xhci,id=xhci"]
USB_STICK = "usb-storage,drive={},bus=xhci.0,removable=on,serial=STICK1"


@pytest.fixture
def start_lab(results, lab):
    """start_lab(drives) is a running machine, ended with the test."""
    machines = []

    def begin(drives, **options):
        machine = Lab(results / f"lab{len(machines)}", lab, drives, **options)
        machines.append(machine)
        return machine

    yield begin
    for machine in machines:
        machine.close()


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def check_oracles(image, folder):
    """sgdisk, sfdisk, fsck.exfat and fsck.fat on what was written to a disk with sectors of 512 bytes."""
    assert b"No problems found" in run_tool("sgdisk", "-v", image)
    table = json.loads(run_tool("sfdisk", "--json", image))["partitiontable"]
    names = [p["name"] for p in table["partitions"]]
    assert names == ["HIPERISO", "HISOEFI"]
    assert table["lastlba"] == image.stat().st_size // 512 - 34
    code, output = fsck_exfat(image, folder)
    assert code == 0, output
    esp = folder / "esp.img"
    start, size = table["partitions"][1]["start"], table["partitions"][1]["size"]
    run_tool("dd", f"if={image}", f"of={esp}", "bs=512", f"skip={start}", f"count={size}", "conv=sparse")
    run_tool("fsck.fat", "-n", esp)
    esp.unlink()


def test_a_usb_stick_is_written_read_by_linux_and_started_by_the_firmware(start_lab, start, results, guest):
    stick = disk(results, "stick", 512 * MIB)
    machine = start_lab([*USB, *drive(stick, "stick", USB_STICK)])
    listed = json.loads(machine.ok("mkhiperiso devices --json"))
    sda = next(d for d in listed if d["path"] == "/dev/sda")
    assert sda["bus"] == "usb" and sda["serial"] == "STICK1" and sda["removable"] and sda["eligible"] and sda["size_bytes"] == 512 * MIB
    code, text = machine.run("mkhiperiso install /dev/sda --yes --serial STICK2")
    assert (code, text) == (1, "mkhiperiso: /dev/sda: its serial number is STICK1, not STICK2: is it another disk?")
    text = machine.ok("mkhiperiso install /dev/sda --yes --serial STICK1 --iso /data/poweroff.iso", "lab write")
    assert "is a hiperiso stick now; all of it was read back" in text
    machine.ok("mkhiperiso add /dev/sda /data/grub-rescue.iso", "lab write")
    assert ": good: " in machine.ok("mkhiperiso verify /dev/sda", "lab write")
    machine.ok("mount -t exfat -o ro /dev/sda1 /mnt")
    sums = dict(reversed(line.split("  ")) for line in machine.ok("cd /mnt && sha256sum *.iso; cd /").splitlines())
    assert sums == {name: sha256(guest(name)) for name in ("poweroff.iso", "grub-rescue.iso")}
    code, text = machine.run("mkhiperiso install /dev/sda --yes --serial STICK1")
    assert (code, text) == (1, "mkhiperiso: /dev/sda: sda1 is mounted at /mnt: umount /mnt")
    machine.ok("umount /mnt && sync")
    machine.close()
    check_oracles(stick, results)
    booted = start([(stick, "usb")])
    flow.to_menu(booted)
    assert "poweroff.iso" in booted.serial.screen() and "grub-rescue.iso" in booted.serial.screen()
