# SPDX-License-Identifier: BSD-2-Clause
# Takes a few small bootable ISO images out of distribution packages and prints where they lie, one a line.
import fcntl
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))

from payload import packages  # noqa: E402
from payload.common import Failure, find_program, run  # noqa: E402

# Name on the stick, package, file in it.
SAMPLES = [
    ("grub-rescue.iso", "grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso"),
    ("ipxe.iso", "ipxe", "usr/lib/ipxe/ipxe.iso"),
    ("memtest86+.iso", "memtest86+", "usr/lib/memtest86+/memtest86+x64.iso"),
]


def fetch_samples(cache_dir, folder):
    debs = packages.fetch(cache_dir, [package for _, package, _ in SAMPLES])
    for name, package, path in SAMPLES:
        with tempfile.TemporaryDirectory(prefix="work-", dir=cache_dir) as work:
            run([find_program("dpkg-deb", "dpkg"), "-x", debs[package], work])
            if not os.path.isfile(os.path.join(work, path)):
                raise Failure(f"package {package} has no file {path}")
            shutil.copyfile(os.path.join(work, path), os.path.join(folder, name + ".new"))
            os.replace(os.path.join(folder, name + ".new"), os.path.join(folder, name))


def main():
    os.umask(0o022)
    cache_dir = packages.cache_folder(None)
    folder = os.path.join(cache_dir, "isos")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(cache_dir, "lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not all(os.path.exists(os.path.join(folder, name)) for name, _, _ in SAMPLES):
            fetch_samples(cache_dir, folder)
    for name, _, _ in SAMPLES:
        print(os.path.join(folder, name))


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"tools/try: {failure}")
