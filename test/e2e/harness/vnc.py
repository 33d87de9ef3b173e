# SPDX-License-Identifier: BSD-2-Clause
"""A person at another machine: TigerVNC's viewer on an X server of its own, its keys typed and its pointer moved by xdotool."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

from PIL import Image

from harness.machine import MachineError, end_with_parent

XVFB = ["Xvfb", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-noreset"]


def free_port():
    """A TCP port of 127.0.0.1 that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class VncClient:
    """Connects to 127.0.0.1:PORT with PASSWORD when started; its files are in FOLDER."""

    def __init__(self, folder, port, password):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.processes = []
        number, told = os.pipe()
        try:
            self._start([*XVFB, "-displayfd", str(told)], "xvfb", {}, (told,))
            os.close(told)
            self.display = ":" + self._read_number(number)
        finally:
            os.close(number)
        self.viewer = self._start(["xtigervncviewer", "-AlertOnFatalError=0", "-RemoteResize=0", "-Log", "*:stderr:30", f"127.0.0.1::{port}"],
                                  "viewer", {"DISPLAY": self.display, "VNC_PASSWORD": password, "HOME": str(self.folder)})

    def _start(self, argv, name, environment, descriptors=()):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **environment},
                                       pass_fds=descriptors, start_new_session=True, preexec_fn=end_with_parent)
        self.processes.append(process)
        return process

    @staticmethod
    def _read_number(pipe):
        text = b""
        while not text.endswith(b"\n"):
            piece = os.read(pipe, 16)
            if not piece:
                raise MachineError("Xvfb ended before it had a display; install xvfb (tools/setup --test)")
            text += piece
        return text.decode().strip()

    def log(self):
        """What the viewer said."""
        return (self.folder / "viewer.log").read_text(errors="replace")

    def _tool(self, *argv):
        done = subprocess.run([str(a) for a in argv], env={**os.environ, "DISPLAY": self.display}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            raise MachineError(f"{argv[0]}: exit code {done.returncode}: {done.stdout.decode(errors='replace')[-500:]}\n{self.log()}")
        return done.stdout.decode()

    def enter(self):
        """Puts pointer and keyboard into the window that shows the machine; False as long as there is none."""
        if self.viewer.poll() is not None:
            raise MachineError(f"the VNC viewer ended with code {self.viewer.returncode}\n{self.log()}")
        for line in self._tool("xwininfo", "-root", "-tree").splitlines():
            found = re.match(r'\s+(0x[0-9a-f]+) ".*TigerVNC": .* (\d+)x(\d+)\+', line)
            if found:
                window, width, height = found.group(1), int(found.group(2)), int(found.group(3))
                self._tool("xdotool", "mousemove", "--window", window, width // 2, height // 2, "windowfocus", window)
                return True
        return False

    def screenshot(self, name):
        """What the person sees, also as a file in FOLDER."""
        target = self.folder / name
        self._tool("import", "-silent", "-window", "root", target)
        with Image.open(target) as picture:
            return picture.convert("RGB")

    def move(self, dx, dy):
        """Moves the pointer by DX, DY pixels."""
        self._tool("xdotool", "mousemove_relative", "--", dx, dy)

    def click(self, button):
        """Button 1 is the left one, 3 the right one."""
        self._tool("xdotool", "click", button)

    def type(self, text):
        """Types TEXT."""
        self._tool("xdotool", "type", "--delay", 60, text)

    def press(self, *names):
        """Presses keys by the names of X, such as Return or ctrl+Right."""
        for name in names:
            self._tool("xdotool", "key", name)
            time.sleep(0.06)

    def close(self):
        """Ends viewer and X server."""
        for process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
