# SPDX-License-Identifier: BSD-2-Clause
"""A machine with disks of every kind, in which mkhiperiso runs as root: the distribution's kernel and an initramfs with the tool, the
programs that it calls and those that judge what it wrote. Commands go over the serial line."""
import pathlib
import re
import shutil
import subprocess

from harness.machine import Machine, MachineError, run_tool
from images import linux
from images.recipe import unpack_package, work_dir

MODULES = ["xhci_pci", "usb_storage", "uas", "nvme", "virtio_pci", "virtio_blk", "virtio_scsi", "sd_mod", "scsi_debug", "dm_mod",
           "raid1", "loop", "exfat", "vfat", "nls_cp437", "nls_ascii", "nls_utf8", "squashfs"]
PROGRAMS = ["/usr/sbin/sgdisk", "/usr/bin/mtools", "/usr/sbin/sfdisk", "/usr/sbin/fsck.exfat", "/usr/sbin/fsck.fat", "/usr/sbin/mkfs.vfat",
            "/usr/sbin/dmsetup", "/usr/bin/script"]
MTOOLS = ["mcopy", "mformat", "mmd", "mdir"]
COMMAND_LINE = "console=ttyS0,115200 quiet loglevel=1 mitigations=off init_on_alloc=0 panic=-1 net.ifnames=0"
INIT = """\
#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /sbin /usr/bin /usr/sbin /data /mnt /tmp /var/tmp /run
/bin/busybox --install -s /bin
export PATH=/bin:/sbin:/usr/bin:/usr/sbin TMPDIR=/tmp HIPERISO_PAYLOAD=/data/payload
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmpfs /tmp
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts
exec >/dev/ttyS0 2>&1 </dev/ttyS0
stty -echo
for m in {modules}; do modprobe -q $m; done
for i in 1 2 3 4 5 6 7 8 9 10; do [ -b /dev/vda ] && break; sleep 0.2; done
mount -t squashfs -o ro /dev/vda /data
echo LAB-READY
while read -r line; do
    eval "$line"
    echo "LAB-CODE $?"
done
poweroff -f
"""


def copy_with_libraries(program, root, place=None):
    """PROGRAM to PLACE (its own if none is given) below ROOT, and what it is linked with."""
    listed = subprocess.run(["ldd", str(program)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode()
    wanted = {str(program): place or str(program)} | {path: path for path in re.findall(r"(/\S+) \(0x", listed)}
    for path, where in wanted.items():
        target = root / where.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            shutil.copy(path, target)


def make_initramfs(product, kernel, tmp, target):
    """The machine's root, as a cpio archive."""
    root = tmp / "root"
    (root / "bin").mkdir(parents=True)
    shutil.copy(unpack_package("busybox-static", tmp / "busybox") / "bin/busybox", root / "bin/busybox")
    (root / "init").write_text(INIT.format(modules=" ".join(m for m in MODULES if m not in ("scsi_debug", "loop"))))
    (root / "init").chmod(0o755)
    for program in PROGRAMS:
        copy_with_libraries(program, root)
    copy_with_libraries(product.mkhiperiso, root, "/usr/bin/mkhiperiso")
    for name in MTOOLS:
        (root / "usr/bin" / name).symlink_to("mtools")
    # mtools converts names by way of iconv
    for path in ("usr/lib/x86_64-linux-gnu/gconv", "usr/lib/locale/C.utf8"):
        (root / path).mkdir(parents=True)
        for file in pathlib.Path("/", path).iterdir():
            if file.is_file() and (file.suffix != ".so" or file.name in ("IBM850.so", "CP1252.so", "UTF-16.so", "UTF-32.so")):
                shutil.copy(file, root / path)
    shutil.copytree("/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d", root / "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d")
    mdadm = unpack_package("mdadm", tmp / "mdadm") / "sbin/mdadm"
    (root / "sbin").mkdir(exist_ok=True)
    shutil.copy(mdadm, root / "sbin/mdadm")
    linux.copy_modules(kernel, root, MODULES)
    names = "\n".join(sorted(str(p.relative_to(root)) for p in root.rglob("*"))).encode()
    done = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=subprocess.PIPE, check=True)
    target.write_bytes(done.stdout)


def make_lab(product, folder, files):
    """(kernel, initramfs, squashfs with the payload and FILES), made once in FOLDER."""
    kernel, initramfs, data = folder / "lab-vmlinuz", folder / "lab-initramfs", folder / "lab-data"
    if data.exists():
        return kernel, initramfs, data
    with work_dir() as tmp:
        tmp = pathlib.Path(tmp)
        unpacked = unpack_package(linux.kernel_package(), tmp / "kernel")
        run_tool("cp", *(unpacked / "boot").glob("vmlinuz-*"), kernel)
        make_initramfs(product, unpacked, tmp, initramfs)
        tree = tmp / "data"
        tree.mkdir()
        shutil.copytree(product.payload, tree / "payload")
        for file in files:
            shutil.copy(file, tree)
        run_tool("mksquashfs", tree, tmp / "data.sqfs", "-quiet", "-no-progress", "-comp", "lzo", "-Xalgorithm", "lzo1x_1")
        shutil.copy(tmp / "data.sqfs", data)
    return kernel, initramfs, data


class Lab(Machine):
    """The machine; DRIVES are QEMU's arguments for its disks, PATHS where they are to appear."""

    def __init__(self, folder, lab, drives, paths=(), memory=1024):
        kernel, initramfs, data = lab
        extra = ["-drive", f"if=none,id=data,format=raw,readonly=on,file={data}", "-device", "virtio-blk-pci,drive=data", *drives]
        super().__init__(folder, [], firmware=None, kernel=(kernel, initramfs, COMMAND_LINE), extra=extra, memory=memory, vga_device=None)
        self.wait_text("linux", "LAB-READY")
        for path in paths:
            self.wait_disk(path)

    def wait_disk(self, path):
        """Waits for the disk at PATH: a USB stick's comes a while after its bus."""
        self.ok(f"for i in $(seq 100); do [ -b {path} ] && break; sleep 0.1; done; [ -b {path} ]")

    def run(self, command, steps="lab"):
        """Runs COMMAND in the machine's shell; (its code, what it said)."""
        mark = self.serial.mark()
        self.serial.send((command + "\n").encode())
        found = self.wait_text(steps, r"LAB-CODE (\d+)", mark)
        return int(found.group(1)), self.serial.text(mark)[:found.start()].replace("\r", "").strip()

    def ok(self, command, steps="lab"):
        """The same for what must succeed; what it said."""
        code, text = self.run(command, steps)
        if code:
            raise MachineError(f"{command}: exit code {code}: {text[-2000:]}")
        return text
