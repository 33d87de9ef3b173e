# SPDX-License-Identifier: BSD-2-Clause
"""The host's Linux started by QEMU itself, without firmware's and the menu's part: for screens that no UEFI firmware switches on, and
for what the menu has no part in."""
from harness.machine import MachineError, run_tool

BOOT_MAGIC = (0x202, b"HdrS")  # Linux Documentation/x86/boot.rst
VID_MODE = 0x1FA               # the same: what vga= sets; QEMU takes "vga=" in a command line for an option of its own
VESA_MODES = {15: 0x313, 16: 0x314, 24: 0x315, 32: 0x343}  # bits a pixel -> vga= of 800x600 on QEMU's standard card
# Linux' driver for that card would take the frame buffer over.
KEEP_VESA = "module_blacklist=bochs"


def direct_kernel(product, stick, folder, image, parameters, vesa_bits=None, settings=""):
    """What Machine's `kernel` wants to start IMAGE (a path on the stick); with VESA_BITS on a VESA frame buffer, then a copy of the
    kernel with that mode set lies in FOLDER. SETTINGS: ",KEY:VALUE" for hiperiso_set= (vga too: QEMU takes
    "vga=" for an option of its own). The machine powers off afterwards."""
    files = product.payload / "EFI/hiperiso"
    kernel = bytearray((files / "vmlinuz").read_bytes())
    offset, magic = BOOT_MAGIC
    if kernel[offset:offset + len(magic)] != magic:
        raise MachineError(f"{files / 'vmlinuz'}: no Linux kernel")
    if vesa_bits:
        kernel[VID_MODE:VID_MODE + 2] = VESA_MODES[vesa_bits].to_bytes(2, "little")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vmlinuz").write_bytes(kernel)
    data, esp = (run_tool("sfdisk", "--part-uuid", stick, n).decode().strip().lower() for n in (1, 2))
    line = (f"console=tty0 console=ttyS0,115200 quiet loglevel=3 panic=10 {KEEP_VESA} hiperiso_iso={image} "
            f"hiperiso_data=PARTUUID={data} hiperiso_esp=PARTUUID={esp} {parameters} hiperiso_set=on_exit:poweroff{settings}")
    return folder / "vmlinuz", files / "initramfs.cpio", line
