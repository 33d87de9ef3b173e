# SPDX-License-Identifier: BSD-2-Clause
"""Data partitions that are not exFAT: FAT32, and ext4 by a driver on the ESP; drivers that are none are named and passed over."""
import pathlib
import re

import pytest

from harness import flow
from harness.machine import run_tool
from harness.stick import esp_address, partitions
from images import recipe, small

CONTROL = b'{"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}}\n'
DRIVERS = "::/EFI/hiperiso/drivers"


def data_tree(folder, guest):
    """What lies on the data partition: an image in a folder, one whose folder is left out, the configuration."""
    tree = folder / "tree"
    for name in ("ISOs", "hidden", "hiperiso/logs", "hiperiso/state", "hiperiso/iso_overrides"):
        (tree / name).mkdir(parents=True)
    (tree / "ISOs/power off.img").write_bytes(guest("poweroff.img").read_bytes())
    (tree / "hidden/not.img").write_bytes(guest("poweroff.img").read_bytes())
    (tree / "hidden/.hiperisoignore").write_bytes(b"")
    (tree / "hiperiso/hiperiso.json").write_bytes(CONTROL)
    return tree


def copy_of(image, results):
    """A stick image of its own, to be altered."""
    target = results / "stick.img"
    run_tool("cp", "--sparse=always", image, target)
    return target


def test_a_fat32_data_partition_works_from_the_menu_to_the_record(start, shop, guest, results):
    image = copy_of(shop.make([], None, size="512M"), results)
    offset, size, _ = partitions(image)[0]
    run_tool("mkfs.fat", "-F", "32", "-n", "FATSTICK", f"--offset={offset // 512}", image, size // 1024)
    address = f"{image}@@{offset}"
    tree = data_tree(results, guest)
    for name in sorted(p.name for p in tree.iterdir()):
        run_tool("mcopy", "-s", "-i", address, tree / name, "::/")
    machine = start(image)
    flow.to_menu(machine)
    assert flow.entries(machine) == ["power off.img"]
    mark = flow.launch(machine, "power off.img")
    machine.wait_text("bios guest", flow.guest_line("poweroff"), mark)
    flow.back_at_menu(machine, mark)
    assert re.search(r"power off\.img: guest powered off", machine.serial.screen())
    raw = machine.stick_image()
    names = run_tool("mdir", "-b", "-i", f"{raw}@@{offset}", "::/hiperiso/logs").decode()
    assert "power off.img" in names


@pytest.mark.full
def test_drivers_on_the_esp_are_used_or_named(start, shop, guest, results):
    image = copy_of(shop.make([], None, size="512M"), results)
    offset, size, _ = partitions(image)[0]
    tree = data_tree(results, guest)
    run_tool("mkfs.ext4", "-q", "-F", "-L", "LINUXSTICK", "-d", tree, "-E", f"offset={offset}", image, f"{size // 1024}k")
    (results / "bad.efi").write_bytes(b"this is no driver\n" * 100)
    run_tool("mmd", "-i", esp_address(image), DRIVERS)
    run_tool("mcopy", "-i", esp_address(image), results / "bad.efi", DRIVERS)
    run_tool("mcopy", "-i", esp_address(image), small.hello_efi(results), f"{DRIVERS}/program.efi")
    with recipe.work_dir() as tmp:
        package = recipe.unpack_package("refind", tmp)
        driver = next(pathlib.Path(package).rglob("ext4_x64.efi"))
        run_tool("mcopy", "-i", esp_address(image), driver, DRIVERS)
    machine = start(image, memory=512)
    flow.to_menu(machine)
    screen = " ".join(machine.serial.screen().split())
    assert flow.entries(machine) == ["power off.img"]
    assert "The driver /EFI/hiperiso/drivers/bad.efi was passed over: Unsupported." in screen
    assert "The driver /EFI/hiperiso/drivers/program.efi was passed over: it is a program, no driver." in screen
    assert "ext4_x64" not in screen
