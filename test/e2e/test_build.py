# SPDX-License-Identifier: BSD-2-Clause
"""What was built: its sizes, and that the same sources give the same bytes wherever they lie."""
import hashlib
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.machine import run_tool
from harness.stick import ROOT, partitions
from images.recipe import cache_dir

KIB, MIB = 1 << 10, 1 << 20


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(MIB):
            digest.update(block)
    return digest.hexdigest()


def tree_hashes(folder):
    """{relative path: SHA-256} of every file below FOLDER."""
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(pathlib.Path(folder).rglob("*")) if p.is_file()}


def test_sizes_are_within_their_bounds(product, shop, guest):
    assert product.init.stat().st_size <= 256 * KIB
    assert product.efi.stat().st_size <= 300 * KIB
    payload = sum(p.stat().st_size for p in product.payload.rglob("*") if p.is_file())
    assert payload <= 62 * MIB
    start, size, label = partitions(shop.make([guest("poweroff.img")], None))[1]
    assert size == 64 * MIB and label == "HISOEFI" and start % MIB == 0


def make_stick(mkhiperiso, folder, iso, age):
    """The hash of a stick image made in FOLDER of the payload there and a copy of ISO that is AGE seconds older than another."""
    copy = folder / "guest.iso"
    shutil.copyfile(iso, copy)
    os.utime(copy, (1_000_000_000 - age, 1_000_000_000 - age))
    image = folder / "stick.img"
    subprocess.run([mkhiperiso, "image", image, "--size", "300M", "--iso", copy, "--payload", folder / "payload"],
                   env=dict(os.environ, SOURCE_DATE_EPOCH="1700000000"), check=True, stdin=subprocess.DEVNULL)
    return sha256(image)


def test_same_files_give_the_same_stick(product, guest, results):
    images = []
    for age, name in enumerate(("one", "two")):
        shutil.copytree(product.payload, results / name / "payload")
        images.append(make_stick(product.mkhiperiso, results / name, guest("poweroff.iso"), age))
    assert images[0] == images[1]


def checkout(folder):
    """The project's files as they are now in FOLDER, with cJSON's source as set-up left it."""
    listing = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    for extra in ("packagecache", "packagefiles"):
        shutil.copytree(ROOT / "subprojects" / extra, folder / "subprojects" / extra, dirs_exist_ok=True)


def fresh_cache(folder):
    """A cache with the downloads of the usual one and nothing that was built."""
    shutil.copytree(cache_dir().parent, folder, symlinks=True,
                    ignore=lambda path, names: [n for n in names if n.startswith(("runtime-", "test-images", "latest", "known", "lock"))])
    return folder


def build(root, cache):
    """Builds everything that goes onto a stick, and mkhiperiso; returns the hashes of the payload's files."""
    run_tool("meson", "setup", root / "out", root)
    run_tool("ninja", "-C", root / "out", "efi/hiperiso.efi", "initramfs/init", "initramfs/viewer/viewer", "tools/mkhiperiso/mkhiperiso")
    run_tool(root / "tools/runtime", "--init", root / "out/initramfs/init", "--viewer", root / "out/initramfs/viewer/viewer",
             "--loader", root / "out/efi/hiperiso.efi", "--out", root / "payload", "--cache", cache)
    return tree_hashes(root / "payload")


@pytest.mark.full
def test_two_builds_in_different_folders_are_identical(guest, results):
    first, second = results / "a", results / "another place with a longer name"
    checkout(first)
    shutil.copytree(first, second)  # not the project's folder again: somebody may be writing there
    hashes, sticks = [], []
    for age, folder in enumerate((first, second)):
        cache = fresh_cache(folder / "cache")
        assert not [n for n in os.listdir(cache) if n.startswith("runtime-")]
        hashes.append(build(folder, cache))
        assert len([n for n in os.listdir(cache) if n.startswith("runtime-")]) == 1  # packed here, not taken over
        sticks.append(make_stick(folder / "out/tools/mkhiperiso/mkhiperiso", folder, guest("poweroff.iso"), age))
    assert hashes[0] == hashes[1]
    assert {"EFI/BOOT/BOOTX64.EFI", "EFI/hiperiso/vmlinuz", "EFI/hiperiso/initramfs.cpio",
            "EFI/hiperiso/runtime.squashfs"} <= set(hashes[0])
    assert sticks[0] == sticks[1]
