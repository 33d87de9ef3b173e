# SPDX-License-Identifier: BSD-2-Clause
# What goes onto the stick: the one place to add a package, a file, a kernel module or a busybox applet.

# The metapackage whose dependency is the newest kernel. Only the image is taken: its dependencies build initramfs
# files on installed systems and are not wanted.
KERNEL_METAPACKAGE = "linux-image-amd64"

# Roots of the library closure. apt adds what they depend on, as if nothing were installed.
PACKAGES = ["qemu-system-x86", "qemu-utils", "swtpm", "ovmf", "busybox"]

# Packages that only give files: what they depend on is not looked at.
FILE_PACKAGES = ["fonts-dejavu-core", "grub-common"]

# Package -> {file: its place under /EFI/hiperiso on the ESP}: what the menu itself reads. Unifont, which has a picture for
# every character of the basic plane, comes in the form that can be read a glyph at a time.
ESP_FILES = {
    "fonts-dejavu-core": {"usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts/DejaVuSans.ttf"},
    "grub-common": {"usr/share/grub/unicode.pf2": "fonts/unicode.pf2"},
}

LIBRARY_DIR = "usr/lib/x86_64-linux-gnu"

# Package -> patterns (fnmatch, '*' also matches '/') of the files taken whole. Libraries follow by DT_NEEDED.
# SPICE, GTK, SDL and OpenGL front ends stay out: the guest's screen is drawn by a viewer of our own.
FILES = {
    "busybox": ["usr/bin/busybox"],
    "ipxe-qemu": [
        # The ROM of each NIC that QEMU has for a PC, for BIOS and UEFI guests.
        "usr/lib/ipxe/qemu/pxe-*.rom", "usr/lib/ipxe/qemu/efi-*.rom",
    ],
    "libc6": ["usr/lib64/ld-linux-x86-64.so.2", f"{LIBRARY_DIR}/ld-linux-x86-64.so.2"],
    "ovmf": [
        "usr/share/OVMF/OVMF_CODE_4M.fd", "usr/share/OVMF/OVMF_CODE_4M.secboot.fd",
        "usr/share/OVMF/OVMF_VARS_4M.fd", "usr/share/OVMF/OVMF_VARS_4M.ms.fd",
    ],
    "qemu-system-common": [
        f"{LIBRARY_DIR}/qemu/accel-tcg-x86_64.so",
        f"{LIBRARY_DIR}/qemu/hw-display-virtio-gpu.so",
        f"{LIBRARY_DIR}/qemu/hw-display-virtio-gpu-pci.so",
        f"{LIBRARY_DIR}/qemu/hw-display-virtio-vga.so",
        f"{LIBRARY_DIR}/qemu/hw-usb-host.so",
        # Which trace events this QEMU knows: the tiers' lists are checked against it.
        "usr/share/qemu/trace-events-all",
    ],
    "qemu-system-data": [
        "usr/share/qemu/kvmvapic.bin", "usr/share/qemu/linuxboot*.bin", "usr/share/qemu/multiboot*.bin",
        "usr/share/qemu/pvh.bin", "usr/share/qemu/keymaps/*",
    ],
    "qemu-system-x86": ["usr/bin/qemu-system-x86_64"],
    "qemu-utils": ["usr/bin/qemu-img"],
    "seabios": ["usr/share/seabios/bios-256k.bin", "usr/share/seabios/vgabios-*.bin"],
    "swtpm": ["usr/bin/swtpm"],
    # Found by swtpm's RUNPATH, not by the default search.
    "swtpm-libs": [f"{LIBRARY_DIR}/swtpm/libswtpm_libtpms.so.*"],
}

# dlopen()ed by glibc when a thread is cancelled.
EXTRA_LIBRARIES = ["libgcc_s.so.1"]

# Modules that /init inserts before the runtime can be mounted: only what it takes to reach the stick and a keyboard.
INITRAMFS_MODULES = """
    xhci_pci xhci_pci_renesas? ehci_pci uhci_hcd ohci_pci usb_storage uas ums_realtek
    sd_mod ahci ata_piix ata_generic nvme vmd
    sdhci_pci sdhci_acpi mmc_block rtsx_pci_sdmmc rtsx_usb_sdmmc
    virtio_pci virtio_blk virtio_scsi
    vmw_pvscsi
    usbhid hid_generic
    vfat nls_cp437 nls_iso8859_1 nls_ascii nls_utf8 exfat loop squashfs efivarfs
    crc32c_intel crc32c_generic
""".split()

# Modules in the runtime, beside all of the above: names, and folders (a trailing slash) under kernel/.
RUNTIME_MODULES = """
    arch/x86/kvm/ arch/x86/crypto/ virt/
    crypto/ lib/
    drivers/acpi/button drivers/acpi/battery drivers/acpi/ac drivers/acpi/fan drivers/acpi/thermal drivers/acpi/video
    drivers/cpufreq/ drivers/thermal/intel/x86_pkg_temp_thermal drivers/char/hw_random/virtio-rng
    drivers/ata/ drivers/nvme/host/ drivers/block/nbd drivers/block/virtio_blk drivers/cdrom/ drivers/scsi/sr_mod
    drivers/scsi/sg drivers/mmc/ drivers/usb/host/ drivers/usb/storage/ drivers/usb/typec/ drivers/virtio/ drivers/scsi/hv_storvsc
    drivers/hid/hid-* drivers/hid/usbhid/ drivers/hid/i2c-hid/ drivers/i2c/busses/i2c-designware-* drivers/mfd/intel-lpss*
    drivers/pinctrl/intel/ drivers/input/evdev drivers/input/mouse/ drivers/input/keyboard/applespi drivers/input/serio/hyperv-keyboard
    drivers/hv/ drivers/vhost/vhost_net drivers/vhost/vhost_vsock
    drivers/net/tun drivers/net/tap drivers/net/mii drivers/net/mdio drivers/net/virtio_net drivers/net/net_failover
    drivers/net/vmxnet3/ drivers/net/hyperv/ drivers/net/phy/ drivers/net/usb/
    drivers/net/ethernet/intel/e100 drivers/net/ethernet/intel/e1000/ drivers/net/ethernet/intel/e1000e/
    drivers/net/ethernet/intel/igb/ drivers/net/ethernet/intel/igc/ drivers/net/ethernet/intel/ixgbe/
    drivers/net/ethernet/realtek/ drivers/net/ethernet/broadcom/tg3 drivers/net/ethernet/broadcom/b44
    drivers/net/ethernet/atheros/ drivers/net/ethernet/aquantia/ drivers/net/ethernet/marvell/sky2
    drivers/net/ethernet/marvell/skge drivers/net/ethernet/nvidia/ drivers/net/ethernet/via/ drivers/net/ethernet/jme
    drivers/net/ethernet/amd/pcnet32 drivers/net/ethernet/dec/ drivers/net/ethernet/amazon/
    net/bridge/bridge net/packet/ net/vmw_vsock/vsock
    drivers/gpu/drm/tiny/bochs drivers/gpu/drm/tiny/cirrus drivers/gpu/drm/virtio/ drivers/gpu/drm/qxl/
    drivers/gpu/drm/vmwgfx/ drivers/gpu/drm/vboxvideo/ drivers/gpu/drm/hyperv/ drivers/gpu/drm/ast/ drivers/gpu/drm/mgag200/
    drivers/platform/x86/wmi
    fs/ext4/ fs/isofs/ fs/udf/ fs/fat/ fs/exfat/ fs/btrfs/ fs/squashfs/ fs/overlayfs/ fs/fuse/ fs/efivarfs/
    fs/nls/
""".split()

# Never, although a folder above holds them: tests, and what drags InfiniBand or sound in.
EXCLUDED_MODULES = ["*test*", "*/nvme-rdma.ko", "*/nvme-fc.ko", "*/nvme-tcp.ko", "*/hid-prodikeys.ko", "*/tcrypt.ko"]

# Applets of busybox that get a name of their own in /usr/bin and /usr/sbin.
APPLETS_BIN = """
    [ ash awk basename cat chmod chown chroot clear cmp cp cut date dd df diff dirname dmesg du echo egrep env expr false
    fgrep find free getopt grep gunzip gzip head hexdump hostname id kill killall less ln ls lsscsi md5sum mkdir mkfifo
    mktemp mknod more mount mv nc nproc nslookup od pidof ping printf ps pwd readlink realpath reset rm rmdir sed seq
    setsid sh sha256sum sleep sort stat strings stty sync tail tar tee test time timeout top touch tr true truncate tty
    umount uname uniq unxz uptime vi watch wc wget which whoami xargs xxd xz xzcat yes zcat
""".split()
APPLETS_SBIN = """
    acpid blkid blockdev depmod fdisk findfs fsfreeze halt hwclock ifconfig insmod ip loadkmap losetup lsmod mdev modinfo
    modprobe poweroff reboot rmmod route swapoff swapon switch_root sysctl udhcpc
""".split()

# Files that no package has: path -> text.
ETC = {
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\nhiperiso:x:900:900:QEMU:/:/bin/false\n",
    "etc/group": "root:x:0:\nhiperiso:x:900:\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    "etc/hosts": "127.0.0.1 localhost\n",
    "etc/host.conf": "multi on\n",
}
SYMLINKS = {
    "bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
    # The root is read-only: who brings the network up writes the file under /run.
    "etc/resolv.conf": "/run/resolv.conf",
    "etc/mtab": "/proc/self/mounts",
}
EMPTY_DIRS = ["dev", "proc", "sys", "run", "tmp", "var/tmp", "var/lib", "data", "esp", "root", "usr/sbin"]

# Links in the initramfs: once the runtime is mounted on /runtime, the kernel's own requests for modules (it runs
# /sbin/modprobe in /init's root) and a rescue shell find their programs and libraries.
INITRAMFS_SYMLINKS = {name: f"runtime/{name}" for name in ("bin", "sbin", "lib", "lib64", "usr")}
