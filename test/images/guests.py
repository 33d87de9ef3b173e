# SPDX-License-Identifier: BSD-2-Clause
"""The table of test guests: file name -> recipe. ensure() makes one when it is missing or its recipe changed."""
import fcntl
import hashlib

from images import linux, live, small
from images.recipe import HERE, RecipeError

RECIPES = {f"{name}.img": (lambda cache, n=name: small.disk(n, cache)) for name in small.SECTORS}
RECIPES.update({
    "internal-error.img": small.vga_jump,
    "poweroff.qcow2": lambda cache: small.container("poweroff", "qcow2", cache),
    "poweroff.vmdk": lambda cache: small.container("poweroff", "vmdk", cache),
    "poweroff.vhdx": lambda cache: small.container("poweroff", "vhdx", cache),
    "poweroff.vhd": lambda cache: small.container("poweroff", "vpc", cache),
    "poweroff.iso": lambda cache: small.sector_iso("poweroff", cache),
    "count.iso": lambda cache: small.sector_iso("count", cache),
    "wait.iso": lambda cache: small.sector_iso("wait", cache),
    "uefi.img": small.uefi_guests,
    "uefi.iso": small.uefi_guests,
    "grub-rescue.iso": lambda cache: small.package_iso("grub-rescue.iso", cache),
    "half.iso": small.half_iso,
    "ipxe.iso": lambda cache: small.package_iso("ipxe.iso", cache),
    "memtest.iso": lambda cache: small.package_iso("memtest.iso", cache),
    "debian-live.iso": live.live_iso,
    "linux.iso": linux.linux_iso,
})
SOURCES = {"debian-live.iso": ["live.py"], "linux.iso": ["linux.py", "linux-init"]}
SMALL_SOURCES = ["small.py", "sector.S", "hello_efi.c"]


def recipe_id(name):
    """A hash of the files that say how NAME is made: a changed recipe makes its guest again."""
    digest = hashlib.sha256()
    for source in ["recipe.py", *SOURCES.get(name, SMALL_SOURCES)]:
        digest.update((HERE / source).read_bytes())
    return digest.hexdigest()[:16]


def ensure(name, cache, force=False):
    """(path, whether it was made just now). One maker at a time in a cache folder."""
    if name not in RECIPES:
        raise RecipeError("no such guest; see make-images --list")
    path = cache / name
    stamp = cache / (name + ".recipe")
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not force and path.exists() and stamp.exists() and stamp.read_text() == recipe_id(name):
            return path, False
        RECIPES[name](cache)
        if not path.exists():
            raise RecipeError(f"its recipe ended without {path}")
        stamp.write_text(recipe_id(name))
    return path, True
