# SPDX-License-Identifier: BSD-2-Clause
"""The stick on every bus a firmware starts from, on two that only the host Linux can read, and twice at once."""
import re
import shutil

import pytest

from harness import flow
from harness.buses import FIRMWARE_STARTS_FROM
from harness.machine import run_tool
from harness.stick import Sessions, partitions

CONTROL = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}}
IMAGES = ["poweroff.img", "wait.img", "uefi.img", "poweroff.qcow2"]
OTHER_IMAGES = ["wait.img", "slow.img"]
SHORT_TIER = "usb"
BOOTED_FROM = r"BdsDxe: starting Boot\w+ \"[^\"]*\" from (\S+)"


@pytest.fixture(scope="session")
def stick(shop, guest):
    return shop.make([guest(name) for name in IMAGES], CONTROL)


def check_bus(start, stick, product, bus):
    machine = start([(stick, bus)])
    flow.to_menu(machine)
    assert sorted(flow.entries(machine)) == sorted(IMAGES)
    mark = flow.launch(machine, "poweroff.img")
    machine.wait_text("bios guest", flow.guest_line("poweroff"), mark)
    flow.back_at_menu(machine, mark)
    assert "poweroff.img: guest powered off after" in machine.serial.screen()
    about = Sessions(product, machine.stick_image()).only().json()
    assert about["end_reason"]["code"] == "guest-poweroff"


def test_menu_and_guest_from_a_usb_stick(start, stick, product):
    check_bus(start, stick, product, SHORT_TIER)


@pytest.mark.full
@pytest.mark.parametrize("bus", [b for b in FIRMWARE_STARTS_FROM if b != SHORT_TIER])
def test_menu_and_guest_from_every_bus(start, stick, product, bus):
    check_bus(start, stick, product, bus)


def halves(stick, folder):
    """Two disks of the stick's partitions: one that holds only the ESP, one only the data partition. And both PARTUUIDs."""
    identity = [run_tool("sfdisk", "--part-uuid", stick, n).decode().strip().lower() for n in (1, 2)]
    disks = []
    for keep, drop in ((2, 1), (1, 2)):
        disk = folder / f"half{keep}.img"
        shutil.copyfile(stick, disk)
        start, size, _ = partitions(disk)[drop - 1]
        with open(disk, "r+b") as out:  # the boot region is enough to make it no file system
            out.seek(start)
            out.write(bytes(min(size, 1 << 20)))
        run_tool("sgdisk", "-d", str(drop), disk)
        disks.append(disk)
    return disks, identity


@pytest.mark.full
@pytest.mark.parametrize("bus", ["uas", "sd"])
def test_data_partition_where_the_firmware_cannot_look(start, stick, product, results, bus):
    (esp, data), (data_id, esp_id) = halves(stick, results)
    host = product.payload / "EFI/hiperiso"
    line = ("console=tty0 console=ttyS0,115200 quiet loglevel=3 panic=30 usb-storage.delay_use=0 hiperiso_iso=/poweroff.img "
            f"hiperiso_data=PARTUUID={data_id} hiperiso_esp=PARTUUID={esp_id} hiperiso_guest_ram=256 hiperiso_set=on_exit:poweroff")
    machine = start([(esp, "virtio"), (data, bus)], kernel=(host / "vmlinuz", host / "initramfs.cpio", line))
    machine.wait_text(("firmware", "host"), flow.HOST_READY)
    machine.wait_text("session", flow.GUEST_STARTED)
    machine.wait_text("bios guest", flow.guest_line("poweroff"))
    machine.wait_exit(("end", "exit"))
    image = machine.stick_image(1)
    about = Sessions(product, image).only().json()
    assert about["end_reason"]["code"] == "guest-poweroff"
    assert about["settings"]["on_exit"]["value"] == "poweroff"


def test_the_same_stick_twice_is_named_and_nothing_starts(start, stick, product):
    machine = start([(stick, "usb"), (stick, "virtio")])
    flow.to_menu(machine)
    flow.select(machine, "poweroff.img")
    mark = machine.serial.mark()
    machine.serial_keys("enter")
    machine.wait_text(("host", "session"), r"hiperiso: error: PARTUUID [0-9a-f-]{36} is there twice, on sd[a-z] .* and on vd[a-z]"
                                           r"|hiperiso: error: PARTUUID [0-9a-f-]{36} is there twice, on vd[a-z] .* and on sd[a-z]",
                      mark)
    flow.back_at_menu(machine, mark)
    assert "is there twice" in machine.serial.screen()
    assert flow.guest_line("poweroff") not in machine.serial.text(mark)
    for number in (0, 1):
        assert not Sessions(product, machine.stick_image(number)).all()



@pytest.fixture(scope="session")
def other_stick(shop, guest):
    return shop.make([guest(name) for name in OTHER_IMAGES], CONTROL)


@pytest.mark.parametrize("swapped", [False, pytest.param(True, marks=pytest.mark.full)])
def test_of_two_different_sticks_the_one_that_booted_is_used(start, stick, other_stick, product, swapped):
    """The firmware itself says which of the two it started from."""
    sticks = [(stick, IMAGES, "poweroff.img"), (other_stick, OTHER_IMAGES, "slow.img")]
    if swapped:
        sticks.reverse()
    machine = start([(sticks[0][0], "usb"), (sticks[1][0], "virtio")])
    flow.to_menu(machine)
    booted = 0 if "USB(" in re.search(BOOTED_FROM, machine.serial.text()).group(1) else 1
    _, names, name = sticks[booted]
    assert sorted(flow.entries(machine)) == sorted(names)
    mark = flow.launch(machine, name)
    machine.wait_text("bios guest", flow.guest_line(name.split(".")[0]), mark)
    flow.back_at_menu(machine, mark)
    assert Sessions(product, machine.stick_image(booted)).only().json()["end_reason"]["code"] == "guest-poweroff"
    assert not Sessions(product, machine.stick_image(1 - booted)).all()
