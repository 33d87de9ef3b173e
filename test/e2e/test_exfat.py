# SPDX-License-Identifier: BSD-2-Clause
"""The product's exFAT, reading and writing, against implementations that nobody here wrote."""
import contextlib
import hashlib
import json
import lzma
import os
import pathlib
import subprocess

import pytest

from harness.exfat import NO_FAT_CHAIN, Volume
from harness.machine import MachineError, run_tool
from harness.stick import extract, fsck_exfat, partitions
from images import recipe

GIB = 1 << 30


@contextlib.contextmanager
def exfat_fuse(image, offset, size, folder, writable=False):
    """The volume mounted by exfat-fuse; skips where there are no loop devices or no FUSE."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse"):
        pytest.skip("exfat-fuse needs root, a loop device and /dev/fuse")
    try:
        loop = run_tool("losetup", "-f", "--show", *([] if writable else ["-r"]), "-o", offset, "--sizelimit", size, image).decode().strip()
    except MachineError as error:
        pytest.skip(f"no loop device: {error}")
    mount = pathlib.Path(folder) / "mount"
    mount.mkdir(exist_ok=True)
    try:
        run_tool("mount.exfat-fuse", "-o", "rw" if writable else "ro", loop, mount)
        try:
            yield mount
        finally:
            run_tool("umount", mount)
    finally:
        run_tool("losetup", "-d", loop)


def listing_of(mount):
    """{path: size, or None for a folder} as the other implementation sees it."""
    found = {}
    for path in sorted(mount.rglob("*")):
        found["/" + str(path.relative_to(mount))] = None if path.is_dir() else path.stat().st_size
    return found


def our_listing(product, image):
    """The same, as `mkhiperiso ls` sees it."""
    return {e["path"]: None if e["type"] in ("dir", "folder", "directory") else e["size"]
            for e in json.loads(product.tool("ls", image, "--recursive", "--json").stdout)}


@pytest.mark.full
def test_someone_elses_image_reads_as_exfat_fuse_reads_it(product, results):
    with recipe.work_dir() as tmp:
        package = recipe.unpack_package("forensics-samples-exfat", tmp) / "usr/share/forensics-samples/fs.exfat.xz"
        image = results / "forensics.img"
        image.write_bytes(lzma.decompress(package.read_bytes()))
    with open(image, "rb") as disk:
        boot = disk.read(512)
    if boot[3:8] != b"EXFAT":  # it lies in an MBR partition
        image = extract(image, 0, results / "volume.img")
    with exfat_fuse(image, 0, image.stat().st_size, results) as mount:
        theirs = listing_of(mount)
        assert our_listing(product, image) == theirs and theirs
        for path, length in theirs.items():
            if length is not None:
                assert product.cat(image, path) == (mount / path[1:]).read_bytes(), path


def test_a_stick_is_clean_to_fsck_and_reads_the_same_with_exfat_fuse(product, shop, guest, results):
    names = ["poweroff.img", "poweroff.vhdx", "grub-rescue.iso"]
    odd = "/ISOs/日本語 Ünïcödé – long name with spaces, and commas.img"
    stick = shop.make([guest(n) for n in names], None, options=["--add", f"{guest('wait.img')}:{odd}"])
    code, output = fsck_exfat(stick, results)
    assert code == 0, output
    start, size, label = partitions(stick)[0]
    assert label == "HIPERISO"
    with exfat_fuse(stick, start, size, results) as mount:
        assert our_listing(product, stick) == listing_of(mount)
        for name in names:
            assert (mount / name).read_bytes() == guest(name).read_bytes()
        assert (mount / odd[1:]).read_bytes() == guest("wait.img").read_bytes()


@pytest.mark.full
def test_ten_thousand_files_in_one_folder(product, shop, guest, results):
    source = guest("internal-error.img")
    options = [a for n in range(10000) for a in ("--add", f"{source}:/many/file {n:05} with a longer name.img")]
    stick = shop.make([], None, options=options)
    assert len(product.ls(stick, "/many")) == 10000
    code, output = fsck_exfat(stick, results)
    assert code == 0, output
    start, size, _ = partitions(stick)[0]
    with exfat_fuse(stick, start, size, results) as mount:
        assert our_listing(product, stick) == listing_of(mount)


@pytest.mark.full
def test_five_gib_file_at_its_far_end(product, shop, results):
    big = results / "big.iso"
    with open(big, "wb") as out:
        out.seek(5 * GIB - 12)
        out.write(b"the far end\n")
    stick = shop.make([big], None, size="6G")
    assert stick.stat().st_blocks * 512 < GIB // 2  # sparse where zero
    process = subprocess.Popen([product.mkhiperiso, "cat", stick, "/big.iso"], stdout=subprocess.PIPE)
    digest, total, tail = hashlib.sha256(), 0, b""
    while block := process.stdout.read(1 << 20):
        digest.update(block)
        total += len(block)
        tail = (tail + block)[-12:]
    assert process.wait() == 0 and total == 5 * GIB and tail == b"the far end\n"
    data = results / "data.img"
    extract(stick, 0, data)
    done = subprocess.run(["fsck.exfat", "-n", str(data)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout.decode()


def write_by_turns(mount):
    """Files that grow in turns, so that none lies in one piece, in folders and with odd names; returns {path: bytes}."""
    paths = ["/images/a.iso", "/images/日本語 b.img", "/c" * 8 + ".raw", "/empty.img"]
    content = {path: b"" for path in paths}
    for turn in range(20):
        for number, path in enumerate(paths[:3]):
            piece = bytes([turn, number]) * 40_000
            content[path] += piece
            (mount / path[1:]).parent.mkdir(parents=True, exist_ok=True)
            with open(mount / path[1:], "ab") as out:
                out.write(piece)
                os.fsync(out.fileno())
    (mount / "empty.img").touch()
    return content


def test_a_volume_made_and_filled_by_others_is_read(product, results):
    image = results / "mkfs.img"
    with open(image, "wb") as out:
        out.truncate(64 << 20)
    run_tool("mkfs.exfat", "-L", "OTHER", "-c", "4K", image)
    assert product.ls(image) == []
    with exfat_fuse(image, 0, image.stat().st_size, results, writable=True) as mount:
        content = write_by_turns(mount)
    files = [path for path, size in our_listing(product, image).items() if size is not None]
    assert sorted(files) == sorted(content)
    for path, data in content.items():
        assert product.cat(image, path) == data, path
    volume = Volume(image, 0)
    assert not volume.find("/images/a.iso")[5] & NO_FAT_CHAIN  # by way of the FAT
