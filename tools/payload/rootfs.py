# SPDX-License-Identifier: BSD-2-Clause
# Puts the runtime's root file system together from unpacked packages and packs it as squashfs.
import fnmatch
import os
import shutil

from payload import contents, elf, modules
from payload.common import Failure, find_program, run
from payload.unpack import merged

SQUASHFS_BLOCK = "128K"
SQUASHFS_LEVEL = "19"


class Builder:
    """Copies files from POOL_DIR to ROOT_DIR and remembers which packages they come from."""

    def __init__(self, pool_dir, root_dir, owners):
        self.pool_dir = pool_dir
        self.root_dir = root_dir
        self.owners = owners  # path -> package
        self.used = {}        # name -> package
        self.queue = []       # ELF files whose needs are still to be looked at

    def directory(self, path):
        os.makedirs(os.path.join(self.root_dir, path), exist_ok=True)

    def symlink(self, path, target):
        full = os.path.join(self.root_dir, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        os.symlink(target, full)

    def text(self, path, text):
        full = os.path.join(self.root_dir, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(full, 0o644)

    def take(self, path):
        """Copies PATH, and what it points to when it is a symbolic link."""
        target = os.path.join(self.root_dir, path)
        if os.path.lexists(target):
            return
        source = os.path.join(self.pool_dir, path)
        package = self.owners[path]
        self.used[package.name] = package
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.islink(source):
            link = os.readlink(source)
            os.symlink(link, target)
            base = "" if link.startswith("/") else os.path.dirname(path)
            self.take(merged(os.path.normpath(os.path.join(base, link.lstrip("/")))))
        else:
            shutil.copy2(source, target)
            self.queue.append(target)

    def take_libraries(self):
        """Follows DT_NEEDED until nothing is missing."""
        for name in contents.EXTRA_LIBRARIES:
            self.take_library(name, "the runtime")
        while self.queue:
            path = self.queue.pop()
            for name in elf.needed(path):
                self.take_library(name, path)

    def take_library(self, name, user):
        for folder in (contents.LIBRARY_DIR, f"{contents.LIBRARY_DIR}/swtpm", "usr/lib64"):
            if f"{folder}/{name}" in self.owners:
                self.take(f"{folder}/{name}")
                return
        raise Failure(f"no package of the closure has the library {name} that {os.path.basename(user)} needs")


def take_copyrights(builder, kernel):
    """Copies the licence file of each package that gave something. Returns {package: path}."""
    builder.used[kernel.name] = kernel
    licences = {}
    for name in sorted(builder.used):
        doc = f"usr/share/doc/{name}"
        full = os.path.join(builder.pool_dir, doc)
        if os.path.islink(full):  # /usr/share/doc/libgcc-s1 -> gcc-12-base
            full = os.path.join(os.path.dirname(full), os.readlink(full))
        source = os.path.join(full, "copyright")
        if not os.path.isfile(source):
            raise Failure(f"package {name} has no {doc}/copyright")
        target = os.path.join(builder.root_dir, doc, "copyright")
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(source, target)
        os.chmod(target, 0o644)
        licences[name] = f"/{doc}/copyright"
    return licences


def take_modules(builder, kernel_modules, version):
    chosen = set(kernel_modules.closure(contents.RUNTIME_MODULES))
    chosen.update(kernel_modules.in_order(contents.INITRAMFS_MODULES))
    base = f"usr/lib/modules/{version}"
    for path in sorted(chosen):
        builder.take(f"{base}/{path}")
    for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
        if f"{base}/{name}" in builder.owners:
            builder.take(f"{base}/{name}")
    modules.depmod(builder.root_dir, version)
    root = os.path.join(builder.root_dir, base)
    for name in os.listdir(root):
        # busybox reads the texts: the binary indexes and what depmod needed are not used at run time.
        if name.endswith(".bin") or name in ("modules.devname", "modules.builtin.modinfo", "modules.order"):
            os.unlink(os.path.join(root, name))


def build(pool_dir, root_dir, owners, kernel, version, kernel_modules):
    """Fills ROOT_DIR. Returns ({package name: Package}, {package name: licence path})."""
    builder = Builder(pool_dir, root_dir, owners)
    for path in contents.EMPTY_DIRS:
        builder.directory(path)
    for name, patterns in contents.FILES.items():
        for pattern in patterns:
            found = [p for p, owner in owners.items() if owner.name == name and fnmatch.fnmatchcase(p, pattern)]
            if not found:
                raise Failure(f"package {name} has no file {pattern}: correct tools/payload/contents.py")
            for path in sorted(found):
                builder.take(path)
    builder.take_libraries()
    for folder, applets in (("usr/bin", contents.APPLETS_BIN), ("usr/sbin", contents.APPLETS_SBIN)):
        for applet in applets:
            if os.path.lexists(os.path.join(root_dir, folder, applet)):
                raise Failure(f"{folder}/{applet} is both a file and an applet: correct tools/payload/contents.py")
            builder.symlink(f"{folder}/{applet}", "busybox" if folder == "usr/bin" else "../bin/busybox")
    for path, text in contents.ETC.items():
        builder.text(path, text)
    take_modules(builder, kernel_modules, version)
    for path, target in contents.SYMLINKS.items():
        builder.symlink(path, target)
    for path in [path for places in contents.ESP_FILES.values() for path in places]:
        if path in owners:
            builder.used[owners[path].name] = owners[path]
    licences = take_copyrights(builder, kernel)
    return builder.used, licences


def newest_time(pool_dir, owners):
    """The time of the newest file in the packages: the same for the same packages."""
    files = [os.path.join(pool_dir, path) for path in owners]
    return max(int(os.stat(path).st_mtime) for path in files if os.path.isfile(path) and not os.path.islink(path))


def pack(root_dir, out_path, epoch):
    """Writes the squashfs: all of root's, one time, sorted by mksquashfs itself, so that equal trees give equal bytes."""
    for folder, dirs, _ in os.walk(root_dir):
        for name in dirs:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755)
    os.chmod(root_dir, 0o755)
    run([find_program("mksquashfs", "squashfs-tools"), root_dir, out_path, "-noappend", "-quiet", "-no-progress",
         "-all-root", "-no-xattrs", "-reproducible", "-mkfs-time", str(epoch), "-all-time", str(epoch),
         "-comp", "zstd", "-Xcompression-level", SQUASHFS_LEVEL, "-b", SQUASHFS_BLOCK])
