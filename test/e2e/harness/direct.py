# SPDX-License-Identifier: BSD-2-Clause
"""The host's Linux started by QEMU itself, without firmware's and the menu's part: for screens that no UEFI firmware switches on, and
for what the menu has no part in."""
from harness.machine import run_tool

VESA_MODES = {15: 0x313, 16: 0x314, 24: 0x315, 32: 0x343}  # bits a pixel -> vga= of 800x600 on QEMU's standard card
# Linux' driver for that card would take the frame buffer over.
KEEP_VESA = "module_blacklist=bochs"


def direct_kernel(product, stick, image, parameters, vesa_bits=None, settings=""):
    """What Machine's `kernel` wants to start IMAGE (a path on the stick); with VESA_BITS on a VESA frame buffer. SETTINGS:
    ",KEY:VALUE" for hiperiso_set=. The machine powers off afterwards."""
    files = product.payload / "EFI/hiperiso"
    data, esp = (run_tool("sfdisk", "--part-uuid", stick, n).decode().strip().lower() for n in (1, 2))
    # QEMU takes the first "vga=" for an option of its own, also the end of hiperiso_vga=: this one comes before that.
    mode = VESA_MODES[vesa_bits] if vesa_bits else "normal"
    line = (f"vga={mode} console=tty0 console=ttyS0,115200 quiet loglevel=3 panic=10 {KEEP_VESA} hiperiso_iso={image} "
            f"hiperiso_data=PARTUUID={data} hiperiso_esp=PARTUUID={esp} {parameters} hiperiso_set=on_exit:poweroff{settings}")
    return files / "vmlinuz", files / "initramfs.cpio", line
