# SPDX-License-Identifier: BSD-2-Clause
"""`mkhiperiso explain` tells beforehand what a session records: settings, the kernel's command line, QEMU's arguments."""
import json
import re

import pytest

from harness import flow
from harness.machine import run_tool
from harness.stick import Sessions

CPUS = 2  # of the outer machine
# name on the stick: (test guest, its override)
ENTRIES = {
    "e01.img": ("poweroff.img", None),
    "e02 größer & 'q' 日本.img": ("poweroff.img", {"use": "big", "cpus": 2}),
    "e03.iso": ("poweroff.iso", {"ram": 200}),
    "e04.iso": ("uefi.iso", {"tpm": True}),
    "e05.img": ("uefi.img", {"firmware": "uefi", "vga": "std"}),
    "e06.img": ("poweroff.img", {"machine": "pc"}),
    "e07.img": ("poweroff.img", {"ram": 1048576, "cpus": 255}),  # more than there is
    "e08.img": ("poweroff.img", {"qemu_extra_args": ["-name", "a b,,c=%"]}),
    "e09.qcow2": ("poweroff.img", {"ram": 200}),
    "e10.img": ("poweroff.img", "big"),
    "e11.iso": ("poweroff.iso", {"vga": "virtio", "machine": "pc", "display": "vnc"}),
    "e12.img": ("poweroff.img", {"firmware": "bios", "trace_level": "none", "net_dump": True}),
}
TEMPLATE = {"ram": 384, "vga": "std"}


def make_stick(shop, guest, names, folder):
    """A stick with the entries NAMES, each with its override."""
    template = folder / "big.json"
    template.write_text(json.dumps(TEMPLATE))
    options = ["--add", f"{template}:/hiperiso/iso_overrides/big.json"]
    overrides = {}
    for name in names:
        source, override = ENTRIES[name]
        file = guest(source)
        if name.endswith(".qcow2"):
            file = folder / name
            run_tool("qemu-img", "convert", "-O", "qcow2", guest(source), file)
        options += ["--add", f"{file}:/ISOs/{name}"]
        if override is not None:
            overrides[name] = override
    config = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}, "iso_overrides": overrides}
    return shop.make([], config, options=options)


def explained(product, image, about):
    """What explain says of the image of a session, for a machine like the one that recorded it."""
    ram = re.search(r"this machine has (\d+) MB", " ".join(about["warnings"]))
    argv = ["explain", image, about["image"]["path"], "--json", "--ram-mb", ram.group(1) if ram else "2900", "--cpus", str(CPUS)]
    return json.loads(product.tool(*argv).stdout)


def check_equal(product, image, names):
    recorded = {s.json()["image"]["path"]: s.json() for s in Sessions(product, image).all()}
    assert set(recorded) == {"/ISOs/" + name for name in names}
    for path, about in recorded.items():
        told = explained(product, image, about)
        assert told["qemu_argv"] == about["qemu_argv"], path
        assert told["command_line"] == about["command_line"], path
        for value in told["settings"].values():
            value.pop("template", None)
        assert told["settings"] == about["settings"], path
        assert (told["accelerator"], told["firmware"]) == (about["accelerator"], about["firmware"]), path
        assert set(told["warnings"]) <= set(about["warnings"]), path  # the start adds what only it can know


def start_each(machine, names):
    flow.to_menu(machine)
    for name in names:
        mark = flow.launch(machine, name)
        steps = "uefi guest" if ENTRIES[name][0].startswith("uefi") else "bios guest"
        machine.wait_text((steps, "end"), flow.BACK, mark)
        flow.back_at_menu(machine, mark)


def test_explain_equals_the_session(start, shop, guest, product, results):
    names = list(ENTRIES)[1:2]
    machine = start(make_stick(shop, guest, names, results), cpus=CPUS)
    start_each(machine, names)
    check_equal(product, machine.stick_image(), names)


@pytest.mark.full
@pytest.mark.parametrize("first", range(0, len(ENTRIES), 3))
def test_explain_equals_the_sessions_of_twelve_entries(start, shop, guest, product, results, first):
    names = list(ENTRIES)[first:first + 3]
    machine = start(make_stick(shop, guest, names, results), cpus=CPUS)
    start_each(machine, names)
    check_equal(product, machine.stick_image(), names)


def dependent_images(folder):
    """Images that need other files: what they name would wait for ever, were it opened."""
    run_tool("qemu-img", "create", "-q", "-f", "qcow2", folder / "base.qcow2", "1M")
    run_tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", folder / "base.qcow2", "-F", "qcow2", folder / "backed.qcow2")
    split = folder / "split.vmdk"
    split.write_text('# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\n'
                     'RW 2048 FLAT "/dev/tty0" 0\n' + "#\n" * 40000)
    return [folder / "backed.qcow2", split]


@pytest.mark.full
def test_explain_refuses_what_a_start_refuses(start, shop, product, results):
    images = dependent_images(results)
    machine = start(shop.make(images, {"control": {"timeout": -1}}), cpus=CPUS)
    flow.to_menu(machine)
    for image in images:
        flow.select(machine, image.name)
        mark = machine.serial.mark()
        machine.serial_keys("enter")
        machine.wait_text(("host", "session"), r"hiperiso: error: ", mark)
        flow.back_at_menu(machine, mark)
    stick = machine.stick_image()
    recorded = {s.json()["image"]["path"]: s.json() for s in Sessions(product, stick).all()}
    assert set(recorded) == {"/" + image.name for image in images}
    for path, about in recorded.items():
        assert about["end_reason"]["code"] == "image-unusable"
        done = product.tool("explain", stick, path, "--json", check=False)
        assert done.returncode == 1
        assert json.loads(done.stdout)["refusal"] == about["end_reason"]["text"], path
