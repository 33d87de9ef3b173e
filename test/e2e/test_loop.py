# SPDX-License-Identifier: BSD-2-Clause
"""mkhiperiso on loop devices, where root has them: installs and updates that are ended at any moment, refusals, sectors of 4 KiB."""
import contextlib
import hashlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest

from harness.machine import run_tool

MIB = 1 << 20
MODEL = "loop device"
KILLS = 20


def loops_work():
    """Has this machine loop devices, and is this root?"""
    if os.geteuid() != 0:
        return False
    done = subprocess.run(["losetup", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


pytestmark = pytest.mark.skipif(not loops_work(), reason="needs root and loop devices")


class Loop:
    """A file and the loop device in front of it."""

    def __init__(self, path, size, sector=512, read_only=False):
        self.path, self.sector = pathlib.Path(path), sector
        if not self.path.exists():
            with open(self.path, "wb") as out:
                out.truncate(size)
        self.read_only = ["-r"] if read_only else []
        self.device = run_tool("losetup", "-f", "--show", "-P", "-b", sector, *self.read_only, self.path).decode().strip()

    @property
    def options(self):
        """What makes mkhiperiso sure that it is this one."""
        return ["--yes", "--allow-fixed", "--serial", str(self.path), "--model", MODEL]

    def close(self):
        run_tool("losetup", "-d", self.device)


@pytest.fixture
def loop(results):
    """loop(size, ...) is a Loop that is detached with the test."""
    loops = []

    def make(size, **options):
        loops.append(Loop(results / f"loop{len(loops)}.img", size, **options))
        return loops[-1]

    yield make
    for one in loops:
        with contextlib.suppress(AssertionError):
            one.close()


def digest(path):
    """SHA-256 of a whole file."""
    sha = hashlib.sha256()
    with open(path, "rb") as source:
        while block := source.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def all_paths(product, device):
    """What `mkhiperiso ls -r` prints."""
    return product.tool("ls", "-r", device).stdout.decode().splitlines()


def data_files(product, device):
    """{path: SHA-256} of all files on the data partition."""
    paths = [line for line in all_paths(product, device) if not line.endswith("/")]
    return {path: hashlib.sha256(product.cat(device, path)).hexdigest() for path in paths}


def fsck(tool, loop, index, folder):
    """Judges partition INDEX; a system without udev has no device for it."""
    table = json.loads(run_tool("sfdisk", "--json", loop.device))["partitiontable"]
    unit = table.get("sectorsize", 512)
    start, size = (table["partitions"][index][key] * unit for key in ("start", "size"))
    part = folder / "part.img"
    run_tool("dd", f"if={loop.path}", f"of={part}", "bs=1M", f"skip={start // MIB}", f"count={-(-size // MIB)}", "conv=sparse")
    os.truncate(part, size)
    run_tool(tool, "-n", part)
    part.unlink()


def check_good(product, loop, folder):
    """verify, and judges that are not ours."""
    assert b": good: " in product.tool("verify", loop.device).stdout
    os.sync()
    if loop.sector == 512:
        assert b"No problems found" in run_tool("sgdisk", "-v", loop.path)
    else:
        assert b"No problems found" in run_tool("sgdisk", "-v", loop.device)
    fsck("fsck.exfat", loop, 0, folder)
    fsck("fsck.fat", loop, 1, folder)


def kill_after(product, seconds, *argv):
    """Runs mkhiperiso and ends it by SIGKILL after SECONDS; was it still running?"""
    with subprocess.Popen([str(product.mkhiperiso), *map(str, argv)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as process:
        try:
            process.wait(seconds)
            return False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with sgdisk or mtools, if one runs
            process.wait()
            return True


def state(product, device):
    """"stick", "unfinished" or "other", as verify says it."""
    done = product.tool("verify", "--quick", device, check=False)
    if done.returncode == 0:
        return "stick"
    return "unfinished" if b" is unfinished: " in done.stderr else done.stderr.decode()


@pytest.mark.full
@pytest.mark.parametrize("sector", [512, 4096])
def test_install_add_update_and_restore(product, loop, guest, results, sector):
    one = loop(700 * MIB, sector=sector)
    product.tool("install", one.device, *one.options, "--iso", guest("grub-rescue.iso"))
    check_good(product, one, results)
    product.tool("add", one.device, guest("ipxe.iso"), f"{guest('wait.img')}:/a/b/w.img")
    check_good(product, one, results)
    before = data_files(product, one.device)
    assert before["/ipxe.iso"] == digest(guest("ipxe.iso")) and before["/a/b/w.img"] == digest(guest("wait.img"))
    product.tool("update", one.device, *one.options)
    check_good(product, one, results)
    assert data_files(product, one.device) == before
    product.tool("rm", "-r", one.device, "/a", "/ipxe.iso")
    check_good(product, one, results)
    product.tool("restore", one.device, *one.options)
    os.sync()
    fsck("fsck.exfat", one, 0, results)
    assert product.tool("verify", one.device, check=False).returncode == 1


@pytest.mark.full
def test_an_install_that_is_killed_is_the_old_stick_or_unfinished_and_goes_on(product, loop, guest, results):
    one = loop(600 * MIB)
    old = ["install", one.device, *one.options, "--iso", guest("ipxe.iso")]
    new = ["install", one.device, *one.options, "--iso", guest("grub-rescue.iso"), "--iso", guest("linux.iso")]
    began = time.monotonic()
    product.tool(*old)
    whole = time.monotonic() - began
    old_files = data_files(product, one.device)
    moments, seen = random.Random(7), {"stick": 0, "unfinished": 0}
    while sum(seen.values()) < KILLS:
        product.tool(*old)
        if not kill_after(product, moments.uniform(0, whole * 1.1), *new):
            continue
        what = state(product, one.device)
        assert what in seen, what
        seen[what] += 1
        if what == "unfinished":
            assert "unfinished hiperiso stick (install)" in product.tool("devices", "--all").stdout.decode()
        elif "/ipxe.iso" in all_paths(product, one.device):
            assert data_files(product, one.device) == old_files
        product.tool(*new)
        check_good(product, one, results)
    assert seen["unfinished"] >= 5, seen


@pytest.mark.full
def test_an_update_that_is_killed_keeps_every_file(product, loop, guest, results):
    one = loop(600 * MIB)
    product.tool("install", one.device, *one.options, "--iso", guest("ipxe.iso"), "--iso", guest("grub-rescue.iso"))
    files = data_files(product, one.device)
    began = time.monotonic()
    product.tool("update", one.device, *one.options)
    whole = time.monotonic() - began
    moments, seen = random.Random(8), {"stick": 0, "unfinished": 0}
    while sum(seen.values()) < KILLS:
        if not kill_after(product, moments.uniform(0, whole), "update", one.device, *one.options):
            continue
        what = state(product, one.device)
        assert what in seen, what
        seen[what] += 1
        assert data_files(product, one.device) == files
        if what == "unfinished":
            assert "unfinished hiperiso stick (update)" in product.tool("devices", "--all").stdout.decode()
        product.tool("update", one.device, *one.options)
        check_good(product, one, results)
    assert seen["unfinished"] >= 5, seen
    assert data_files(product, one.device) == files


def test_an_interrupt_is_told_and_an_install_goes_on(product, loop, guest, results):
    one = loop(600 * MIB)
    big = results / "big.img"
    big.write_bytes(os.urandom(1 << 20) * 150)
    argv = [str(product.mkhiperiso), "install", one.device, *one.options, "--iso", str(big), "--progress", "json"]
    with open(one.device, "r+b") as disk:  # somebody's boot code
        disk.write(b"\xaa" * 446)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for line in process.stdout:
            if b'"phase": "reading back"' in line:
                break
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        words = process.stderr.read().decode()
        assert process.wait() == 1
    assert words.splitlines()[-1] == (f"mkhiperiso: {one.device}: interrupted; mkhiperiso devices tells what it is now, the same command "
                                      "goes on")
    assert state(product, one.device) == "unfinished"
    os.sync()
    assert one.path.read_bytes()[:446] == bytes(446), "the old boot code would still start"
    guid = bytes(one.path.read_bytes()[:64 << 10]).split(b"\nseed ")[1][:64]
    product.tool(*argv[1:])
    check_good(product, one, results)
    assert product.cat(one.device, "/big.img") == big.read_bytes()
    assert guid  # of the resumed install


def test_disks_in_use_are_refused_and_unchanged(product, loop, results):
    one = loop(64 * MIB)
    refuse = lambda *argv: product.tool(*argv, check=False)
    before = digest(one.path)
    name = one.device.split("/")[-1]
    for argv, message, code in [
        (["install", one.device], f"{one.device}: is no removable disk ({MODEL}, loop): --allow-fixed, if you mean it", 1),
        (["install", one.device, "--allow-fixed"],
         f"{one.device}: there is no terminal to ask on: --yes with --serial {one.path}, or the disk by its name in /dev/disk/by-id/", 2),
        (["install", one.device, "--allow-fixed", "--yes"],
         f"{one.device}: --yes needs --serial {one.path}, or the disk by its name in /dev/disk/by-id/", 2),
        (["install", one.device, "--allow-fixed", "--yes", "--serial", one.path],
         f'{one.device}: --yes and --allow-fixed need --model "{MODEL}", too', 2),
        (["install", one.device, "--allow-fixed", "--yes", "--serial", "x", "--model", MODEL],
         f"{one.device}: its serial number is {one.path}, not x: is it another disk?", 1),
        (["install", one.device, "--allow-fixed", "--yes", "--serial", one.path, "--model", "Y"],
         f'{one.device}: its model is "{MODEL}", not "Y": is it another disk?', 1),
        (["install", one.device, *one.options], f"{one.device}: 64 MiB is too small for 1 KiB of files and an ESP of 64 MiB; it takes ", 1),
        (["update", one.device, *one.options], f"{one.device}: is no hiperiso stick (partition table: not found); mkhiperiso install makes one",
         1),
        (["add", one.device, one.path], f"{one.device}: ", 1),
        (["verify", one.device], f"{one.device}: has no partition table that can be read: not found", 1),
        (["install", one.path], f"{one.path}: is no disk; mkhiperiso devices lists those that are there", 1),
        (["install", "/dev/null"], "/dev/null: is no disk; mkhiperiso devices lists those that are there", 1),
        (["install", "/dev/absent"], "/dev/absent: No such file or directory", 1),
        (["install", one.device, "--dryrun"], "install: --dryrun is no option; did you mean --dry-run?", 2),
    ]:
        done = refuse(*argv)
        assert done.returncode == code, (argv, done)
        assert message in done.stderr.decode(), (argv, done)
        assert digest(one.path) == before, argv
    with open(one.device, "rb"):
        done = refuse("install", one.device, *one.options)
        assert f"{one.device}: {name} is open in " in done.stderr.decode() and "end that program" in done.stderr.decode()
    assert digest(one.path) == before
    twin = run_tool("losetup", "-f", "--show", one.path).decode().strip()
    try:
        done = refuse("install", one.device, *one.options)
        assert f"{one.device}: {twin} has the serial number {one.path}, too: unplug one of them" in done.stderr.decode(), done
        assert digest(one.path) == before
    finally:
        run_tool("losetup", "-d", twin)
    run_tool("losetup", "-d", one.device)
    one = loop(64 * MIB, read_only=True)
    done = refuse("install", one.device, *one.options)
    assert f"{one.device}: is write-protected: move its switch, or blockdev --setrw {one.device}" in done.stderr.decode()


def refuse(product, one, message, *options):
    """install of ONE is refused with MESSAGE, and nothing is written."""
    os.sync()
    before = digest(one.device)
    done = product.tool("install", one.device, "--allow-fixed", "--dry-run", *options, check=False)
    assert done.returncode == 1 and done.stderr.decode().startswith(f"mkhiperiso: {one.device}: {message}"), done
    assert digest(one.device) == before


def test_mounts_swap_and_members_are_refused(product, loop, results):
    one = loop(100 * MIB)
    name = one.device.split("/")[-1]
    run_tool("mkfs.ext4", "-q", "-L", "HOLIDAYS", one.device)
    place = results / "a place"
    place.mkdir()
    if subprocess.run(["mount", "-o", "ro", one.device, str(place)], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        try:
            refuse(product, one, f"{name} is mounted at {place}: umount {one.device}\n")
        finally:
            run_tool("umount", place)
    run_tool("mkswap", one.device)
    if subprocess.run(["swapon", one.device], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        try:
            refuse(product, one, f"{name} is swap space in use: swapoff {one.device}\n")
        finally:
            run_tool("swapoff", one.device)
    for kind, place, magic in [("LVM", 512, b"LABELONE" + bytes(16) + b"LVM2 001"), ("ZFS", 132 << 10, bytes.fromhex("0cb1ba0000000000")),
                               ("RAID", 4096, bytes.fromhex("fc4e2ba9")), ("RAID", 100 * MIB - 8192, bytes.fromhex("fc4e2ba9"))]:
        with open(one.device, "r+b") as disk:
            disk.write(bytes(2 * MIB))
            disk.seek(place)
            disk.write(magic)
        refuse(product, one, f"{name} is marked as {kind} member: wipefs -a {one.device}, if it is none any more\n")
        with open(one.device, "r+b") as disk:
            disk.seek(place)
            disk.write(bytes(64))


def typed(product, one, *lines):
    """install on a terminal at which LINES are typed, each at its question; (exit code, all that was shown)."""
    master, slave = os.openpty()
    shown = b""
    with subprocess.Popen([str(product.mkhiperiso), "install", one.device, "--allow-fixed"], stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        lines = list(lines)
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if lines and shown.endswith(b" it: ") or lines and shown.endswith(b"same: "):
                os.write(master, lines.pop(0).encode() + b"\n")
        code = process.wait()
    os.close(master)
    return code, shown.decode().replace("\r", "")


def test_the_names_are_asked_for(product, loop):
    one = loop(100 * MIB)
    name = one.device.split("/")[-1]
    before = digest(one.device)
    code, shown = typed(product, one, "another")
    assert code == 1 and f'mkhiperiso: "another" is not "{MODEL}": nothing was written' in shown
    code, shown = typed(product, one, MODEL, "sda")
    assert code == 1 and f'mkhiperiso: "sda" is not "{name}": nothing was written' in shown
    assert digest(one.device) == before
    code, shown = typed(product, one, MODEL, name)
    assert code == 0 and f"{one.device}: is a hiperiso stick now; all of it was read back" in shown
