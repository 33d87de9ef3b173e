# SPDX-License-Identifier: BSD-2-Clause
"""How long each step may take: five times the median that was seen, times $HIPERISO_TEST_SCALE."""
import os

# Medians of wall seconds on two idle cores without usable KVM (outer machine on TCG). Every wait is recorded in
# timings.txt beside the results; bring these up to date from there when the product becomes slower or faster.
MEDIANS = {
    "firmware": 6.0,          # power on -> the first byte of ours
    "menu": 5.0,              # power on (or reset) -> menu ready
    "screen": 0.5,            # key -> redrawn
    "host": 9.5,              # Enter -> /init's first line
    "session": 5.5,           # /init's first line -> QEMU started
    "bios guest": 5.0,        # QEMU started -> a boot sector's text
    "uefi guest": 45.0,       # QEMU started -> a UEFI program's text
    "grub": 8.0,              # QEMU started -> GRUB's text
    "linux": 25.0,            # QEMU started -> the small Linux guest's report
    "live": 120.0,            # QEMU started -> a live system's shell, nested KVM
    "end": 6.0,               # guest gone -> /init restarts the machine
    "monitor": 2.0,           # QMP answers, sockets appear
    "exit": 4.0,              # power-off -> QEMU gone
    "lab": 4.0,               # a command in the machine with disks of every kind
    "lab write": 40.0,        # the same for one that writes a stick
    "stick not found": 25.0,  # /init gives up waiting for a device (20 s of it)
}
FACTOR = 5
LEAST_SECONDS = 10  # of a loaded machine's hiccups


def scale():
    """How much slower than the machine of the table this one is."""
    text = os.environ.get("HIPERISO_TEST_SCALE", "1")
    try:
        value = float(text)
    except ValueError as error:
        raise ValueError(f"HIPERISO_TEST_SCALE={text}: not a number") from error
    return max(value, 0.1)


def crowd():
    """How many times more work than cores there is at this moment; 1 on a quiet machine."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def limit(*steps):
    """Seconds that STEPS may take after each other on the machine as it is now."""
    return max(LEAST_SECONDS, FACTOR * sum(MEDIANS[step] for step in steps)) * scale() * crowd()
