# SPDX-License-Identifier: BSD-2-Clause
"""A disk with GRUB's own graphical menu (gfxmenu): what a theme has to look like, told by the program that themes are made for."""
import pathlib

from harness.machine import run_tool

MODULES = ("fat part_gpt search search_fs_file normal configfile font gfxterm gfxmenu png jpeg tga all_video video "
           "efi_gop test echo minicmd").split()
UNIFONT = "/usr/share/grub/unicode.pf2"
EARLY = "search.file /grub/grub.cfg root\nset prefix=($root)/grub\nconfigfile ($root)/grub/grub.cfg\n"


def fonts(files):
    """The theme's fonts in the order in which grub-mkconfig and the product load them."""
    return sorted((path for path in files if path.endswith(".pf2")), key=lambda path: (path.count("/"), path))


def make_disk(folder, files, theme, titles, selected, mode, size="96M"):
    """A FAT disk that starts GRUB's menu. files: {path on the disk: source}; theme: the path of its theme.txt. Returns the file."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    disk = folder / "grub.img"
    run_tool("truncate", "-s", size, disk)
    run_tool("mkfs.fat", "-F", "32", disk)
    (folder / "early.cfg").write_text(EARLY)
    run_tool("grub-mkimage", "-O", "x86_64-efi", "-o", folder / "BOOTX64.EFI", "-p", "/grub", "-c", folder / "early.cfg", *MODULES)
    lines = [f"loadfont {path}" for path in ["/grub/unicode.pf2", *fonts(files)]]
    lines += [f"set gfxmode={mode}", "terminal_output gfxterm", "set timeout=-1", f"set default={selected}", f"set theme={theme}"]
    lines += [f"menuentry '{title}' {{ true }}" for title in titles]
    (folder / "grub.cfg").write_text("\n".join(lines) + "\n")

    everything = {"/EFI/BOOT/BOOTX64.EFI": folder / "BOOTX64.EFI", "/grub/grub.cfg": folder / "grub.cfg",
                  "/grub/unicode.pf2": UNIFONT, **files}
    made = set()
    for path, source in everything.items():
        for parent in reversed(pathlib.PurePosixPath(path).parents):
            if str(parent) != "/" and parent not in made:
                run_tool("mmd", "-i", disk, f"::{parent}")
                made.add(parent)
        run_tool("mcopy", "-i", disk, source, f"::{path}")
    return disk
