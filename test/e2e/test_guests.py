# SPDX-License-Identifier: BSD-2-Clause
"""The test guests themselves, in a plain machine without the product: what fails here says nothing about hiperiso."""
import pytest

from harness.machine import FIRMWARE_CODE

TEXT = "HIPERISO-TEST {} guest"
pytestmark = pytest.mark.full


def cd(path):
    return ["-drive", f"if=none,id=cd,media=cdrom,readonly=on,format=raw,file={path}", "-device", "ide-cd,drive=cd,bus=ide.0"]


@pytest.mark.parametrize("name", ["poweroff.img", "poweroff.qcow2", "poweroff.vmdk", "poweroff.vhdx", "poweroff.vhd"])
def test_disk_says_its_line_and_powers_off(start, guest, name):
    fmt = {"img": "raw", "vhd": "vpc"}.get(name.split(".")[1], name.split(".")[1])
    drive = ["-drive", f"if=none,id=hd,snapshot=on,format={fmt},file={guest(name)}", "-device", "ide-hd,drive=hd,bus=ide.0"]
    machine = start(firmware=None, memory=128, extra=drive)
    machine.wait_text("bios guest", TEXT.format("poweroff"))
    machine.wait_exit()


def test_slow_guest_lingers(start, guest):
    machine = start([(guest("slow.img"), "ahci")], firmware=None, memory=128)
    machine.wait_text("bios guest", TEXT.format("slow"))
    machine.wait_exit(("exit", "bios guest"))


def test_reset_guest_comes_again(start, guest):
    machine = start([(guest("reset.img"), "ahci")], firmware=None, memory=128)
    machine.wait_reset("bios guest", 3)


def test_waiting_guest_answers_keys(start, guest):
    machine = start(firmware=None, memory=128, extra=cd(guest("wait.iso")))
    machine.wait_text("bios guest", TEXT.format("wait"))
    machine.serial.send(b"xy")
    machine.wait_text("bios guest", "guest\nxy")
    machine.serial.send(b"p")
    machine.wait_exit()


def test_writing_guest_reads_back_what_it_wrote(start, guest):
    machine = start([(guest("write.img"), "ahci")], firmware=None, memory=128)
    machine.wait_text("bios guest", "sector 2 is fresh\nwrite read back")
    machine.wait_exit()


def test_far_guest_reads_its_sector(start, guest):
    machine = start([(guest("far.img"), "ahci")], firmware=None, memory=128)
    machine.wait_text("bios guest", "far sector read")
    machine.wait_exit()


def test_panicking_guest_ends_its_machine(start, guest):
    machine = start([(guest("panic.img"), "ahci")], firmware=None, memory=128, extra=["-device", "pvpanic"])
    machine.wait_text("bios guest", TEXT.format("panic"))
    machine.wait_exit()  # QEMU's own answer to a panic


def test_uefi_guests(start, guest):
    machine = start([(guest("uefi.img"), "ahci")], memory=256)
    machine.wait_text("firmware", TEXT.format("uefi") + "\nuefi variables: start 1")
    machine.wait_exit()
    machine = start(memory=256, extra=cd(guest("uefi.iso")))
    machine.wait_text("firmware", TEXT.format("uefi"))
    machine.wait_exit()


def test_grub_rescue_and_memtest_show_themselves(start, guest):
    machine = start(firmware=None, memory=256, extra=cd(guest("grub-rescue.iso")))
    machine.wait_vga("grub", "GNU GRUB")
    machine = start(firmware=None, memory=256, extra=cd(guest("memtest.iso")))
    machine.wait_vga("grub", "Memtest86")


@pytest.mark.parametrize("firmware", [None, FIRMWARE_CODE], ids=["bios", "uefi"])
def test_ipxe_says_its_name(start, guest, firmware):
    machine = start(firmware=firmware, memory=256, extra=cd(guest("ipxe.iso")))
    if firmware:
        machine.wait_text(("firmware", "grub"), "iPXE initialising")
    else:
        machine.wait_vga("grub", "iPXE")


@pytest.mark.parametrize("firmware", [None, FIRMWARE_CODE], ids=["bios", "uefi"])
def test_live_system_reaches_its_shell_and_powers_off(start, guest, firmware):
    machine = start(firmware=firmware, memory=1024, extra=cd(guest("debian-live.iso")))
    machine.wait_text("live", "HIPERISO-TEST live system login: [0-9.]+")
    machine.serial.send(b"systemctl poweroff\r")
    machine.wait_exit("live")
