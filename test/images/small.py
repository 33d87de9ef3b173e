# SPDX-License-Identifier: BSD-2-Clause
"""The small guests: boot sectors and a UEFI program of our own as disks and ISOs, and the ISOs of distribution packages."""
import pathlib
import shutil

from images.recipe import HERE, RecipeError, finish, run, unpack_package, work_dir

MIB = 1 << 20

# name -> (action, ticks of 1/18.2 s before it acts); each prints "HIPERISO-TEST name guest" on COM1.
SECTORS = {
    "poweroff": ("POWEROFF", 0),
    "slow": ("POWEROFF", 73),
    "reset": ("RESET", 0),
    "wait": ("WAIT", 0),
    "write": ("WRITE", 0),
    "scroll": ("SCROLL", 0),
    "input": ("INPUT", 0),
    "panic": ("PANIC", 0),
    "far": ("FAR", 0),
    "colours": ("COLOURS", 0),
    "flood": ("FLOOD", 0),
    "button": ("BUTTON", 0),
    "count": ("COUNT", 0),
    "hang": ("HANG", 0),
}

SCROLL_FRAMES = 900  # of "scroll": half a minute
FLOOD_BLOCKS = 72  # KiB of "flood": more than two clusters of a small exFAT

PACKAGE_ISOS = {
    "grub-rescue.iso": ("grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso"),
    "ipxe.iso": ("ipxe", "usr/lib/ipxe/ipxe.iso"),
    "memtest.iso": ("memtest86+", "usr/lib/memtest86+/memtest86+x64.iso"),
}

# Jumps into VGA memory: under (nested) KVM with a VGA device the processor cannot be emulated there.
VGA_JUMP = bytes([0xEA, 0x00, 0x00, 0x00, 0xA0])


def assemble(name, folder):
    """The 512 bytes of a boot sector of the table above."""
    action, ticks = SECTORS[name]
    run("gcc", "-m32", "-c", "-o", folder / "sector.o", f"-DACTION_{action}", f"-DTICKS={ticks}",
        f"-DFRAMES={SCROLL_FRAMES}", f"-DFLOOD_BLOCKS={FLOOD_BLOCKS}", f'-DTEXT="HIPERISO-TEST {name} guest"', HERE / "sector.S")
    run("ld", "-m", "elf_i386", "-Ttext=0x7c00", "--oformat", "binary", "-o", folder / "sector.bin", folder / "sector.o")
    code = (folder / "sector.bin").read_bytes()
    if len(code) != 512:
        raise RecipeError(f"sector.S ({name}): {len(code)} bytes instead of 512; shorten it")
    return code


def disk(name, cache, size=MIB):
    """NAME.img: the boot sector at the start of a raw disk."""
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        raw = tmp / "disk.img"
        with open(raw, "wb") as out:
            out.write(assemble(name, tmp))
            out.truncate(size)
        return finish(raw, cache / f"{name}.img")


def vga_jump(cache):
    """internal-error.img: the 512 bytes that end nested KVM with an internal error."""
    path = cache / "internal-error.img"
    path.write_bytes(VGA_JUMP + bytes(505) + b"\x55\xaa")
    return path


def container(name, fmt, cache):
    """NAME.qcow2, .vmdk, .vhdx or .vhd of the raw disk NAME.img."""
    raw = cache / f"{name}.img"
    if not raw.exists():
        disk(name, cache)
    suffix = {"vpc": "vhd"}.get(fmt, fmt)
    target = cache / f"{name}.{suffix}"
    part = cache / f"{name}.{suffix}.part"
    run("qemu-img", "convert", "-q", "-f", "raw", "-O", fmt, raw, part)
    part.replace(target)
    return target


def sector_iso(name, cache):
    """NAME.iso: the boot sector as El Torito image without emulation, padded beyond the 32 KiB that a scan skips."""
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        tree = tmp / "tree"
        tree.mkdir()
        (tree / "boot.bin").write_bytes(assemble(name, tmp))
        (tree / "readme.txt").write_text(f"test guest {name}\n" * 32768)
        run("xorriso", "-as", "mkisofs", "-quiet", "-V", name.upper(), "-b", "boot.bin", "-no-emul-boot",
            "-boot-load-size", "1", "-o", tmp / "out.iso", tree)
        return finish(tmp / "out.iso", cache / f"{name}.iso")


def hello_efi(folder):
    """Builds the UEFI program with gnu-efi's start-up code; returns the path of BOOTX64.EFI."""
    run("gcc", "-ffreestanding", "-fpic", "-fshort-wchar", "-mno-red-zone", "-fno-stack-protector", "-maccumulate-outgoing-args",
        "-DGNU_EFI_USE_MS_ABI", "-idirafter/usr/include/efi", "-idirafter/usr/include/efi/x86_64", "-O2", "-c",
        "-o", folder / "hello.o", HERE / "hello_efi.c")
    run("ld", "-nostdlib", "-shared", "-Bsymbolic", "-znocombreloc", "-T", "/usr/lib/elf_x86_64_efi.lds",
        "-o", folder / "hello.so", "/usr/lib/crt0-efi-x86_64.o", folder / "hello.o", "-L/usr/lib", "-lgnuefi", "-lefi")
    sections = [a for s in (".text", ".sdata", ".data", ".dynamic", ".dynsym", ".rel*", ".rela*", ".reloc") for a in ("-j", s)]
    run("objcopy", *sections, "--target", "efi-app-x86_64", "--subsystem", "10", folder / "hello.so", folder / "BOOTX64.EFI")
    return folder / "BOOTX64.EFI"


def fat_image(path, size, files):
    """A FAT file system in PATH that holds FILES {"::/EFI/BOOT/X": source}, made without mounting."""
    with open(path, "wb") as out:
        out.truncate(size)
    run("mkfs.fat", "-n", "TESTESP", path)
    made = set()
    for target, source in files.items():
        parts = target[3:].split("/")[:-1]
        for i in range(1, len(parts) + 1):
            folder = "::/" + "/".join(parts[:i])
            if folder not in made:
                run("mmd", "-i", path, folder)
                made.add(folder)
        run("mcopy", "-i", path, source, target)


def uefi_guests(cache):
    """uefi.iso (El Torito platform 0xEF only) and uefi.img (GPT with an ESP): both print a line and power off."""
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        efi = hello_efi(tmp)
        tree = tmp / "tree"
        tree.mkdir()
        fat_image(tree / "efi.img", MIB, {"::/EFI/BOOT/BOOTX64.EFI": efi})
        run("xorriso", "-as", "mkisofs", "-quiet", "-V", "UEFI", "-e", "efi.img", "-no-emul-boot", "-o", tmp / "out.iso", tree)
        finish(tmp / "out.iso", cache / "uefi.iso")
        raw = tmp / "disk.img"
        with open(raw, "wb") as out:
            out.truncate(8 * MIB)
        run("sgdisk", "-n", "1:2048:+4M", "-t", "1:ef00", raw)
        fat_image(tmp / "esp.img", 4 * MIB, {"::/EFI/BOOT/BOOTX64.EFI": efi})
        run("dd", f"if={tmp / 'esp.img'}", f"of={raw}", "bs=1M", "seek=1", "conv=notrunc", "status=none")
        return finish(raw, cache / "uefi.img")


def package_iso(name, cache):
    """One ISO out of a distribution package."""
    package, inside = PACKAGE_ISOS[name]
    with work_dir() as tmp:
        source = unpack_package(package, tmp) / inside
        if not source.exists():
            raise RecipeError(f"{package}: no {inside} in this version of the package")
        return finish(source, cache / name)


def half_iso(cache):
    """half.iso: the first half of grub-rescue.iso, as an interrupted download leaves it."""
    source = cache / "grub-rescue.iso"
    if not source.exists():
        package_iso("grub-rescue.iso", cache)
    target = cache / "half.iso"
    shutil.copyfile(source, target)
    with open(target, "r+b") as out:
        out.truncate(source.stat().st_size // 2)
    return target
