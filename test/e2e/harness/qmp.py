# SPDX-License-Identifier: BSD-2-Clause
"""A QMP client over a UNIX socket: commands, and events kept with the time they came."""
import json
import socket
import time


class QmpError(Exception):
    """QEMU answered a command with an error, or went away."""


class Qmp:
    """One connection. Events are collected whenever something is read."""

    def __init__(self, path, timeout):
        self.events = []  # (time.monotonic(), event)
        self._buffer = b""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout)
        self._socket.connect(str(path))
        if "QMP" not in self._read():
            raise QmpError(f"{path}: no QMP greeting")
        self.command("qmp_capabilities")

    def _read(self):
        while b"\n" not in self._buffer:
            try:
                piece = self._socket.recv(65536)
            except (ConnectionError, socket.timeout) as error:
                raise QmpError(f"QMP: {error}") from error
            if not piece:
                raise QmpError("QMP: the connection was closed")
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)

    def command(self, name, **arguments):
        """Runs one command; returns what it returns."""
        request = {"execute": name}
        if arguments:
            request["arguments"] = {key.replace("_", "-"): value for key, value in arguments.items()}
        try:
            self._socket.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            raise QmpError(f"QMP {name}: {error}") from error
        while True:
            answer = self._read()
            if "event" in answer:
                self.events.append((time.monotonic(), answer))
            elif "error" in answer:
                raise QmpError(f"QMP {name}: {answer['error']['desc']}")
            elif "return" in answer:
                return answer["return"]

    def hmp(self, line):
        """Runs a command of the human monitor; returns its text."""
        return self.command("human-monitor-command", command_line=line)

    def poll(self):
        """Collects events that have arrived, without waiting for more than a query takes."""
        self.command("query-status")

    def close(self):
        self._socket.close()
