# SPDX-License-Identifier: BSD-2-Clause
"""A whole machine with UEFI firmware: started, watched over its serial line and QMP, its keys pressed, its screen read."""
import atexit
import ctypes
import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from PIL import Image

from harness import keys, vga, waits
from harness.buses import drive_arguments
from harness.qmp import Qmp, QmpError
from harness.terminal import SerialTerminal

FIRMWARE_CODE = "/usr/share/OVMF/OVMF_CODE_4M.fd"
FIRMWARE_VARS = "/usr/share/OVMF/OVMF_VARS_4M.fd"
# QEMU 7.2 breaks readlink() in 5-level paging. Without erms and fsrm Linux clears memory eight bytes at a time, which TCG
# runs many times faster than `rep stosb`.
CPU = "max,-la57,-erms,-fsrm"
CPU_WITHOUT_KVM = CPU + ",-svm"
OUTER_BUG = "tcg_handle_interrupt: assertion failed"
# The emulated processors stood still for more than 20 s; seen now and then while the machine underneath is crowded.
OUTER_STALL = "watchdog: BUG: soft lockup"
# QEMU 7.2 at times leaves a nested guest twice: the second time it saves its hypervisor's registers as the guest's, which
# from then on leaves with a nested page fault before its first instruction, for ever. No hypervisor can do that to itself:
# the address behind its VMRUN stands in the guest's save area (AMD64 manual volume 2, table B-2).
OUTER_CORRUPTION = "the emulator has put the hypervisor's registers into the nested guest"
VMCB_RIP, VMCB_RAX = 0x578, 0x5F8
SUSPICIOUS_SECONDS = 15  # of waiting; then it is looked for


class MachineError(AssertionError):
    """The machine did not do what was waited for; the text says which step, and shows the end of its serial line."""


class MachineTimeout(MachineError):
    """What was waited for did not come in time, five times the median: the product, or an emulator that stands still."""


class OuterEmulatorBug(MachineError):
    """The emulator of the outer machine died of its own known bug: says nothing about the product; the test is repeated."""


def end_with_parent():
    """Run in QEMU's process before it starts: a test run that is killed leaves no machine behind (prctl(2))."""
    ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL, 0, 0, 0)  # PR_SET_PDEATHSIG


@functools.cache
def preload():
    """The library that mends OUTER_BUG in the emulator, built at first use; see outer_lock.c."""
    folder = tempfile.mkdtemp(prefix="hiperiso-outer-lock-")
    atexit.register(shutil.rmtree, folder, True)
    library = pathlib.Path(folder) / "outer_lock.so"
    run_tool("gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).with_name("outer_lock.c"))
    return library


def run_tool(*argv):
    """Runs a tool that must succeed; returns its output."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise MachineError(f"{argv[0]}: exit code {done.returncode}: {done.stdout.decode('utf-8', 'replace')[-1000:]}")
    return done.stdout


class Machine:
    """Starts on construction. The stick's file is never written: each run has an overlay in FOLDER.

    disks: [(file, bus)] or one file (then on virtio). firmware: OVMF, or None for SeaBIOS. kernel: (vmlinuz, initrd, command
    line) started by QEMU itself in place of the stick's loader. snapshot: a Snapshot to resume instead of a cold start.
    """

    def __init__(self, folder, disks=(), *, memory=3072, cpus=2, cpu=CPU, firmware=FIRMWARE_CODE, kernel=None, extra=(),
                 snapshot=None, network=False, vga_device="VGA", accelerator="tcg,thread=multi"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in ("qmp.sock", "serial.sock"):
            (self.folder / left).unlink(missing_ok=True)
        if isinstance(disks, (str, pathlib.Path)):
            disks = [(disks, "virtio")]
        self._short = pathlib.Path(f"/proc/self/fd/{os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)}")
        self.overlays = []
        self.process = None
        self.serial = self.qmp = None
        self.starts = 0
        argv = ["qemu-system-x86_64", "-name", f"hiperiso-test-{os.getpid()}", "-machine", "q35", "-accel", accelerator, "-cpu", cpu,
                "-smp", str(cpus), "-m", str(memory), "-nodefaults", "-display", "none", "-rtc", "base=utc", "-S",
                "-qmp", "unix:qmp.sock,server=on,wait=off",
                "-chardev", "socket,id=serial,path=serial.sock,server=on,wait=off", "-serial", "chardev:serial"]
        if vga_device:
            argv += ["-device", vga_device]
        replay = b""
        if snapshot:
            replay = snapshot.copy_to(self.folder)
            argv += ["-loadvm", snapshot.TAG]
        if firmware:
            variables = self.folder / "vars.qcow2"
            if not snapshot:
                run_tool("qemu-img", "convert", "-O", "qcow2", FIRMWARE_VARS, variables)
            argv += ["-drive", f"if=pflash,unit=0,format=raw,readonly=on,file={firmware}",
                     "-drive", "if=pflash,unit=1,format=qcow2,file=vars.qcow2,cache=unsafe"]
        for number, (path, bus) in enumerate(disks):
            overlay = self.folder / f"stick{number}.qcow2"
            if not snapshot:
                fmt = "qcow2" if str(path).endswith(".qcow2") else "raw"
                run_tool("qemu-img", "create", "-q", "-f", "qcow2", "-b", pathlib.Path(path).resolve(), "-F", fmt, overlay)
            self.overlays.append(overlay)
            argv += drive_arguments(overlay.name, "qcow2", bus, number)
        if kernel:
            argv += ["-kernel", str(kernel[0]), "-initrd", str(kernel[1]), "-append", kernel[2]]
        if network:
            argv += ["-nic", "user,model=e1000e"]
        self._start(argv + list(extra), replay)

    def _start(self, argv, replay):
        (self.folder / "command").write_text(" ".join(argv) + "\n")
        with open(self.folder / "qemu.err", "wb") as err:
            self.process = subprocess.Popen(argv, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=err, stderr=err,
                                            start_new_session=True, preexec_fn=end_with_parent,
                                            env={**os.environ, "LD_PRELOAD": str(preload())})
        deadline = time.monotonic() + waits.limit("monitor")
        try:
            self.serial = self._connected(deadline, lambda limit: SerialTerminal(self._short / "serial.sock", self.folder / "serial.log",
                                                                                 limit, replay))
            self.qmp = self._connected(deadline, lambda limit: Qmp(self._short / "qmp.sock", limit))
            self.began = time.monotonic()
            self.qmp.command("cont")
        except (OSError, QmpError) as error:
            self.check_alive("start")
            raise MachineError(f"{self.folder}: {error}") from error

    def _connected(self, deadline, connect):
        """What CONNECT(seconds) makes, tried until QEMU listens: a socket's file is there a moment earlier."""
        while True:
            try:
                return connect(waits.limit("monitor"))
            except (FileNotFoundError, ConnectionRefusedError):
                self.check_alive("start")
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    # --- state -----------------------------------------------------------------------------------------------------

    def errors(self):
        """What QEMU itself printed."""
        return (self.folder / "qemu.err").read_text(errors="replace")

    def check_alive(self, step):
        """Raises when the machine is gone; OuterEmulatorBug when it is the emulator's own fault."""
        if self.process.poll() is None:
            if self.serial and OUTER_STALL.encode() in self.serial.raw:
                raise OuterEmulatorBug(f"{step}: {OUTER_STALL}")
            return
        text = self.errors()
        if OUTER_BUG in text:
            raise OuterEmulatorBug(f"{step}: {OUTER_BUG}")
        raise MachineError(f"{step}: the machine ended with code {self.process.returncode}: {text[-1000:]}\n{self.tail()}")

    def cpu_seconds(self):
        """CPU seconds that QEMU has used so far, all threads."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resets(self):
        """How often the guest has reset the machine."""
        self.qmp.poll()
        return sum(1 for _, e in self.qmp.events if e["event"] == "RESET" and e["data"].get("guest"))

    def tail(self, lines=25):
        """The end of what the serial line said."""
        if not self.serial:
            return ""
        kept = [line for line in self.serial.text().split("\n") if line.strip()]
        return "--- last serial lines\n" + "\n".join(kept[-lines:]) + "\n--- screen\n" + self.serial.screen().rstrip()

    # --- waiting ---------------------------------------------------------------------------------------------------

    def until(self, steps, question, what):
        """Waits until QUESTION() is true-ish and returns that; STEPS name the rows of waits.MEDIANS that it may take."""
        steps = (steps,) if isinstance(steps, str) else steps
        begin, cpu = time.monotonic(), self.cpu_seconds() if self.process.poll() is None else 0
        last, gap, looked = begin, 0, begin
        while True:
            answer = question()
            if answer:
                self._record(steps, what, time.monotonic() - begin, cpu)
                return answer
            self.check_alive(f"waiting for {what}")
            limit = waits.limit(*steps)
            now = time.monotonic()
            gap, last = max(gap, now - last), now
            if now - looked > SUSPICIOUS_SECONDS or now - begin > limit:
                looked = now
                self.check_nested_guest(what)
            if now - begin > limit:
                raise MachineTimeout(f"no {what} within {limit:.0f} s ({'+'.join(steps)}); {self.cpu_seconds() - cpu:.1f} s of CPU, "
                                   f"longest pause between two looks {gap:.1f} s\n{self.processors()}\n{self.tail()}")
            time.sleep(0.02)

    def check_nested_guest(self, step, looks=40):
        """Raises OuterEmulatorBug when a nested guest is corrupted; in most looks at one its hypervisor is just behind VMRUN."""
        try:
            for _ in range(looks):
                for rax, rip in re.findall(r"RAX=(\w+).*?RIP=(\w+)", self.qmp.hmp("info registers -a"), re.DOTALL):
                    vmcb = int(rax, 16)
                    if vmcb == 0 or vmcb % 4096 or vmcb >> 40:
                        continue
                    saved = [self.qmp.hmp(f"xp /1gx {vmcb + offset:#x}").split()[-1] for offset in (VMCB_RIP, VMCB_RAX)]
                    if saved == [f"0x{rip}", f"0x{rax}"]:
                        raise OuterEmulatorBug(f"waiting for {step}: {OUTER_CORRUPTION}")
                time.sleep(0.02)
        except (QmpError, OSError, IndexError):
            pass  # the machine is ending

    def processors(self, looks=4):
        """What the emulated processors do, seen LOOKS times: instruction pointer, flags, halted."""
        lines = []
        try:
            for _ in range(looks):
                seen = self.qmp.hmp("info registers -a")
                lines.append("  ".join(" ".join(found) for found in
                                       re.findall(r"(RAX=\w+).*?(RIP=\w+ RFL=\w+).*?(CPL=\d).*?(HLT=\d)", seen, re.DOTALL)))
                time.sleep(0.3)
            for number in range(2):
                lines += [line for line in self.qmp.hmp(f"info lapic {number}").splitlines() if re.match("Timer|ISR|IRR", line)]
            lines += [line for line in self.qmp.hmp("info blockstats").splitlines() if line.startswith("stick")]
        except (QmpError, OSError) as error:
            lines.append(str(error))
        return "--- processors\n" + "\n".join(lines)

    def _record(self, steps, what, seconds, cpu):
        try:
            cpu = self.cpu_seconds() - cpu
        except OSError:
            cpu = 0
        with open(self.folder / "timings.txt", "a", encoding="utf-8") as out:
            out.write(f"{'+'.join(steps)}\t{seconds:.2f}\t{cpu:.2f}\t{what[:60]!r}\n")

    def wait_text(self, steps, pattern, since=0):
        """Waits for a regular expression in what the serial line says after SINCE (escape sequences removed); the match."""
        return self.until(steps, lambda: re.search(pattern, self.serial.text(since)), f"/{pattern}/ on the serial line")

    def wait_screen(self, steps, pattern):
        """Waits for a regular expression on the rendered serial terminal; the match."""
        return self.until(steps, lambda: re.search(pattern, self.serial.screen(), re.MULTILINE), f"/{pattern}/ on the serial screen")

    def wait_reset(self, steps, count=1):
        """Waits until the guest has reset the machine COUNT times since the start."""
        return self.until(steps, lambda: self.resets() >= count, f"reset number {count}")

    def wait_vga(self, steps, pattern):
        """Waits for a regular expression in VGA text memory."""
        return self.until(steps, lambda: re.search(pattern, self.vga_text()), f"/{pattern}/ in VGA text memory")

    def wait_exit(self, steps="exit"):
        """Waits until the machine has powered itself off."""
        self.until(steps, lambda: self.process.poll() is not None, "the end of the machine")
        if OUTER_BUG in self.errors():
            raise OuterEmulatorBug(OUTER_BUG)
        if self.process.returncode:
            raise MachineError(f"QEMU ended with code {self.process.returncode}: {self.errors()[-1000:]}")

    # --- keys and screen -------------------------------------------------------------------------------------------

    def press(self, *names):
        """Presses keys on the PS/2 keyboard, one after the other."""
        for name in names:
            self.qmp.command("send-key", keys=[{"type": "qcode", "data": q} for q in keys.qcodes(name)], hold_time=20)
            time.sleep(0.06)

    def type(self, text):
        """Types TEXT on the PS/2 keyboard."""
        self.press(*text)

    def serial_keys(self, *names, terminal="xterm"):
        """Presses keys on the terminal at the serial line."""
        for name in names:
            self.serial.send(keys.serial_bytes(name, terminal))
            time.sleep(0.1)

    def screenshot(self, name="screen.png"):
        """The machine's screen as a picture file in its folder; returns the picture."""
        self.qmp.command("screendump", filename=str(self.folder / name), format="png")
        with Image.open(self.folder / name) as picture:
            return picture.convert("RGB")

    def vga_text(self):
        """Text in the machine's VGA text memory."""
        target = self.folder / "vga.bin"
        self.qmp.hmp(f'pmemsave 0xb8000 4000 "{target}"')
        return vga.text_of_vga(target.read_bytes())

    # --- end -------------------------------------------------------------------------------------------------------

    def snapshot(self, folder):
        """Saves the running machine into FOLDER and ends it; returns the Snapshot."""
        self.qmp.command("stop")
        answer = self.qmp.hmp(f"savevm {Snapshot.TAG}")
        if answer.strip():
            raise MachineError(f"savevm: {answer}")
        replay = self.serial.raw
        self.close()
        return Snapshot.keep(self.folder, folder, replay)

    def power_cut(self):
        """Ends the machine this instant."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self):
        """Ends the machine and its connections; may be called twice."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.power_cut()
        for part in (self.serial, self.qmp):
            if part:
                part.close()
        self.serial_text = self.serial.text() if self.serial else ""
        if self._short:
            os.close(int(self._short.name))
            self._short = None

    def stick_image(self, number=0):
        """The stick as it is now, as a raw image in the machine's folder."""
        target = self.folder / f"stick{number}.raw"
        run_tool("qemu-img", "convert", "-U", "-O", "raw", self.overlays[number], target)
        return target

    def keep_evidence(self):
        """Writes down what helps after a failure: the picture and the rendered terminal."""
        try:
            if self.process.poll() is None:
                self.screenshot("failure.png")
        except (QmpError, OSError):
            pass
        if self.serial:
            (self.folder / "terminal.txt").write_text(self.serial.screen() + "\n")


class Snapshot:
    """A machine that was saved while it ran: its disks, firmware variables and what its serial line had said."""

    TAG = "ready"

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    @classmethod
    def keep(cls, source, folder, replay):
        """Moves the files of a machine that ended into FOLDER, which appears whole or not at all."""
        part = pathlib.Path(str(folder) + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for file in sorted(pathlib.Path(source).glob("*.qcow2")):
            shutil.move(str(file), part / file.name)
        (part / "serial.raw").write_bytes(replay)
        part.rename(folder)
        return cls(folder)

    def copy_to(self, folder):
        """Copies the saved files; returns the serial line's bytes so far."""
        for file in self.folder.glob("*.qcow2"):
            run_tool("cp", "--sparse=always", "--reflink=auto", file, folder)
        return (self.folder / "serial.raw").read_bytes()
