# SPDX-License-Identifier: BSD-2-Clause
"""linux.iso: the distribution's kernel and a tiny initramfs that tells what machine it sees and obeys its serial line.

It starts from BIOS by GRUB, from UEFI by shim and the distribution's GRUB, each with its signature: also with Secure Boot.
"""
import pathlib
import re
import shutil

from images.recipe import HERE, RecipeError, finish, run, unpack_package, work_dir
from images.small import MIB, fat_image

# What the machines of QEMU need beyond what is built in.
MODULES = ["e1000e", "efivarfs", "bochs", "virtio_gpu", "virtio_pci", "xhci_pci"]
GRUB_BIOS_MODULES = ["biosdisk", "iso9660", "normal", "linux"]
# An emulated processor executes `rep stosb` a byte at a time: clearcpuid and init_on_alloc make it start twice as fast.
GRUB_CFG = """\
set timeout=0
linux /vmlinuz console=ttyS0,115200 quiet loglevel=3 mitigations=off init_on_alloc=0 clearcpuid=erms net.ifnames=0
initrd /initrd
boot
"""
# udhcpc's script: the address is told and set.
LEASE = """\
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
echo "FACT lease $ip $router"
"""


def kernel_package():
    """The package that the distribution's kernel metapackage names."""
    about = run("apt-cache", "show", "--no-all-versions", "linux-image-amd64").decode()
    found = re.search(r"^Depends:.*?(linux-image-\S+)", about, re.MULTILINE)
    if not found:
        raise RecipeError("linux-image-amd64: names no kernel; run apt-get update")
    return found.group(1)


def copy_modules(kernel, root, modules=None):
    """MODULES (those of linux.iso if none are given) and all that they need, to the same place below ROOT."""
    folder = next((kernel / "lib/modules").iterdir())
    run("depmod", "-b", kernel, folder.name)
    needs = dict(line.split(":", 1) for line in (folder / "modules.dep").read_text().splitlines())
    by_name = {pathlib.Path(path).stem.replace("-", "_"): path for path in needs}
    built_in = {pathlib.Path(line).stem.replace("-", "_") for line in (folder / "modules.builtin").read_text().splitlines()}
    target = root / "lib/modules" / folder.name
    for name in modules or MODULES:
        if name in built_in:
            continue
        if name not in by_name:
            raise RecipeError(f"the kernel {folder.name} has no module {name}; correct the list that names it")
        for path in [by_name[name], *needs[by_name[name]].split()]:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, target / path)
    for name in ("modules.order", "modules.builtin"):
        shutil.copyfile(folder / name, target / name)
    run("depmod", "-b", root, folder.name)


def initramfs(kernel, tmp, target):
    """busybox, the modules and linux-init."""
    root = tmp / "initramfs"
    (root / "bin").mkdir(parents=True)
    shutil.copy(unpack_package("busybox-static", tmp / "busybox") / "bin/busybox", root / "bin/busybox")
    for name, text in (("init", (HERE / "linux-init").read_text()), ("lease", LEASE)):
        (root / name).write_text(text)
        (root / name).chmod(0o755)
    copy_modules(kernel, root)
    names = "\n".join(sorted(str(p.relative_to(root)) for p in root.rglob("*"))).encode()
    target.write_bytes(run("cpio", "-o", "-H", "newc", "--quiet", cwd=root, stdin=names))
    run("zstd", "-q", "--rm", "-12", target, "-o", target.with_suffix(".zst"))
    target.with_suffix(".zst").rename(target)


def uefi_image(tmp, target):
    """The FAT image that UEFI starts from: shim, which the firmware's keys verify, and GRUB, which shim's key does."""
    shim = unpack_package("shim-signed", tmp / "shim") / "usr/lib/shim/shimx64.efi.signed"
    grub = unpack_package("grub-efi-amd64-signed", tmp / "grub") / "usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed"
    fat_image(target, 6 * MIB, {"::/EFI/BOOT/BOOTX64.EFI": shim, "::/EFI/BOOT/grubx64.efi": grub})


def linux_iso(cache):
    """linux.iso; needs the network once. About half a minute."""
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        tree = tmp / "tree"
        (tree / "boot/grub").mkdir(parents=True)
        (tree / ".disk").mkdir()
        (tree / ".disk/info").write_text("hiperiso test guest\n")  # the distribution's GRUB for CDs looks for this file
        (tree / "boot/grub/grub.cfg").write_text(GRUB_CFG)
        kernel = unpack_package(kernel_package(), tmp / "kernel")
        run("cp", *(kernel / "boot").glob("vmlinuz-*"), tree / "vmlinuz")
        initramfs(kernel, tmp, tree / "initrd")
        run("grub-mkimage", "-O", "i386-pc-eltorito", "-p", "/boot/grub", "-o", tree / "bios.img", *GRUB_BIOS_MODULES)
        uefi_image(tmp, tree / "efi.img")
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-V", "HIPERISO_LINUX", "-b", "bios.img", "-no-emul-boot", "-boot-load-size", "4",
            "-boot-info-table", "-eltorito-alt-boot", "-e", "efi.img", "-no-emul-boot", "-o", tmp / "out.iso", tree)
        return finish(tmp / "out.iso", cache / "linux.iso")
