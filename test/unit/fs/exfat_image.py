# SPDX-License-Identifier: BSD-2-Clause
"""Makes exFAT images with other people's code: mkfs.exfat formats, exfat-fuse fills (both through a loop device, as root)."""
import contextlib
import os
import shutil
import subprocess
import tempfile

TIMEOUT_S = 60
os.environ["PATH"] += ":/usr/sbin:/sbin"


class Unavailable(Exception):
    """What is missing here, and what would bring it."""


def run(*argv, **options):
    try:
        result = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_S, **options)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError("%s: no end after %d s" % (" ".join(argv), TIMEOUT_S)) from error
    if result.returncode != 0:
        raise RuntimeError("%s: %s" % (" ".join(argv), result.stdout.decode(errors="replace").strip()))
    return result.stdout.decode(errors="replace")


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Unavailable("%s is not installed; run tools/setup" % program)


def new_file(path, size):
    with open(path, "wb") as image:
        image.truncate(size)


def need_loop():
    need("losetup")
    if os.geteuid() != 0 or not os.path.exists("/dev/loop-control"):
        raise Unavailable("loop devices need root and the loop driver")


def need_mount():
    need_loop()
    need("mkfs.exfat", "mount.exfat-fuse")
    if not os.path.exists("/dev/fuse"):
        raise Unavailable("/dev/fuse is missing here")


@contextlib.contextmanager
def loop_device(path, sector=512):
    """A loop device over PATH; needs root."""
    need_loop()
    try:
        device = run("losetup", "--find", "--show", "--sector-size", str(sector), path).strip()
    except RuntimeError as error:
        raise Unavailable(str(error)) from error
    try:
        yield device
    finally:
        run("losetup", "--detach", device)


def format_image(path, size, *options, sector=512):
    """An empty volume; a sector size of 4096 needs a loop device."""
    need("mkfs.exfat")
    new_file(path, size)
    if sector == 512:
        run("mkfs.exfat", *options, path)
        return
    with loop_device(path, sector) as device:
        run("mkfs.exfat", *options, device)


def check(path):
    """fsck.exfat's opinion. Not for clusters below 4 KiB: version 1.2.0 repeats one line for ever, and fills the memory of
    who reads it, when an entry set (a name of 255 units) is longer than a cluster."""
    need("fsck.exfat")
    run("fsck.exfat", "-n", str(path))


@contextlib.contextmanager
def mounted(path, sector=512):
    """The volume in PATH as a folder, by exfat-fuse."""
    need_mount()
    folder = tempfile.mkdtemp(prefix="hiperiso-exfat-")
    try:
        with loop_device(path, sector) as device:
            run("mount.exfat-fuse", device, folder)
            try:
                yield folder
            finally:
                run("umount", folder)
    finally:
        os.rmdir(folder)
