# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's arguments that put a drive on each bus a stick may sit on."""

# bus -> arguments; {drive} is the drive's id, {n} a number that makes ids unique.
BUSES = {
    "virtio": ["-device", "virtio-blk-pci,drive={drive}"],
    "scsi": ["-device", "virtio-scsi-pci,id=scsi{n}", "-device", "scsi-hd,drive={drive},bus=scsi{n}.0"],
    "ahci": ["-device", "ide-hd,drive={drive},bus=ide.{n}"],
    "nvme": ["-device", "nvme,drive={drive},serial=HISO{n}"],
    "usb": ["-device", "qemu-xhci,id=xhci{n}", "-device", "usb-storage,id=disk{n},drive={drive},bus=xhci{n}.0,removable=on"],
    "ehci": ["-device", "usb-ehci,id=ehci{n}", "-device", "usb-storage,drive={drive},bus=ehci{n}.0,removable=on"],
    "uas": ["-device", "qemu-xhci,id=xhci{n}", "-device", "usb-uas,id=uas{n},bus=xhci{n}.0",
            "-device", "scsi-hd,drive={drive},bus=uas{n}.0"],
    "sd": ["-device", "sdhci-pci,id=sdhci{n}", "-device", "sd-card,drive={drive},bus=sd-bus"],
}
FIRMWARE_STARTS_FROM = ["virtio", "scsi", "ahci", "nvme", "usb", "ehci"]


def drive_arguments(path, fmt, bus, number):
    """-drive and -device for one disk. Nothing is flushed to the host's disk: a test's disk does not outlive a power cut."""
    drive = f"stick{number}"
    file = str(path).replace(",", ",,")
    return (["-drive", f"if=none,id={drive},format={fmt},file={file},cache=unsafe,discard=unmap,detect-zeroes=unmap"]
            + [a.format(drive=drive, n=number) for a in BUSES[bus]])
