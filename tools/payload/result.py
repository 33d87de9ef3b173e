# SPDX-License-Identifier: BSD-2-Clause
# Builds what depends on packages alone and is kept in the cache: vmlinuz, runtime.squashfs, the initramfs' modules.
import ctypes
import hashlib
import json
import os
import shutil
import subprocess

from payload import contents, cpio, manifest, modules, rootfs, unpack
from payload.common import Failure, find_program, run

# What decides about the bytes of a result.
CODE = ("contents.py", "cpio.py", "elf.py", "manifest.py", "modules.py", "result.py", "rootfs.py", "unpack.py")
TOOLS = (("mksquashfs", "squashfs-tools", "-version"), ("zstd", "zstd", "--version"), ("depmod", "kmod", "--version"))
LIBZSTD = "libzstd.so.1"  # mksquashfs packs with it, and its own version does not tell which


def libzstd_version():
    try:
        library = ctypes.CDLL(LIBZSTD)
    except OSError as problem:
        raise Failure(f"{LIBZSTD}: {problem}: run tools/setup, or install the package libzstd1") from problem
    library.ZSTD_versionString.restype = ctypes.c_char_p
    return library.ZSTD_versionString().decode()


def key(package_list):
    """Changes with whatever could change the result: packages, our own code, tools, the time asked for."""
    digest = hashlib.sha256()
    for package in package_list:
        digest.update(f"{package.name} {package.version} {package.sha256}\n".encode())
    folder = os.path.dirname(os.path.realpath(__file__))
    for name in CODE:
        with open(os.path.join(folder, name), "rb") as file:
            digest.update(file.read())
    for name, package, option in TOOLS:
        digest.update(run([find_program(name, package), option]).splitlines()[0].encode())
    digest.update(libzstd_version().encode())
    digest.update(os.environ.get("SOURCE_DATE_EPOCH", "").encode())
    return digest.hexdigest()[:16]


def modules_archive(kernel_modules, order, epoch):
    """The second part of the initramfs. Packed: 6.4 MB less to read cost 108 million instructions more, which pays below
    about 180 MB/s, and firmware reads USB sticks at a fraction of that."""
    archive = cpio.Writer(epoch)
    archive.directory("modules")
    names = [os.path.basename(path) for path in order]
    text = "# In the order in which they are inserted.\n" + "".join(f"{name}\n" for name in names)
    archive.file("modules/load-order", text.encode())
    for path in sorted(order, key=os.path.basename):
        with open(os.path.join(kernel_modules.dir, path), "rb") as file:
            archive.file(f"modules/{os.path.basename(path)}", file.read())
    zstd = find_program("zstd", "zstd")
    return subprocess.run([zstd, "-q", "-19", "-T1", "--no-check", "-c"], input=archive.bytes(), stdout=subprocess.PIPE, check=True).stdout


def take_esp_files(pool_dir, owners, out_dir):
    """Copies what the menu reads to OUT_DIR, a part of the ESP's /EFI/hiperiso."""
    for name, places in contents.ESP_FILES.items():
        for path, place in places.items():
            if path not in owners:
                raise Failure(f"package {name} has no file {path}: correct tools/payload/contents.py")
            target = os.path.join(out_dir, place)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(os.path.join(pool_dir, path), target)


def build(archive, kernel, package_list, out_dir, work_dir):
    """Unpacks and chooses; fills OUT_DIR with vmlinuz, runtime.squashfs, modules.cpio.zst, esp/ and result.json."""
    pool, root = os.path.join(work_dir, "pool"), os.path.join(work_dir, "root")
    owners = {}
    for package in package_list:
        for path in unpack.unpack(archive.path(package), package, package is kernel, pool):
            owners[path] = package
    version = kernel.name.removeprefix("linux-image-")
    if f"boot/vmlinuz-{version}" not in owners:
        raise Failure(f"package {kernel.name} has no boot/vmlinuz-{version}")
    kernel_modules = modules.Modules(pool, version)
    used, licences = rootfs.build(pool, root, owners, kernel, version, kernel_modules)
    take_esp_files(pool, owners, os.path.join(out_dir, "esp"))
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or rootfs.newest_time(pool, owners))
    rootfs.pack(root, os.path.join(out_dir, "runtime.squashfs"), epoch)

    shutil.copyfile(os.path.join(pool, f"boot/vmlinuz-{version}"), os.path.join(out_dir, "vmlinuz"))
    with open(os.path.join(out_dir, "modules.cpio.zst"), "wb") as file:
        file.write(modules_archive(kernel_modules, kernel_modules.in_order(contents.INITRAMFS_MODULES), epoch))
    result = {"kernel": version, "epoch": epoch, "packages": manifest.package_rows(used, licences)}
    with open(os.path.join(out_dir, "result.json"), "w", encoding="utf-8") as file:
        json.dump(result, file, indent=1)
