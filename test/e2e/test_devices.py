# SPDX-License-Identifier: BSD-2-Clause
"""mkhiperiso as root against real kinds of disks, in one machine with the distribution's kernel: what is refused, what is written, what
is left when it is ended half-way; and that the firmware starts what was written."""
import hashlib
import json
import os
import pathlib
import re

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
    """start_lab(drives, paths) is a running machine with its disks at PATHS, ended with the test."""
    machines = []

    def begin(drives, paths=()):
        machine = Lab(results / f"lab{len(machines)}", lab, drives, paths)
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
    machine = start_lab([*USB, *drive(stick, "stick", USB_STICK)], ["/dev/sda"])
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
    assert (code, text) == (1, "mkhiperiso: /dev/sda: sda1 is mounted at /mnt: umount /dev/sda1")
    machine.ok("umount /mnt && sync")
    machine.close()
    check_oracles(stick, results)
    booted = start([(stick, "usb")])
    flow.to_menu(booted)
    assert "poweroff.iso" in booted.serial.screen() and "grub-rescue.iso" in booted.serial.screen()


FAT = "mkfs.vfat -n HOLIDAYS"
IMAGE = "/data/poweroff.iso"

# (what is done before, the command, what it says, its exit code, what is done afterwards). {pid}: any number.
REFUSALS = {
    "a partition": ("sgdisk -o -n 1:2048:0 /dev/sda", "install /dev/sda1 -n",
                    "/dev/sda1: is a partition of sda: name the whole disk, /dev/sda", 1, ""),
    "a mounted partition": (f"{FAT} /dev/sda1; mount -t vfat /dev/sda1 /mnt", "install /dev/sda -n",
                            "/dev/sda: sda1 is mounted at /mnt: umount /dev/sda1", 1, "umount /mnt"),
    "a mount with blanks": ("mkdir -p '/tmp/my stick'; mount -t vfat /dev/sda1 '/tmp/my stick'", "install /dev/sda -n",
                            "/dev/sda: sda1 is mounted at /tmp/my stick: umount /dev/sda1", 1, "umount '/tmp/my stick'"),
    # its own root is what a process sees at /
    "the running system": ("mount -t vfat /dev/sda1 /mnt && cd /mnt && mkdir proc sys dev usr lib lib64 && "
                           "for d in proc sys dev usr lib lib64; do mount -o bind /$d $d || break; done; cd /", "chroot /mnt mkhiperiso install /dev/sda -n",
                           "/dev/sda: the running system is on it (sda1 is /): choose another disk", 1,
                           "for d in proc sys dev usr lib lib64; do umount /mnt/$d; done; umount /mnt"),
    "swap in use": ("mkswap /dev/sda1; swapon /dev/sda1", "install /dev/sda -n",
                    "/dev/sda: sda1 is swap space in use: swapoff /dev/sda1", 1, "swapoff /dev/sda1"),
    "a holder": ("echo 0 2048 linear /dev/sda1 0 | dmsetup create held", "install /dev/sda -n",
                 "/dev/sda: sda1 is part of the device-mapper volume held: close it (vgchange -an, cryptsetup close or dmsetup remove held)", 1, ""),
    "device-mapper": ("", "install /dev/dm-0 -n", "/dev/dm-0: is a device-mapper volume, no disk: name the disk itself", 1, "dmsetup remove held"),
    "an open disk": ("sleep 1000 < /dev/sda & sleep 1", "install /dev/sda -n",
                     "/dev/sda: sda is open in busybox|sleep (process {pid}): end that program", 1, "kill $!; sleep 1"),
    "a RAID": ("mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --metadata=1.2 /dev/sda1 missing && sleep 2", "install /dev/sda -n",
               "/dev/sda: sda1 is part of the RAID md0: mdadm --stop /dev/md0", 1, ""),
    "the RAID itself": ("", "install /dev/md0 -n", "/dev/md0: is a RAID, no disk: name the disk itself", 1, "mdadm --stop /dev/md0"),
    "a member of a RAID": ("", "install /dev/sda -n", "/dev/sda: sda1 is marked as RAID member: wipefs -a /dev/sda1, if it is none any more", 1,
                           "dd if=/dev/zero of=/dev/sda1 bs=1M count=8 conv=notrunc 2>/dev/null"),
    "a member of LVM": ("printf LABELONE................'LVM2 001' | dd of=/dev/sda1 bs=512 seek=1 conv=notrunc 2>/dev/null", "install /dev/sda -n",
                        "/dev/sda: sda1 is marked as LVM member: wipefs -a /dev/sda1, if it is none any more", 1,
                        "dd if=/dev/zero of=/dev/sda1 bs=1M count=1 conv=notrunc 2>/dev/null"),
    "a member of ZFS": (r"printf '\014\261\272\000\000\000\000\000' | dd of=/dev/sda1 bs=1024 seek=132 conv=notrunc 2>/dev/null", "install /dev/sda -n",
                        "/dev/sda: sda1 is marked as ZFS member: wipefs -a /dev/sda1, if it is none any more", 1,
                        "dd if=/dev/zero of=/dev/sda1 bs=1M count=1 conv=notrunc 2>/dev/null"),
    "write protection": ("blockdev --setro /dev/sda", "install /dev/sda -n",
                         "/dev/sda: is write-protected: move its switch, or blockdev --setrw /dev/sda", 1, "blockdev --setrw /dev/sda"),
    "too small": ("", "install /dev/vdb -n --allow-fixed",
                  "/dev/vdb: 32 MiB is too small for 1 KiB of files and an ESP of 64 MiB; it takes {pid} MiB", 1, ""),
    "not removable": ("", "install /dev/nvme0n1 -n", "/dev/nvme0n1: is no removable disk (QEMU NVMe Ctrl, nvme): --allow-fixed, if you mean it", 1, ""),
    "virtio": ("", "install /dev/vdb -n", "/dev/vdb: is no removable disk (no model, virtio): --allow-fixed, if you mean it", 1, ""),
    "another serial number": ("", "install /dev/sda --yes --serial STICK2",
                              "/dev/sda: its serial number is STICK1, not STICK2: is it another disk?", 1, ""),
    "no serial number": ("", "install /dev/vdb --allow-fixed --yes --serial X",
                         "/dev/vdb: has no serial number to compare with --serial; name it by /dev/disk/by-id/", 1, ""),
    "another model": ("", "install /dev/nvme0n1 --allow-fixed --yes --serial NVME1 --model X",
                      '/dev/nvme0n1: its model is "QEMU NVMe Ctrl", not "X": is it another disk?', 1, ""),
    "no model": ("", "install /dev/nvme0n1 --allow-fixed --yes --serial NVME1",
                 '/dev/nvme0n1: --yes and --allow-fixed need --model "QEMU NVMe Ctrl", too', 2, ""),
    "no serial with --yes": ("", "install /dev/sda --yes", "/dev/sda: --yes needs --serial STICK1, or the disk by its name in /dev/disk/by-id/", 2, ""),
    "no terminal": ("", "install /dev/sda < /dev/null",
                    "/dev/sda: there is no terminal to ask on: --yes with --serial STICK1, or the disk by its name in /dev/disk/by-id/", 2, ""),
    "restore without a terminal": ("", "restore /dev/sda < /dev/null",
                                   "/dev/sda: there is no terminal to ask on: --yes with --serial STICK1, or the disk by its name in /dev/disk/by-id/",
                                   2, ""),
    "no disk": ("", "install /dev/null", "/dev/null: is no disk; mkhiperiso devices lists those that are there", 1, ""),
    "a file": ("", f"install {IMAGE}", f"{IMAGE}: is no disk; mkhiperiso devices lists those that are there", 1, ""),
    "nothing": ("", "install /dev/absent", "/dev/absent: No such file or directory", 1, ""),
    "an update of no stick": ("sgdisk -Z /dev/sda", "update /dev/sda --yes --serial STICK1",
                              "/dev/sda: is no hiperiso stick (partition table: not found); mkhiperiso install makes one", 1, ""),
    "files for no stick": ("", f"add /dev/sda {IMAGE}", "/dev/sda: is no hiperiso stick (partition table: not found); mkhiperiso install makes one", 1, ""),
    "an image that is cut": (f"head -c 40000 {IMAGE} > /tmp/cut.iso", "install /dev/sda -n --iso /tmp/cut.iso",
                             "/tmp/cut.iso: is cut short: it has 40000 bytes of {pid}; download it again", 1, "rm /tmp/cut.iso"),
    "an image with another sum": (f"cp {IMAGE} /tmp/a.iso; echo '{'0' * 64}  a.iso' > /tmp/SHA256SUMS", "install /dev/sda -n --iso /tmp/a.iso",
                                  "/tmp/a.iso: its SHA-256 is not the one in /tmp/SHA256SUMS; download it again", 1, "rm /tmp/a.iso /tmp/SHA256SUMS"),
    "no payload": ("", "install /dev/sda -n --payload /tmp/absent",
                   "/tmp/absent: there is no payload; build it (ninja payload) or name it with --payload", 1, ""),
}


def typed(words, command):
    """COMMAND on a terminal at which WORDS are typed."""
    return f"(sleep 3; echo '{words}'; sleep 2) | script -qec '{command}' /dev/null"


def fingerprint(machine, paths):
    """What is on the disks in PATHS, once MACHINE has written all that it keeps; holes and zeros are the same."""
    machine.ok("sync", "lab write")
    sha = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as source:
            off, end = 0, path.stat().st_size
            while off < end:
                try:
                    off = os.lseek(source.fileno(), off, os.SEEK_DATA) // MIB * MIB
                except OSError:  # holes up to the end
                    break
                source.seek(off)
                block = source.read(MIB)
                if block.strip(b"\0"):
                    sha.update(off.to_bytes(8, "little") + block)
                off += MIB
    return sha.hexdigest()


@pytest.mark.full
def test_thirty_refusals_leave_the_disk_as_it_was(start_lab, results):
    disks = [disk(results, "stick", 200 * MIB), disk(results, "nvme", 200 * MIB), disk(results, "small", 32 * MIB)]
    machine = start_lab([*USB, *drive(disks[0], "stick", USB_STICK), *drive(disks[1], "nvme0", "nvme,drive={},serial=NVME1"),
                         *drive(disks[2], "small", "virtio-blk-pci,drive={}")], ["/dev/sda", "/dev/nvme0n1", "/dev/vdb"])
    faults = []
    for name, (before, command, message, code, after) in REFUSALS.items():
        if before:
            machine.ok(before, "lab write")
        old = fingerprint(machine, disks)
        found, text = machine.run(command if command.startswith("chroot ") else f"mkhiperiso {command}")
        pattern = "mkhiperiso: " + re.escape(message).replace(r"\{pid\}", r"\d+").replace(r"busybox\|sleep", "(busybox|sleep)")
        if found != code or not re.search(f"^{pattern}$", text, re.MULTILINE):
            faults.append((name, found, text))
        if fingerprint(machine, disks) != old:
            faults.append((name, "the disk has changed"))
        if after:
            machine.ok(after, "lab write")
    for words, message in [("sdb", '"sdb" is not "sda": nothing was written'), ("", '"" is not "sda": nothing was written')]:
        old = fingerprint(machine, disks)
        code, text = machine.run(typed(words, "mkhiperiso install /dev/sda"), "lab write")
        if code != 1 or message not in text or fingerprint(machine, disks) != old:
            faults.append(("typed " + words, code, text))
    assert not faults, "\n".join(map(str, faults))
    assert len(REFUSALS) >= 30


@pytest.mark.full
def test_a_disk_that_is_exchanged_at_the_question_is_not_written_to(start_lab, results):
    machine = start_lab([])
    machine.ok("modprobe scsi_debug removable=1 dev_size_mb=100 num_tgts=1")
    machine.wait_disk("/dev/sda")
    exchange = ("(sleep 3; echo 1 > /sys/block/sda/device/delete; echo 1 > /sys/bus/pseudo/drivers/scsi_debug/add_host; sleep 2; echo sda; "
                "sleep 4) | script -qec 'mkhiperiso install /dev/sda' /dev/null")
    code, text = machine.run(exchange, "lab write")
    assert code == 1 and "is no longer the disk that was planned for" in text, text
    # the one that came for it has the same memory
    assert machine.ok("cat /dev/sd? | sha256sum | cut -c1-64", "lab write") == hashlib.sha256(bytes(100 * MIB)).hexdigest()


@pytest.mark.full
def test_false_capacity_is_named(start_lab, results):
    machine = start_lab([])
    machine.ok("modprobe scsi_debug removable=1 dev_size_mb=128 virtual_gb=4")
    machine.wait_disk("/dev/sda")
    serial = json.loads(machine.ok("mkhiperiso devices --json"))[0]["serial"]
    code, text = machine.run(f"mkhiperiso install /dev/sda --yes --serial {serial}", "lab write")
    assert code == 1 and "claims 4 GiB but holds no more than 128 MiB: its capacity is false; do not use it" in text, text


KINDS = {
    "nvme": ("nvme,drive={},serial=S1", "/dev/nvme0n1", 512, "nvme"),
    "nvme 4K": ("nvme,drive={},serial=S1,logical_block_size=4096,physical_block_size=4096", "/dev/nvme0n1", 4096, "nvme"),
    "virtio": ("virtio-blk-pci,drive={},serial=S1", "/dev/vdb", 512, "virtio"),
    "virtio 4K": ("virtio-blk-pci,drive={},serial=S1,logical_block_size=4096,physical_block_size=4096", "/dev/vdb", 4096, "virtio"),
    "scsi": ("virtio-scsi-pci,id=hba -device scsi-hd,drive={},bus=hba.0,serial=S1", "/dev/sda", 512, "scsi"),
    "scsi 4K": ("virtio-scsi-pci,id=hba -device scsi-hd,drive={},bus=hba.0,serial=S1,logical_block_size=4096,physical_block_size=4096",
                "/dev/sda", 4096, "scsi"),
    "usb": ("qemu-xhci,id=xhci -device usb-storage,drive={},bus=xhci.0,removable=on,serial=S1", "/dev/sda", 512, "usb"),
    # usb-storage of this QEMU has no sectors of 4 KiB
    "usb 4K": ("qemu-xhci,id=xhci -device usb-uas,id=uas,bus=xhci.0,serial=S1 -device scsi-hd,drive={},bus=uas.0,removable=on,serial=S1,"
               "logical_block_size=4096,physical_block_size=4096", "/dev/sda", 4096, "usb"),
}


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_disk_is_written_and_read_by_linux(start_lab, start, results, guest, kind):
    device, path, sector, bus = KINDS[kind]
    stick = disk(results, "stick", 400 * MIB)
    machine = start_lab([part for piece in drive(stick, "stick", device) for part in (piece.split(" ") if "-device" in piece[1:] else [piece])],
                        [path])
    listed = next(d for d in json.loads(machine.ok("mkhiperiso devices --json")) if d["path"] == path)
    assert (listed["bus"], listed["sector_bytes"], listed["serial"]) == (bus, sector, "S1")
    fixed = "" if bus == "usb" else "--allow-fixed"
    if fixed and listed["model"]:  # a virtio-blk disk has none
        fixed += f" --model '{listed['model']}'"
    machine.ok(f"mkhiperiso install {path} --yes --serial S1 {fixed} --iso /data/poweroff.iso", "lab write")
    machine.ok(f"mkhiperiso add {path} /data/grub-rescue.iso:/a/b/c.iso", "lab write")
    machine.ok(f"mkhiperiso update {path} --yes --serial S1 {fixed}", "lab write")
    assert ": good: " in machine.ok(f"mkhiperiso verify {path}", "lab write")
    assert "No problems found" in machine.ok(f"sgdisk -v {path}")
    part = path + ("p" if path[-1].isdigit() else "")
    machine.ok(f"fsck.exfat -n {part}1 && fsck.fat -n {part}2", "lab write")
    machine.ok(f"mount -t exfat -o ro {part}1 /mnt")
    assert machine.ok("sha256sum < /mnt/a/b/c.iso").split()[0] == sha256(guest("grub-rescue.iso"))
    assert machine.ok("sha256sum < /mnt/poweroff.iso").split()[0] == sha256(guest("poweroff.iso"))
    machine.ok("umount /mnt")
    machine.close()
    if kind in ("nvme", "virtio", "scsi", "usb"):
        booted = start([(stick, kind)])
        flow.to_menu(booted)
        flow.launch(booted, "poweroff.iso")
        booted.wait_text(("host", "session", "bios guest"), flow.guest_line("poweroff"))


@pytest.mark.full
def test_three_tebibytes(start_lab, results):
    stick = disk(results, "stick", 3 << 40)
    machine = start_lab([*USB, *drive(stick, "stick", USB_STICK)], ["/dev/sda"])
    machine.ok("mkhiperiso install /dev/sda --yes --serial STICK1 --iso /data/poweroff.iso", "lab write")
    assert ": good: " in machine.ok("mkhiperiso verify /dev/sda", "lab write")
    machine.ok("mount -t exfat -o ro /dev/sda1 /mnt", "lab write")
    machine.ok("test $(df -k /mnt | tail -n 1 | awk '{print $2}') -gt 3200000000; umount /mnt")
    machine.ok("sgdisk -v /dev/sda | grep 'No problems'")
    machine.close()
    stick.unlink()  # a copy of it among the results would have no holes


@pytest.mark.full
@pytest.mark.parametrize("operation", ["install", "update"])
def test_an_unfinished_stick_says_so_on_the_firmwares_screen(start_lab, start, results, operation):
    stick = disk(results, "stick", 400 * MIB)
    machine = start_lab([*USB, *drive(stick, "stick", USB_STICK)], ["/dev/sda"])
    if operation == "update":
        machine.ok("mkhiperiso install /dev/sda --yes --serial STICK1", "lab write")
    machine.run(f"(mkhiperiso {operation} /dev/sda --yes --serial STICK1 --progress json & echo $! > /tmp/pid) | "
                "(while read -r l; do case $l in *ESP*) kill -9 $(cat /tmp/pid); break;; esac; done)", "lab write")
    assert f"unfinished hiperiso stick ({operation})" in machine.ok("mkhiperiso devices")
    code, text = machine.run("mkhiperiso verify /dev/sda")
    assert code == 1 and f"is unfinished: its {operation} was interrupted; run mkhiperiso {operation} again" in text
    machine.ok("sync")
    machine.close()
    booted = start([(stick, "usb")])
    booted.wait_text("menu", "This stick is unfinished")
    booted.wait_text("screen", f"run \"mkhiperiso {operation}\" again")
    booted.screenshot("unfinished.png")
