# SPDX-License-Identifier: BSD-2-Clause
"""debian-live.iso: a Debian live system with live-boot, started by GRUB from BIOS and UEFI, with a root shell on ttyS0."""
import pathlib
import os
import re
import textwrap

from images.recipe import RecipeError, finish, run, work_dir

PACKAGES = ["linux-image-amd64", "live-boot", "systemd-sysv", "udev", "kmod", "ifupdown", "iproute2", "pciutils", "zstd"]

# Modules that stay in the root file system: what QEMU's machines, and a stick's own buses, need.
KEEP = re.compile(
    r"/(virtio[^/]*|ahci|libahci|ata_piix|ata_generic|libata|sr_mod|cdrom|sd_mod|sg|scsi_mod|scsi_common|nvme[^/]*|t10-pi|crc[^/]*|"
    r"usb-storage|uas|xhci[^/]*|ehci[^/]*|uhci[^/]*|usbcore|usb-common|usbhid|hid|hid-generic|isofs|udf|loop|squashfs|overlay|exfat|"
    r"vfat|fat|nls_[^/]*|ext4|jbd2|mbcache|e1000e?|ptp|pps_core|failover|net_failover|evdev|serio_raw|pcspkr|button|"
    r"efivarfs|efi-pstore|bochs|drm[^/]*|fb_sys_fops|sysimgblt|sysfillrect|syscopyarea|qemu_fw_cfg|pvpanic[^/]*|i2c[^/]*|"
    r"tpm[^/]*|rng-core|battery|psmouse|mousedev)\.ko$")

GRUB_CFG = """\
serial --unit=0 --speed=115200
terminal_input console serial
terminal_output console serial
set timeout=1
set default=0
menuentry "Debian live" {
    linux /live/vmlinuz boot=live nopersistence noeject @PARAMETERS@ ${iso_path_argument}
    initrd /live/initrd.img
}
"""
LOOPBACK_CFG = """\
set iso_path_argument="findiso=${iso_path}"
source /boot/grub/grub.cfg
"""
# An emulated processor executes `rep stosb` a byte at a time: clearcpuid and init_on_alloc halve the time to the shell.
PARAMETERS = ("console=tty0 console=ttyS0,115200 quiet loglevel=3 systemd.show_status=0 mitigations=off init_on_alloc=0 "
              "clearcpuid=erms")


def customise(root):
    """Everything in the new root that makes it boot fast and talk on the serial console."""
    (root / "etc/hostname").write_text("hiperiso-live\n")
    (root / "etc/network/interfaces").write_text("auto lo\niface lo inet loopback\n")
    unit = root / "etc/systemd/system/serial-getty@ttyS0.service.d"
    unit.mkdir(parents=True)
    (unit / "root.conf").write_text(textwrap.dedent("""\
        [Service]
        ExecStart=
        ExecStart=-/sbin/agetty --autologin root --keep-baud 115200 %I vt220
        """))
    # The marker that the tests wait for comes from a shell, so that the system is known to be up and to take input.
    (root / "root/.profile").write_text('stty cols 100; echo "HIPERISO-TEST live system login: $(uname -r)"; PS1="live# "\n')
    for name in ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer",
                 "systemd-timesyncd.service", "e2scrub_reap.service", "networking.service", "getty@tty1.service"):
        link = root / "etc/systemd/system" / name
        if not link.is_symlink():
            link.symlink_to("/dev/null")


def slim(root):
    """Removes what a test never looks at: documentation, locales, drivers of hardware that QEMU does not have."""
    for pattern in ("usr/share/doc", "usr/share/locale", "usr/share/man", "var/lib/apt/lists", "var/cache/apt"):
        run("rm", "-rf", root / pattern)
    for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    modules = [p for p in (root / "lib/modules").glob("*") if p.is_dir()]
    for version in modules:
        for ko in version.rglob("*.ko"):
            if not KEEP.search(str(ko)) and "/crypto/" not in str(ko) and "/lib/" not in str(ko.relative_to(root / "lib")):
                ko.unlink()
        run("depmod", "-b", root, version.name)


def bootstrap(tmp):
    """A root file system from distribution packages; the sources are the running system's own."""
    root = tmp / "root"
    env = dict(os.environ, SOURCE_DATE_EPOCH="1700000000", DEBIAN_FRONTEND="noninteractive")
    sources = [p for p in (pathlib.Path("/etc/apt/sources.list.d/debian.sources"), pathlib.Path("/etc/apt/sources.list"))
               if p.exists() and p.stat().st_size]
    if not sources:
        raise RecipeError("/etc/apt: neither sources.list.d/debian.sources nor sources.list; a live system needs one of them")
    run("mmdebstrap", "--mode=root", "--variant=minbase", "--include=" + ",".join(PACKAGES),
        '--aptopt=Apt::Install-Recommends "false"', "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*", "--dpkgopt=path-exclude=/usr/share/man/*",
        "bookworm", root, sources[0], env=env)
    return root


def initramfs(root):
    """Rebuilds the initramfs after the modules were thinned out, so that it is small and loads fast."""
    conf = root / "etc/initramfs-tools/initramfs.conf"
    conf.write_text(re.sub(r"(?m)^COMPRESS=.*$", "COMPRESS=zstd", conf.read_text()))
    run("chroot", root, "update-initramfs", "-u", "-k", "all")


def live_iso(cache):
    """debian-live.iso; needs root and, once, the network. About two minutes."""
    if os.geteuid() != 0:
        raise RecipeError("debian-live.iso: needs root (mmdebstrap, chroot); run it as root or in a container")
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        root = bootstrap(tmp)
        customise(root)
        slim(root)
        initramfs(root)
        tree = tmp / "tree"
        (tree / "live").mkdir(parents=True)
        (tree / "boot/grub").mkdir(parents=True)
        run("cp", *sorted((root / "boot").glob("vmlinuz-*"))[-1:], tree / "live/vmlinuz")
        run("cp", *sorted((root / "boot").glob("initrd.img-*"))[-1:], tree / "live/initrd.img")
        (tree / "boot/grub/grub.cfg").write_text(GRUB_CFG.replace("@PARAMETERS@", PARAMETERS))
        (tree / "boot/grub/loopback.cfg").write_text(LOOPBACK_CFG)
        run("mksquashfs", root, tree / "live/filesystem.squashfs", "-quiet", "-no-progress", "-comp", "zstd", "-Xcompression-level", "9",
            "-wildcards", "-e", "boot/*", "proc/*", "sys/*", "dev/*", "run/*", "tmp/*", "var/tmp/*")
        run("grub-mkrescue", "-o", tmp / "out.iso", tree, "--", "-volid", "HIPERISO_LIVE")
        return finish(tmp / "out.iso", cache / "debian-live.iso")
